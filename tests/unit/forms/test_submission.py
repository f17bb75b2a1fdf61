"""What leaves a submission, what the server keeps, and in which order errors are told."""

import json
from collections.abc import Callable

import pytest

from engine.forms import Form, problems
from engine.model.problems import Severity
from tests.unit.forms.conftest import NOW, told

Make = Callable[..., Form]
TEXT = {"type": "textfield"}
LIST = {"type": "dynamiclist", "isRepeating": True}


def test_names_the_form_does_not_have_are_dropped(form: Make) -> None:
    made = form({**TEXT, "key": "a"})
    assert made.check({"a": "1", "b": "2", "role": "admin"}, now=NOW).values == {"a": "1"}


def test_a_hidden_field_leaves_the_submission_and_asks_nothing(form: Make) -> None:
    made = form(
        {**TEXT, "key": "kin"},
        {
            **TEXT,
            "key": "why",
            "conditional": {"hide": '=kin != "yes"'},
            "validate": {"required": True},
        },
    )
    assert made.check({"kin": "no", "why": "x"}, now=NOW).values == {"kin": "no"}
    assert made.check({"kin": "no", "why": "x"}, now=NOW).errors == {}
    assert told(made.check({"kin": "yes"}, now=NOW)) == {"why": ["Fill this in"]}


def test_an_answer_may_be_left_out_while_its_waiver_holds(form: Make) -> None:
    waived = {"validate": {"required": True}, "properties": {"required:unless": '=to = "back"'}}
    made = form(
        {**TEXT, "key": "seen", **waived},
        {"type": "checkbox", "key": "whole", **waived},
        {**TEXT, "key": "to"},
    )
    assert made.check({"to": "back"}, now=NOW).errors == {}
    said = {"seen": "x", "whole": True, "to": "back"}
    assert made.check(said, now=NOW).values == said, "what was answered all the same is kept"
    for to in ("on", None):
        assert set(told(made.check({"to": to}, now=NOW))) == {"seen", "whole"}


def test_a_waiver_that_cannot_be_read_stops_the_deployment() -> None:
    part = {**TEXT, "id": "a", "key": "a", "properties": {"required:unless": "=to ="}}
    found = problems(json.dumps({"type": "default", "components": [part]}).encode(), "a.json")
    assert [one.code for one in found if one.severity is Severity.ERROR] == ["form.expression"]


def test_what_a_hidden_field_holds_is_null_for_the_others(form: Make) -> None:
    made = form(
        {**TEXT, "key": "a"},
        {**TEXT, "key": "b", "conditional": {"hide": '=a = "hide"'}},
        {**TEXT, "key": "c", "conditional": {"hide": '=b != "show"'}},
        {**TEXT, "key": "d", "conditional": {"hide": '=c != "show"'}},
    )
    shown = {"a": "x", "b": "show", "c": "show", "d": "here"}
    assert made.check(shown, now=NOW).values == shown
    assert made.check(shown | {"a": "hide"}, now=NOW).values == {"a": "hide"}
    known = {"b": "show", "c": "show"}
    again = made.check(shown | {"a": "hide"}, now=NOW, context=known)
    assert again.values == {"a": "hide"}, "what the server knew of a hidden field is hidden too"


def test_conditions_that_go_round_come_to_an_end(form: Make) -> None:
    made = form(
        {**TEXT, "key": "a", "conditional": {"hide": '=b = "x"'}},
        {**TEXT, "key": "b", "conditional": {"hide": '=a = "x"'}},
        {**TEXT, "key": "c", "conditional": {"hide": '=c = "x"'}},
    )
    made.check({"a": "x", "b": "x", "c": "x"}, now=NOW)


def test_a_hidden_group_takes_everything_in_it_along(form: Make) -> None:
    made = form(
        {**TEXT, "key": "a"},
        {
            "type": "group",
            "path": "home",
            "conditional": {"hide": '=a = null or a = ""'},
            "components": [
                {**TEXT, "id": "g1", "key": "town", "validate": {"required": True}},
                {
                    **LIST,
                    "id": "g2",
                    "path": "rooms",
                    "components": [{**TEXT, "id": "g3", "key": "n"}],
                },
            ],
        },
    )
    posted = {"home": {"town": "Семей", "rooms": [{"n": "1"}]}}
    assert made.check(posted, now=NOW).values == {"a": ""}
    assert made.check(posted | {"a": "x"}, now=NOW).values == posted | {"a": "x"}
    assert told(made.check({"a": "x"}, now=NOW)) == {"home.town": ["Fill this in"]}


