"""The faces of the package: values in and out, caching, names, the engine's functions."""

import datetime as dt
from decimal import Decimal
from enum import Enum
from threading import Thread
from zoneinfo import ZoneInfo

import pytest

from engine import feel
from engine.feel import Context, FeelNameError, FeelSyntaxError, FeelTypeError, MonthsDuration


class Colour(Enum):
    RED = "red"


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        "text",
        Decimal("1.5"),
        dt.date(2026, 1, 31),
        dt.time(9, 30, 0, 5),
        dt.datetime(2026, 1, 31, 9, 30, tzinfo=ZoneInfo("Asia/Almaty")),
        dt.datetime(2026, 1, 31, 9, 30, tzinfo=dt.UTC),
        dt.datetime(2026, 1, 31, 9, 30),  # noqa: DTZ001 - a local moment is a value of FEEL
        dt.timedelta(days=-3, microseconds=7),
        [Decimal(1), {"a": [None]}],
    ],
)
def test_values_come_back_as_they_went_in(value: object) -> None:
    assert feel.evaluate("x", {"x": value}) == value


def test_numbers_come_back_as_decimals() -> None:
    found = feel.evaluate("x + y", {"x": 1, "y": 0.1})
    assert found == Decimal("1.1")
    assert isinstance(found, Decimal)


def test_an_enum_is_its_value() -> None:
    assert feel.evaluate('x = "red"', {"x": Colour.RED}) is True


@pytest.mark.parametrize("value", [object(), b"bytes", print, {1: 2}, [object()]])
def test_foreign_objects_are_refused(value: object) -> None:
    with pytest.raises(FeelTypeError):
        feel.evaluate("x", {"x": value})


def test_attributes_of_python_are_out_of_reach() -> None:
    for text in ("x.__class__", 'x["__class__"]', "x.keys", "x.items()", "__import__"):
        assert feel.evaluate(text, {"x": {"a": 1}}) in (None, [])


def test_variables_are_not_changed() -> None:
    scope = {"xs": [1, 2], "c": {"a": 1}}
    feel.evaluate('[append(xs, 3), context put(c, "a", 2), remove(xs, 1)]', scope)
    assert scope == {"xs": [1, 2], "c": {"a": 1}}


def test_what_python_cannot_hold_stays_feels() -> None:
    assert feel.evaluate('@"P1Y2M"') == MonthsDuration(14)
    assert str(feel.evaluate('@"99999-01-01"')) == "99999-01-01"
    assert str(feel.evaluate('@"10:00:00.123456789"')) == "10:00:00.123456789"


def test_to_python_speaks_json() -> None:
    value = feel.evaluate('{a: 1, b: 1.5, d: @"2026-01-31", r: [1..2), p: @"P1Y", l: [null, true]}')
    assert feel.to_python(value) == {
        "a": 1,
        "b": 1.5,
        "d": "2026-01-31",
        "r": {"start": 1, "end": 2, "start included": True, "end included": False},
        "p": "P1Y",
        "l": [None, True],
    }


def test_to_python_writes_zones_as_offsets() -> None:
    moment = dt.datetime(2026, 1, 31, 9, 30, tzinfo=ZoneInfo("Asia/Almaty"))
    for value in (moment, feel.from_python(moment)):
        assert feel.to_python(value) == "2026-01-31T09:30:00+05:00"
    assert feel.to_python(dt.timedelta(days=1, hours=2)) == "P1DT2H"
    assert feel.to_python(feel.from_python(dt.date(2026, 1, 31))) == "2026-01-31"


def test_names_and_calls_are_told() -> None:
    read = feel.compile("for x in xs return working_days(x) + y.z + count(zs[a > b])")
    assert read.names == {"xs", "y", "zs"}
    assert read.calls == {"working_days", "count"}
    assert not read.constant
    assert feel.compile('date("2026-01-31") + @"P1D"').constant
    assert not feel.compile("now()").constant


def test_the_same_text_is_compiled_once() -> None:
    assert feel.compile("a + 1") is feel.compile("a + 1")
    assert feel.compile("a b", names=("a b",)) is not feel.compile("a b")


def test_an_unknown_name_has_its_place() -> None:
    with pytest.raises(FeelNameError) as caught:
        feel.compile("age >\n  limmit", names=("age", "limit"))
    assert (caught.value.line, caught.value.column) == (2, 3)
    assert "limmit" in str(caught.value)


def test_an_unknown_function_has_its_place() -> None:
    with pytest.raises(FeelNameError):
        feel.compile("1 + foo(2)", names=())
    assert feel.compile("1 + foo(2)", names=(), functions=("foo",)).calls == {"foo"}


def test_names_in_a_filter_may_be_entries() -> None:
    assert feel.compile("xs[colour = 1]", names=("xs",)).names == {"xs"}


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [("1 +", 1, 4), ("(1", 1, 3), ("1)", 1, 2), ("\n\n [1, }", 3, 6), ('"open', 1, 1), ("", 1, 1)],
)
def test_a_syntax_error_has_its_place(text: str, line: int, column: int) -> None:
    with pytest.raises(FeelSyntaxError) as caught:
        feel.compile(text)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_the_clock_is_the_one_handed_in() -> None:
    now = dt.datetime(2026, 11, 21, 23, 0, tzinfo=ZoneInfo("Asia/Almaty"))
    assert feel.evaluate("now()", {}, Context(now=now)) == now
    assert feel.evaluate("today()", {}, Context(now=now)) == dt.date(2026, 11, 21)


def test_functions_of_the_engine_speak_python() -> None:
    def later(days: Decimal) -> dt.datetime:
        assert isinstance(days, Decimal)
        return dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(days=int(days))

    context = Context(functions={"working_days": later, "with space": lambda: "x"})
    assert feel.evaluate("working_days(2)", {}, context) == dt.datetime(2026, 1, 3, tzinfo=dt.UTC)
    assert feel.evaluate("with space()", {}, context) == "x"


def test_an_error_of_a_function_is_its_own() -> None:
    def broken() -> None:
        raise LookupError("calendar")

    with pytest.raises(LookupError, match="calendar"):
        feel.evaluate("broken()", {}, Context(functions={"broken": broken}))


def test_unary_tests() -> None:
    tests = feel.compile_unary('> 5, "x", [1..3]')
    assert tests.test(6, {})
    assert tests.test("x", {})
    assert tests.test(2, {})
    assert not tests.test(4, {})
    assert feel.compile_unary("-").test(None, {})
    assert feel.compile_unary('not("a", "b")').test("c", {})
    assert not feel.compile_unary('not("a", "b")').test("a", {})
    assert feel.compile_unary("> limit").test(6, {"limit": 5})
    assert feel.compile_unary('starts with(?, "a")').test("abc", {})


def test_one_expression_serves_many_threads() -> None:
    expression = feel.compile("sum(for i in 1..n return i * i)")
    found: dict[int, object] = {}

    def work(n: int) -> None:
        for _ in range(50):
            found[n] = expression.evaluate({"n": n})

    threads = [Thread(target=work, args=(n,)) for n in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {n: sum(i * i for i in range(1, n + 1)) for n in range(1, 9)}
