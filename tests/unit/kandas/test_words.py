"""Words: every sentence and every form in three languages; the lists of the order in full."""

import ast
import json
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from engine.i18n import add_catalogues, catalogue, plurals
from handlers.kandas import content, records, showing
from handlers.kandas.face import NOTICES
from handlers.people.facts import ANNEX_2, Relationship

ROOT = Path(__file__).parents[3]
PACKAGES = ("people", "kandas")
FORMS = sorted((ROOT / "forms/kandas").glob("*.json"))


def spoken() -> Iterator[tuple[str, str]]:
    """Yield where a sentence stands, and the sentence."""
    for package in PACKAGES:
        for path in sorted((ROOT / "handlers" / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
                if call and node.func.id == "text" and isinstance(node.args[0], ast.Constant):
                    yield path.name, str(node.args[0].value)
        for path in sorted((ROOT / "handlers" / package).rglob("*.html")):
            for found in re.findall(r"""(?<![\w])_\((["'])(.+?)\1[,)]""", path.read_text("utf-8")):
                if not found[1].endswith(":"):
                    yield path.name, found[1]


def counted() -> Iterator[str]:
    for path in (ROOT / "handlers/kandas/templates").rglob("*.html"):
        yield from re.findall(r'n_\("([^"]+)"', path.read_text("utf-8"))


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_every_sentence_is_translated(language: str) -> None:
    for package in PACKAGES:
        add_catalogues(f"handlers.{package}")
    found = catalogue(language)
    missing = sorted({f"{place}: {said}" for place, said in spoken() if said not in found})
    assert missing == []
    assert sorted({said for said in counted() if said not in plurals(language)}) == []


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_translations_keep_their_placeholders(language: str) -> None:
    for _, said in spoken():
        names = set(re.findall(r"{(\w+)}", said))
        assert set(re.findall(r"{(\w+)}", catalogue(language)[said])) == names, said


def test_every_name_of_a_case_has_words() -> None:
    assert set(showing.RELATIONSHIPS) == {Relationship.APPLICANT, *chain(*ANNEX_2)}
    labelled = {*content.PERSON, *content.MEMBER, *content.PLAIN, "documents"}
    assert labelled <= set(content.LABELS)
    assert all("{case}" in said.msgid for said in NOTICES.values())
    assert records.Remark.__doc__


def parts(found: Any) -> Iterator[dict[str, Any]]:
    for component in found.get("components", []):
        yield component
        yield from parts(component)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_every_label_of_a_form_speaks_three_languages(path: Path) -> None:
    form = json.loads(path.read_text("utf-8"))
    for part in parts(form):
        said = part.get("properties", {})
        if "hidden" in said:
            continue
        for name in ("label", "description", "text"):
            if part.get(name):
                assert said.get(f"{name}:ru"), (part["id"], name)
                assert said.get(f"{name}:en"), (part["id"], name)
        for option in part.get("values", []):
            assert all(option.get(key) for key in ("label", "label:ru", "label:en")), option


def options(form: str, key: str) -> list[str]:
    found = json.loads((ROOT / f"forms/kandas/{form}.json").read_text("utf-8"))
    (part,) = [one for one in parts(found) if one.get("key") == key]
    return [one["value"] for one in part["values"]]


def test_the_orders_lists_are_complete() -> None:
    assert len(options("consultation", "topics")) == 11
    assert options("plan_draft", "services") == [str(number) for number in range(1, 26)]
    assert options("move", "transport") == ["road", "rail", "air"]
    members = options("application", "relationship")
    assert set(members) == {one.value for one in chain(*ANNEX_2)}


def test_forms_that_return_share_one_convention() -> None:
    returning = {"head_check", "leo_origin", "completeness", "director"}
    for path in FORMS:
        form = json.loads(path.read_text("utf-8"))
        keys = {part.get("key") or part.get("path") for part in parts(form)}
        assert ({"decision", "remarks"} <= keys) is (path.stem in returning), path.stem
        if path.stem in returning:
            assert options(path.stem, "decision") == ["forward", "return"]
