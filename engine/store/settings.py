"""Named values: the demo's clock shift, the calendar's version, thresholds."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select

from engine.store.faults import faster
from engine.store.repository import Found, Repository
from engine.store.tables import setting


class Settings(Repository):
    """Named values, as text."""

    def get(self, name: str, default: str = "") -> str:
        """Return a value."""
        found = self._uow.execute(select(setting.c.value).where(setting.c.name == name)).scalar()
        return default if found is None else str(found)

    def set(self, name: str, value: str) -> None:
        """Write a value."""
        self._uow.execute(delete(setting).where(setting.c.name == name))
        self._uow.execute(insert(setting), {"name": name, "value": value})

    def change(
        self, name: str, value: str, reason: str, who: str, at: datetime, *, seen: str | None
    ) -> None:
        """Write a value that somebody set in place of the one she saw; None: there was none.

        `Conflict` if it is another by now.
        """
        self.forget(name, seen)
        row = {"value": value, "reason": reason, "changed_by": who, "changed_at": at}
        self._uow.execute(insert(setting), {"name": name, **row})

    def forget(self, name: str, seen: str | None) -> None:
        """Take away the value that was seen; `Conflict` if it is another by now."""
        if seen is None:
            return
        held = delete(setting).where(setting.c.name == name, setting.c.value == seen)
        if self._uow.execute(held).rowcount != 1:
            raise faster()

    def rows(self, names: Sequence[str]) -> dict[str, Found]:
        """Return rows by name."""
        asked = select(setting).where(setting.c.name.in_(names))
        return {row.name: row for row in self._uow.execute(asked)}

    def all(self) -> dict[str, str]:
        """Return all values by name."""
        return {row.name: row.value for row in self._uow.execute(select(setting))}
