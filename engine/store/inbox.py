"""Lists of tasks: boxes, filters, keyset pages, capped counts.

A person's work is the union of a few *scopes* (role at organisation, a supervisor's organisation,
her own tasks). Each scope is read off an index in the order of the list, one page long, so that a
page costs the same with a million open tasks and however deep one goes. Counting stops at a cap for
the same reason.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    bindparam,
    func,
    or_,
    select,
)

from engine.model.people import Actor
from engine.store.asked import Filter, Question
from engine.store.repository import Found, Repository
from engine.store.scopes import OPEN, lengths, page_ids
from engine.store.tables import account, instance, task_candidate, user_task

_SHOWN = select(
    *[column for column in user_task.c if column.name not in {"local", "draft", "sent"}],
    account.c.name.label("assignee_name"),
    instance.c.definition_id,
).select_from(
    user_task.join(instance, instance.c.id == user_task.c.instance_id).outerjoin(
        account, account.c.id == user_task.c.assignee
    )
)
_THESE = _SHOWN.where(user_task.c.id.in_(bindparam("ids", expanding=True)))
_CANDIDATES = select(task_candidate).where(
    task_candidate.c.task_id.in_(bindparam("ids", expanding=True))
)


class Inbox(Repository):
    """Lists of tasks."""

    def _asked(self, actor: Actor, what: Filter, prefix: str = "") -> Question:
        return Question(actor, what, prefix=prefix, arrays=self._uow.dialect == "postgresql")

    def page(
        self, actor: Actor, what: Filter, *, after: tuple[datetime, str] | None, size: int
    ) -> list[Found]:
        """Return rows in order, one more than `size` if there are more."""
        asked = self._asked(actor, what)
        shape, values = asked.shape, dict[str, Any](size=size + 1)
        if after is not None:
            shape = replace(shape, further=True)
            values |= {"after_at": after[0], "after_id": after[1]}
        ids = self._uow.execute(page_ids(shape), asked.values(**values)).scalars().all()
        rows = {row.id: row for row in self._uow.execute(_THESE, {"ids": ids})}
        return [rows[one] for one in ids if one in rows]

    def counts(self, actor: Actor, lists: Sequence[Filter], cap: int) -> list[int]:
        """Return how long lists are, at most `cap` each, by one statement."""
        asked = [self._asked(actor, what, f"list{k}_") for k, what in enumerate(lists)]
        values: dict[str, Any] = {"cap": cap}
        for one in asked:
            values |= one.values()
        statement = lengths(tuple(one.shape for one in asked))
        return [int(found) for found in self._uow.execute(statement, values).one()]

    def arrived(self, actor: Actor, since: datetime, cap: int) -> int:
        """Return how many open tasks came to the person's roles after a moment, at most `cap`."""
        asked = self._asked(actor, Filter(mine=True, office=True, newest=True))
        shape = replace(asked.shape, narrowed=frozenset({"since"}))
        values = asked.values(since=since) | {"cap": cap}
        return int(self._uow.execute(lengths((shape,)), values).scalar_one())

    def candidates(self, task_ids: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
        """Return further candidates, role and organisation, of those tasks that have any."""
        rows = self._uow.execute(_CANDIDATES, {"ids": list(task_ids)})
        found: dict[str, list[tuple[str, str]]] = {}
        for row in rows:
            found.setdefault(row.task_id, []).append((row.role, row.organisation))
        return found

    def of_instance(self, instance_id: str) -> Sequence[Found]:
        """Return the open tasks of a case, by deadline."""
        return self._uow.execute(
            _SHOWN.where(user_task.c.instance_id == instance_id, OPEN).order_by(
                user_task.c.due_at, user_task.c.id
            )
        ).all()

    def open_of(self, instance_ids: Sequence[str]) -> dict[str, list[Found]]:
        """Return the open tasks of several cases."""
        rows = self._uow.execute(
            select(user_task.c.instance_id, user_task.c.element, user_task.c.due_at)
            .where(user_task.c.instance_id.in_(instance_ids), OPEN)
            .order_by(user_task.c.due_at, user_task.c.id)
        )
        found: dict[str, list[Found]] = {}
        for row in rows:
            found.setdefault(row.instance_id, []).append(row)
        return found

    def of_organisation(self, code: str, size: int) -> Sequence[Found]:
        """Return an organisation's open tasks, by deadline."""
        more = select(task_candidate.c.task_id).where(task_candidate.c.organisation == code)
        return self._uow.execute(
            _SHOWN.where(
                OPEN,
                or_(user_task.c.organisation == code, user_task.c.id.in_(more)),
            )
            .order_by(user_task.c.due_at, user_task.c.id)
            .limit(size)
        ).all()

    def load_of(self, code: str, now: datetime, tonight: datetime) -> Sequence[Found]:
        """Return an organisation's open work summed up by assignee."""
        due = user_task.c.due_at
        more = select(task_candidate.c.task_id).where(task_candidate.c.organisation == code)
        return self._uow.execute(
            select(
                user_task.c.assignee,
                func.count().label("open"),
                func.count().filter(due < now).label("overdue"),
                func.count().filter(due >= now, due < tonight).label("today"),
                func.min(due).label("next_due"),
            )
            .where(
                OPEN,
                or_(user_task.c.organisation == code, user_task.c.id.in_(more)),
            )
            .group_by(user_task.c.assignee)
        ).all()
