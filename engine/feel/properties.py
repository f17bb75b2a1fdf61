"""``value.member``: entries of contexts, properties of temporal values and ranges (Table 65)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

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
from engine.feel.values import Range


def _number(value: int) -> Decimal:
    return Decimal(value)


def _part(total: int, unit: int, cycle: int = 0) -> Decimal:
    whole = abs(total) // unit % cycle if cycle else abs(total) // unit
    return Decimal(-whole if total < 0 else whole)


def _offset(offset: int | None) -> DaysDuration | None:
    return None if offset is None else DaysDuration(offset * NANOS)


def _time_offset(value: Time) -> DaysDuration | None:
    # A named zone has no offset without a day, but for those that never change theirs.
    if isinstance(value.zone, str) and not value.zone.startswith("Etc/"):
        return None
    return _offset(value.offset)


def _zone(zone: Zone) -> str | None:
    return zone if isinstance(zone, str) else None


_DATE: Final[dict[str, Callable[..., object]]] = {
    "year": lambda v: _number(v.year),
    "month": lambda v: _number(v.month),
    "day": lambda v: _number(v.day),
    "weekday": lambda v: _number(v.weekday),
}
_TIME: Final[dict[str, Callable[..., object]]] = {
    "hour": lambda v: _number(v.hour),
    "minute": lambda v: _number(v.minute),
    "second": lambda v: _number(v.second),
    "time offset": _time_offset,
    "timezone": lambda v: _zone(v.zone),
}


def _on(part: str, getter: Callable[..., object]) -> Callable[..., object]:
    return lambda value: getter(getattr(value, part))


PROPERTIES: Final[dict[type, dict[str, Callable[..., object]]]] = {
    Date: _DATE,
    Time: _TIME,
    DateTime: {name: _on("date", getter) for name, getter in _DATE.items()}
    | {name: _on("time", getter) for name, getter in _TIME.items()}
    | {"time offset": lambda v: _offset(v.offset)},
    DaysDuration: {
        "days": lambda v: _part(v.nanos, DAY * NANOS),
        "hours": lambda v: _part(v.nanos, 3600 * NANOS, 24),
        "minutes": lambda v: _part(v.nanos, 60 * NANOS, 60),
        "seconds": lambda v: _part(v.nanos, NANOS, 60),
    },
    MonthsDuration: {
        "years": lambda v: _part(v.months, 12),
        "months": lambda v: _part(v.months, 1, 12),
    },
    Range: {
        "start": lambda v: v.low,
        "end": lambda v: v.high,
        "start included": lambda v: v.low_closed,
        "end included": lambda v: v.high_closed,
    },
}


def member_of(value: object, name: str) -> object:
    """The entry or property; of a list, of each of its items; null if there is none."""
    if isinstance(value, dict):
        return value.get(name)
    if isinstance(value, list):
        charge(1 + len(value))
        return [member_of(item, name) for item in value]
    getter = PROPERTIES.get(type(value), {}).get(name)
    return None if getter is None else getter(value)
