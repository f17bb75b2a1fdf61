"""Every component reads its values, and says what is wrong with them."""

from collections.abc import Callable

import pytest

from engine.forms import Checked, Form
from tests.unit.forms.conftest import NOW, told

Check = Callable[..., Checked]
OPTIONS = {"values": [{"value": "a", "label": "А"}, {"value": "b", "label": "Ә"}]}
TEXT = {"type": "textfield"}


@pytest.mark.parametrize(
    ("component", "raw", "value"),
    [
        (TEXT, "  Әлия \t Бек\n", "Әлия   Бек"),
        (TEXT, "a\x00b\ud800c", "abc"),
        (TEXT, "и\u0306", "й"),
        (TEXT, None, ""),
        (TEXT, 12, "12"),
        ({"type": "textarea"}, "бір\r\nекі ", "бір\nекі"),
        ({"type": "number"}, "12", 12),
        ({"type": "number"}, " 1 250,50 ", 1250.5),
        ({"type": "number"}, "-0", 0),
        ({"type": "number"}, 2.5, 2.5),
        ({"type": "number", "serializeToString": True}, "1.10", "1.10"),
        ({"type": "number"}, "", None),
        ({"type": "checkbox"}, "true", True),
        ({"type": "checkbox"}, None, False),
        ({"type": "radio", **OPTIONS}, "a", "a"),
        ({"type": "select", **OPTIONS}, "", None),
        ({"type": "checklist", **OPTIONS}, ["b", "a", "b"], ["b", "a"]),
        ({"type": "taglist", **OPTIONS}, "a", ["a"]),
        ({"type": "datetime", "subtype": "date"}, "5.3.2026", "2026-03-05"),
        ({"type": "datetime", "subtype": "date"}, "05032026", "2026-03-05"),
        ({"type": "datetime", "subtype": "date"}, "2026-03-05", "2026-03-05"),
        ({"type": "datetime", "subtype": "time"}, "9:05", "09:05"),
        ({"type": "datetime", "subtype": "datetime"}, "05.03.2026 9:05", "2026-03-05T09:05"),
        (
            {"type": "datetime", "subtype": "datetime", "timeSerializingFormat": "utc_offset"},
            "2026-03-05T04:05Z",
            "2026-03-05T09:05+05:00",
        ),
        ({**TEXT, "validate": {"validationType": "phone"}}, "8 (701) 000-00-00", "+77010000000"),
        ({**TEXT, "properties": {"check": "iin"}}, "850312 300012", "850312300012"),
    ],
)
def test_what_was_typed_is_read_by_type(
    check: Check, component: dict[str, object], raw: object, value: object
) -> None:
    checked = check(component, raw)
    assert checked.values == {"x": value}
    assert type(checked.values["x"]) is type(value)
    assert checked.errors == {}


UNREADABLE = "This answer cannot be read; choose or type it again"
NOT_OFFERED = "Choose one of the answers offered"
NO_NUMBER = "Write a number, for example 12"
NO_DATE = "Write the date as day.month.year, for example 25.11.2026"


@pytest.mark.parametrize(
    ("component", "raw", "said"),
    [
        (TEXT, ["a"], UNREADABLE),
        (TEXT, {"a": 1}, UNREADABLE),
        (TEXT, True, UNREADABLE),
        (TEXT, "а" * 1001, "Write at most 1000 characters"),
        ({"type": "textarea"}, "а" * 20_001, "Write at most 20000 characters"),
        ({"type": "textarea"}, "а" * 5_000_000, "Write at most 20000 characters"),
        ({"type": "number"}, "on two", NO_NUMBER),
        ({"type": "number"}, "١٢", NO_NUMBER),
        ({"type": "number"}, "1e400", NO_NUMBER),
        ({"type": "number"}, "NaN", NO_NUMBER),
        ({"type": "number"}, float("inf"), NO_NUMBER),
        ({"type": "number"}, True, NO_NUMBER),
        ({"type": "number"}, "1234567890123456", "Write a number of at most 15 digits"),
        ({"type": "number"}, 10**400, "Write a number of at most 15 digits"),
        ({"type": "checkbox"}, "maybe", UNREADABLE),
        ({"type": "checkbox"}, ["true"], UNREADABLE),
        ({"type": "radio", **OPTIONS}, "c", NOT_OFFERED),
        ({"type": "radio", **OPTIONS}, ["a"], UNREADABLE),
        ({"type": "select", **OPTIONS}, {"value": "a"}, UNREADABLE),
        ({"type": "checklist", **OPTIONS}, ["a", "c"], NOT_OFFERED),
        ({"type": "checklist", **OPTIONS}, ["a", 1], NOT_OFFERED),
        ({"type": "checklist", **OPTIONS}, {"a": 1}, UNREADABLE),
        ({"type": "checklist", **OPTIONS}, ["a"] * 600, UNREADABLE),
        (
            {"type": "datetime", "subtype": "date"},
            "31.02.2026",
            "There is no such day in the calendar",
        ),
        ({"type": "datetime", "subtype": "date"}, "tomorrow", NO_DATE),
        ({"type": "datetime", "subtype": "date"}, ["2026-01-01"], NO_DATE),
        ({"type": "datetime", "subtype": "date"}, "01.01.0026", "Check the year of this date"),
        (
            {"type": "datetime", "subtype": "time"},
            "25:00",
            "Write the time as hours:minutes, for example 14:30",
        ),
        (
            {"type": "datetime", "subtype": "datetime"},
            "05.03.2026",
            "Write the time as hours:minutes, for example 14:30",
        ),
    ],
)
def test_what_cannot_be_read_is_said_and_not_kept(
    check: Check, component: dict[str, object], raw: object, said: str
) -> None:
    checked = check(component, raw)
    assert told(checked) == {"x": [said]}
    assert checked.values["x"] in (None, "", False, [])


