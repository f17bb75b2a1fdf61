"""Attempts to sign in, counted by the database's clock for every web process there is."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, case, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from engine.store.moments import database_seconds
from engine.store.repository import Repository
from engine.store.tables import attempt

#: Rows of windows that are over, removed at a time.
_BATCH = 500


class Attempts(Repository):
    """How often something was tried in a window that begins with the first attempt."""

    def count(self, windows: Mapping[str, int]) -> Mapping[str, int]:
        """Count one attempt by each key, given with its window's seconds; return the counts.

        One statement. The rows stay locked until the transaction ends, so of two attempts at the
        same moment the second sees the first.
        """
        over = attempt.c.ends_at <= database_seconds()
        tried = case((over, 1), else_=attempt.c.tried + 1)
        return self._changed(windows, 1, tried)

    def take_back(self, windows: Mapping[str, int]) -> None:
        """Count one attempt less by each key: it was none."""
        self._changed(windows, 0, case((attempt.c.tried > 0, attempt.c.tried - 1), else_=0))

    def _changed(
        self, windows: Mapping[str, int], first: int, tried: ColumnElement[int]
    ) -> Mapping[str, int]:
        now = database_seconds()
        # Sorted: whoever changes the same rows locks them in the same order.
        rows = [
            {"key": key, "ends_at": now + seconds, "tried": first}
            for key, seconds in sorted(windows.items())
        ]
        kind = postgresql if self._uow.dialect == "postgresql" else sqlite
        wanted = kind.insert(attempt).values(rows)
        new = wanted.excluded.ends_at
        ends_at = case((attempt.c.ends_at <= now, new), else_=attempt.c.ends_at)
        changed = wanted.on_conflict_do_update(
            index_elements=[attempt.c.key], set_={"tried": tried, "ends_at": ends_at}
        ).returning(attempt.c.key, attempt.c.tried)
        return {row.key: row.tried for row in self._uow.execute(changed)}

    def forget(self) -> None:
        """Remove some rows whose window is over; those that somebody counts in are left."""
        over = (
            select(attempt.c.key)
            .where(attempt.c.ends_at <= database_seconds())
            .limit(_BATCH)
            .with_for_update(skip_locked=True)
        )
        self._uow.execute(delete(attempt).where(attempt.c.key.in_(over)))
