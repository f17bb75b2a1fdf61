"""Working time: due dates in working days, and what is left of them. Pure arithmetic on given days.

The clock starts when work arrives at a role. An arrival after hours or on a day off counts from the
next working day; a term of n working days ends with the n-th working day after the day of arrival
(resolution A-01 of the digest; configurable through the hours below).
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

#: The whole country has kept one time since 1 March 2024.
ZONE = ZoneInfo("Asia/Almaty")
#: No term of ours looks further ahead; a calendar without any working day ends here.
HORIZON = timedelta(days=3700)


@dataclass(frozen=True, kw_only=True)
class WorkingCalendar:
    """Days off and working weekends, as the administrator's rows say, and the hours of work."""

    #: Weekdays that are off.
    days_off: frozenset[date] = field(default_factory=frozenset)
    #: Saturdays and Sundays that are worked.
    working_weekends: frozenset[date] = field(default_factory=frozenset)
    #: Start of the working day, local time.
    opens: time = time(9, 0)
    #: End of the working day, local time.
    closes: time = time(18, 0)

    def with_days(self, days: Mapping[date, bool]) -> "WorkingCalendar":
        """Return this calendar with some days worked or off."""
        on = {day for day, works in days.items() if works}
        off = days.keys() - on
        return replace(
            self,
            days_off=(self.days_off - on) | {day for day in off if day.weekday() < 5},
            working_weekends=(self.working_weekends - off)
            | {day for day in on if day.weekday() >= 5},
        )

    def is_working(self, day: date) -> bool:
        """Tell whether people work on this local date."""
        if day in self.working_weekends:
            return True
        return day.weekday() < 5 and day not in self.days_off

    def _days_from(self, first: date) -> Iterator[date]:
        """Yield the working days from `first` on, itself included."""
        day = first
        while day - first <= HORIZON:
            if self.is_working(day):
                yield day
            day += timedelta(days=1)
        raise ValueError(f"no working day within ten years of {first}")

    def arrival_day(self, moment: datetime) -> date:
        """Return the working day on which something that came at `moment` counts as arrived."""
        local = moment.astimezone(ZONE)
        first = local.date() + timedelta(days=1) if local.time() >= self.closes else local.date()
        return next(self._days_from(first))

    def due(self, arrived: datetime, working_days: int) -> datetime:
        """Return the end (UTC) of the n-th working day after the day of arrival; n ≥ 0."""
        if working_days < 0:
            raise ValueError("a term has no negative days")
        days = self._days_from(self.arrival_day(arrived))
        day = next(days)
        for _ in range(working_days):
            day = next(days)
        return self._at(day, self.closes)

    def due_from(self, start: datetime, working_days: int) -> datetime:
        """Return the end (UTC) of the n-th working day after a term that ends at `start`; n ≥ 0.

        Not an arrival: the very end of a working day belongs to that day, not to the next one, so
        that a term of 2 and one of 3 days from its end are a term of 5.
        """
        return self.due(start - timedelta(microseconds=1), working_days)

    def day_end(self, day: date) -> datetime:
        """Return the end (UTC) of the working day on a local date; a day off: of the next one."""
        return self._at(next(self._days_from(day)), self.closes)

    def next_close(self, moment: datetime) -> datetime:
        """Return the end (UTC) of the first working day that ends after `moment`."""
        local = moment.astimezone(ZONE)
        for day in self._days_from(local.date()):
            close = self._at(day, self.closes)
            if close > moment:
                return close
        raise AssertionError  # pragma: no cover  (the iterator raises first)

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """Return the working time between two moments; negative if `end` lies before `start`."""
        if end < start:
            return -self.working_time(end, start)
        first, last = start.astimezone(ZONE).date(), end.astimezone(ZONE).date()
        if first == last:
            return self._within(first, start, end)
        # Whole days are counted, not walked through: a statistic asks for this ten thousand times.
        between = self._counted(last - timedelta(days=1)) - self._counted(first)
        return (
            self._within(first, start, end) + between * self.length + self._within(last, start, end)
        )

    @property
    def length(self) -> timedelta:
        """Return how long a working day is."""
        day = date.min
        return datetime.combine(day, self.closes) - datetime.combine(day, self.opens)

    def _within(self, day: date, start: datetime, end: datetime) -> timedelta:
        """Return the working time of one local date between two moments."""
        if not self.is_working(day):
            return timedelta()
        opened, closed = self._at(day, self.opens), self._at(day, self.closes)
        return max(timedelta(), min(end, closed) - max(start, opened))

    def working_days_left(self, now: datetime, due: datetime) -> int:
        """Return how many working days end between `now` and `due`, today not counted."""
        today, last = now.astimezone(ZONE).date(), due.astimezone(ZONE).date()
        return self._counted(last) - self._counted(today)

    def _counted(self, day: date) -> int:
        """Return how many working days there are up to a day, from the first Monday of all.

        Counted, not walked through: a list of fifty cases asks for it a hundred and fifty times.
        """
        weeks, rest = divmod(day.toordinal() - 1, 7)
        usual = weeks * 5 + min(rest + 1, 5)
        return usual - bisect_right(self._off, day) + bisect_right(self._on, day)

    @cached_property
    def _off(self) -> list[date]:
        """Weekdays that are off, in order."""
        off = self.days_off - self.working_weekends
        return sorted(day for day in off if day.weekday() < 5)

    @cached_property
    def _on(self) -> list[date]:
        """Worked Saturdays and Sundays, in order."""
        return sorted(day for day in self.working_weekends if day.weekday() >= 5)

    def halfway(self, start: datetime, end: datetime) -> datetime:
        """Return the moment (UTC) at which half of the working time from start to end is over."""
        half = self.working_time(start, end) / 2
        if half <= timedelta():
            return end
        for day in self._days_from(start.astimezone(ZONE).date()):
            opened = max(start, self._at(day, self.opens))
            closed = self._at(day, self.closes)
            if closed - opened >= half:
                return opened + half
            half -= max(timedelta(), closed - opened)
        raise AssertionError  # pragma: no cover

    @staticmethod
    def _at(day: date, hour: time) -> datetime:
        return datetime.combine(day, hour, ZONE).astimezone(UTC)
