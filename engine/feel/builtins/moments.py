"""Temporal functions (10.3.4.7) and ``is``; the clock is the one handed in."""

from datetime import date
from decimal import Decimal
from typing import Final

from engine.feel.builtins.registry import built_in
from engine.feel.operators import equal
from engine.feel.runtime import Run
from engine.feel.temporal import Date, DateTime, days_from_civil
from engine.feel.values import from_python

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def _day(moment: Date | DateTime) -> Date:
    return moment.date if isinstance(moment, DateTime) else moment


@built_in("day of year", "date: moment", "number")
def day_of_year(run: Run, moment: Date | DateTime) -> object:
    """1 to 366."""
    day = _day(moment)
    return Decimal(day.days - days_from_civil(day.year, 1, 1) + 1)


@built_in("day of week", "date: moment", "string")
def day_of_week(run: Run, moment: Date | DateTime) -> object:
    """The English name."""
    return _DAYS[_day(moment).weekday - 1]


@built_in("month of year", "date: moment", "string")
def month_of_year(run: Run, moment: Date | DateTime) -> object:
    """The English name."""
    return _MONTHS[_day(moment).month - 1]


@built_in("week of year", "date: moment", "number")
def week_of_year(run: Run, moment: Date | DateTime) -> object:
    """By ISO 8601."""
    day = _day(moment)
    like = date(2000 + day.year % 400, day.month, day.day)  # the calendar repeats after 400 years
    return Decimal(like.isocalendar().week)


@built_in("now", "", "date and time")
def now(run: Run) -> object:
    """The moment of the evaluation."""
    return from_python(run.context.now)


@built_in("today", "", "date")
def today(run: Run) -> object:
    """The day of the evaluation, in the zone of its clock."""
    return from_python(run.context.now.date())


@built_in("is", "value1?: any, value2?: any", "boolean")
def is_(run: Run, left: object, right: object) -> object:
    """Whether both are the same element of the same domain: zones count as written."""
    if type(left) is not type(right):
        return False
    if isinstance(left, (list, dict)):
        return equal(left, right) is True
    return left == right
