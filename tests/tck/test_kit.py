"""The official test kit of DMN, where it is at hand, and our own models in its format always.

The kit is looked for in ``$ZHOLDAMA_TCK``, ``$DMN_TCK`` and ``../shared/tck``; without it its tests
are not collected (and so never pass silently). Nothing is special-cased by name; the 14 cases of
0076 that expect Java to be run are the only ones that may differ.
"""

import csv
import os
from pathlib import Path

import pytest

from engine.dmn.kit import KitResult, evaluate_file, run_kit

OWN = Path(__file__).parent / "models"
ROOT = Path(__file__).parents[2]
GIVEN = os.environ.get("ZHOLDAMA_TCK") or os.environ.get("DMN_TCK")
KIT = Path(GIVEN) if GIVEN else ROOT.parent / "shared" / "tck"
JAVA = "0076-feel-external-java"


def failures(result: KitResult) -> list[str]:
    return [
        f"{found.folder} {found.case} {found.node}: {found.detail}"
        for found in result.failures()
        if found.folder != JAVA
    ]


def test_our_own_models() -> None:
    result = run_kit(OWN)
    assert failures(result) == []
    assert result.totals() == {"zholdama": (10, 10)}


def test_the_result_is_written_as_the_kit_collects_it(tmp_path: Path) -> None:
    run_kit(OWN, tmp_path / "result.csv")
    with (tmp_path / "result.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert len(rows) == 10
    assert rows[0][0].startswith("zholdama/")
    assert {row[3] for row in rows} == {"SUCCESS"}


def test_a_wrong_expectation_fails(tmp_path: Path) -> None:
    folder = tmp_path / "level" / "case"
    folder.mkdir(parents=True)
    for path in (OWN / "zholdama" / "benefit").iterdir():
        words = path.read_text(encoding="utf-8").replace(">85000<", ">85001<")
        (folder / path.name).write_text(words, encoding="utf-8")
    (found,) = run_kit(tmp_path).failures()
    assert "85000" in found.detail


def test_one_decision_of_a_file() -> None:
    path = OWN / "zholdama" / "benefit" / "benefit.dmn"
    found = evaluate_file(path, "Monthly support", {"Family": {"members": 4, "income": 40000}})
    assert found == 85000


if KIT.is_dir():

    @pytest.fixture(scope="module")
    def official() -> KitResult:
        return run_kit(KIT)

    def test_level_2_of_the_kit(official: KitResult) -> None:
        assert official.totals()["compliance-level-2"] == (116, 116)

    def test_level_3_of_the_kit(official: KitResult) -> None:
        assert failures(official) == []
        passed, run = official.totals()["compliance-level-3"]
        assert run >= 1421
        assert run - passed <= 14
