"""The coverage page's service on both orders' diagrams, and on diagrams that lack something."""

import re
from pathlib import Path

import pytest

import handlers.kandas
import handlers.support
from engine import bpmn, handling
from engine.model.laws import read
from engine.services.workshop.coverage import Asked, Line, law
from engine.services.workshop.walking import Ways
from tests.contract.law import LAW, ROOT, leads, nodes

assert handlers.kandas
assert handlers.support
FILES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "processes").rglob("*.bpmn"))
}


def definitions(files: dict[str, str]) -> dict[str, bpmn.Definition]:
    return {
        key: found
        for name, said in files.items()
        for key, found in bpmn.parse(said.encode(), name).processes.items()
    }


def lines(files: dict[str, str]) -> dict[str, Line]:
    rows = read((ROOT / "processes/law.toml").read_text(encoding="utf-8"))
    return {one.paragraph.key: one for one in law(definitions(files), rows)}


def test_every_paragraph_of_both_orders_is_met() -> None:
    found = lines(FILES)
    assert list(found) == list(LAW)
    lacking = {
        key: [(one.asked.value, one.what) for one in line.demands if not one.met]
        for key, line in found.items()
        if not line.met
    }
    assert not lacking


def test_the_demands_are_those_of_the_table() -> None:
    found = lines(FILES)
    for key, row in LAW.items():
        asked = [(one.asked, one.what) for one in found[key].demands]
        assert [what for kind, what in asked if kind is Asked.SYSTEM] == row.get("systems", [])
        assert [what for kind, what in asked if kind is Asked.NEXT] == row["next"]
        duties = [] if "elements" in row else row.get("duty", [row])
        for kind, name in ((Asked.SIGNATURE, "sign"), (Asked.RETURN, "returns")):
            wanted = [str(duty[name]) for duty in duties if name in duty]
            assert [what for one, what in asked if one is kind] == wanted


@pytest.mark.parametrize(
    ("file", "old", "new", "key", "asked"),
    [
        ("kandas/approval", 'name="term" value="1"', 'name="term" value="2"', "K-8", Asked.TERM),
        (
            "kandas/approval",
            'name="sign" value="2"',
            'name="sign" value="7"',
            "K-9",
            Asked.SIGNATURE,
        ),
        ("kandas/approval", 'value="K-10 by', 'value="K-90 by', "K-10", Asked.RETURN),
        (
            "kandas/approval",
            "registries.labour_exchange.vacancies",
            "registries.labour_exchange.other",
            "K-16",
            Asked.SYSTEM,
        ),
        ("kandas/approval", '"law" value="K-11', '"law" value="K-19', "K-10", Asked.NEXT),
        ("kandas/approval", '"law" value="K-11', '"law" value="K-19', "K-11", Asked.PLACE),
    ],
    ids=lambda value: str(getattr(value, "value", value))[:24],
)
def test_what_is_taken_away_is_missed(
    file: str, old: str, new: str, key: str, asked: Asked
) -> None:
    name = f"processes/{file}.bpmn"
    assert old in FILES[name]
    found = lines({**FILES, name: FILES[name].replace(old, new)})
    assert asked in {one.asked for one in found[key].demands if not one.met}


def test_ways_are_those_that_the_drawing_has() -> None:
    ways = Ways(definitions(FILES))
    work = [one for one in nodes() if re.search(r"userTask|callActivity", one.kind)]
    wrong = [
        (str(start), str(goal))
        for start in work[::2]
        for goal in work[::3]
        if ways.lead([(start.process, start.id)], [(goal.process, goal.id)]) != leads(start, goal)
    ]
    assert not wrong


def test_what_lies_beside_the_diagrams_is_found() -> None:
    found = handling.beside()
    assert "processes/law.toml" in found
    assert Path("processes/law.toml").read_bytes() == found["processes/law.toml"]
    assert any(name.endswith("scenarios.toml") for name in found)
