"""What differs between two forms: its components, attribute by attribute; and how they are kept."""

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest

from engine.errors import ValueRefused
from engine.forms.difference import compare
from engine.forms.writing import normal
from engine.model.differences import Attribute, Change, Kind

ROOT = Path(__file__).parents[3]
FORMS = sorted((ROOT / "forms").rglob("*.json"))
FORM: dict[str, Any] = {
    "type": "default",
    "id": "f",
    "components": [
        {"type": "textfield", "id": "a", "key": "a", "label": "A", "validate": {"required": True}},
        {
            "type": "select",
            "id": "b",
            "key": "b",
            "label": "B",
            "values": [{"value": "1", "label": "One"}, {"value": "2", "label": "Two"}],
        },
        {"type": "group", "id": "g", "components": [{"type": "number", "id": "c", "key": "c"}]},
    ],
}


def written(form: object) -> bytes:
    return json.dumps(form).encode()


def edited(edit: Any) -> Change:
    form = copy.deepcopy(FORM)
    edit(form["components"])
    (change,) = compare(written(FORM), written(form)).changes
    return change


@pytest.mark.parametrize("path", FORMS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_our_forms_are_kept_as_they_are_and_equal_themselves(path: Path) -> None:
    content = path.read_bytes()
    assert normal(content) == content
    turned = json.loads(content, object_hook=lambda one: dict(reversed(one.items())))
    assert normal(written(turned)) == content
    assert not compare(content, written(turned))


def test_a_value_deep_in_a_component_is_told_under_its_path() -> None:
    change = edited(lambda parts: parts[0]["validate"].update(required=False))
    assert (change.kind, change.element, change.type) == (Kind.CHANGED, "a", "textfield")
    assert change.attributes == (Attribute("validate.required", "true", "false"),)


def test_an_answer_is_told_under_its_value_and_their_order_apart() -> None:
    change = edited(lambda parts: parts[1]["values"][1].update(label="Deux"))
    assert change.attributes == (Attribute("values[2].label", "Two", "Deux"),)
    change = edited(lambda parts: parts[1]["values"].reverse())
    assert change.attributes == (Attribute("values:order", "1, 2", "2, 1"),)


def test_a_component_in_another_place_moved() -> None:
    change = edited(lambda parts: parts.insert(0, parts.pop()))
    assert (change.kind, change.attributes) == (Kind.MOVED, (Attribute("rank", "3", "1"),))


def test_a_component_led_into_a_group_changed_its_place_in_the_form() -> None:
    change = edited(lambda parts: parts[2]["components"].append(parts.pop(0)))
    assert change.attributes == (Attribute("within", "", "g"),)


def test_a_component_with_another_id_is_recognised() -> None:
    change = edited(lambda parts: parts[1].update(id="bb"))
    assert (change.was, change.element) == ("b", "bb")


def test_a_number_is_not_the_text_that_looks_like_it() -> None:
    change = edited(lambda parts: parts[0].update(label=5))
    assert change.attributes == (Attribute("label", "A", "5"),)
    one, other = {**FORM, "x": "5"}, {**FORM, "x": 5}
    assert compare(written(one), written(other)).changes[0].attributes == (
        Attribute("x", '"5"', "5"),
    )


def test_rows_of_chance_are_left_out_and_rows_that_join_are_not() -> None:
    form = copy.deepcopy(FORM)
    plain = normal(written(form))
    for number, one in enumerate(form["components"]):
        one["layout"] = {"row": f"Row_{number}", "columns": None}
    assert normal(written(form)) == plain
    form["components"][1]["layout"]["row"] = "Row_0"
    joined = normal(written(form))
    assert joined.count(b'"Row_0"') == 2
    found = compare(plain, joined)
    assert {(one.kind, one.element) for one in found.changes} == {
        (Kind.MOVED, "a"),
        (Kind.MOVED, "b"),
    }


def test_numbers_and_halves_of_letters_stay_as_they_are_written() -> None:
    content = b'{"b": [1.50, -1E400, {}, []], "a": "\\ud800", "type": "\xd2\xb1"}'
    once = normal(content)
    assert once.decode() == (
        '{\n  "type": "ұ",\n  "a": "\\ud800",\n  "b": [\n    1.50,\n    -1E400,\n    {},\n    []\n'
        "  ]\n}\n"
    )
    assert normal(once) == once


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[" * 500, b"[" * 80 + b"]" * 80, b"\xff", b'{"a": NaN}', b"{} {}"]
)
def test_what_is_no_json_is_refused(content: bytes) -> None:
    with pytest.raises(ValueRefused):
        normal(content)
    with pytest.raises(ValueRefused):
        compare(b"{}", content)


@pytest.mark.parametrize("content", [b"[]", b"1", b"null", b'{"components": [1, [], {}, null]}'])
def test_what_is_no_form_is_compared_all_the_same(content: bytes) -> None:
    assert not compare(content, content)
    assert normal(normal(content)) == normal(content)


@pytest.mark.parametrize("seed", range(25))
def test_known_edits_and_nothing_else_are_found(seed: int) -> None:
    dice = random.Random(seed)
    content = dice.choice(FORMS).read_bytes()
    form = json.loads(content)
    parts = dice.sample(form["components"], min(3, len(form["components"])))
    for part in parts:
        part["label"] = f"label {dice.random()}"
    found = compare(content, written(form))
    assert {one.element for one in found.changes} == {part["id"] for part in parts}
    assert all([one.name for one in change.attributes] == ["label"] for change in found.changes)