def test_the_time_and_the_servers_names_may_stand_in_conditions(form: Make) -> None:
    made = form(
        {**TEXT, "key": "a", "conditional": {"hide": "=round = 1"}},
        {**TEXT, "key": "b", "conditional": {"hide": '=today() = date("2026-11-25")'}},
    )
    assert made.check({"a": "1", "b": "1"}, now=NOW, context={"round": 1}).values == {}
    assert made.check({"a": "1"}, now=NOW, context={"round": 2}).values == {"a": "1"}


@pytest.mark.parametrize(
    "how", [{"readonly": True}, {"disabled": True}, {"readonly": "=round > 1"}]
)
def test_what_may_not_be_changed_is_the_servers(form: Make, how: dict[str, object]) -> None:
    made = form({**TEXT, "key": "case", "validate": {"required": True}, **how})
    context = {"case": "Қ-26-00417", "round": 2}
    checked = made.check({"case": "Қ-26-99999"}, now=NOW, context=context)
    assert checked.values == {"case": "Қ-26-00417"}
    assert checked.errors == {}


def test_a_condition_cannot_be_fooled_into_unlocking(form: Make) -> None:
    made = form({**TEXT, "key": "case", "readonly": "=locked"})
    checked = made.check({"case": "z", "locked": False}, now=NOW, context={"locked": True})
    assert checked.values == {"case": None}


ROWS = {
    **LIST,
    "path": "members",
    "label": "Мүшелер",
    "properties": {"rows:min": "1", "rows:max": "3"},
    "components": [
        {**TEXT, "id": "m0", "key": "person", "readonly": True},
        {**TEXT, "id": "m1", "key": "name", "validate": {"required": True}},
        {"type": "number", "id": "m2", "key": "age"},
        {
            **TEXT,
            "id": "m3",
            "key": "school",
            "conditional": {"hide": "=this.age = null or this.age >= 18"},
        },
        {**TEXT, "id": "m4", "key": "place", "conditional": {"hide": "=i[1] != 2"}},
    ],
}
KNOWN = {"members": [{"person": "p0", "name": "А"}, {"person": "p1", "name": "Ә"}]}


def test_rows_have_errors_and_conditions_of_their_own(form: Make) -> None:
    rows = [
        {"name": "А", "age": "7", "school": "5", "place": "x"},
        {"age": 30, "school": "5", "place": "y"},
    ]
    checked = form(ROWS).check({"members": rows}, now=NOW)
    assert checked.values["members"] == [
        {"person": None, "name": "А", "age": 7, "school": "5"},
        {"person": None, "name": "", "age": 30, "place": "y"},
    ]
    assert told(checked) == {"members.1.name": ["Fill this in"]}


def test_a_row_keeps_what_the_server_knew_of_it_when_others_go(form: Make) -> None:
    left = [{"_was": "1", "name": "Ә", "person": "p0"}, {"_was": "", "name": "new", "person": "p1"}]
    checked = form(ROWS).check({"members": left}, now=NOW, context=KNOWN)
    assert [row["person"] for row in checked.values["members"]] == ["p1", None]


@pytest.mark.parametrize("was", ["2", "-1", "x", "١", "9" * 30, None, ["0"]])
def test_a_row_that_was_none_of_the_servers_knows_nothing(form: Make, was: object) -> None:
    checked = form(ROWS).check({"members": [{"_was": was, "name": "x"}]}, now=NOW, context=KNOWN)
    assert checked.values["members"][0]["person"] is None


def test_no_two_rows_claim_the_same_person(form: Make) -> None:
    twice = [{"_was": 0, "name": "a"}, {"_was": 0, "name": "b"}]
    checked = form(ROWS).check({"members": twice}, now=NOW, context=KNOWN)
    assert [row["person"] for row in checked.values["members"]] == ["p0", None]


