"""The working calendar as rows (`domain.md` §3 of the digest)."""

from collections.abc import Iterable
from datetime import date

from engine.model.calendar import WorkingCalendar
from engine.model.people import Actor
from engine.services.context import Context, UnitOfWork
from engine.services.views import CalendarDay


def seed(uow: UnitOfWork, ctx: Context, years: Iterable[int]) -> int:
    """Write the exceptions of these years that no administrator has set; return how many rows."""
    raise NotImplementedError


def load(uow: UnitOfWork, ctx: Context) -> WorkingCalendar:
    """Return the calendar; parsed once per change."""
    raise NotImplementedError


def override(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    day: date,
    *,
    working: bool,
    source: str,
    note: str = "",
) -> None:
    """Set a date by an order (admin); survives seeding."""
    raise NotImplementedError


def list_days(uow: UnitOfWork, year: int) -> tuple[CalendarDay, ...]:
    """Return a year's exceptions, by date."""
    raise NotImplementedError
