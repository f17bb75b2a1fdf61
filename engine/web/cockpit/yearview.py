"""A year of the working calendar day by day, as its page draws it."""

from calendar import Calendar as Weeks
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from engine.model.calendar import WorkingCalendar
from engine.services.views import CalendarDay
from engine.web import say, state


@dataclass(frozen=True, kw_only=True)
class Square:
    """A day of the year's view."""

    #: The day; None: of another month.
    day: date | None
    #: ``off``, ``on``; with ``set`` it differs from the week's rule.
    css: str = ""
    #: What is said of it: note and order.
    said: str = ""


@dataclass(frozen=True, kw_only=True)
class Month:
    """A month of the year's view."""

    #: Its name.
    name: str
    #: Weeks of seven days.
    weeks: Sequence[Sequence[Square]]
    #: Working days in it.
    works: int


def months(year: int, days: WorkingCalendar, exceptions: Mapping[date, CalendarDay]) -> list[Month]:
    """Return the months of a year; `exceptions`: days of it that an order names."""
    language = state.language()
    return [
        Month(
            name=say.month(date(year, number, 1), language),
            weeks=[
                [_square(year, number, day, days, exceptions) for day in week]
                for week in Weeks().monthdatescalendar(year, number)
            ],
            works=sum(
                days.is_working(day)
                for day in Weeks().itermonthdates(year, number)
                if day.month == number
            ),
        )
        for number in range(1, 13)
    ]


def _square(
    year: int,
    month: int,
    day: date,
    days: WorkingCalendar,
    exceptions: Mapping[date, CalendarDay],
) -> Square:
    if (day.year, day.month) != (year, month):
        return Square(day=None)
    css = "on" if days.is_working(day) else "off"
    found = exceptions.get(day)
    if found is None:
        return Square(day=day, css=css)
    said = " · ".join(part for part in (found.note, found.source) if part)
    return Square(day=day, css=f"{css} set", said=said)
