"""Conversion functions (10.3.4.1)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from engine.feel import numbers
from engine.feel.builtins.registry import built_in
from engine.feel.lexical import date_of, date_time_of, duration_of, time_of
from engine.feel.printing import display
from engine.feel.runtime import Run
from engine.feel.temporal import (
    MAX_OFFSET,
    NANOS,
    Date,
    DateTime,
    DaysDuration,
    MonthsDuration,
    Time,
    Zone,
    valid_date,
    zone_named,
)

_NUMBER: Final = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,6})?")


def _whole(value: Decimal) -> int | None:
    return int(value) if value == value.to_integral_value() and abs(value) < 10**12 else None


@built_in("date", "from: string", "date")
def date_from_string(run: Run, text: str) -> object:
    """``date("2026-01-31")``."""
    return date_of(text)


@built_in("date", "from: moment", "date")
def date_from_moment(run: Run, moment: Date | DateTime) -> object:
    """The day of a date and time."""
    return moment.date if isinstance(moment, DateTime) else moment


@built_in("date", "year: number, month: number, day: number", "date")
def date_from_parts(run: Run, year: Decimal, month: Decimal, day: Decimal) -> object:
    """A day of the calendar, or null."""
    y, m, d = _whole(year), _whole(month), _whole(day)
    if y is None or m is None or d is None or not valid_date(y, m, d):
        return None
    return Date(y, m, d)


@built_in("date and time", "from: string", "date and time")
def moment_from_string(run: Run, text: str) -> object:
    """``date and time("2026-01-31T09:00:00+05:00")``."""
    return date_time_of(text)


@built_in("date and time", "from: moment", "date and time")
def moment_from_date(run: Run, moment: Date | DateTime) -> object:
    """Midnight of a day."""
    return moment if isinstance(moment, DateTime) else DateTime(moment, Time(0, 0))


@built_in("date and time", "date: moment, time: time", "date and time")
def moment_from_both(run: Run, day: Date | DateTime, time: Time) -> object:
    """A day and a time of day."""
    return DateTime(day.date if isinstance(day, DateTime) else day, time)


@built_in(
    "date and time",
    "year: number, month: number, day: number, hour: number, minute: number, second: number,"
    "offset?: days",
    "date and time",
)
def moment_from_parts(run: Run, *parts: Decimal) -> object:
    """A moment by its numbers."""
    day = date_from_parts(run, *parts[:3])
    time = time_from_parts(run, *parts[3:])
    if not isinstance(day, Date) or not isinstance(time, Time):
        return None
    return DateTime(day, time)


@built_in(
    "date and time",
    "year: number, month: number, day: number, hour: number, minute: number, second: number,"
    "timezone: string",
    "date and time",
)
def moment_in_zone(run: Run, *parts: Decimal) -> object:
    """A moment by its numbers in a named zone."""
    zone = str(parts[6])
    made = moment_from_parts(run, *parts[:6], None)
    if not isinstance(made, DateTime) or zone_named(zone) is None:
        return None
    return DateTime(made.date, Time(made.time.nanos, zone))


@built_in("time", "from: string", "time")
def time_from_string(run: Run, text: str) -> object:
    """``time("09:00:00")``."""
    return time_of(text)


@built_in("time", "from: clock", "time")
def time_from_moment(run: Run, moment: Time | DateTime | Date) -> object:
    """The time of day of a moment; midnight UTC of a day."""
    if isinstance(moment, Date):
        return Time(0, 0)
    return moment.time if isinstance(moment, DateTime) else moment


@built_in("time", "hour: number, minute: number, second: number, offset?: days", "time")
def time_from_parts(
    run: Run, hour: Decimal, minute: Decimal, second: Decimal, offset: DaysDuration | None = None
) -> object:
    """A time of day, or null; the second may have a fraction."""
    h, m = _whole(hour), _whole(minute)
    if h is None or m is None or not (0 <= h < 24 and 0 <= m < 60 and 0 <= second < 60):
        return None
    zone: Zone = None if offset is None else offset.seconds
    if isinstance(zone, int) and abs(zone) > MAX_OFFSET:
        return None
    return Time((h * 3600 + m * 60) * NANOS + int(second * NANOS), zone)


@built_in(
    "number", "from: string, grouping separator?: string, decimal separator?: string", "number"
)
def number(run: Run, text: str, grouping: str | None, point: str | None) -> object:
    """A number from text, with the separators it is written with."""
    if grouping not in (None, " ", ",", ".") or point not in (None, ",", "."):
        return None
    if grouping is not None and grouping == point:
        return None
    if grouping is not None:
        text = text.replace(grouping, "")
    if point is not None:
        text = text.replace(point, ".")
    return numbers.number_of(text) if _NUMBER.fullmatch(text) else None


@built_in("number", "from: number", "number")
def number_itself(run: Run, value: Decimal) -> object:
    """A number stays as it is."""
    return value


@built_in("string", "from: any", "string")
def string(run: Run, value: object) -> object:
    """The text of any value; null of null."""
    return display(value, run)


@built_in("duration", "from: string")
def duration(run: Run, text: str) -> object:
    """``duration("P1DT2H")`` or ``duration("P1Y2M")``."""
    return duration_of(text)


@built_in("duration", "from: duration")
def duration_itself(run: Run, value: object) -> object:
    """A duration stays as it is."""
    return value


@built_in("years and months duration", "from: moment, to: moment", "months")
def months_between(run: Run, start: Date | DateTime, end: Date | DateTime) -> object:
    """Whole months from one day to the other, negative backwards."""
    first = start.date if isinstance(start, DateTime) else start
    last = end.date if isinstance(end, DateTime) else end
    months = (last.year - first.year) * 12 + last.month - first.month
    if months > 0 and last.day < first.day:
        months -= 1
    elif months < 0 and last.day > first.day:
        months += 1
    return MonthsDuration(months)


@built_in("not", "negand: boolean", "boolean")
def not_(run: Run, value: bool) -> object:
    """True of false and false of true (10.3.4.2)."""
    return not value
