"""What people were told."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from engine.store.ids import new_id
from engine.store.repository import Found, Repository
from engine.store.tables import notification


class Notifications(Repository):
    """Rows for people."""

    def add(self, rows: Sequence[Mapping[str, Any]], at: datetime) -> None:
        """Insert."""
        self._uow.execute(
            insert(notification), [{**row, "id": new_id(at), "created_at": at} for row in rows]
        )

    def of_account(self, account_id: str, *, unread: bool, size: int) -> Sequence[Found]:
        """Return a person's, newest first."""
        statement = select(notification).where(notification.c.account_id == account_id)
        if unread:
            statement = statement.where(notification.c.read_at.is_(None))
        return self._uow.execute(statement.order_by(notification.c.id.desc()).limit(size)).all()

    def count_unread(self, account_id: str, cap: int) -> int:
        """Return how many are unread, at most `cap`."""
        some = (
            select(notification.c.id)
            .where(notification.c.account_id == account_id, notification.c.read_at.is_(None))
            .limit(cap)
            .subquery()
        )
        return int(self._uow.execute(select(func.count()).select_from(some)).scalar_one())

    def mark_read(self, account_id: str, notification_id: str, at: datetime) -> None:
        """Mark one (or all, without an id) of a person's as read."""
        statement = update(notification).where(
            notification.c.account_id == account_id, notification.c.read_at.is_(None)
        )
        if notification_id:
            statement = statement.where(notification.c.id == notification_id)
        self._uow.execute(statement.values(read_at=at))
