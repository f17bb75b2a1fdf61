"""Properties: writing and parsing are inverse; the compiled evaluator agrees with the naive one;
no text at all makes anything but a value or an error of FEEL's."""

import os
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.feel import Context, FeelError, Limits, compile_any, compile_unary, evaluate
from engine.feel import nodes as n
from engine.feel.expression import compile_lenient
from engine.feel.juel import parse_template
from engine.feel.lexical import temporal_of
from engine.feel.parser import Parser
from engine.feel.temporal import Date, civil_from_days, days_from_civil
from engine.feel.writing import write
from tests.unit.feel import naive

LONG = os.environ.get("ZHOLDAMA_HYPOTHESIS") == "long"
modest = settings(
    max_examples=20_000 if LONG else 150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

NAMES = st.sampled_from(["a", "b", "xs", "өтініш", "c_1"])
NUMBERS = st.decimals(min_value=0, max_value=10**6, places=3, allow_nan=False).map(abs)
WORDS = st.text(alphabet='aб"\\\n ${}', max_size=5)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, WORDS).map(lambda v: n.Literal(0, v))
TEMPORAL = st.sampled_from(
    ["2026-01-31", "10:00:00Z", "2026-01-31T10:00:00@Asia/Almaty", "P1D", "P1Y"]
)


def arithmetic(inner: st.SearchStrategy[n.Node]) -> st.SearchStrategy[n.Node]:
    rest = st.lists(st.tuples(st.sampled_from("+-*/"), inner), min_size=1, max_size=1)
    return st.builds(n.Chain, st.just(0), inner, rest.map(tuple))


def comparisons(inner: st.SearchStrategy[n.Node]) -> st.SearchStrategy[n.Node]:
    marks = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
    rest = st.tuples(marks, inner).map(lambda pair: (pair,))
    return st.builds(n.Chain, st.just(0), inner, rest)


def iterators(inner: st.SearchStrategy[n.Node]) -> st.SearchStrategy[tuple[n.Iterator, ...]]:
    return st.builds(n.Iterator, NAMES, inner, st.none()).map(lambda one: (one,))


def twice(node: n.Node) -> n.Node:
    return n.ListOf(0, (node, node))


def common(inner: st.SearchStrategy[n.Node]) -> st.SearchStrategy[n.Node]:
    """What both evaluators know."""
    zero = st.just(0)
    parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
    entries = st.lists(st.tuples(NAMES, inner), max_size=3).map(tuple)
    return st.one_of(
        arithmetic(inner),
        comparisons(inner),
        st.builds(n.Logic, zero, st.sampled_from(["and", "or"]), parts),
        st.builds(n.Negate, zero, inner),
        st.builds(n.If, zero, inner, inner, inner),
        st.builds(n.Between, zero, inner, inner, inner),
        st.builds(n.ListOf, zero, st.lists(inner, max_size=3).map(tuple)),
        st.builds(n.ContextOf, zero, entries),
        st.builds(n.Path, zero, inner, NAMES),
        st.builds(n.For, zero, iterators(inner.map(lambda node: n.ListOf(0, (node,)))), inner),
        st.builds(n.Quantified, zero, st.booleans(), iterators(inner.map(twice)), inner),
        st.builds(n.Filter, zero, inner.map(lambda node: n.ListOf(0, (node,))), comparisons(inner)),
    )  # fmt: skip


def everything(inner: st.SearchStrategy[n.Node]) -> st.SearchStrategy[n.Node]:
    """All that can be written."""
    zero = st.just(0)
    kinds = st.sampled_from(
        [n.TypeName(0, "number"), n.TypeName(0, "date and time"),
         n.TypeName(0, "list", (n.TypeName(0, "string"),)),
         n.TypeName(0, "context", (n.TypeName(0, "Any"),), ("a",)),
         n.TypeName(0, "function", (n.TypeName(0, "Any"),), (), n.TypeName(0, "Any"))]
    )  # fmt: skip
    tests = st.builds(n.UnaryTest, zero, st.sampled_from(["<", "<=", ">", ">=", "=", "!="]), inner)
    functions = NAMES.map(lambda x: n.Name(0, x))
    parameters = st.lists(st.tuples(NAMES, st.one_of(st.none(), kinds)), max_size=2).map(tuple)
    return st.one_of(
        common(inner),
        st.builds(n.Instance, zero, inner, kinds),
        st.builds(n.In, zero, inner, st.lists(tests, min_size=1, max_size=2).map(tuple)),
        tests,
        st.builds(n.Interval, zero, inner, inner, st.booleans(), st.booleans()),
        st.builds(n.Function, zero, parameters, inner),
        st.builds(n.Call, zero, functions, st.lists(inner, max_size=2).map(tuple)),
        TEMPORAL.map(lambda words: n.Literal(0, temporal_of(words))),
    )  # fmt: skip