def test_rows_are_counted(form: Make) -> None:
    made = form(ROWS)
    assert told(made.check({}, now=NOW)) == {"members": ["Add rows: at least 1 are needed"]}
    many = {"members": [{"name": "x"}] * 4}
    assert told(made.check(many, now=NOW)) == {"members": ["Remove rows: at most 3 are possible"]}
    flood = made.check({"members": [{"name": "x"}] * 100_000}, now=NOW)
    assert len(flood.values["members"]) == 200


def test_rows_that_may_not_change_in_number_do_not(form: Make) -> None:
    made = form(ROWS | {"allowAddRemove": False})
    posted = {"members": [{"_was": "1", "name": "Ә!"}, {"_was": "", "name": "smuggled"}]}
    rows = made.check(posted, now=NOW, context=KNOWN).values["members"]
    assert [(row["person"], row["name"]) for row in rows] == [("p0", ""), ("p1", "Ә!")]
    assert len(made.check({}, now=NOW, context=KNOWN).values["members"]) == 2


def test_rows_in_rows_see_their_parent(form: Make) -> None:
    inner = {
        **LIST,
        "id": "i0",
        "path": "children",
        "components": [
            {**TEXT, "id": "i1", "key": "name", "conditional": {"hide": '=parent.name != "А"'}}
        ],
    }
    outer = {**LIST, "path": "adults", "components": [{**TEXT, "id": "o1", "key": "name"}, inner]}
    rows = [{"name": n, "children": [{"name": "c"}]} for n in ("А", "Б")]
    found = form(outer).check({"adults": rows}, now=NOW).values["adults"]
    assert [row["children"] for row in found] == [[{"name": "c"}], [{}]]


def test_computed_values_are_the_servers(form: Make) -> None:
    made = form(
        ROWS | {"properties": {}},
        {"type": "expression", "key": "heads", "expression": "=count(members) + 1"},
        {**TEXT, "key": "big", "conditional": {"hide": "=heads < 3"}},
    )
    checked = made.check({"heads": 999, "big": "x", "members": [{"name": "x"}]}, now=NOW)
    assert checked.values["heads"] == 2
    assert "big" not in checked.values
    checked = made.check({"big": "x", "members": [{"name": "x"}] * 2}, now=NOW)
    assert (checked.values["heads"], checked.values["big"]) == (3, "x")


@pytest.mark.parametrize(
    "data", [{"members": "x"}, {"members": {"0": {}}}, {"members": [1, None, "x"]}]
)
def test_wrong_shapes_are_rows_without_answers(form: Make, data: dict[str, object]) -> None:
    checked = form(ROWS | {"properties": {}}).check(data, now=NOW)
    assert all(error == ["Fill this in"] for error in told(checked).values())


def test_errors_stand_in_the_order_of_the_form(family: Form) -> None:
    checked = family.check({"members": [{}]}, now=NOW, context={"regions": ["59"]})
    assert list(checked.errors) == [
        "name",
        "iin",
        "birth",
        "kin",
        "region",
        "topics",
        "contact.phone",
        "members.0.name",
        "members.0.kin",
        "members.0.age",
        "consent",
    ]


def test_defaults_fill_what_nobody_knows(form: Make) -> None:
    made = form(
        {**TEXT, "key": "a", "defaultValue": "x"},
        ROWS | {"defaultRepetitions": 2},
        ROWS | {"id": "L2", "path": "fixed", "allowAddRemove": False, "components": []},
    )
    assert made.initial({}) == {"a": "x", "members": [{}, {}], "fixed": []}
    assert made.initial({"a": "y", "members": [{"name": "А"}], "z": 1})["members"] == [
        {"name": "А"}
    ]


def test_a_form_says_what_it_gives(family: Form) -> None:
    assert family.outputs["members"] == "list"
    assert family.outputs["contact"] == "context"
    assert family.outputs["income"] == "number"
    assert family.keys >= {"name", "kin", "heads"}
    assert "Field_send" not in str(family.outputs)
    rules = family.file_rules("scans")
    assert rules is not None
    assert (rules.accept, rules.multiple) == ((".pdf", ".jpg", ".png"), True)
    assert family.file_rules("name") is None
    assert ("members", "Члены семьи") in family.places("ru")
    assert family.title.said("ru") == "Анкета семьи"
