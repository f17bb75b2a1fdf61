"""Small diagrams with the verdict that the check must give, each agreed by playing everything.

`soundness/*.bpmn` are the diagrams, `soundness.toml` says what is to be found in each, and which
cures are offered: after each of them the diagram is judged again.
"""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from engine import bpmn
from engine.bpmn.mending import mended
from engine.bpmn.soundness import Kind
from engine.model.problems import Problem, Severity
from tests.diagrams.brute_force import verdict

FOLDER = Path(__file__).parent / "soundness"
TABLE: dict[str, dict[str, Any]] = tomllib.loads(
    FOLDER.with_suffix(".toml").read_text(encoding="utf-8")
)
CODES = {f"bpmn.{kind.value}" for kind in Kind}
NAMES = sorted(TABLE)


def source(name: str) -> bytes:
    return (FOLDER / f"{name}.bpmn").read_bytes()


def judged(data: bytes) -> list[Problem]:
    problems = bpmn.parse(data, "diagram.bpmn").problems
    return [one for one in problems if one.code in CODES]


def words(problems: list[Problem]) -> list[str]:
    return sorted(f"{one.code.removeprefix('bpmn.')} {one.element}" for one in problems)


def test_the_table_and_the_folder_hold_the_same_at_least_forty() -> None:
    assert {path.stem for path in FOLDER.glob("*.bpmn")} == set(TABLE)
    unsound = [name for name, row in TABLE.items() if row["finds"]]
    assert len(TABLE) >= 40
    assert min(len(unsound), len(TABLE) - len(unsound)) >= 15


@pytest.mark.parametrize("name", NAMES)
def test_what_is_found_is_what_the_table_says(name: str) -> None:
    problems = judged(source(name))
    assert words(problems) == TABLE[name]["finds"]
    ids = {part.partition('"')[0] for part in source(name).decode().split('id="')[1:]}
    for one in problems:
        assert one.line > 0
        assert set(one.trace) <= ids, "a trace names elements of the diagram"
        assert not one.trace or one.trace[-1] == one.element or one.code == "bpmn.spins"


@pytest.mark.parametrize("name", NAMES)
def test_playing_every_interleaving_says_the_same(name: str) -> None:
    truth = verdict(source(name))
    found = {word.split()[0] for word in TABLE[name]["finds"]}
    harmless = TABLE[name].get("meets", False)
    assert truth.twice == (bool(found & {"twice", "may-meet"}) or harmless)
    if truth.twice:
        return
    assert bool(truth.stuck | truth.never) == bool(found & {"stuck", "never-joins"})
    assert bool(truth.never) == ("never-joins" in found)
    assert truth.spins == bool(found & {"spins", "may-spin"}), "a circle of instant moves"
    assert truth.spins or truth.no_end == ("no-end" in found)
    if not truth.stuck | truth.never:
        dead = {word.split()[1] for word in TABLE[name]["finds"] if word.startswith("unreached ")}
        assert truth.dead == dead


@pytest.mark.parametrize("name", [name for name in NAMES if TABLE[name].get("mends")])
def test_each_cure_that_is_offered_cures(name: str) -> None:
    data = source(name)
    warned = bpmn.parse(data, "diagram.bpmn").problems
    offered = [(one, mend.id) for one in warned for mend in one.mends]
    assert [mend for _, mend in offered] == TABLE[name]["mends"]
    for problem, mend in offered:
        cured = mended(data, element=problem.element, mend=mend)
        after = bpmn.parse(cured, "diagram.bpmn")
        left = {(one.code, one.element) for one in after.problems}
        assert (problem.code, problem.element) not in left
        assert left < {(one.code, one.element) for one in warned}
        errors = [one for one in warned if one.severity is Severity.ERROR]
        assert bool(after.processes) == (errors in ([], [problem]))


@pytest.mark.parametrize("name", [name for name in NAMES if not TABLE[name].get("mends")])
def test_no_cure_is_offered_where_a_person_has_to_decide(name: str) -> None:
    assert not [one for one in bpmn.parse(source(name), "d.bpmn").problems if one.mends]
