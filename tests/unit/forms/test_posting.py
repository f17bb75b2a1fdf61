"""Posts of HTML forms: names are paths, and everything typed comes back."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import FormRefused
from engine.forms import Form, pressed
from tests.unit.forms.conftest import NOW


def test_names_are_paths(family: Form) -> None:
    pairs = [
        ("name", "Әлия"),
        ("contact.phone", "8701"),
        ("topics", "quota"),
        ("topics", "work"),
        ("members.0._was", "1"),
        ("members.0.name", "А"),
        ("members.5.name", "Ә"),
        ("consent", "true"),
        ("birth", "soon"),
        ("contact.visit._date", "1.2.2027"),
        ("contact.visit._time", "9:00"),
        ("scans", "d1"),
        ("scans", ""),
        ("unknown", "x"),
        ("csrf_token", "t"),
        ("_revision", "7"),
        ("members.x.name", "?"),
        ("members.-1.name", "?"),
    ]
    assert family.decode(pairs) == {
        "name": "Әлия",
        "birth": "soon",
        "topics": ["quota", "work"],
        "contact": {"phone": "8701", "visit": "1.2.2027 9:00"},
        "members": [{"_was": "1", "name": "А"}, {"_was": "", "name": "Ә"}],
        "scans": ["d1"],
        "consent": True,
    }


def test_rows_come_and_go_without_a_script(family: Form) -> None:
    pairs = [("members.0.name", "А"), ("members.0._was", "0"), ("members.1.name", "Ә")]
    assert pressed(pairs) is None
    assert family.edited(pairs) is None
    added = family.edited([*pairs, ("_add:members", "1")])
    assert added is not None
    assert [row.get("name") for row in added["members"]] == ["А", "Ә", None]
    left = family.edited([*pairs, ("_remove:members.0", "1")])
    assert left is not None
    assert left["members"] == [{"_was": "", "name": "Ә"}]


@pytest.mark.parametrize(
    "button",
    [
        "_add:",
        "_add:nowhere",
        "_add:name",
        "_add:members.0",
        "_remove:members",
        "_remove:members.7",
        "_remove:members.x",
        "_remove:members.0.name",
        "_remove:.",
        "_drop:scans",
        "_drop:members.0.x",
    ],
)
def test_a_button_that_leads_nowhere_changes_nothing(family: Form, button: str) -> None:
    pairs = [("members.0.name", "А"), ("scans", "d1")]
    assert family.edited([*pairs, (button, "other")]) == family.decode(pairs)


def test_no_more_rows_than_the_form_allows(family: Form) -> None:
    pairs = [(f"members.{n}.name", "x") for n in range(12)]
    edited = family.edited([*pairs, ("_add:members", "1")])
    assert edited is not None
    assert len(edited["members"]) == 12


def test_files_come_and_go(family: Form) -> None:
    values = family.attach({"name": "x"}, "scans", "d1")
    values = family.attach(values, "scans", "d2")
    assert values == {"name": "x", "scans": ["d1", "d2"]}
    assert family.attach({"name": "x"}, "members.0.scans", "d1") == {"name": "x"}
    pairs = [("scans", "d1"), ("scans", "d2"), ("_drop:scans", "d1")]
    edited = family.edited(pairs)
    assert edited is not None
    assert edited["scans"] == ["d2"]


@pytest.mark.parametrize(
    "pairs",
    [
        [("name", "x")] * 10_001,
        [("name", "x" * 4_000_001)],
    ],
    ids=["names", "characters"],
)
def test_a_flood_is_refused(family: Form, pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(FormRefused):
        family.decode(pairs)


def test_endless_paths_are_dropped(family: Form) -> None:
    assert family.decode([(".".join(["members", "0"] * 500), "x")])["members"] == []


def names_of(value: object, prefix: str) -> Mapping[str, object]:
    """Return flat names of nested values, as the page writes them."""
    if isinstance(value, Mapping):
        inner = [(f"{prefix}.{key}" if prefix else str(key), item) for key, item in value.items()]
    elif isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
        inner = [(f"{prefix}.{number}", item) for number, item in enumerate(value)]
    else:
        return {prefix: value}
    return {name: found for key, item in inner for name, found in names_of(item, key).items()}


_rows = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.text("абә ", max_size=5),
            "kin": st.sampled_from(["", "child", "spouse"]),
            "_was": st.sampled_from(["", "0", "1"]),
        }
    ),
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(rows=_rows, topics=st.lists(st.sampled_from(["quota", "work"]), unique=True))
def test_what_was_written_down_is_read_again(
    family: Form, rows: list[dict[str, str]], topics: list[str]
) -> None:
    values: dict[str, object] = {"members": rows, "topics": topics, "name": "Ә"}
    pairs: list[tuple[str, str]] = []
    for name, value in names_of(values, "").items():
        found = value if isinstance(value, list) else [value]
        pairs += [(name, str(one)) for one in found]
    decoded = family.decode(pairs)
    assert decoded.get("members", []) == rows
    assert decoded["topics"] == topics


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.one_of(
                st.sampled_from(["members.0.name", "contact", "members", "_add:members", "topics"]),
                st.text("abc.0123_:", max_size=20),
            ),
            st.text(max_size=10),
        ),
        max_size=20,
    )
)
def test_any_post_is_read_and_checked_without_a_fault(
    family: Form, pairs: list[tuple[str, str]]
) -> None:
    values = family.edited(pairs) or family.decode(pairs)
    checked = family.check(values, now=NOW)
    assert checked.values.keys() <= family.keys
