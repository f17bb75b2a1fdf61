"""The ``${…}`` notation, and the choice of notation for an attribute."""

import pytest

from engine import feel
from engine.feel import FeelError, FeelSyntaxError

SCOPE = {
    "decision": "return",
    "n": 5,
    "approved": True,
    "empty_list": [],
    "origin": {"mobility_centre": "mc.10", "tags": ["a", "b"]},
    "nothing": None,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${decision == 'return'}", True),
        ('${decision != "return"}', False),
        ("${n gt 4 and n le 5}", True),
        ("${n > 4 && (n < 3 || approved)}", True),
        ("${!approved}", False),
        ("${not empty empty_list}", False),
        ("${empty nothing}", True),
        ("${n > 4 ? 'big' : 'small'}", "big"),
        ("${n % 3}", 2),
        ("${7 div 2}", 3.5),
        ("${7 mod 4 + 1}", 4),
        ("${-n + 1}", -4),
        ("${origin.tags[0]}", "a"),
        ("${origin['mobility_centre']}", "mc.10"),
        ("${origin.tags[9]}", None),
        ("${count(origin.tags)}", 2),
        ("#{n}", 5),
        ("head@${origin.mobility_centre}", "head@mc.10"),
        ("${n}-${decision}", "5-return"),
        ("a ${nothing} b", "a  b"),
        ("${'}'}", "}"),
        ("${n == 5.0}", True),
    ],
)
def test_value(text: str, expected: object) -> None:
    assert feel.compile_any(text).evaluate(SCOPE) == expected


def test_the_notation_is_chosen_by_the_text() -> None:
    assert feel.compile_any("= n + 1").evaluate(SCOPE) == 6
    assert feel.compile_any("plain text").evaluate(SCOPE) == "plain text"
    assert feel.compile_any("plain text").constant
    assert feel.compile_any("").evaluate(SCOPE) == ""
    assert feel.compile_any("${n}x").names == {"n"}


@pytest.mark.parametrize(
    "text",
    [
        "${a.b()}",
        "${a = 1}",
        "${",
        "${}",
        "${a b}",
        "${x instanceof String}",
        "${a ? b}",
        "text ${1 + }",
        "${[1,2]}",
        "${x -> x}",
        "${''.getClass()}",
    ],
)
def test_what_it_does_not_take_is_an_error(text: str) -> None:
    with pytest.raises(FeelSyntaxError):
        feel.compile_any(text)


def test_places_are_those_of_the_whole_text() -> None:
    with pytest.raises(FeelSyntaxError) as caught:
        feel.compile_any("head@${origin.}")
    assert caught.value.column == 15
    with pytest.raises(FeelSyntaxError) as caught:
        feel.compile_any("= 1 +")
    assert caught.value.column == 6


def test_names_are_checked_where_they_are_declared() -> None:
    with pytest.raises(FeelError, match="missing"):
        feel.compile_any("x@${missing.y}", names=("origin",))


def test_nesting_is_bounded() -> None:
    for text in ("${" + "(" * 5000 + "1" + ")" * 5000 + "}", "${" + "!" * 5000 + "true}"):
        with pytest.raises(FeelError):
            feel.compile_any(text)
