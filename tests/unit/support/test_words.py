"""Words and lists of order 74: sentences, forms, fields, services, limits."""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from engine import dmn
from engine.errors import ValueRefused
from engine.forms import reading
from engine.i18n import add_catalogues, catalogue
from engine.model.people import Candidate
from handlers.people.facts import Relationship
from handlers.people.regions import REGIONS
from handlers.registries.signals import GROUNDS
from handlers.support import face, offices, records, services
from handlers.support.limits import Limits

ROOT = Path(__file__).parents[3]
FORMS = sorted((ROOT / "forms/support").glob("*.json"))


def spoken() -> Iterator[tuple[str, str]]:
    """Yield where a sentence stands, and the sentence; pages and papers try their own."""
    for path in sorted((ROOT / "handlers/support").rglob("*.py")):
        if not {"pages", "figures", "paper"} & set(path.parts):
            yield from ((path.name, said) for said in sentences(path))


def sentences(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            first = node.args[0]
            if node.func.id == "text" and isinstance(first, ast.Constant):
                yield str(first.value)


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_every_sentence_is_translated_with_its_placeholders(language: str) -> None:
    for package in ("people", "support"):
        add_catalogues(f"handlers.{package}")
    found = catalogue(language)
    # A name of a column (`tables.py`) is no sentence.
    said = {one for place, one in spoken() if place != "tables.py"}
    assert sorted(one for one in said if one not in found) == []
    for one in said:
        names = set(re.findall(r"{(\w+)}", one))
        assert set(re.findall(r"{(\w+)}", found[one])) == names, one


def parts(found: Any) -> Iterator[dict[str, Any]]:
    for component in found.get("components", []):
        yield component
        yield from parts(component)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_every_form_is_right_and_speaks_three_languages(path: Path) -> None:
    assert reading.problems(path.read_bytes(), path.name) == []
    for part in parts(json.loads(path.read_text("utf-8"))):
        said = part.get("properties", {})
        if "hidden" in said:
            continue
        for name in ("label", "description", "text"):
            if part.get(name):
                assert said.get(f"{name}:ru"), (part["id"], name)
                assert said.get(f"{name}:en"), (part["id"], name)
        for option in part.get("values", []):
            assert all(option.get(key) for key in ("label", "label:ru", "label:en")), option


def test_every_form_has_an_adapter_and_a_task() -> None:
    import handlers.support  # noqa: PLC0415
    from engine.handling import extensions  # noqa: PLC0415

    assert handlers.support.__doc__
    keys = {f"support/{path.stem}" for path in FORMS}
    assert keys == {one for one in extensions.forms if one.startswith("support/")}
    drawn = "".join(path.read_text("utf-8") for path in (ROOT / "processes/support").glob("*.bpmn"))
    assert keys == set(re.findall(r'formKey="(support/\w+)"', drawn))


def options(form: str, key: str) -> list[str]:
    found = json.loads((ROOT / f"forms/support/{form}.json").read_text("utf-8"))
    return [
        one["value"] for part in parts(found) if part.get("key") == key for one in part["values"]
    ]


def test_the_lists_of_the_forms_are_those_of_the_program() -> None:
    assert set(GROUNDS) <= set(options("intake", "grounds"))
    assert set(options("intake", "relationship")) <= {one.value for one in Relationship}
    assert {"open", *options("intake", "outcome")} - {"open"} <= set(face.OUTCOMES)
    states = {one.value for one in records.MeasureState}
    assert set(options("completion", "at")) == states
    assert set(options("completion", "result")) == {"full", "exceptions"}


def test_the_order_names_twelve_fields() -> None:
    assert len(offices.FIELDS) == 12
    for field in offices.FIELDS:
        code = offices.body(field, "47")
        assert offices.is_body(code)
        assert (offices.field_of(code), offices.place_of(code)) == (field, "47")
        assert offices.superior_of(code) == Candidate(offices.OVERSEER, "leo.47")
        assert offices.head_of(code) == Candidate(offices.BODY_HEAD, code)
    assert all(offices.is_centre(offices.centre(region)) for region in REGIONS)
    for wrong in ("fsc.99.1", "fsc.47", "fsc.47.x", "sb.housing.99", "sb.moon.47", "cc.47.1", ""):
        assert not offices.is_centre(wrong)
        assert not offices.is_body(wrong)


def test_every_service_has_a_term_in_the_table_and_a_field() -> None:
    model = dmn.load((ROOT / "processes/support/terms.dmn").read_bytes())
    planned = [
        {"id": code, "service": code, "days": None, "term": None} for code in services.SERVICES
    ]
    terms = model.decide("support_terms", {"planned": planned}).value
    assert isinstance(terms, list)
    for one in terms:
        assert isinstance(one, Mapping)
        assert one["days"] is not None, one["id"]
    assert {one.field for one in services.SERVICES.values()} <= set(offices.FIELDS)


def test_limits_are_read_and_checked() -> None:
    given = {
        "support.rounds": "3",
        "support.approval_signed": "0",
        "support.followup_months": "12, 6",
        "support.registry_wait": "PT1H",
        "kandas.same_region": "1",
    }
    found = Limits.read(given)
    assert (found.rounds, found.approval_signed, found.followup_months) == (3, False, (6, 12))
    assert found.variables()["followup_months"] == [6, 12]
    Limits.check(given)
    assert Limits.read({"support.followup_months": ""}).followup_months == ()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("rounds", "0"),
        ("rounds", "²"),
        ("monitoring_day", "31"),
        ("approval_signed", "perhaps"),
        ("followup_months", "3;12"),
        ("registry_wait", "ten minutes"),
        ("nothing", "1"),
    ],
)
def test_a_limit_that_cannot_be_is_named(name: str, said: str) -> None:
    with pytest.raises(ValueRefused) as refused:
        Limits.check({f"support.{name}": said})
    assert f"ZHOLDAMA__SUPPORT__{name.upper()}" in str(refused.value)
