"""A definition that cannot work is refused, with the component, the line and the remedy."""

import json
import re
import time
from pathlib import Path

import pytest

from engine.errors import DefinitionRefused
from engine.forms import load, problems
from engine.forms.patterns import LONGEST
from engine.model.problems import Severity
from tests.unit.forms.conftest import NOW, made

TEXT = {"type": "textfield", "key": "x"}
RADIO = {"type": "radio", "key": "x"}


def errors(*components: dict[str, object]) -> list[tuple[str, str]]:
    found = problems(made(*components), "a.json")
    return [(one.code, str(one.message)) for one in found if one.severity is Severity.ERROR]


@pytest.mark.parametrize(
    "kind", ["html", "iframe", "image", "table", "documentPreview", "", None, 7]
)
def test_components_that_could_show_anything_are_refused(kind: object) -> None:
    [(code, said)] = errors({"type": kind, "key": "x", "content": "<script>"})
    assert code == "form.unknown-component"
    assert "textfield" in said, "the message names what may be used"


@pytest.mark.parametrize(
    ("component", "code"),
    [
        ({"type": "textfield"}, "form.key"),
        ({"type": "textfield", "key": "ё"}, "form.key"),
        ({"type": "textfield", "key": "a b"}, "form.key"),
        ({"type": "textfield", "key": "__proto__"}, "form.key"),
        ({"type": "textfield", "key": "this"}, "form.key"),
        ({"type": "textfield", "key": "a..b"}, "form.key"),
        (TEXT | {"label": "=x"}, "form.template"),
        (TEXT | {"description": "{{x}}"}, "form.template"),
        (TEXT | {"conditional": {"hide": "x = 1"}}, "form.expression"),
        (TEXT | {"conditional": {"hide": "=x ="}}, "form.expression"),
        (TEXT | {"conditional": {"hide": "=" + "(" * 3000 + "1"}}, "form.expression"),
        (TEXT | {"readonly": "yes"}, "form.expression"),
        (TEXT | {"validate": {"minLength": "=1 +"}}, "form.expression"),
        (TEXT | {"validate": {"minLength": "three"}}, "form.attribute"),
        (TEXT | {"validate": {"validationType": "url"}}, "form.attribute"),
        (TEXT | {"properties": {"check": "passport"}}, "form.attribute"),
        ({"type": "datetime", "key": "x", "properties": {"latest": "soon"}}, "form.attribute"),
        ({"type": "datetime", "key": "x", "subtype": "week"}, "form.attribute"),
        ({"type": "number", "key": "x", "validate": {"min": True}}, "form.attribute"),
        ({"type": "expression", "key": "x"}, "form.expression"),
        (RADIO, "form.options"),
        (RADIO | {"values": [{"value": "a"}, {"value": "a"}]}, "form.options"),
        (RADIO | {"values": [{"label": "a"}]}, "form.options"),
        (RADIO | {"values": [{"value": 1, "label": "a"}]}, "form.options"),
        (RADIO | {"valuesExpression": "=x", "valuesKey": "y"}, "form.options"),
        ({"type": "dynamiclist", "path": "x", "components": []}, "form.rows"),
    ],
)
def test_a_wrong_definition_is_named(component: dict[str, object], code: str) -> None:
    assert code in [found for found, _ in errors(component)]
    with pytest.raises(DefinitionRefused) as refused:
        load(made(component))
    assert refused.value.problems


def test_half_a_letter_is_refused_before_anybody_is_shown_it() -> None:
    whole = made(TEXT | {"label": "\U0001f642"})
    assert not [one for one in problems(whole, "a.json") if one.severity is Severity.ERROR]
    (found,) = problems(whole.replace(b"\\ude42", b""), "a.json")
    assert (found.code, found.severity) == ("form.json", Severity.ERROR)


HOSTILE = [
    "=__import__('os').system('id')",
    "=().__class__.__bases__",
    "=x.__class__",
    '=function() external {java: {class: "java.lang.Runtime"}}',
    "=window.location",
    "=`${1}`",
    '=eval("1")',
    "=x; y",
    "=for i in 1..1000000000 return i",
    '=string join(for i in 1..99999999 return "aaaaaaaaaa")',
]


@pytest.mark.parametrize("source", HOSTILE)
def test_hostile_conditions_are_refused_or_come_to_nothing_fast(source: str) -> None:
    data = made(TEXT | {"conditional": {"hide": source}})
    started = time.perf_counter()
    found = [one.code for one in problems(data, "a.json") if one.severity is Severity.ERROR]
    if not found:
        assert load(data).check({"x": "kept"}, now=NOW).values == {"x": "kept"}
    assert set(found) <= {"form.expression"}
    assert time.perf_counter() - started < 10


