"""Terms in working days: A-01 of the digest, told as a clerk would tell it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model.calendar import ZONE, WorkingCalendar

#: November 2026: Monday 23 is plain, Thursday 26 is made a day off, Saturday 28 is worked.
CALENDAR = WorkingCalendar(
    days_off=frozenset({date(2026, 11, 26)}), working_weekends=frozenset({date(2026, 11, 28)})
)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


moments = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31)).map(  # noqa: DTZ001
    lambda naive: naive.replace(tzinfo=UTC)
)


@pytest.mark.parametrize(
    ("arrived", "term", "due"),
    [
        (local(23, 10), 1, local(24, 18)),
        (local(23, 17, 59), 1, local(24, 18)),
        (local(23, 18), 1, local(25, 18)),
        (local(23, 7), 1, local(24, 18)),
        (local(25, 10), 1, local(27, 18)),
        (local(27, 10), 1, local(28, 18)),
        (local(29, 12), 1, local(30, 18) + timedelta(days=1)),
        (local(23, 10), 3, local(27, 18)),
        (local(23, 10), 0, local(23, 18)),
    ],
    ids=[
        "ends with the next working day",
        "a minute before closing is still today",
        "after hours counts from tomorrow",
        "before opening is the same day",
        "a day off is stepped over",
        "a worked Saturday counts",
        "Sunday counts from Monday",
        "three days with a day off between",
        "no days: the same evening",
    ],
)
def test_a_term_ends(arrived: datetime, term: int, due: datetime) -> None:
    assert CALENDAR.due(arrived, term) == due


@pytest.mark.parametrize(
    ("start", "term", "due"),
    [
        (local(23, 18), 1, local(24, 18)),
        (local(23, 18), 0, local(23, 18)),
        (local(25, 18), 2, local(28, 18)),
        (local(23, 19), 1, local(25, 18)),
        (local(24, 0), 1, local(25, 18)),
    ],
    ids=[
        "the end of a day belongs to that day",
        "no days from a term's end: the term itself",
        "a day off and a worked Saturday",
        "after the end it is the next day's",
        "a date stands for its day",
    ],
)
def test_a_term_follows_another(start: datetime, term: int, due: datetime) -> None:
    assert CALENDAR.due_from(start, term) == due


@given(start=moments, one=st.integers(0, 5), two=st.integers(0, 5))
def test_terms_add_up(start: datetime, one: int, two: int) -> None:
    first = CALENDAR.due(start, one)
    assert CALENDAR.due_from(first, two) == CALENDAR.due(start, one + two)


def test_the_end_of_a_day_off_is_the_next_working_days() -> None:
    assert CALENDAR.day_end(date(2026, 11, 25)) == local(25, 18)
    assert CALENDAR.day_end(date(2026, 11, 26)) == local(27, 18)
    assert CALENDAR.day_end(date(2026, 11, 28)) == local(28, 18), "a worked Saturday"


def test_negative_terms_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        CALENDAR.due(local(23, 10), -1)


def test_a_calendar_without_working_days_says_so() -> None:
    days = (date(2026, 11, 23) + timedelta(days=n) for n in range(3800))
    with pytest.raises(ValueError, match="no working day"):
        WorkingCalendar(days_off=frozenset(days)).due(local(23, 10), 1)


def test_half_of_a_term_is_half_of_its_working_time() -> None:
    start, end = local(23, 15), CALENDAR.due(local(23, 15), 1)
    assert CALENDAR.working_time(start, end) == timedelta(hours=12)
    assert CALENDAR.halfway(start, end) == local(24, 12)


def test_what_is_left_counts_working_days_only() -> None:
    assert CALENDAR.working_days_left(local(25, 10), local(27, 18)) == 1
    assert CALENDAR.working_days_left(local(27, 10), local(25, 18)) == -1
    assert CALENDAR.working_days_left(local(25, 10), local(25, 18)) == 0


@given(moments, moments)
def test_what_is_left_is_what_walking_from_day_to_day_finds(at: datetime, due: datetime) -> None:
    first, last = sorted(one.astimezone(ZONE).date() for one in (at, due))
    span = range(1, (last - first).days + 1)
    walked = sum(CALENDAR.is_working(first + timedelta(days=n)) for n in span)
    sign = 1 if at.astimezone(ZONE).date() == first else -1
    assert CALENDAR.working_days_left(at, due) == sign * walked


def test_the_country_changed_its_offset_in_2024() -> None:
    before, after = datetime(2024, 2, 29, 12, tzinfo=ZONE), datetime(2024, 3, 1, 12, tzinfo=ZONE)
    assert before.utcoffset() == timedelta(hours=6)
    assert after.utcoffset() == timedelta(hours=5)
    assert WorkingCalendar().due(before, 1) == datetime(2024, 3, 1, 13, tzinfo=UTC)


@given(moments, st.integers(0, 30))
def test_a_due_moment_closes_a_working_day_and_grows_with_the_term(at: datetime, term: int) -> None:
    due = CALENDAR.due(at, term)
    assert CALENDAR.is_working(due.astimezone(ZONE).date())
    assert due.astimezone(ZONE).time() == CALENDAR.closes
    assert due > at
    assert CALENDAR.due(at, term + 1) > due


@given(moments, st.integers(1, 10))
def test_halfway_lies_between_and_splits_evenly(start: datetime, term: int) -> None:
    end = CALENDAR.due(start, term)
    middle = CALENDAR.halfway(start, end)
    assert start <= middle <= end
    first, second = CALENDAR.working_time(start, middle), CALENDAR.working_time(middle, end)
    assert abs(first - second) <= timedelta(microseconds=2)


@given(moments)
def test_the_next_close_is_the_first_that_follows(at: datetime) -> None:
    close = CALENDAR.next_close(at)
    assert close > at
    assert CALENDAR.working_time(at, close) <= timedelta(hours=9)


@given(moments, st.timedeltas(timedelta(0), timedelta(days=90)))
def test_working_time_is_what_walking_from_day_to_day_finds(at: datetime, by: timedelta) -> None:
    end = at + by
    day, walked = at.astimezone(ZONE).date(), timedelta()
    while day <= end.astimezone(ZONE).date():
        if CALENDAR.is_working(day):
            opened = datetime.combine(day, CALENDAR.opens, ZONE).astimezone(UTC)
            closed = datetime.combine(day, CALENDAR.closes, ZONE).astimezone(UTC)
            walked += max(timedelta(), min(end, closed) - max(at, opened))
        day += timedelta(days=1)
    assert CALENDAR.working_time(at, end) == walked
