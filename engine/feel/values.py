"""Values: what comes in from Python, what goes out, and what each kind is called.

Inside, a value is None, bool, Decimal, str, `Date`, `Time`, `DateTime`, `DaysDuration`,
`MonthsDuration`, list, dict with string keys, `Range` or something callable of ours. Nothing else
of Python's is ever reachable from an expression.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Final
from zoneinfo import ZoneInfo

from engine.feel import numbers
from engine.feel.errors import FeelLimitError, FeelTypeError
from engine.feel.runtime import charge
from engine.feel.temporal import (
    DAY,
    NANOS,
    Date,
    DateTime,
    DaysDuration,
    MonthsDuration,
    Time,
    Zone,
)
from engine.model.text import text

#: Deepest nesting of lists and contexts taken in or handed out.
MAX_NESTING: Final = 60


@dataclass(frozen=True, slots=True)
class Range:
    """An interval; an end that is None is open to infinity. `operator` is set for ``(< 5)``."""

    low: object
    high: object
    low_closed: bool
    high_closed: bool
    operator: str = ""


class Callback:
    """Base of everything callable inside FEEL: built-in, user-defined and engine functions."""

    __slots__ = ()


_KINDS: Final[dict[type, str]] = {
    type(None): "Null", bool: "boolean", Decimal: "number", str: "string", Date: "date",
    Time: "time", DateTime: "date and time", DaysDuration: "days and time duration",
    MonthsDuration: "years and months duration", list: "list", dict: "context", Range: "range",
}  # fmt: skip


def kind_of(value: object) -> str:
    """FEEL's name of a value's type."""
    return _KINDS.get(type(value), "function")


# -- in ----------------------------------------------------------------------------------


def _zone_in(info: dt.tzinfo | None, offset: dt.timedelta | None) -> Zone:
    if info is None or offset is None:
        return None
    if isinstance(info, ZoneInfo) and info.key:
        return info.key
    return round(offset.total_seconds())


def _time_in(value: dt.time) -> Time:
    seconds = value.hour * 3600 + value.minute * 60 + value.second
    return Time(seconds * NANOS + value.microsecond * 1000, _zone_in(value.tzinfo, _offset(value)))


def _offset(value: dt.time) -> dt.timedelta | None:
    if isinstance(value.tzinfo, ZoneInfo):
        return dt.timedelta()  # only its name is used
    return value.utcoffset()


def _datetime_in(value: dt.datetime) -> DateTime:
    seconds = value.hour * 3600 + value.minute * 60 + value.second
    zone = _zone_in(value.tzinfo, value.utcoffset())
    time = Time(seconds * NANOS + value.microsecond * 1000, zone)
    return DateTime(Date(value.year, value.month, value.day), time)


def _date_in(value: dt.date) -> Date:
    return Date(value.year, value.month, value.day)


def _delta_in(value: dt.timedelta) -> DaysDuration:
    micros = (value.days * DAY + value.seconds) * 1_000_000 + value.microseconds
    return DaysDuration(micros * 1000)


def _decimal_in(value: Decimal) -> Decimal | None:
    return numbers.finite(numbers.CONTEXT.plus(value))


_SCALARS: Final[dict[type, Callable[..., object]]] = {
    int: numbers.from_int, float: numbers.from_float, dt.date: _date_in, dt.time: _time_in,
    dt.datetime: _datetime_in, dt.timedelta: _delta_in,
}  # fmt: skip
#: Types that are values already.
READY: Final = frozenset(
    (type(None), bool, str, Decimal, Date, Time, DateTime, DaysDuration, MonthsDuration, Range)
)


def from_python(value: object, depth: int = 0) -> object:
    """A Python value as FEEL's; FeelTypeError for a kind that FEEL has no word for."""
    kind = type(value)
    if kind in READY:
        return value
    convert = _SCALARS.get(kind)
    if convert is not None:
        return convert(value)
    if depth > MAX_NESTING:
        raise FeelLimitError(text("Data nested deeper than {limit}", limit=MAX_NESTING), "depth")
    if kind is dict:
        return {_key(key): from_python(item, depth + 1) for key, item in value.items()}  # type: ignore[attr-defined]
    if kind is list or kind is tuple:
        return [from_python(item, depth + 1) for item in value]  # type: ignore[attr-defined]
    return _other(value, depth)


