"""What strips and lists need of many cases at once: one row per case and element, however long.

Every page of a task or a list asks all of them. They are put together once: doing it for each page
took longer than the database did to answer.
"""

from collections.abc import Sequence

from sqlalchemy import BindParameter, bindparam, case, func, select

from engine.store.repository import Found, Repository
from engine.store.tables import NEVER, account, instance, signature, user_task
from engine.store.tables.instances import GOING_ON

_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_is_open = user_task.c.status == "open"
_is_done = user_task.c.status == "completed"
_STOPS = (
    select(
        user_task.c.instance_id,
        user_task.c.element,
        func.max(user_task.c.step).label("arrived"),
        func.max(case((_is_done, user_task.c.step))).label("done"),
        func.max(case((_is_done, user_task.c.ended_at))).label("done_at"),
        func.max(user_task.c.round).label("rounds"),
        func.sum(case((_is_open, 1), else_=0)).label("open"),
        func.min(case((_is_open, user_task.c.due_at), else_=NEVER)).label("due"),
        func.max(case((_is_open, user_task.c.assignee))).label("assignee"),
    )
    .where(user_task.c.instance_id.in_(_IDS))
    .group_by(user_task.c.instance_id, user_task.c.element)
)
_last = (
    select(
        user_task.c.instance_id,
        user_task.c.element,
        func.max(user_task.c.step).label("step"),
    )
    .where(user_task.c.instance_id.in_(_IDS), user_task.c.status == "completed")
    .group_by(user_task.c.instance_id, user_task.c.element)
    .subquery()
)
_COMPLETERS = (
    select(_last, account.c.name)
    .join(
        user_task,
        (user_task.c.instance_id == _last.c.instance_id)
        & (user_task.c.element == _last.c.element)
        & (user_task.c.step == _last.c.step),
    )
    .join(account, account.c.id == user_task.c.completed_by)
    .where(user_task.c.status == "completed")
)
_goes_on = case((instance.c.status.in_(GOING_ON), 1), else_=0)
_CALLED = (
    select(instance.c.parent_id, instance.c.process, func.sum(_goes_on).label("open"))
    .where(instance.c.parent_id.in_(_IDS))
    .group_by(instance.c.parent_id, instance.c.process)
)
_SIGNED = select(signature.c.instance_id, signature.c.element).where(
    signature.c.instance_id.in_(_IDS), signature.c.voided_at.is_(None)
)
_CASES = select(
    instance.c.id,
    instance.c.definition_id,
    instance.c.process,
    instance.c.business_key,
    instance.c.status,
).where(instance.c.id.in_(_IDS))


class Strips(Repository):
    """Tasks of cases, summed up by element."""

    def stops(self, instance_ids: Sequence[str]) -> Sequence[Found]:
        """Return per case and element: last arrival and completion, rounds, open deadline."""
        return self._uow.execute(_STOPS, {"ids": instance_ids}).all()

    def completers(self, instance_ids: Sequence[str]) -> dict[tuple[str, str, int], str]:
        """Return who completed: names by case, element and step, the last of each element."""
        rows = self._uow.execute(_COMPLETERS, {"ids": instance_ids})
        return {(row.instance_id, row.element, row.step): row.name for row in rows}

    def called(self, instance_ids: Sequence[str]) -> Sequence[Found]:
        """Return per case and called process: how many cases it called, how many still go on."""
        return self._uow.execute(_CALLED, {"ids": instance_ids}).all()

    def signed(self, instance_ids: Sequence[str]) -> set[tuple[str, str]]:
        """Return case and element of the signatures that stand."""
        rows = self._uow.execute(_SIGNED, {"ids": instance_ids})
        return {(row.instance_id, row.element) for row in rows}

    def cases(self, instance_ids: Sequence[str]) -> Sequence[Found]:
        """Return what tells a case's version and state."""
        return self._uow.execute(_CASES, {"ids": instance_ids}).all()
