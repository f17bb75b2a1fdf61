"""JSON that keeps dates, moments, durations and decimals: variables, drafts, payloads.

A value JSON has no word for is written ``{"$": [kind, text]}``.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import orjson

_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS
_KINDS: dict[type, Callable[[Any], list[str]]] = {
    datetime: lambda value: ["datetime", value.isoformat()],
    date: lambda value: ["date", value.isoformat()],
    time: lambda value: ["time", value.isoformat()],
    timedelta: lambda value: ["seconds", repr(value.total_seconds())],
    Decimal: lambda value: ["decimal", str(value)],
}
_READERS: dict[str, Callable[[str], object]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "seconds": lambda text: timedelta(seconds=float(text)),
    "decimal": Decimal,
}


def _tagged(value: object) -> object:
    for kind in type(value).__mro__:
        if kind in _KINDS:
            return {"$": _KINDS[kind](value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    raise TypeError(f"{type(value).__name__} cannot be stored")


def dumps(value: object) -> bytes:
    """Write a value; `TypeError` for what cannot be stored."""
    return orjson.dumps(value, default=_tagged, option=_OPTIONS)


def canonical(value: object) -> bytes:
    """Write a value with sorted keys: the same value always gives the same bytes."""
    return orjson.dumps(value, default=_tagged, option=_OPTIONS | orjson.OPT_SORT_KEYS)


def _untagged(value: dict[str, object]) -> object:
    """Read a tag; what merely looks like one, typed by a person, stays what it is."""
    match value["$"]:
        case [str(kind), str(written)] if kind in _READERS:
            try:
                return _READERS[kind](written)
            except (ValueError, ArithmeticError):
                return value
    return value


def _read(value: Any) -> Any:
    """Read all tags in what was just parsed, in place; no call for each value."""
    whole = [value]
    waiting: list[Any] = [whole]
    while waiting:
        holder = waiting.pop()
        for key, item in holder.items() if type(holder) is dict else enumerate(holder):
            kind = type(item)
            if kind is dict and len(item) == 1 and "$" in item:
                holder[key] = _untagged(item)
            elif kind is dict or kind is list:
                waiting.append(item)
    return whole[0]


def loads(data: bytes | str) -> Any:
    """Read what `dumps` wrote."""
    value = orjson.loads(data)
    has_tags = '"$"' in data if isinstance(data, str) else b'"$"' in data
    return _read(value) if has_tags else value
