"""What a rehearsal asks of its own, small database: everything that is open, everything reached."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from engine.store.repository import Repository
from engine.store.tables import definition, event, instance, job, user_task


class Rehearsed(Repository):
    """Whole tables at a time: a rehearsal holds few cases. In use only `completed` is asked."""

    def open_tasks(self) -> Sequence[Row[Any]]:
        """Return all open tasks, oldest first."""
        found = user_task.c
        return self._uow.execute(
            select(
                found.id,
                found.instance_id,
                found.process,
                found.business_key,
                found.element,
                found.assignee,
                found.role,
                found.organisation,
                found.due_at,
            )
            .where(found.status == "open")
            .order_by(found.created_at, found.id)
        ).all()

    def reached(self) -> Sequence[Row[Any]]:
        """Return process, business key and element of everything entered, each once, in order."""
        order = func.min(event.c.id)
        return self._uow.execute(
            select(instance.c.process, instance.c.business_key, event.c.element, order)
            .select_from(event.join(instance, instance.c.id == event.c.instance_id))
            .where(event.c.what == "entered")
            .group_by(instance.c.process, instance.c.business_key, event.c.element)
            .order_by(order)
        ).all()

    def cases(self) -> Sequence[Row[Any]]:
        """Return all cases, oldest first: id, process, key, status, end, parent."""
        found = instance.c
        return self._uow.execute(
            select(
                found.id,
                found.process,
                found.business_key,
                found.status,
                found.end_element,
                found.parent_id,
                found.started_at,
            ).order_by(found.started_at, found.id)
        ).all()

    def waiting(self, limit: int = 50) -> Sequence[Row[Any]]:
        """Return jobs that are not due yet, or cannot be done: the next first."""
        found = job.c
        return self._uow.execute(
            select(
                found.id,
                found.kind,
                found.due_at,
                found.element,
                found.topic,
                found.attempts,
                instance.c.business_key,
                func.coalesce(instance.c.process, definition.c.key).label("process"),
            )
            .select_from(
                job.outerjoin(instance, instance.c.id == found.instance_id).outerjoin(
                    definition, definition.c.id == found.definition_id
                )
            )
            .where(found.state == "ready")
            .order_by(found.due_at, found.id)
            .limit(limit)
        ).all()

    def completed(self, instance_ids: Sequence[str]) -> Sequence[str]:
        """Return the ids of the completed tasks of some cases, in the order of completion."""
        found = user_task.c
        return (
            self._uow.execute(
                select(found.id)
                .where(found.instance_id.in_(instance_ids), found.status == "completed")
                .order_by(found.ended_at, found.id)
            )
            .scalars()
            .all()
        )

    def next_timer(self, now: datetime) -> datetime | None:
        """Return when the next thing after a moment is due that moves a case."""
        found: datetime | None = self._uow.execute(
            select(func.min(job.c.due_at)).where(
                job.c.state == "ready",
                job.c.due_at > now,
                job.c.kind != "reminder",
                job.c.instance_id.is_not(None),
            )
        ).scalar()
        return found
