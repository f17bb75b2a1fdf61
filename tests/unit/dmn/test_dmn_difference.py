"""What differs between two decision models: elements, columns, rules and cells."""

import random
from pathlib import Path

import pytest

from engine import xml
from engine.dmn.difference import compare
from engine.dmn.grid import Grid, grids
from engine.dmn.writing import normal
from engine.model.differences import Attribute, Change, Kind

ROOT = Path(__file__).parents[3]
MODELS = sorted((ROOT / "processes").rglob("*.dmn"))
RETURN = (ROOT / "processes/kandas/return.dmn").read_bytes()
KIT = sorted((ROOT / "tests/tck").rglob("*.dmn"))


def table(*rules: tuple[str, ...], columns: str = "ab", policy: str = "UNIQUE") -> bytes:
    """Return a table: one input for each letter but the last, which is the output."""
    heads = "".join(
        f'<input id="c_{one}" label="{one.upper()}"><inputExpression><text>{one}</text>'
        "</inputExpression></input>"
        for one in columns[:-1]
    )
    heads += f'<output id="c_{columns[-1]}" label="{columns[-1].upper()}" name="out"/>'
    rows = "".join(
        f'<rule id="{name}">'
        + "".join(f"<inputEntry><text>{cell}</text></inputEntry>" for cell in cells[:-1])
        + f"<outputEntry><text>{cells[-1]}</text></outputEntry></rule>"
        for name, *cells in rules
    )
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m" name="m" '
        f'namespace="n"><decision id="d" name="D"><decisionTable hitPolicy="{policy}">{heads}{rows}'
        "</decisionTable></decision></definitions>"
    ).encode()


ONE, TWO, THREE = ("r1", "1", '"x"'), ("r2", "2", '"y"'), ("r3", "3", '"z"')
PLAIN = table(ONE, TWO, THREE)


def only(old: bytes, new: bytes) -> Change:
    (change,) = compare(old, new).changes
    return change


@pytest.mark.parametrize("path", [*MODELS, *KIT], ids=lambda path: path.stem)
def test_a_model_does_not_differ_from_itself_however_it_is_written(path: Path) -> None:
    content = path.read_bytes()
    written = normal(content)
    assert not compare(content, content)
    assert not compare(content, written)
    assert normal(written) == written


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_our_models_are_kept_as_they_are(path: Path) -> None:
    assert normal(path.read_bytes()) == path.read_bytes()


def test_a_cell_is_told_under_its_column() -> None:
    change = only(PLAIN, table(ONE, ("r2", "9", '"y"'), THREE))
    assert (change.kind, change.element, change.type) == (Kind.CHANGED, "r2", "rule")
    assert change.within == "d"
    assert change.attributes == (Attribute("input[A]", "2", "9"),)


def test_a_rule_without_its_id_is_known_by_its_cells() -> None:
    assert compare(PLAIN, table(ONE, ("new", "2", '"y"'), THREE)).renamed == {"r2": "new"}


def test_rules_that_came_and_went() -> None:
    found = compare(PLAIN, table(ONE, ("r4", "7", '"w"'), THREE))
    assert {(one.kind, one.element) for one in found.changes} == {
        (Kind.ADDED, "r4"),
        (Kind.REMOVED, "r2"),
    }


def test_a_rule_in_another_place_moved() -> None:
    change = only(PLAIN, table(THREE, ONE, TWO))
    assert (change.kind, change.element) == (Kind.MOVED, "r3")
    assert change.attributes == (Attribute("rank", "3", "1"),)


def test_a_renamed_column_is_one_change_and_not_one_for_each_rule() -> None:
    change = only(PLAIN, PLAIN.replace(b'label="A"', b'label="AA"'))
    assert (change.element, change.attributes) == ("c_a", (Attribute("label", "A", "AA"),))
    renamed = compare(PLAIN, PLAIN.replace(b"c_a", b"column_a"))
    assert renamed.renamed == {"c_a": "column_a"}
    assert len(renamed.changes) == 1


