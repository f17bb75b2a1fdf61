"""Quarters of the year: what they are called, when they begin and end (S-13, B-11)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from engine.model.calendar import ZONE


@dataclass(frozen=True, kw_only=True, order=True)
class Quarter:
    """A quarter of a year."""

    #: Year.
    year: int
    #: From 1 to 4.
    number: int

    def __str__(self) -> str:
        """Return e.g. ``2026-4``."""
        return f"{self.year}-{self.number}"

    @property
    def begins(self) -> datetime:
        """Return its first moment in Kazakhstan, in UTC."""
        return _midnight(date(self.year, self.number * 3 - 2, 1))

    @property
    def ends(self) -> datetime:
        """Return the first moment after it, in UTC."""
        return self.next.begins

    @property
    def next(self) -> "Quarter":
        """Return the quarter after it."""
        if self.number == 4:
            return Quarter(year=self.year + 1, number=1)
        return Quarter(year=self.year, number=self.number + 1)

    @property
    def previous(self) -> "Quarter":
        """Return the quarter before it."""
        if self.number == 1:
            return Quarter(year=self.year - 1, number=4)
        return Quarter(year=self.year, number=self.number - 1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


def parse(said: str) -> Quarter:
    """Read e.g. ``2026-4``; `ValueError` if there is no such quarter."""
    year, _, number = said.partition("-")
    if number not in {"1", "2", "3", "4"}:
        raise ValueError(said)
    return Quarter(year=int(year), number=int(number))


def of(moment: datetime) -> Quarter:
    """Return the quarter of a moment, by the calendar of Kazakhstan."""
    day = moment.astimezone(ZONE)
    return Quarter(year=day.year, number=(day.month + 2) // 3)


def finished(moment: datetime) -> Quarter:
    """Return the quarter that was over last at a moment."""
    return of(moment).previous


def missed(scheduled: datetime, now: datetime) -> list[Quarter]:
    """Return the quarter that was over when a timer was due, and those that ended since then.

    Usually it is one: an outage of months makes it more, for a cycle starts once however often it
    was missed.
    """
    found = [finished(scheduled)]
    while found[-1] < finished(now):
        found.append(found[-1].next)
    return found


def case_number(quarter: Quarter, centre: str) -> str:
    """Return the business key of a centre's quarter, e.g. ``Т-26-4-fsc.47.1``."""
    return f"Т-{quarter.year % 100:02d}-{quarter.number}-{centre}"
