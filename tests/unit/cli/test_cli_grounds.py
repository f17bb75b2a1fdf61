"""A domain's own figures: measured on an installation made for it, beside the engine's."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import i18n
from engine.bench.domains import Measured, collect
from engine.cli.grounds import FOLDER, domain_figures, domain_table
from tests.concurrency.jobs_diagrams import WAITING

BENCH = """
from engine import i18n
from engine.bench.domains import Measured
from engine.model.people import SYSTEM
from engine.services import definitions


def measure(ground):
    app = ground.app
    with app.database.begin() as uow:
        assert not uow.accounts.all(), "the installation is not empty"
        definitions.deploy(uow, app.context, SYSTEM, ground.files, "bench")
        uow.commit()
    assert ground.folder.is_dir()
    yield Measured(name="little_ms", value=float(len(ground.files)), most=2)
    yield Measured(name="little_dialect", value=float(len(app.database.dialect)))
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with one domain that offers figures."""
    (tmp_path / "little_domain").mkdir()
    (tmp_path / "little_domain/__init__.py").touch()
    (tmp_path / "little_domain/bench.py").write_text(BENCH)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("ZHOLDAMA_EXTENSIONS", "little_domain")
    # What its loading leaves behind in this process goes with it.
    monkeypatch.setattr(i18n, "_packages", [*i18n._packages])
    yield tmp_path
    for name in ("little_domain", "little_domain.bench"):
        sys.modules.pop(name, None)


def test_a_domain_measures_on_an_empty_installation_that_is_gone_afterwards(project: Path) -> None:
    (project / "processes").mkdir()
    (project / "processes/waiting.bpmn").write_bytes(WAITING)
    found = domain_figures("sqlite")
    assert {name: one.value for name, one in found.items()} == {
        "little_ms": 1.0,
        "little_dialect": 6.0,
    }
    assert list((project / FOLDER).iterdir()) == []


def test_without_a_project_only_the_engine_is_measured_and_that_is_said(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert domain_figures("sqlite") == {}
    assert "processes" in capsys.readouterr().err


def test_figures_stand_side_by_side_with_their_goals() -> None:
    one = {"a_ms": Measured(name="a_ms", value=1.5, most=2)}
    other = {"a_ms": Measured(name="a_ms", value=3, most=2), "b": Measured(name="b", value=7)}
    drawn = domain_table({"sqlite": one, "postgresql": other})
    assert [list(column.cells) for column in drawn.columns] == [
        ["a_ms", "b"],
        ["1.5", ""],
        ["3", "7"],
        ["≤ 2", ""],
    ]


@pytest.mark.parametrize("name", ["a", "complete_ms"])
def test_two_figures_of_one_name_are_refused(name: str) -> None:
    found: dict[str, Measured] = {}
    collect(found, [Measured(name="a", value=1)])
    with pytest.raises(ValueError, match=name):
        collect(found, [Measured(name=name, value=2)])
