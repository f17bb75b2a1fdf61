"""The arithmetic of statistics: working seconds, shares that stay open, ways back in a drawing."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import bpmn
from engine.bpmn.returning import Choice, choices
from engine.model.calendar import ZONE, WorkingCalendar
from engine.services.cockpit.statistics.forecast import (
    Crystal,
    Stay,
    lookback,
    open_at,
    was_late,
    week_end,
)
from engine.services.cockpit.statistics.survival import Survival, chance
from engine.services.cockpit.statistics.times import WorkingSeconds, median, ninth_tenth
from engine.services.readings import Reading

ROOT = Path(__file__).parents[3]
#: Days off and a worked Saturday, as a year has them.
DAYS = WorkingCalendar(
    days_off=frozenset({date(2026, 12, 16), date(2026, 12, 17), date(2026, 10, 26)}),
    working_weekends=frozenset({date(2026, 10, 24)}),
)
UNTIL = datetime(2027, 1, 31, tzinfo=UTC)
COUNTING = WorkingSeconds(DAYS, UNTIL)
MOMENTS = st.integers(0, 150 * 86_400).map(
    lambda seconds: datetime(2026, 9, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


@settings(max_examples=200, deadline=None)
@given(MOMENTS, MOMENTS)
def test_working_seconds_are_the_calendars_working_time(one: datetime, other: datetime) -> None:
    came, went = sorted((one, other))
    counted = COUNTING.between(int(came.timestamp()), int(went.timestamp()))
    assert timedelta(seconds=counted) == DAYS.working_time(came, went)


def test_what_lies_outside_of_what_was_summed_up_is_no_error() -> None:
    first, last = datetime(2001, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)
    assert COUNTING.at(int(first.timestamp())) == 0
    assert COUNTING.at(int(last.timestamp())) == COUNTING.at(int(UNTIL.timestamp()) + 2 * 86_400)


@pytest.mark.parametrize(
    ("times", "half", "nine"),
    [((), None, None), ((7,), 7, 7), ((1, 3), 2, 3), (tuple(range(1, 11)), 5.5, 9)],
)
def test_the_middle_and_nine_in_ten(
    times: tuple[int, ...], half: float | None, nine: int | None
) -> None:
    assert (median(times), ninth_tenth(times)) == (half, nine)


def test_shares_are_those_of_the_textbook() -> None:
    """Six of Freireich's leukaemia remissions, as every textbook has them: 6, 6, 6, 6+, 7, 9+."""
    found = Survival.of([6, 6, 6, 7], [6, 9])
    assert found.open_after(5) == 1.0
    assert found.open_after(6) == pytest.approx(0.5)
    assert found.open_after(7) == pytest.approx(0.25)
    assert found.open_after(100) == pytest.approx(0.25)


def test_who_waits_longer_is_not_forgotten() -> None:
    """Ten done quickly and ten stuck: half are late, though all that is done was in time."""
    known = Survival.of([10] * 10, [100] * 10)
    assert known.late(0, 50) == pytest.approx(0.5)
    assert known.late(20, 50) == 1.0


def test_an_office_without_a_past_goes_by_all_and_all_by_what_is_usual() -> None:
    quick, nothing = Survival.of([10] * 50), Survival()
    assert chance(nothing, nothing, 0.2, 0, 50) == pytest.approx(0.2)
    assert chance(nothing, quick, 0.2, 0, 50) < 0.05
    slow = Survival.of([100] * 50)
    assert chance(slow, quick, 0.2, 0, 50) > 0.75


def test_the_week_ends_with_its_last_working_day() -> None:
    def end(said: str) -> str:
        found = week_end(DAYS, datetime.fromisoformat(said).replace(tzinfo=ZONE))
        return f"{found.astimezone(ZONE):%Y-%m-%d %H:%M}"

    assert end("2026-11-25 14:00") == "2026-11-27 18:00"
    assert end("2026-11-27 18:01") == "2026-12-04 18:00", "on Friday evening the next one"
    assert end("2026-11-29 12:00") == "2026-12-04 18:00", "on Sunday, too"
    assert end("2026-10-21 12:00") == "2026-10-24 18:00", "a worked Saturday belongs to it"


def worked(begin: datetime, hours: float) -> datetime:
    """Return when so many hours of work are done that are begun at a moment."""
    left, here = timedelta(hours=hours), begin
    while True:
        close = DAYS.next_close(here)
        room = DAYS.working_time(here, close)
        if left <= room:
            opened = datetime.combine(close.astimezone(ZONE).date(), DAYS.opens, ZONE)
            return max(here, opened) + left
        left, here = left - room, close


