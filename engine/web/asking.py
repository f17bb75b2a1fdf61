"""Reading an address: unknown values become the default, never an error."""

from datetime import date
from enum import Enum
from typing import TypeVar

EnumT = TypeVar("EnumT", bound=Enum)
DefaultT = TypeVar("DefaultT")


def choice(kind: type[EnumT], said: str, default: DefaultT) -> EnumT | DefaultT:
    """Return the member with this value, else the default."""
    try:
        return kind(said)
    except ValueError:
        return default


def whole(said: str, default: int, *, least: int, most: int) -> int:
    """Return a whole number within bounds, else the default."""
    if not (said.isascii() and said.isdigit()):
        return default
    return min(most, max(least, int(said[:15])))


def day(said: str, otherwise: DefaultT) -> date | DefaultT:
    """Return a day (ISO 8601) of the years 2000 to 2100, else what is given for another."""
    try:
        found = date.fromisoformat(said)
    except ValueError:
        return otherwise
    return found if 2000 <= found.year <= 2100 else otherwise
