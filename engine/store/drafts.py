"""Drafts live in the task's row: completing clears them in the same statement that closes it."""

from datetime import datetime

from sqlalchemy import bindparam, update

from engine.store import values
from engine.store.repository import Repository
from engine.store.tables import user_task

_SAVE = (
    update(user_task)
    .where(
        user_task.c.id == bindparam("key"),
        user_task.c.status == "open",
        user_task.c.assignee == bindparam("who"),
        user_task.c.revision == bindparam("expected"),
    )
    .values(
        draft=bindparam("sealed"),
        draft_at=bindparam("at"),
        revision=user_task.c.revision + 1,
    )
)


class Drafts(Repository):
    """What was typed and not sent."""

    def save(
        self,
        task_id: str,
        account_id: str,
        typed: object | None,
        *,
        expected: int,
        at: datetime,
    ) -> bool:
        """Write (None: throw away); False unless the task is open, that account's, unchanged."""
        sealed = None
        if typed is not None:
            sealed = self._uow.keys.seal(values.dumps(typed), f"user_task.draft:{task_id}")
        done = self._uow.execute(
            _SAVE,
            {
                "key": task_id,
                "who": account_id,
                "expected": expected,
                "sealed": sealed,
                "at": None if typed is None else at,
            },
        )
        return done.rowcount == 1
