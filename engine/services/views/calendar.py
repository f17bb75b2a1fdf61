"""Exceptions of the working calendar."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True)
class CalendarDay:
    """An exception of the working calendar."""

    #: The local date.
    day: date
    #: Worked or not.
    working: bool
    #: The act it comes from: ``holidays`` package, an order.
    source: str
    #: Name of the holiday, or why.
    note: str
