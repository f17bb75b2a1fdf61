"""What stands in a variable's field is read as the same value again."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bpmn.formulas import plain
from engine.errors import ValueRefused
from engine.services.cockpit import kinds

#: Characters that a person may type; a browser sends no others.
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)
MOMENTS = st.floats(10**9, 7 * 10**9).map(lambda at: datetime.fromtimestamp(at, UTC))
SIMPLE = (
    st.none()
    | st.booleans()
    | st.integers(-(2**62), 2**62)
    | st.decimals(-(10**12), 10**12, places=4)
    | WORDS
    | st.dates(date(1900, 1, 1), date(2200, 1, 1))
    | MOMENTS
    | st.timedeltas(timedelta(days=-4000), timedelta(days=4000))
)
VALUES = st.recursive(
    SIMPLE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(value=VALUES.map(plain))
def test_a_value_that_is_not_touched_stays_what_it_is(value: object) -> None:
    assert kinds.read(kinds.kind_of(value), kinds.written(value)) == value


@pytest.mark.parametrize("kind", sorted(kinds.NAMES))
def test_whatever_is_typed_is_read_or_refused(kind: str) -> None:
    for said in ("", " ", "null", "1" * 500, "[" * 3000, '{"a": ', "1/0", "x", '@"P1D"', "\0"):
        try:
            kinds.read(kind, said)
        except ValueRefused as refused:
            assert str(refused)  # noqa: PT017  (either will do)
    with pytest.raises(ValueRefused):
        kinds.read(kind, "x" * (kinds.LONGEST + 1))


def test_numbers_and_lines_are_read_as_people_and_browsers_write_them() -> None:
    assert kinds.read("number", " 12 500,5 ") == Decimal("12500.5")
    assert kinds.read("text", "a\r\nb") == "a\nb"
    assert kinds.read("moment", "2026-11-25 14:30") == datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