LEAVES = st.one_of(SCALARS, NAMES.map(lambda name: n.Name(0, name)))
COMMON = st.recursive(LEAVES, common, max_leaves=12)
EVERYTHING = st.recursive(LEAVES, everything, max_leaves=12)


def bare(value: object) -> object:
    """A tree without its places."""
    if isinstance(value, tuple):
        return tuple(bare(part) for part in value)
    if isinstance(value, n.Literal):
        return n.Literal(0, value.value)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {f.name: bare(getattr(value, f.name)) for f in fields(value) if f.name != "at"}
        at = {"at": 0} if any(f.name == "at" for f in fields(value)) else {}
        return replace(value, **changed, **at)
    return value


@modest
@given(EVERYTHING)
def test_writing_and_parsing_are_inverse(node: n.Node) -> None:
    text = write(node)
    assert bare(Parser(text).whole()) == bare(node)


@modest
@given(COMMON, st.dictionaries(NAMES, st.one_of(st.none(), st.booleans(), NUMBERS, WORDS)))
def test_the_compiled_evaluator_agrees_with_the_naive_one(
    node: n.Node, scope: dict[str, object]
) -> None:
    text = write(node)
    expected = naive.evaluate(Parser(text).whole(), scope)
    found = compile_lenient(text, frozenset()).evaluate(scope)
    assert naive.equal(found, expected) is True, text


WORDS_OF_FEEL = """
( ) [ ] { } , . .. : + - * / ** = != < <= > >= @ ' " ? and or not in between instance of if then
else for return some every satisfies function external null true false a b xs item partial 1 0
1e9 "x" "a+" date( matches( count( sort( range( string( ${ } #{ list<number> date and time
years and months duration 💩 // /* */ \\
"""
FRAGMENTS = st.sampled_from(WORDS_OF_FEEL.split())
PATTERNS = st.text(alphabet="ab()[]{}*+?|^$\\-.,123sdwpL ", max_size=15)
SMALL = Context(limits=Limits(steps=20_000, seconds=1.0))


@modest
@given(st.one_of(st.text(max_size=30), st.lists(FRAGMENTS, max_size=12).map(" ".join)))
def test_any_text_gives_a_value_or_an_error_of_feel(text: str) -> None:
    scope = {"a": 1, "b": "x", "xs": [1, {"a": 2}]}
    for act in (
        lambda: evaluate(text, scope, SMALL),
        lambda: compile_any(text).evaluate(scope, SMALL),
        lambda: compile_unary(text).test(1, scope, SMALL),
        lambda: parse_template("${" + text + "}"),
    ):
        with suppress(FeelError):
            act()


@modest
@given(PATTERNS, st.text(alphabet="ab1 ", max_size=20),
       st.text(alphabet="smixq", max_size=2))  # fmt: skip
def test_any_pattern_gives_an_answer(pattern: str, text: str, flags: str) -> None:
    scope = {"p": pattern, "t": text, "f": flags}
    with suppress(FeelError):
        assert evaluate("matches(t, p, f)", scope, SMALL) in (True, False, None)
        evaluate('replace(t, p, "<$0>", f)', scope, SMALL)
        evaluate("split(t, p)", scope, SMALL)


@modest
@given(st.integers(min_value=-(10**11), max_value=10**11))
def test_days_and_dates_are_inverse(days: int) -> None:
    year, month, day = civil_from_days(days)
    assert days_from_civil(year, month, day) == days
    assert 1 <= month <= 12
    assert 1 <= day <= 31


@modest
@given(st.dates())
def test_dates_agree_with_pythons(day: object) -> None:
    found = evaluate(
        '[x.year, x.weekday, day of year(x), week of year(x), x + @"P1D" - @"P1D"]', {"x": day}
    )
    assert isinstance(found, list)
    assert found == [
        day.year,  # type: ignore[attr-defined]
        day.isoweekday(),  # type: ignore[attr-defined]
        day.timetuple().tm_yday,  # type: ignore[attr-defined]
        day.isocalendar().week,  # type: ignore[attr-defined]
        day,
    ]


@pytest.mark.parametrize("text", ["0001-01-01", "-0001-12-31", "999999999-12-31", "2024-02-29"])
def test_dates_are_written_as_they_are_read(text: str) -> None:
    found = temporal_of(text)
    assert isinstance(found, Date)
    assert str(found) == text
    assert Date.of_days(found.days) == found


@modest
@given(NUMBERS, NUMBERS)
def test_modulo_has_the_sign_of_the_divisor(a: Decimal, b: Decimal) -> None:
    found = evaluate("[modulo(a, b), modulo(-a, b), modulo(a, -b)]", {"a": a, "b": b})
    assert isinstance(found, list)
    if b == 0:
        assert found == [None, None, None]
    else:
        assert found[0] == a % b
        assert 0 <= found[1] < b
        assert -b < found[2] <= 0
