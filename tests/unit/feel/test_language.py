"""What expressions mean, by area of the language. Expected values are FEEL's own literals."""

import pytest

from engine.feel import evaluate
from engine.feel.operators import equal
from engine.feel.values import from_python

SCOPE = {
    "age": 20,
    "price": 9.5,
    "name": "Айгүл",
    "person": {"name": "Ерлан", "children": [{"age": 4}, {"age": 9}]},
    "first name": "Дана",
    "loan-to-value": 80,
    "numbers": [1, 2, 3, 4],
}


def same(text: str, expected: str) -> bool:
    return equal(from_python(evaluate(text, SCOPE)), from_python(evaluate(expected))) is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", "7"),
        ("2 ** 3 ** 2", "64"),
        ("-2 ** 2", "4"),
        ("10 - 3 - 2", "5"),
        ("7 / 2", "3.5"),
        (".5 + 1.5e1", "15.5"),
        ("0.1 + 0.2", "0.3"),
        ("price * 2", "19"),
        ("age > 18 and age < 30", "true"),
        ("false and null", "false"),
        ("true or null", "true"),
        ('"a" + "b"', '"ab"'),
        ("if age >= 18 then 1 else 2", "1"),
        ("if null then 1 else 2", "2"),
        ("5 between 1 and 5", "true"),
        ("3 in (1..3)", "false"),
        ("3 in ]1..3]", "true"),
        ("3 in (< 2, 3)", "true"),
        ("3 in [1..3[", "false"),
        ("[1,2,3][2]", "2"),
        ("[1,2,3][-1]", "3"),
        ("[1,2,3][item > 1]", "[2,3]"),
        ("numbers[item > 2]", "[3,4]"),
        ("person.children.age", "[4,9]"),
        ("person.children[age > 5].age", "[9]"),
        ("person.children[age > 5][1].age", "9"),
        ("{a: 1, b: a + 1}.b", "2"),
        ('{"a b": 1}.a b', "1"),
        ("for x in [1,2], y in [3,4] return x * y", "[3,4,6,8]"),
        ("for i in 3..1 return i", "[3,2,1]"),
        ("for i in 1..4 return if i = 1 then 1 else i * partial[-1]", "[1,2,6,24]"),
        ("some x in numbers satisfies x > 3", "true"),
        ("every x in numbers satisfies x > 3", "false"),
        ("(function(a, b) a - b)(b: 1, a: 3)", "2"),
        ("{f: function(n) if n < 2 then 1 else n * f(n - 1), r: f(5)}.r", "120"),
        ('substring("абвг", 2, 2)', '"бв"'),
        ("sort([3,1,2], function(x, y) x > y)", "[3,2,1]"),
        ('string join(["a", null, "b"], "-")', '"a-b"'),
        ('split("a; b", ";\\s*")', '["a","b"]'),
        ('replace("2026-01-31", "(\\d+)-(\\d+)-(\\d+)", "$3.$2.$1")', '"31.01.2026"'),
        ("min([3, 1, 2]) + max(3, 5)", "6"),
        ("decimal(2.5, 0)", "2"),
        ("round half up(2.5, 0)", "3"),
        ("modulo(-12, 5)", "3"),
        ('@"2026-01-31" + @"P1M"', '@"2026-02-28"'),
        ('date("2026-03-01") - date("2026-02-01")', '@"P28D"'),
        ('@"2026-01-31T10:00:00+05:00" = @"2026-01-31T05:00:00Z"', "true"),
        ('@"PT36H".days', "1"),
        (
            'string(@"2017-03-26T01:30:00@Europe/Paris" + @"PT1H")',
            '"2017-03-26T03:30:00@Europe/Paris"',
        ),
        ('string(@"2026-01-01T00:00:00" - @"PT1S")', '"2025-12-31T23:59:59"'),
        (
            '@"2024-03-02T00:00:00@Asia/Almaty" - @"2024-02-29T00:00:00@Asia/Almaty"',
            '@"PT49H"',
        ),
        ('years and months duration(@"2024-02-29", @"2026-02-28")', '@"P1Y11M"'),
        ('day of week(@"2026-11-21")', '"Saturday"'),
        ('"x" instance of string', "true"),
        ("[1, 2] instance of list<number>", "true"),
        ("overlaps([1..5], (5..8])", "false"),
        ("[1..10].end included", "true"),
        ("(< 10).end", "10"),
        ('context put({a: 1}, ["b"], 2)', "{a: 1, b: 2}"),
        ("first name", '"Дана"'),
        ("loan-to-value > 70", "true"),
        ("name", '"Айгүл"'),
        ("/* a comment */ 1 // another", "1"),
        ('string length("\\uD83D\\uDC0E")', "1"),
        ('range("[1..3]").end', "3"),
        ("union([1,2],[2,3])", "[1,2,3]"),
        ("before(range: [1..2], point: 3)", "true"),
        ("before(point: 3, range: [1..2])", "false"),
        ("append(list: [1], item: 2)", "[1,2]"),
        ("not(1 = 2)", "true"),
        ('number("1 000,5", " ", ",")', "1000.5"),
        ("string(1.50)", '"1.5"'),
        ('matches("Жолдама", "^ж.*а$", "i")', "true"),
    ],
)
def test_value(text: str, expected: str) -> None:
    assert same(text, expected)


@pytest.mark.parametrize(
    "text",
    [
        "1 / 0",
        '1 + "a"',
        '1 < "a"',
        "null + 1",
        "missing.path",
        'date("2026-02-30")',
        "[1,2,3][4]",
        "not(5)",
        "9 ** (9 ** 9)",
        'substring("a", 0)',
        "count()",
        'matches("a", "[z-a]")',
        '@"2026-01-01" < @"2026-01-01T00:00:00"',
        "{a: 1, a: 2}",
        "decimal(1, 0.5)",
        'if "no boolean" then 1 else 2',
    ],
)
def test_null_where_there_is_no_answer(text: str) -> None:
    assert evaluate(text, SCOPE) is None


def test_a_declared_name_beats_the_operator_in_it() -> None:
    both = {"a": 5, "b": 3, "a-b": 100}
    assert evaluate("a-b", both) == 100
    assert evaluate("a - b", both) == 2


def test_a_name_with_spaces_beside_one_without() -> None:
    both = {"monthly rent": 1, "monthlyrent": 2}
    assert evaluate("monthly rent + monthlyrent", both) == 3
    assert evaluate("monthly  rent", both) == 1
