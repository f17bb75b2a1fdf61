"""Where the time of cases goes: a bounded sample of them, straight off indexes.

No index of its own: the newest cases of a process are read off ``ix_instance_process_status``, each
status by itself (ids rise with time, so a period is a range of ids), and their tasks, history and
jobs off the indexes by case. What a page costs depends on the sample, not on the years before.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, func, select, union_all

from engine.store.repository import Found, Repository
from engine.store.tables import definition, event, instance, user_task
from engine.store.tables.instances import STATUSES


def _first_id(at: datetime) -> str:
    """Return what the ids of a moment begin with; see `engine.store.ids`."""
    return f"{int(at.timestamp() * 1000):012x}"


class Heat(Repository):
    """Figures about a sample of cases."""

    def versions(self, process: str) -> Sequence[Found]:
        """Return id and number of the versions of a process, newest first."""
        return self._uow.execute(
            select(definition.c.id, definition.c.version)
            .where(definition.c.key == process)
            .order_by(definition.c.version.desc())
        ).all()

    def sample(
        self, process: str, *, since: datetime, until: datetime, definition_id: str, most: int
    ) -> list[str]:
        """Return the ids of the newest cases of a process that began in a period, newest first.

        Of one version, or of all where `definition_id` is empty; at most `most`.
        """
        period = instance.c.id.between(_first_id(since), _first_id(until))
        parts = [self._newest(process, one, period, definition_id, most) for one in STATUSES]
        whole = union_all(*(select(part.c.id) for part in parts)).subquery()
        newest = select(whole.c.id).order_by(whole.c.id.desc()).limit(most)
        return list(self._uow.execute(newest).scalars())

    @staticmethod
    def _newest(
        process: str, status: str, period: ColumnElement[bool], definition_id: str, most: int
    ) -> Subquery:
        found: Select[Any] = select(instance.c.id).where(
            instance.c.process == process, instance.c.status == status, period
        )
        if definition_id:
            found = found.where(instance.c.definition_id == definition_id)
        return found.order_by(instance.c.id.desc()).limit(most).subquery()

    def tasks(self, cases: Sequence[str], offices: Collection[str] | None) -> Sequence[Found]:
        """Return what is timed of the tasks of some cases; of these organisations only, or all."""
        found = select(
            user_task.c.element,
            user_task.c.created_at,
            user_task.c.ended_at,
            user_task.c.due_at,
            user_task.c.status,
            user_task.c.round,
        ).where(user_task.c.instance_id.in_(cases))
        if offices is not None:
            found = found.where(user_task.c.organisation.in_(sorted(offices)))
        return self._uow.execute(found).all()

    def passed(self, cases: Sequence[str]) -> Sequence[Found]:
        """Return how often each element was entered, by element."""
        counted = (
            select(event.c.element, func.count().label("times"))
            .where(event.c.instance_id.in_(cases), event.c.what.in_(["entered", "ended"]))
            .group_by(event.c.element)
        )
        return self._uow.execute(counted).all()

    def stays(self, cases: Sequence[str], elements: Collection[str]) -> Sequence[Found]:
        """Return when tokens came to some elements and when they left them."""
        if not elements:
            return []
        stayed = (
            select(
                event.c.element,
                func.min(event.c.at).label("came"),
                func.max(event.c.at).label("went"),
            )
            .where(
                event.c.instance_id.in_(cases),
                event.c.element.in_(sorted(elements)),
                event.c.what.in_(["entered", "left"]),
            )
            .group_by(event.c.instance_id, event.c.element, event.c.token)
            .having(func.count() == 2)
        )
        return self._uow.execute(stayed).all()
