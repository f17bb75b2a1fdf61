"""FEEL's temporal values: wider than Python's (years to ±999,999,999, nanoseconds, no bool).

Every class is a frozen value with ``__str__`` giving FEEL's lexical form (DMN 1.5, 10.3.2.3).
A zone is ``None`` (local), an offset in seconds, or the name of an IANA zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

NANOS: Final = 1_000_000_000
DAY: Final = 86_400
MAX_YEAR: Final = 999_999_999
MAX_OFFSET: Final = 18 * 3600
MAX_MONTHS: Final = 12_000_000_000

Zone = int | str | None


@lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo | None:
    """The IANA zone of that exact name, or None."""
    try:
        zone = ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return None
    return zone


def days_from_civil(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the proleptic Gregorian calendar."""
    y = year - (month <= 2)
    era = y // 400
    yoe = y - era * 400
    doy = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + yoe * 365 + yoe // 4 - yoe // 100 + doy - 719_468


def civil_from_days(days: int) -> tuple[int, int, int]:
    """Year, month and day of a count of days since 1970-01-01."""
    z = days + 719_468
    era = z // 146_097
    doe = z - era * 146_097
    yoe = (doe - doe // 1460 + doe // 36_524 - doe // 146_096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    mp = (5 * doy + 2) // 153
    month = mp + (3 if mp < 10 else -9)
    return yoe + era * 400 + (month <= 2), month, doy - (153 * mp + 2) // 5 + 1


def days_in_month(year: int, month: int) -> int:
    """28 to 31."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def valid_date(year: int, month: int, day: int) -> bool:
    """Whether the three make a day of the calendar within FEEL's years."""
    if abs(year) > MAX_YEAR or not 1 <= month <= 12:
        return False
    return 1 <= day <= days_in_month(year, month)


def _offset_text(zone: Zone) -> str:
    if zone is None:
        return ""
    if isinstance(zone, str):
        return "@" + zone
    if zone == 0:
        return "Z"
    sign, rest = ("-", -zone) if zone < 0 else ("+", zone)
    text = f"{sign}{rest // 3600:02d}:{rest // 60 % 60:02d}"
    return text + (f":{rest % 60:02d}" if rest % 60 else "")


def _fraction_text(nanos: int) -> str:
    return ("." + f"{nanos:09d}".rstrip("0")) if nanos else ""


@dataclass(frozen=True, slots=True)
class Date:
    """A day."""

    year: int
    month: int
    day: int

    @property
    def days(self) -> int:
        """Days since 1970-01-01."""
        return days_from_civil(self.year, self.month, self.day)

    @property
    def weekday(self) -> int:
        """1 (Monday) to 7 (Sunday)."""
        return (self.days + 3) % 7 + 1

    @classmethod
    def of_days(cls, days: int) -> Date:
        """The day that many days after 1970-01-01; ValueError outside FEEL's years."""
        year, month, day = civil_from_days(days)
        if abs(year) > MAX_YEAR:
            raise ValueError(year)
        return cls(year, month, day)

    def plus_months(self, months: int) -> Date:
        """Months later, the day cut to the month's last."""
        index = self.year * 12 + self.month - 1 + months
        year, month = index // 12, index % 12 + 1
        if abs(year) > MAX_YEAR:
            raise ValueError(year)
        return Date(year, month, min(self.day, days_in_month(year, month)))

    def __str__(self) -> str:
        year = f"{abs(self.year):04d}"
        return f"{'-' if self.year < 0 else ''}{year}-{self.month:02d}-{self.day:02d}"


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day: nanoseconds since midnight and a zone."""

    nanos: int
    zone: Zone = None

    @property
    def hour(self) -> int:
        """0 to 23."""
        return self.nanos // (3600 * NANOS)

    @property
    def minute(self) -> int:
        """0 to 59."""
        return self.nanos // (60 * NANOS) % 60

    @property
    def second(self) -> int:
        """0 to 59."""
        return self.nanos // NANOS % 60

    @property
    def fraction(self) -> int:
        """Nanoseconds within the second."""
        return self.nanos % NANOS

    @property
    def offset(self) -> int | None:
        """Offset in seconds; of a named zone, the one it has on 1970-01-01."""
        return offset_at(self.zone, 0, self.nanos)

    def __str__(self) -> str:
        clock = f"{self.hour:02d}:{self.minute:02d}:{self.second:02d}"
        return clock + _fraction_text(self.fraction) + _offset_text(self.zone)


@dataclass(frozen=True, slots=True)
class DateTime:
    """A day and a time of day."""

    date: Date
    time: Time

    @property
    def zone(self) -> Zone:
        """The time's zone."""
        return self.time.zone

    @property
    def offset(self) -> int | None:
        """Offset in seconds at that moment."""
        return offset_at(self.time.zone, self.date.days, self.time.nanos)

    @property
    def local(self) -> int:
        """Nanoseconds since 1970-01-01T00:00 on the wall."""
        return self.date.days * DAY * NANOS + self.time.nanos

    @property
    def instant(self) -> int:
        """Nanoseconds since the epoch in UTC; a local one counts as UTC."""
        return self.local - (self.offset or 0) * NANOS

    @classmethod
    def of_local(cls, nanos: int, zone: Zone) -> DateTime:
        """The inverse of `local`."""
        days, rest = divmod(nanos, DAY * NANOS)
        return cls(Date.of_days(days), Time(rest, zone))

    @classmethod
    def of_instant(cls, nanos: int, zone: Zone) -> DateTime:
        """The inverse of `instant`: what the wall shows in that zone."""
        shift = _offset_of_instant(zone, nanos) if isinstance(zone, str) else zone or 0
        return cls.of_local(nanos + shift * NANOS, zone)

    def __str__(self) -> str:
        return f"{self.date}T{self.time}"


def offset_at(zone: Zone, days: int, nanos: int) -> int | None:
    """Seconds east of Greenwich of a zone at a local moment (days since 1970, nanos of day)."""
    if zone is None or isinstance(zone, int):
        return zone
    info = zone_named(zone)
    if info is None:
        return None
    return _named_offset(info, days, nanos // NANOS)


def _offset_of_instant(zone: str, nanos: int) -> int:
    """Seconds east of Greenwich of a named zone at a moment in UTC."""
    info = zone_named(zone)
    days, rest = divmod(nanos, DAY * NANOS)
    year, month, day = civil_from_days(days)
    if info is None:
        return 0
    moment = datetime(_like_year(year), month, day, tzinfo=UTC)
    moment += timedelta(seconds=rest // NANOS)
    found = moment.astimezone(info).utcoffset()
    return 0 if found is None else round(found.total_seconds())


def _like_year(year: int) -> int:
    """The year, or one like it in the calendar's cycle of 400 where Python's years end."""
    return year if 2 <= year <= 9998 else 2000 + year % 400


def _named_offset(info: ZoneInfo, days: int, seconds: int) -> int | None:
    year, month, day = civil_from_days(days)
    moment = datetime(_like_year(year), month, day, tzinfo=info) + timedelta(seconds=seconds)
    found = moment.utcoffset()
    return None if found is None else round(found.total_seconds())


@dataclass(frozen=True, slots=True)
class DaysDuration:
    """A days and time duration, in nanoseconds."""

    nanos: int

    @property
    def seconds(self) -> int:
        """Whole seconds, cut towards zero, with the sign."""
        whole = abs(self.nanos) // NANOS
        return -whole if self.nanos < 0 else whole

    def __str__(self) -> str:
        if self.nanos == 0:
            return "PT0S"
        rest, fraction = divmod(abs(self.nanos), NANOS)
        days, rest = divmod(rest, DAY)
        text = ("-P" if self.nanos < 0 else "P") + (f"{days}D" if days else "")
        if rest or fraction:
            text += "T" + _clock_text(rest, fraction)
        return text


def _clock_text(seconds: int, fraction: int) -> str:
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    text = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    return text + (f"{rest}{_fraction_text(fraction)}S" if rest or fraction else "")


@dataclass(frozen=True, slots=True)
class MonthsDuration:
    """A years and months duration, in months."""

    months: int

    def __str__(self) -> str:
        years, months = divmod(abs(self.months), 12)
        if not years and not months:
            return "P0M"
        text = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
        return ("-P" if self.months < 0 else "P") + text
