"""Texts of dates, times and durations → values (DMN 1.5, 10.3.4.1 and XML Schema's forms)."""

from __future__ import annotations

import re
from typing import Final

from engine.feel.temporal import (
    DAY,
    MAX_MONTHS,
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

_DATE: Final = re.compile(r"(-?)([1-9][0-9]{4,8}|[0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIME: Final = re.compile(
    r"([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]{1,20})?"
    r"(Z|[+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?|@[A-Za-z0-9_+/-]{1,64})?"
)
_NUMBER: Final = "([0-9]{1,12})"
_MONTHS: Final = re.compile(rf"(-?)P(?=[0-9])(?:{_NUMBER}Y)?(?:{_NUMBER}M)?")
_DAYS: Final = re.compile(
    rf"(-?)P(?=[0-9T])(?:{_NUMBER}D)?"
    rf"(?:T(?=[0-9])(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}(\.[0-9]{{0,20}})?S)?)?"
)


def date_of(text: str) -> Date | None:
    """``2026-01-31``; None when it is not a day."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    sign, year, month, day = found.groups()
    whole = int(year) * (-1 if sign else 1)
    if not valid_date(whole, int(month), int(day)):
        return None
    return Date(whole, int(month), int(day))


def _zone_of(text: str | None) -> tuple[bool, Zone]:
    if text is None:
        return True, None
    if text == "Z":
        return True, 0
    if text[0] == "@":
        return zone_named(text[1:]) is not None, text[1:]
    hours, minutes, *rest = (int(part) for part in text[1:].split(":"))
    seconds = rest[0] if rest else 0
    offset = hours * 3600 + minutes * 60 + seconds
    fine = minutes < 60 and seconds < 60 and offset <= MAX_OFFSET
    return fine, -offset if text[0] == "-" else offset


def _nanos_of(fraction: str | None) -> int:
    return int((fraction or ".0")[1:].ljust(9, "0")[:9]) if fraction != "." else 0


def time_of(text: str) -> Time | None:
    """``11:59:45.123+05:00``, ``…@Asia/Almaty``; None when it is not a time."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    hour, minute, second, fraction, zone_text = found.groups()
    fine, zone = _zone_of(zone_text)
    h, m, s = int(hour), int(minute), int(second)
    nanos = _nanos_of(fraction)
    if (h, m, s, nanos) == (24, 0, 0, 0):
        return Time(0, zone) if fine else None
    if not fine or h > 23 or m > 59 or s > 59:
        return None
    return Time((h * 3600 + m * 60 + s) * NANOS + nanos, zone)


def date_time_of(text: str) -> DateTime | None:
    """``2026-01-31T11:59:45Z``, or a date alone (midnight); None otherwise."""
    day, mark, clock = text.partition("T")
    date = date_of(day)
    if date is None:
        return None
    time = time_of(clock) if mark else Time(0)
    if time is None:
        return None
    if clock.startswith("24"):
        date = Date.of_days(date.days + 1)
    return DateTime(date, time)


def duration_of(text: str) -> DaysDuration | MonthsDuration | None:
    """``P1Y2M`` or ``P1DT2H3M4.5S``; the two kinds do not mix."""
    found = _MONTHS.fullmatch(text)
    if found is not None:
        sign, years, months = found.groups()
        total = int(years or 0) * 12 + int(months or 0)
        return MonthsDuration(-total if sign else total) if total <= MAX_MONTHS else None
    return _days_duration(text)


def _days_duration(text: str) -> DaysDuration | None:
    found = _DAYS.fullmatch(text)
    if found is None:
        return None
    sign, days, hours, minutes, seconds, fraction = found.groups()
    total = int(days or 0) * DAY + int(hours or 0) * 3600
    total += int(minutes or 0) * 60 + int(seconds or 0)
    nanos = total * NANOS + _nanos_of(fraction)
    return DaysDuration(-nanos if sign else nanos)


def temporal_of(text: str) -> Date | Time | DateTime | DaysDuration | MonthsDuration | None:
    """The value of an at-literal (``@"…"``), or None."""
    if "P" in text[:2]:
        return duration_of(text)
    if "T" in text.partition("@")[0]:
        return date_time_of(text)
    return date_of(text) or time_of(text)
