"""Exceptions of the working calendar."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import delete, insert, select

from engine.store.instances import CALENDAR_VERSION
from engine.store.repository import Found, Repository
from engine.store.tables import calendar_day


class Calendar(Repository):
    """Days that differ from Monday to Friday."""

    def days(self, first: date = date.min, last: date = date.max) -> Sequence[Found]:
        """Return exceptions between two dates, by date."""
        return self._uow.execute(
            select(calendar_day)
            .where(calendar_day.c.day >= first, calendar_day.c.day <= last)
            .order_by(calendar_day.c.day)
        ).all()

    def replace_seeded(self, first: date, last: date, rows: Sequence[Mapping[str, Any]]) -> int:
        """Replace what no administrator has set between two dates; return how many rows."""
        self._uow.execute(
            delete(calendar_day).where(
                calendar_day.c.day >= first, calendar_day.c.day <= last, ~calendar_day.c.fixed
            )
        )
        fixed = {row.day for row in self.days(first, last)}
        new = [{**row, "fixed": False} for row in rows if row["day"] not in fixed]
        if new:
            self._uow.execute(insert(calendar_day), new)
        self._changed()
        return len(new)

    def set(self, day: date, *, working: bool, source: str, note: str) -> None:
        """Set a date for good."""
        self._uow.execute(delete(calendar_day).where(calendar_day.c.day == day))
        row = {"day": day, "working": working, "source": source, "note": note, "fixed": True}
        self._uow.execute(insert(calendar_day), row)
        self._changed()

    def version(self) -> str:
        """Return how often the calendar was changed."""
        return self._uow.settings.get(CALENDAR_VERSION)

    def _changed(self) -> None:
        self._uow.settings.set(CALENDAR_VERSION, str(int(self.version() or "0") + 1))