def test_a_name_of_the_row_is_written_with_this() -> None:
    row = [
        {"type": "textfield", "id": "a", "key": "kin"},
        {"type": "textfield", "id": "b", "key": "s", "conditional": {"hide": "=kin = null"}},
    ]
    listed = {"type": "dynamiclist", "path": "rows", "isRepeating": True, "components": row}
    [(code, said)] = errors(listed)
    assert code == "form.expression"
    assert "this.kin" in said


def test_keys_that_meet_are_refused() -> None:
    group = {"type": "group", "path": "a", "components": [TEXT | {"id": "n", "key": "b"}]}
    assert errors(TEXT | {"key": "a.b"}, group)[0][0] == "form.duplicate-key"
    assert errors(TEXT | {"key": "a"}, group)[0][0] == "form.duplicate-key"
    assert errors(TEXT, TEXT)[0][0] == "form.duplicate-key"
    assert errors(TEXT | {"id": "same"}, TEXT | {"id": "same", "key": "y"})[0][0] == "form.id"
    listed = {"type": "dynamiclist", "path": "l", "isRepeating": True}
    assert errors(TEXT, listed | {"components": [TEXT | {"id": "n"}]}) == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"components": {}}',
        b"\xff\xfe",
        b'{"components": [NaN]}',
        b"[" * 200_000,
        b'{"components": [' + b'"x",' * 3 + b"7]}",
        b" " * 1_000_001,
    ],
    ids=lambda data: repr(data[:20]),
)
def test_what_is_no_form_is_said_so(data: bytes) -> None:
    found = problems(data, "a.json")
    assert found
    assert {one.file for one in found} == {"a.json"}
    with pytest.raises(DefinitionRefused):
        load(data)


def test_forms_have_bounds() -> None:
    deep: dict[str, object] = TEXT | {"id": "leaf"}
    for level in range(8):
        deep = {"type": "group", "id": f"g{level}", "components": [deep]}
    assert "form.deep" in [code for code, _ in errors(deep)]
    many = [TEXT | {"key": f"k{n}"} for n in range(700)]
    assert "form.large" in [code for code, _ in errors(*many)]


def test_a_problem_has_the_line_of_its_component() -> None:
    content = {
        "components": [
            {"id": "first", "type": "textfield", "key": "a"},
            {"id": "Өріс", "type": "html"},
        ]
    }
    for ascii_only in (True, False):
        data = json.dumps(content, indent=1, ensure_ascii=ascii_only).encode()
        [found] = [one for one in problems(data, "f.json") if one.severity is Severity.ERROR]
        assert (found.element, found.line) == ("Өріс", 9)


def test_missing_translations_are_warnings() -> None:
    found = problems(made(TEXT), "a.json")
    assert {one.severity for one in found} == {Severity.WARNING}
    translated = TEXT | {"properties": {"label:ru": "Вопрос", "label:en": "Question"}}
    assert problems(made(translated), "a.json") == []


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+$",
        r"^(a|aa)+$",
        r"^(a?){40}$",
        r"(.*a){20}",
        r"a*a*a*b",
        r"^(\w+\s?)*$",
        r"^a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?aaaaaaaaaaaaaaaaaaaaaa$",
        r"(?=a)b",
        r"(?<!a)b",
        r"(a)\1",
        r"(?P<n>a)",
        r"(?i)a",
        r"a\Z",
        r"[",
        r"a{,3}",
        r"\p{L}",
        "(" * 5000,
    ],
)
def test_patterns_that_could_hang_or_differ_are_refused(pattern: str) -> None:
    [(code, _)] = errors(TEXT | {"validate": {"pattern": pattern}})
    assert code == "form.pattern"


@pytest.mark.parametrize(
    "pattern",
    [
        r"^\d{12}$",
        r"^[А-ЯӘҒҚҢӨҰҮҺІ][а-яәғқңөұүһі-]+$",
        r"^(\+7|8)\d{10}$",
        r"^[A-Z]{2}\s?\d{6,9}$",
        r"\d+",
        r"^.*$",
        r"^(KZ|RU)\d{1,8}(/\d{1,2})?$",
    ],
)
def test_patterns_that_forms_need_are_accepted_and_fast(pattern: str) -> None:
    assert errors(TEXT | {"validate": {"pattern": pattern}}) == []
    compiled = re.compile(pattern, re.ASCII)
    started = time.perf_counter()
    for text in ("a" * LONGEST, "1" * LONGEST, "А" * LONGEST, "1 " * (LONGEST // 2)):
        compiled.search(text)
    assert time.perf_counter() - started < 1


def test_the_example_has_no_problems() -> None:
    data = (Path(__file__).parent / "family.json").read_bytes()
    assert problems(data, "family.json") == []
    assert load(data) is load(data), "read once"
    assert load(json.loads(data)).keys == load(data).keys
