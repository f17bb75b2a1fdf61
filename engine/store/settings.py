"""Named values: the demo's clock shift, the calendar's version, thresholds."""

from sqlalchemy import delete, insert, select

from engine.store.repository import Repository
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

    def all(self) -> dict[str, str]:
        """Return all values by name."""
        return {row.name: row.value for row in self._uow.execute(select(setting))}
