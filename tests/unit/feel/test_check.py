"""What is told before anything runs, and that what is right is left alone."""

import pytest

from engine import feel
from engine.feel import types as t

DECLARED = {
    "age": t.NUMBER,
    "name": t.STRING,
    "born": t.DATE,
    "people": t.ListType("list", t.ContextType("context", {"age": t.NUMBER, "name": t.STRING})),
    "person": t.ContextType("context", {"born": t.DATE}),
    "anything": t.ANY,
}
FUNCTIONS = {"working_days": t.FunctionType("function", (t.NUMBER,), t.DATE_TIME)}


def findings(text: str) -> list[tuple[str, int]]:
    found = feel.check(feel.compile(text), DECLARED, functions=FUNCTIONS)
    return [(str(finding.message), finding.column) for finding in found]


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ('age > "18"', "number is compared with string", 7),
        ("agee > 5", "The name “agee” is not declared", 1),
        ("count(age, 1)", "“count” does not take (number, number)", 1),
        ("substring(name)", "“substring” does not take (string)", 1),
        ("upper case(age)", "“upper case” does not take (number)", 1),
        ("name + 1", "“+” does not join string and number", 8),
        ("born - born > 5", "days and time duration is compared with number", 15),
        ("person.size", "context<born: date> has no “size”", 1),
        ('people[age > "x"]', "number is compared with string", 14),
        ("if age then 1 else 2", "number stands where true or false is expected", 4),
        ("missing(1)", "There is no function “missing”", 1),
        ("working_days()", "0 arguments are given, 1 are expected", 1),
        ('working_days("x")', "string is given where number is expected", 14),
        ('age in ("a")', "number is compared with string", 9),
        ("born < now()", "date is compared with date and time", 8),
        ("age instance of nothing", "There is no type “nothing”", 1),
        ("for x in people return x.age + x.name", "“+” does not join number and string", 32),
    ],
)
def test_found(text: str, message: str, column: int) -> None:
    assert findings(text) == [(message, column)]


@pytest.mark.parametrize(
    "text",
    [
        "age > 18",
        "anything > 18 and anything.x = 1",
        'born - born > @"P1D"',
        "people[age > 18].name",
        "people[1].name",
        "sum(people.age) > 5",
        "some x in people satisfies x.age > 5",
        "working_days(1) > now()",
        "age in [1..5]",
        'name in ("a", "b")',
        "age = null",
        "sort(people, function(x, y) x.age < y.age)",
        "person.born.year > 2000",
        'string join(people.name, ",")',
        "min(people.age) + max(1, 2)",
        'if age > 1 then "a" else null',
    ],
)
def test_left_alone(text: str) -> None:
    assert findings(text) == []