def offices(seed: int) -> Iterator[Stay]:
    """Yield nine weeks of offices, each a queue: some have hands enough, some never catch up."""
    dice = random.Random(seed)
    ways = [(1, 3.0), (1, 5.5), (2, 5.5), (1, 2.0), (3, 9.0), (1, 6.5)]
    for number, (hands, hours) in enumerate(ways):
        came = datetime(2026, 8, 31, 4, tzinfo=UTC)
        free = [came] * hands
        for _ in range(120):
            came += timedelta(hours=dice.expovariate(1 / 13))
            first = min(range(hands), key=free.__getitem__)
            free[first] = worked(max(free[first], came), dice.lognormvariate(0, 0.6) * hours)
            yield Stay(
                key=("p", "check", f"office.{number}"),
                came=int(came.timestamp()),
                due=int(DAYS.due(came, dice.choice((1, 2, 3))).timestamp()),
                went=int(free[first].timestamp()),
            )


def by_due_date_alone(stays: list[Stay], now: datetime) -> dict[int, float]:
    """Return the share that was late by working days left, learnt from six weeks: the rival."""
    seen: dict[int, list[bool]] = {}
    for back in range(1, 43):
        then = now - timedelta(days=back)
        moment = int(then.timestamp())
        for one in stays:
            if open_at(one, moment) and moment < (one.due or 0) <= int(now.timestamp()):
                seen.setdefault(left(one, then), []).append(was_late(one))
    return {days: sum(found) / len(found) for days, found in seen.items()}


def left(one: Stay, now: datetime) -> int:
    return DAYS.working_days_left(now, datetime.fromtimestamp(one.due or 0, UTC))


def test_it_foretells_better_than_the_due_date_alone() -> None:
    """Back-test: what was due in one week of generated offices, against what became of it.

    Brier's score, the mean of (chance - what came)²: 0 knows all, a coin gets 0.25.
    """
    now = datetime(2026, 10, 27, 4, tzinfo=UTC)
    moment, end = int(now.timestamp()), int(week_end(DAYS, now).timestamp())
    ours, rivals, count, expected, came = 0.0, 0.0, 0, 0.0, 0
    for seed in range(3):
        stays = list(offices(seed))
        crystal = Crystal(stays, COUNTING, moment)
        usual = by_due_date_alone(stays, now)
        for one in stays:
            if open_at(one, moment) and moment < (one.due or 0) <= end:
                said, late = crystal.chance(one), was_late(one)
                ours += (said - late) ** 2
                rivals += (usual.get(left(one, now), 0.5) - late) ** 2
                expected, came, count = expected + said, came + late, count + 1
    assert count > 60
    assert ours / count < 0.15, "well under a coin's"
    assert ours < 0.75 * rivals, (ours / count, rivals / count)
    assert expected == pytest.approx(came, rel=0.25), "and the sum is about right"


def test_a_week_ago_is_foretold_with_what_was_known_then() -> None:
    now = datetime(2026, 10, 27, 4, tzinfo=UTC)
    stays = list(offices(1))
    found = lookback(stays, DAYS, now)
    assert found is not None
    then = now - timedelta(days=7)
    assert found.at == then
    blind = [
        Stay(key=one.key, came=one.came, due=one.due, went=None if later(one, then) else one.went)
        for one in stays
        if one.came <= then.timestamp()
    ]
    crystal = Crystal(blind, COUNTING, int(then.timestamp()))
    due = [
        one
        for one in blind
        if open_at(one, int(then.timestamp()))
        and then.timestamp() < (one.due or 0) <= now.timestamp()
    ]
    assert found.tasks == len(due)
    assert found.expected == pytest.approx(sum(map(crystal.chance, due)))


def later(one: Stay, moment: datetime) -> bool:
    return one.went is not None and one.went > moment.timestamp()


def drawn(process: str) -> bpmn.Definition:
    folder = ROOT / "processes"
    paths = [*(ROOT / "forms").rglob("*.json"), *folder.rglob("*.bpmn"), *folder.rglob("*.dmn")]
    reading = Reading({str(path.relative_to(ROOT)): path.read_bytes() for path in paths})
    reading.read_forms()
    reading.read_tables()
    reading.draft_diagrams()
    reading.take_diagrams(None)
    return reading.definitions[process]


@pytest.mark.parametrize(
    ("process", "wanted"),
    [
        (
            "kandas_approval",
            {
                "head_check": "to_head_returns_from_head_decision",
                "origin_check": "to_origin_returns_from_origin_decision",
                "completeness": "to_completeness_returns_from_completeness_decision",
            },
        ),
        ("support_measure", {"review": "to_rework_term_from_reviewed"}),
        (
            "support_plan",
            {
                "approval": "to_plan_from_approved",
                "approval_plain": "to_plan_from_approved",
                "amendment_approval": "to_amendment_from_amendment_approved",
                "amendment_approval_plain": "to_amendment_from_amendment_approved",
            },
        ),
    ],
)
def test_the_way_back_is_found_in_the_drawings_of_both_orders(
    process: str, wanted: dict[str, str]
) -> None:
    """Once the default leads back, once the condition; once past a link, a table and a handler."""
    scopes = [compiled.scope for compiled in drawn(process).scopes.values()]
    found: tuple[Choice, ...] = choices(scopes)
    assert {one.element: one.flow for one in found} == wanted