def _key(key: object) -> str:
    if not isinstance(key, str):
        kind = type(key).__name__
        raise FeelTypeError(text("A context has a key of type {kind}", kind=kind))
    return key


def _other(value: object, depth: int) -> object:
    if isinstance(value, Callback):
        return value
    if isinstance(value, Enum):
        return from_python(value.value, depth + 1)
    for base, convert in _SCALARS.items():
        if base is not dt.date and isinstance(value, base):
            return convert(value)
    if isinstance(value, str):
        return str(value)
    return _collection(value, depth)


def _collection(value: object, depth: int) -> object:
    if isinstance(value, Mapping):
        return {_key(key): from_python(item, depth + 1) for key, item in value.items()}
    if isinstance(value, Set):
        items = [from_python(item, depth + 1) for item in value]
        return sorted(items, key=str)
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray, memoryview)):
        return [from_python(item, depth + 1) for item in value]
    kind = type(value).__name__
    raise FeelTypeError(text("FEEL has no values of type {kind}", kind=kind))


# -- out ---------------------------------------------------------------------------------


def _tzinfo(zone: Zone) -> dt.tzinfo | None:
    if zone is None:
        return None
    if isinstance(zone, str):
        return ZoneInfo(zone)
    return dt.UTC if zone == 0 else dt.timezone(dt.timedelta(seconds=zone))


def _time_out(value: Time) -> object:
    if value.nanos % 1000:
        return value
    micros = value.fraction // 1000
    return dt.time(value.hour, value.minute, value.second, micros, tzinfo=_tzinfo(value.zone))


def _date_out(value: Date) -> object:
    if not 1 <= value.year <= 9999:
        return value
    return dt.date(value.year, value.month, value.day)


def _datetime_out(value: DateTime) -> object:
    day, clock = _date_out(value.date), _time_out(value.time)
    if not isinstance(day, dt.date) or not isinstance(clock, dt.time):
        return value
    return dt.datetime.combine(day, clock)


def _delta_out(value: DaysDuration) -> object:
    if value.nanos % 1000:
        return value
    try:
        return dt.timedelta(microseconds=value.nanos // 1000)
    except OverflowError:
        return value


_OUT: Final[dict[type, Callable[..., object]]] = {
    Date: _date_out, Time: _time_out, DateTime: _datetime_out, DaysDuration: _delta_out,
}  # fmt: skip


def export(value: object, depth: int = 0) -> object:
    """A value as Python's kinds: Decimal, date, time, datetime, timedelta, list, dict.

    What Python cannot hold (a year past 9999, a nanosecond) and what it has no kind for
    (a years and months duration, a range, a function) stays FEEL's own class.
    """
    kind = type(value)
    if kind is not list and kind is not dict:
        convert = _OUT.get(kind)
        return value if convert is None else convert(value)
    if depth > MAX_NESTING:
        raise FeelLimitError(text("Data nested deeper than {limit}", limit=MAX_NESTING), "depth")
    return _exported(value, depth + 1)


def _exported(value: object, depth: int) -> object:
    if isinstance(value, list):
        charge(4 * (1 + len(value)))
        return [export(item, depth) for item in value]
    if isinstance(value, dict):
        charge(4 * (1 + len(value)))
        return {key: export(item, depth) for key, item in value.items()}
    return value


def _number_out(value: Decimal) -> int | float:
    whole = value.to_integral_value()
    return int(whole) if whole == value and abs(value) < 10**18 else float(value)


def to_python(value: object) -> object:
    """A value as JSON's kinds: None, bool, int or float, str (ISO for dates), list, dict."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, Decimal):
        return _number_out(value)
    if isinstance(value, Mapping):
        return {str(key): to_python(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_python(item) for item in value]
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, Range):
        return _range_out(value)
    return None if isinstance(value, Callback) else _iso(value)


def _iso(value: object) -> str:
    """The ISO text of a temporal value; a named zone becomes its offset."""
    found = export(value) if type(value) in _OUT else value
    if isinstance(found, (dt.date, dt.time)):
        return found.isoformat()
    return str(from_python(found))


def _range_out(value: Range) -> dict[str, object]:
    return {
        "start": to_python(value.low), "end": to_python(value.high),
        "start included": value.low_closed, "end included": value.high_closed,
    }  # fmt: skip
