"""Attempts and pauses as the diagram's notation says."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model.retry import JITTER, LONGEST, Retry, parse_duration


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("PT5M", timedelta(minutes=5)),
        ("P1DT2H30M", timedelta(days=1, hours=2, minutes=30)),
        ("P2W", timedelta(weeks=2)),
        ("PT0.5S", timedelta(milliseconds=500)),
        (" PT10S ", timedelta(seconds=10)),
    ],
)
def test_durations(text: str, length: timedelta) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "5M", "P1Y", "P1M", "PT5", "P32D", "PT-5M", "P1DT"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration|longer"):
        parse_duration(text)


def test_a_cycle_counts_all_attempts() -> None:
    plan = Retry.parse("R5/PT5M")
    assert plan.max_attempts == 5
    assert [plan.pause(n) for n in (1, 4, 9)] == [timedelta(minutes=5)] * 3


def test_a_list_counts_the_pauses_between_attempts() -> None:
    plan = Retry.parse("PT1M, PT5M,PT1H")
    assert plan.max_attempts == 4
    expected = [timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1), timedelta(hours=1)]
    assert [plan.pause(n) for n in (1, 2, 3, 4)] == expected


@pytest.mark.parametrize(
    "text", ["", "R0/PT5M", "R/PT5M", "R5", "R5/", "5/PT5M", "R1001/PT1S", "PT1M,"]
)
def test_bad_plans_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        Retry.parse(text)


@given(st.integers(1, 50), st.floats(0, 1, exclude_max=True))
def test_jitter_only_lengthens_and_is_bounded(failures: int, chance: float) -> None:
    plan = Retry.parse("PT1M,PT10M,P31D")
    base = plan.pause(failures)
    assert base <= plan.pause(failures, chance) <= min(base * (1 + JITTER), LONGEST)