@pytest.mark.parametrize(
    ("component", "raw", "said"),
    [
        ({**TEXT, "validate": {"required": True}}, "  ", "Fill this in"),
        ({"type": "checkbox", "validate": {"required": True}}, False, "Tick this box to go on"),
        ({"type": "radio", **OPTIONS, "validate": {"required": True}}, None, "Choose an answer"),
        (
            {"type": "checklist", **OPTIONS, "validate": {"required": True}},
            [],
            "Choose at least one answer",
        ),
        ({"type": "filepicker", "validate": {"required": True}}, [], "Add the document"),
        ({"type": "datetime", "validate": {"required": True}}, "", "Fill in the date"),
        ({**TEXT, "validate": {"minLength": 3}}, "аб", "Write at least 3 characters"),
        ({**TEXT, "validate": {"maxLength": 3}}, "абвг", "Write at most 3 characters"),
        ({**TEXT, "validate": {"pattern": r"^\d+$"}}, "a1", "Write this as the hint shows"),
        ({**TEXT, "validate": {"pattern": r"^\d+$"}}, "١٢", "Write this as the hint shows"),
        (
            {**TEXT, "validate": {"pattern": "^a", "patternErrorMessage": "a"}},
            "b",
            "a",
        ),
        ({**TEXT, "validate": {"pattern": "a"}}, "a" * 257, "Write this as the hint shows"),
        (
            {**TEXT, "validate": {"validationType": "email"}},
            "a@b@c",
            "Write an e-mail address, for example name@example.kz",
        ),
        (
            {**TEXT, "validate": {"validationType": "phone"}},
            "12",
            "Write a telephone number, for example +7 701 000 00 00",
        ),
        ({"type": "number", "validate": {"min": 0.5}}, "0,4", "Write 0.5 or more"),
        ({"type": "number", "validate": {"max": 100}}, "101", "Write 100 or less"),
        ({"type": "number", "decimalDigits": 0}, "1,5", "Write a whole number"),
        ({"type": "number", "decimalDigits": 2}, "1,555", "Write at most 2 digits after the point"),
        ({"type": "number", "increment": 0.5}, "1,3", "Write a multiple of 0.5"),
        ({**TEXT, "properties": {"check": "iin"}}, "123", "An IIN has 12 digits"),
        (
            {**TEXT, "properties": {"check": "bin"}},
            "240140000012",
            "This BIN is mistyped: its last digit does not fit the others",
        ),
        (
            {"type": "datetime", "properties": {"latest": "today"}},
            "26.11.2026",
            "The date cannot be after 25.11.2026",
        ),
        (
            {"type": "datetime", "disallowPassedDates": True},
            "24.11.2026",
            "The date cannot be before 25.11.2026",
        ),
        (
            {"type": "datetime", "properties": {"earliest": "today+7"}},
            "01.12.2026",
            "The date cannot be before 02.12.2026",
        ),
    ],
)
def test_each_rule_says_what_to_do(
    check: Check, component: dict[str, object], raw: object, said: str
) -> None:
    assert told(check(component, raw)) == {"x": [said]}


def test_a_bound_may_be_computed(form: Callable[..., Form]) -> None:
    made = form(
        {"type": "number", "key": "heads"},
        {"type": "number", "key": "rooms", "validate": {"max": "=heads * 2", "min": "=least"}},
    )
    checked = made.check({"heads": 2, "rooms": 5}, now=NOW, context={"least": 1})
    assert told(checked) == {"rooms": ["Write 4 or less"]}
    checked = made.check({"heads": None, "rooms": 5}, now=NOW)
    assert checked.errors == {}, "a bound without a value binds nothing"


def test_answers_come_from_the_server_not_from_the_browser(form: Callable[..., Form]) -> None:
    made = form({"type": "select", "key": "x", "valuesKey": "regions"})
    regions = {"regions": ["10", {"value": "59", "label": "СҚО", "label:ru": "СКО"}]}
    posted = {"x": "77", "regions": ["77"]}
    assert told(made.check(posted, now=NOW, context=regions)) == {"x": [NOT_OFFERED]}
    assert made.check({"x": "59"}, now=NOW, context=regions).values == {"x": "59"}
    assert told(made.check({"x": "59"}, now=NOW)) == {"x": [NOT_OFFERED]}


def test_only_files_of_the_case_may_be_named(check: Check) -> None:
    refused = "This file is not among the documents of the case; upload it again"
    one = {"type": "filepicker"}
    assert told(check(one, ["foreign"])) == {"x": [refused]}
    assert told(check(one, ["mine", "foreign"], documents={"mine"})) == {"x": [refused]}
    assert told(check(one, ["a", "b"], documents={"a", "b"})) == {"x": ["Leave one file here"]}
    several = one | {"multiple": True}
    assert check(several, ["b", "a"], documents={"a", "b"}).values == {"x": ["b", "a"]}
