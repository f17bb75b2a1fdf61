"""Working time in whole numbers: what a statistic asks for a hundred thousand times.

The same as `WorkingCalendar.working_time`, day by day summed up beforehand: two look-ups for a
stay, no object made. The country has kept one time since 1 March 2024 (+05); moments before that
are an hour off.
"""

from array import array
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from engine.model.calendar import WorkingCalendar

#: Hours of the country's time ahead of UTC, in seconds.
AHEAD = 5 * 3600
#: Seconds of a day.
DAY = 86_400
#: First day that is known; what came before it counts as having come then.
FIRST = date(2020, 1, 1)


def _seconds(hour: time) -> int:
    return hour.hour * 3600 + hour.minute * 60 + hour.second


class WorkingSeconds:
    """Working seconds from a fixed beginning up to a moment."""

    def __init__(self, days: WorkingCalendar, until: datetime) -> None:
        """Sum up all days to one that is after `until` (UTC)."""
        self._opens, self._closes = _seconds(days.opens), _seconds(days.closes)
        self._zero = int(datetime.combine(FIRST, time(), UTC).timestamp()) // DAY
        length = self._closes - self._opens
        count = (until.date() - FIRST).days + 2
        self._works = bytearray(max(count, 1))
        self._before = array("q", [0])
        for number in range(len(self._works)):
            works = days.is_working(FIRST + timedelta(days=number))
            self._works[number] = works
            self._before.append(self._before[-1] + (length if works else 0))

    def at(self, moment: int) -> int:
        """Return the working seconds up to a moment, in seconds since 1970."""
        day, second = divmod(moment + AHEAD, DAY)
        day -= self._zero
        if day < 0:
            return 0
        if day >= len(self._works):
            return self._before[-1]
        if not self._works[day]:
            return self._before[day]
        return self._before[day] + min(max(second, self._opens), self._closes) - self._opens

    def between(self, came: int, went: int) -> int:
        """Return the working seconds between two moments."""
        return self.at(went) - self.at(came)


def median(times: Sequence[int]) -> float | None:
    """Return the middle of sorted times, between the two middle ones of an even number."""
    if not times:
        return None
    half = len(times) // 2
    return float(times[half]) if len(times) % 2 else (times[half - 1] + times[half]) / 2


def ninth_tenth(times: Sequence[int]) -> int | None:
    """Return what nine in ten of sorted times do not exceed."""
    return times[max(0, -(-len(times) * 9 // 10) - 1)] if times else None