def test_a_new_column_that_asks_nothing_changes_no_rule() -> None:
    wide = table(("r1", "1", "-", '"x"'), ("r2", "2", '"q"', '"y"'), columns="acb")
    found = compare(table(ONE, TWO), wide)
    assert {(one.kind, one.element) for one in found.changes} == {
        (Kind.ADDED, "c_c"),
        (Kind.CHANGED, "r2"),
    }


def test_an_empty_input_is_the_same_as_a_dash() -> None:
    assert not compare(table(("r", "-", "1")), table(("r", "", "1")))


def test_the_hit_policy_is_told() -> None:
    assert only(PLAIN, table(ONE, TWO, THREE, policy="FIRST")).attributes == (
        Attribute("decisionTable@hitPolicy", None, "FIRST"),
    )


def test_what_a_decision_requires_follows_a_renamed_input() -> None:
    new = RETURN.replace(b'id="limits"', b'id="norms"').replace(b'Ref="limits"', b'Ref="norms"')
    found = compare(RETURN, new.replace(b"#limits", b"#norms"))
    assert found.renamed == {"limits": "norms"}
    assert {one.element for one in found.changes} == {"norms"}


def grid_of(old: bytes, new: bytes) -> Grid:
    (found,) = grids(old, new)
    return found


def test_tables_laid_over_each_other_show_each_cell_twice() -> None:
    found = grid_of(PLAIN, table(THREE, ("r4", "7", '"w"'), ("r1", "1", '"q"')))
    assert [(row.kind, row.was, row.now) for row in found.rows] == [
        (Kind.MOVED, 3, 1),
        (Kind.ADDED, 0, 2),
        (Kind.CHANGED, 1, 3),
        (Kind.REMOVED, 2, 0),
    ]
    assert [(cell.old, cell.new) for cell in found.rows[2].cells] == [("1", "1"), ('"x"', '"q"')]
    assert [(cell.old, cell.new) for cell in found.rows[1].cells] == [(None, "7"), (None, '"w"')]


def test_columns_that_came_and_went_stand_beside_each_other() -> None:
    wide = table(("r1", "1", "2", '"x"'), columns="acb")
    found = grid_of(wide, table(("r1", "2", "3", '"x"'), columns="ceb"))
    assert [(head.kind, head.old, head.new) for head in found.heads] == [
        ("input", "C", "C"),
        ("input", None, "E"),
        ("input", "A", None),
        ("output", "B", "B"),
    ]
    assert [(cell.old, cell.new) for cell in found.rows[0].cells] == [
        ("2", "2"),
        (None, "3"),
        ("1", None),
        ('"x"', '"x"'),
    ]


def test_a_table_of_one_version_only_is_shown_as_well() -> None:
    nothing = PLAIN.replace(b"decisionTable", b"context")
    assert [row.kind for row in grid_of(nothing, PLAIN).rows] == [Kind.ADDED] * 3
    assert [row.kind for row in grid_of(PLAIN, nothing).rows] == [Kind.REMOVED] * 3


@pytest.mark.parametrize("seed", range(25))
def test_known_edits_of_cells_and_nothing_else_are_found(seed: int) -> None:
    dice = random.Random(seed)
    root = xml.parse(dice.choice(MODELS).read_bytes())
    rules = list(root.iter("{*}rule"))
    before = xml.to_bytes(root)
    edited = dice.sample(rules, min(3, len(rules)))
    for rule in edited:
        cell = dice.choice(list(rule.iter("{*}outputEntry")))
        cell[0].text = f'"{dice.random()}"'
    found = compare(before, xml.to_bytes(root))
    assert {one.element for one in found.changes} == {rule.get("id") for rule in edited}
    assert all(len(one.attributes) == 1 and one.type == "rule" for one in found.changes)
