"""What strips and lists need of many cases at once: one row per case and element, however long."""

from collections.abc import Sequence

from sqlalchemy import case, func, select

from engine.store.repository import Found, Repository
from engine.store.tables import NEVER, account, instance, signature, user_task


class Strips(Repository):
    """Tasks of cases, summed up by element."""

    def stops(self, instance_ids: Sequence[str]) -> Sequence[Found]:
        """Return per case and element: last arrival and completion, rounds, open deadline."""
        is_open = user_task.c.status == "open"
        is_done = user_task.c.status == "completed"
        return self._uow.execute(
            select(
                user_task.c.instance_id,
                user_task.c.element,
                func.max(user_task.c.step).label("arrived"),
                func.max(case((is_done, user_task.c.step))).label("done"),
                func.max(case((is_done, user_task.c.ended_at))).label("done_at"),
                func.max(user_task.c.round).label("rounds"),
                func.sum(case((is_open, 1), else_=0)).label("open"),
                func.min(case((is_open, user_task.c.due_at), else_=NEVER)).label("due"),
                func.max(case((is_open, user_task.c.assignee))).label("assignee"),
            )
            .where(user_task.c.instance_id.in_(instance_ids))
            .group_by(user_task.c.instance_id, user_task.c.element)
        ).all()

    def completers(self, instance_ids: Sequence[str]) -> dict[tuple[str, str, int], str]:
        """Return who completed: names by case, element and step, the last of each element."""
        last = (
            select(
                user_task.c.instance_id,
                user_task.c.element,
                func.max(user_task.c.step).label("step"),
            )
            .where(user_task.c.instance_id.in_(instance_ids), user_task.c.status == "completed")
            .group_by(user_task.c.instance_id, user_task.c.element)
            .subquery()
        )
        rows = self._uow.execute(
            select(last, account.c.name)
            .join(
                user_task,
                (user_task.c.instance_id == last.c.instance_id)
                & (user_task.c.element == last.c.element)
                & (user_task.c.step == last.c.step),
            )
            .join(account, account.c.id == user_task.c.completed_by)
            .where(user_task.c.status == "completed")
        )
        return {(row.instance_id, row.element, row.step): row.name for row in rows}

    def called(self, instance_ids: Sequence[str]) -> Sequence[Found]:
        """Return per case and called process: how many cases it called, how many still go on."""
        goes_on = case((instance.c.status.in_(["active", "suspended"]), 1), else_=0)
        return self._uow.execute(
            select(
                instance.c.parent_id,
                instance.c.process,
                func.sum(goes_on).label("open"),
            )
            .where(instance.c.parent_id.in_(instance_ids))
            .group_by(instance.c.parent_id, instance.c.process)
        ).all()

    def signed(self, instance_ids: Sequence[str]) -> set[tuple[str, str]]:
        """Return case and element of the signatures that stand."""
        rows = self._uow.execute(
            select(signature.c.instance_id, signature.c.element).where(
                signature.c.instance_id.in_(instance_ids), signature.c.voided_at.is_(None)
            )
        )
        return {(row.instance_id, row.element) for row in rows}

    def cases(self, instance_ids: Sequence[str]) -> Sequence[Found]:
        """Return what tells a case's version and state."""
        return self._uow.execute(
            select(
                instance.c.id,
                instance.c.definition_id,
                instance.c.process,
                instance.c.business_key,
                instance.c.status,
            ).where(instance.c.id.in_(instance_ids))
        ).all()
