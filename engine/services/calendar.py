"""The working calendar as rows (`domain.md` §3 of the digest).

Days off and transfers come from the package ``holidays`` when they are seeded, never at run time:
a new release must not move a deadline that was given. The package's releases lag behind orders, so
what is known better stands in `CORRECTIONS`, and an administrator's row beats both.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from importlib.metadata import version

from engine.model.calendar import WorkingCalendar
from engine.model.people import Actor
from engine.services import access, audit
from engine.services.context import Context, UnitOfWork
from engine.services.views import CalendarDay

_NEW_CONSTITUTION = "Constitution of 15 March 2026, in force since 1 July 2026"

#: What releases of the package may say wrongly: date → works or not, source, note. The holiday of
#: 30 August ended with the constitution of 1995, its transfer to 31 August 2026 with it; the new
#: Constitution Day is 15 March from 2027. 2024 and 2025 had working weekends for bridges.
CORRECTIONS: Mapping[date, tuple[bool, str, str]] = {
    date(2024, 5, 4): (True, "G24G0000109", "Worked for 8 May 2024"),
    date(2025, 1, 5): (True, "G24G0000436", "Worked for 3 January 2025"),
    date(2026, 8, 31): (True, _NEW_CONSTITUTION, "No longer a day off"),
    date(2027, 3, 15): (False, _NEW_CONSTITUTION, "Constitution Day"),
}


def _exceptions(year: int) -> dict[date, tuple[bool, str, str]]:
    """Return a year's exceptions: weekdays that are off, weekends that are worked."""
    import holidays  # noqa: PLC0415  4 MB that only a year without rows needs

    source = f"holidays {version('holidays')}"
    found: dict[date, tuple[bool, str, str]] = {}
    known = holidays.country_holidays("KZ", years=year, language="kk")
    day = date(year, 1, 1)
    while day.year == year:
        works = known.is_working_day(day)
        if works != (day.weekday() < 5):
            found[day] = (works, source, known.get(day) or "")
        day += timedelta(days=1)
    for day, said in CORRECTIONS.items():
        if day.year == year:
            found[day] = said
    return {day: said for day, said in found.items() if said[0] != (day.weekday() < 5)}


def seed(uow: UnitOfWork, ctx: Context, years: Iterable[int]) -> int:
    """Write the exceptions of these years that no administrator has set; return how many rows."""
    count = 0
    for year in years:
        rows = [
            {"day": day, "working": works, "source": source, "note": note}
            for day, (works, source, note) in sorted(_exceptions(year).items())
        ]
        count += uow.calendar.replace_seeded(date(year, 1, 1), date(year, 12, 31), rows)
    return count


def load(uow: UnitOfWork, ctx: Context) -> WorkingCalendar:
    """Return the calendar; parsed once per change."""
    return at_version(uow, ctx, uow.calendar.version())


def at_version(uow: UnitOfWork, ctx: Context, version: str) -> WorkingCalendar:
    """Return the calendar for a version that was read together with something else."""
    key = (uow.database_id, version)
    found: WorkingCalendar = ctx.caches.calendars.get(key, lambda: _read(uow))
    return found


def _read(uow: UnitOfWork) -> WorkingCalendar:
    days = uow.calendar.days()
    return WorkingCalendar(
        days_off=frozenset(row.day for row in days if not row.working),
        working_weekends=frozenset(
            row.day for row in days if row.working and row.day.weekday() >= 5
        ),
    )


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
    access.everywhere(uow, actor)
    uow.calendar.set(day, working=working, source=source, note=note)
    detail = {"working": working, "source": source}
    audit.append(uow, ctx, actor, "calendar.override", f"day:{day.isoformat()}", detail)


def decree(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    days: Mapping[date, bool],
    *,
    source: str,
    note: str = "",
) -> dict[date, bool]:
    """Set the days that an order names, each worked or off (admin of everything).

    Return those that change by it, with whether they were worked before.
    """
    access.everywhere(uow, actor)
    known = load(uow, ctx)
    for day, works in sorted(days.items()):
        override(uow, ctx, actor, day, working=works, source=source, note=note)
    return {day: not works for day, works in days.items() if known.is_working(day) != works}


def list_days(uow: UnitOfWork, year: int) -> tuple[CalendarDay, ...]:
    """Return a year's exceptions, by date."""
    return tuple(
        CalendarDay(day=row.day, working=row.working, source=row.source, note=row.note)
        for row in uow.calendar.days(date(year, 1, 1), date(year, 12, 31))
    )
