"""The search for gaps and overlaps against trying every value there is."""

import os
from itertools import product

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import dmn
from engine.dmn import DecisionFailed, Model
from tests.unit.dmn.models import decision, inputs, model, table

LONG = os.environ.get("ZHOLDAMA_HYPOTHESIS") == "long"
modest = settings(
    max_examples=2000 if LONG else 40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

ENDS = st.integers(min_value=0, max_value=5)
NUMBERS = st.one_of(
    st.just("-"),
    ENDS.map(str),
    st.tuples(st.sampled_from(["<", "<=", ">", ">="]), ENDS).map(
        lambda pair: f"{pair[0]} {pair[1]}"
    ),
    st.tuples(st.sampled_from("[("), ENDS, ENDS, st.sampled_from("])")).map(
        lambda found: f"{found[0]}{min(found[1:3])}..{max(found[1:3])}{found[3]}"
    ),
    st.tuples(ENDS, ENDS).map(lambda pair: f"not({pair[0]}, {pair[1]})"),
)
WORDS = st.sampled_from(["-", '"a"', '"b"', '"a", "b"', 'not("a")'])
ROWS = st.lists(st.tuples(NUMBERS, WORDS, st.sampled_from(['"x"', '"y"'])), min_size=1, max_size=5)
#: Every value that could matter: the ends, what lies between them and beyond, and another word.
POINTS = list(product([n / 2 for n in range(-1, 12)], ["a", "b", "c"]))


def loaded(rows: list[tuple[str, ...]], policy: str) -> Model:
    body = table({"n": "number", "w": "string"}, rows, policy=policy)
    return dmn.load(model(inputs(n="number", w="string") + decision("D", body, "n", "w")))


def fires(checked: Model, number: float, word: str) -> list[int]:
    made = checked.decide("D", {"n": number, "w": word})
    return [rule for fired in made.fired for rule in fired.numbers]


@modest
@given(ROWS)
def test_gaps_and_overlaps_are_those_that_are_there(rows: list[tuple[str, ...]]) -> None:
    checked = loaded(rows, "COLLECT")
    hits = [fires(checked, number, word) for number, word in POINTS]
    codes = {problem.code for problem in checked.problems()}
    assert ("dmn.gap" in codes) is any(not hit for hit in hits)
    unique = {problem.code for problem in loaded(rows, "UNIQUE").problems()}
    assert bool(unique & {"dmn.overlap", "dmn.duplicate-rule"}) is any(len(hit) > 1 for hit in hits)


@modest
@given(ROWS)
def test_unreachable_rules_are_those_that_never_come_first(rows: list[tuple[str, ...]]) -> None:
    checked = loaded(rows, "FIRST")
    first = {hit[0] for number, word in POINTS if (hit := fires(checked, number, word))}
    found = [problem for problem in checked.problems() if problem.code != "dmn.gap"]
    never = set(range(1, len(rows) + 1)) - first
    assert bool(never) is bool(found), (never, [str(problem.message) for problem in found])


@modest
@given(ROWS)
def test_a_table_without_overlaps_never_fails(rows: list[tuple[str, ...]]) -> None:
    checked = loaded(rows, "UNIQUE")
    if any(problem.code in ("dmn.overlap", "dmn.duplicate-rule") for problem in checked.problems()):
        return
    for number, word in POINTS:
        try:
            checked.decide("D", {"n": number, "w": word})
        except DecisionFailed as exc:
            raise AssertionError(rows) from exc
