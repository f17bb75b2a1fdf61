"""Deadlines of open tasks and timers: reading them in bulk, and moving one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, select, union, update

from engine.store import values
from engine.store.repository import Found, Repository, chunks
from engine.store.tables import instance, job, no_deadline, user_task
from engine.store.types import UtcDateTime

_AFTER: BindParameter[str] = bindparam("after")
_FIRST = bindparam("first", type_=UtcDateTime)
_LAST = bindparam("last", type_=UtcDateTime)
_MOST: BindParameter[int] = bindparam("most")
_running = instance.c.status.in_(["active", "suspended"])
_timer = and_(job.c.kind == "timer", job.c.state == "ready", job.c.instance_id.is_not(None))


def _spans(table: Any) -> ColumnElement[bool]:
    """Tell whether a term runs over some days: given before the last, due from the first on."""
    return and_(
        table.c.created_at < _LAST,
        table.c.due_at >= _FIRST,
        ~table.c.due_by_hand,
    )


_open_task = and_(user_task.c.status == "open", _spans(user_task))
_open_timer = and_(_timer, _spans(job))


def _listed(table: Any, where: ColumnElement[bool], *more: Any) -> Select[Any]:
    return (
        select(
            table.c.id,
            table.c.instance_id,
            table.c.element,
            table.c.created_at,
            table.c.due_at,
            instance.c.definition_id,
            instance.c.business_key,
            instance.c.process,
            *more,
        )
        .join(instance, instance.c.id == table.c.instance_id)
        .where(where, _running, table.c.id > _AFTER)
        .order_by(table.c.id)
        .limit(_MOST)
    )


_TASKS = _listed(user_task, _open_task, user_task.c.local)
_TIMERS = _listed(job, _open_timer, job.c.token)
_CASES_OF = union(
    select(user_task.c.instance_id).where(_open_task, user_task.c.instance_id > _AFTER),
    select(job.c.instance_id).where(_open_timer, job.c.instance_id > _AFTER),
).subquery()
_CASES = (
    select(instance.c.id, instance.c.business_key, instance.c.definition_id)
    .join(_CASES_OF, _CASES_OF.c.instance_id == instance.c.id)
    .where(_running)
    .order_by(instance.c.id)
    .limit(_MOST)
)
_VARIABLES = select(instance.c.id, instance.c.variables).where(
    instance.c.id.in_(bindparam("ids", expanding=True))
)


class Terms(Repository):
    """When open tasks and timers are due."""

    def tasks(self, first: datetime, last: datetime, after: str, size: int) -> Sequence[Found]:
        """Return open tasks whose term runs over a time, by id: nothing that a person set."""
        given = {"first": first, "last": last, "after": after, "most": size}
        return self._uow.execute(_TASKS, given).all()

    def timers(self, first: datetime, last: datetime, after: str, size: int) -> Sequence[Found]:
        """Return waiting timers of cases likewise."""
        given = {"first": first, "last": last, "after": after, "most": size}
        return self._uow.execute(_TIMERS, given).all()

    def cases(self, first: datetime, last: datetime, after: str, size: int) -> Sequence[Found]:
        """Return the cases that have any of both, by id."""
        given = {"first": first, "last": last, "after": after, "most": size}
        return self._uow.execute(_CASES, given).all()

    def tasks_of(self, instance_ids: Sequence[str], first: datetime, last: datetime) -> Any:
        """Return the tasks of some cases likewise."""
        return self._of(_TASKS, user_task, instance_ids, first, last)

    def timers_of(self, instance_ids: Sequence[str], first: datetime, last: datetime) -> Any:
        """Return the timers of some cases likewise."""
        return self._of(_TIMERS, job, instance_ids, first, last)

    def _of(
        self,
        statement: Select[Any],
        table: Any,
        instance_ids: Sequence[str],
        first: datetime,
        last: datetime,
    ) -> Sequence[Found]:
        given = {"first": first, "last": last, "after": "", "most": 100_000}
        return self._uow.execute(
            statement.where(table.c.instance_id.in_(instance_ids)), given
        ).all()

    def variables(self, instance_ids: Sequence[str]) -> dict[str, dict[str, object]]:
        """Return the variables of some cases' top scopes."""
        rows = self._uow.execute(_VARIABLES, {"ids": list(instance_ids)})
        return {
            row.id: values.loads(
                self._uow.keys.unseal(bytes(row.variables), f"instance.variables:{row.id}")
            )
            for row in rows
        }

    def opened(self, task_id: str, local: bytes) -> dict[str, object]:
        """Return a task's local variables, given as they stand in its row."""
        found: dict[str, object] = values.loads(
            self._uow.keys.unseal(bytes(local), f"user_task.local:{task_id}")
        )
        return found

    def by_hand(self, instance_id: str) -> frozenset[str]:
        """Return the tokens of a case's open tasks and timers whose deadline a person set."""
        tasks = select(user_task.c.id).where(
            user_task.c.instance_id == instance_id,
            user_task.c.status == "open",
            user_task.c.due_by_hand,
        )
        timers = select(job.c.token).where(
            job.c.instance_id == instance_id, _timer, job.c.due_by_hand
        )
        return frozenset(self._uow.execute(tasks.union(timers)).scalars())

    def timer_of(self, instance_id: str, token: str) -> Found | None:
        """Return the job of a timer that waits or fires at this moment."""
        return self._uow.execute(
            select(job).where(
                job.c.instance_id == instance_id,
                job.c.token == token,
                job.c.kind == "timer",
                job.c.state.in_(["ready", "claimed", "dead", "suspended"]),
            )
        ).first()

    def set_task(
        self,
        task_id: str,
        due: datetime | None,
        at: datetime,
        *,
        by_hand: bool,
        local: dict[str, object] | None = None,
    ) -> bool:
        """Set an open task's deadline (None: none any more), and its local variables if given.

        The task's revision stays: whoever types in it meanwhile is not disturbed.
        """
        sealed: dict[str, Any] = {}
        if local is not None:
            sealed["local"] = self._uow.keys.seal(values.dumps(local), f"user_task.local:{task_id}")
        done = self._uow.execute(
            update(user_task)
            .where(user_task.c.id == task_id, user_task.c.status == "open")
            .values(due_at=due or no_deadline(at), due_by_hand=by_hand, **sealed)
        )
        return done.rowcount == 1

    def set_timer(self, job_id: str, due: datetime, *, by_hand: bool) -> bool:
        """Set when a waiting timer's job is due; False if it is being done or is done."""
        payload = self._uow.keys.seal(values.dumps({"due": due}), f"job.payload:{job_id}")
        done = self._uow.execute(
            update(job)
            .where(job.c.id == job_id, job.c.state.in_(["ready", "suspended"]))
            .values(due_at=due, payload=payload, due_by_hand=by_hand)
        )
        return done.rowcount == 1

    def set_reminder(self, task_id: str, due: datetime) -> bool:
        """Set when the reminder of a task is due, if it is still to come."""
        done = self._uow.execute(
            update(job)
            .where(job.c.token == task_id, job.c.kind == "reminder", job.c.state == "ready")
            .values(due_at=due)
        )
        return done.rowcount == 1

    def reminder(self, task_id: str) -> datetime | None:
        """Return when the reminder of a task is due; None: there is none any more."""
        found: datetime | None = self._uow.execute(
            select(job.c.due_at).where(
                job.c.token == task_id, job.c.kind == "reminder", job.c.state == "ready"
            )
        ).scalar()
        return found

    def is_by_hand(self, task_id: str) -> bool:
        """Tell whether a person set this task's deadline."""
        found = select(user_task.c.due_by_hand).where(user_task.c.id == task_id)
        return bool(self._uow.execute(found).scalar())

    def standing(self, task_ids: Sequence[str]) -> dict[str, Found]:
        """Return state, assignee and deadline of some tasks by id."""
        columns = (user_task.c.id, user_task.c.status, user_task.c.assignee, user_task.c.due_at)
        found: dict[str, Found] = {}
        for some in chunks(task_ids):
            rows = self._uow.execute(select(*columns).where(user_task.c.id.in_(some)))
            found.update({row.id: row for row in rows})
        return found
