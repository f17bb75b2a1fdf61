"""Ids rise; values come back as what they were."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.store import new_id, values

NOW = datetime(2026, 11, 25, 9, 32, tzinfo=UTC)


def test_ids_rise_also_while_the_clock_stands() -> None:
    made = [new_id(NOW) for _ in range(1000)]
    assert made == sorted(made)
    assert len(set(made)) == 1000
    assert {len(one) for one in made} == {32}
    assert new_id(NOW + timedelta(milliseconds=1)) > made[-1]


KEPT = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.dates()
    | st.times()
    | st.datetimes(timezones=st.just(UTC))
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.timedeltas().map(lambda value: timedelta(seconds=round(value.total_seconds() % 1e9))),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(KEPT)
def test_a_value_comes_back_as_what_it_was(value: object) -> None:
    back = values.loads(values.dumps(value))
    assert back == value
    assert type(back) is type(value)


@given(st.dictionaries(st.text("abc", min_size=1), KEPT, max_size=5))
def test_the_same_value_gives_the_same_bytes(value: dict[str, object]) -> None:
    turned = dict(reversed(value.items()))
    assert values.canonical(turned) == values.canonical(value)


def test_subclasses_of_dates_are_told_apart() -> None:
    kept = {"d": date(2026, 1, 2), "m": NOW, "t": time(9), "l": timedelta(hours=1)}
    assert values.loads(values.dumps(kept)) == kept
    assert values.loads(values.dumps((Decimal("1.10"), {1}))) == [Decimal("1.10"), [1]]


def test_what_cannot_be_kept_is_refused() -> None:
    with pytest.raises(TypeError):
        values.dumps({"x": object()})


@pytest.mark.parametrize(
    "typed", [{"$": 1}, {"$": ["decimal", "x"]}, {"$": ["no", "x"]}, {"$": ["date", "31.12."]}]
)
def test_what_looks_like_a_tag_and_is_none_stays(typed: object) -> None:
    assert values.loads(values.dumps({"a": typed})) == {"a": typed}
