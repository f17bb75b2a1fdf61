"""Deadlines of open tasks and timers: reading them in bulk, and moving one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, select, update

from engine.store import values
from engine.store.due import OPEN
from engine.store.repository import Found, Repository, chunks
from engine.store.tables import instance, job, no_deadline, user_task
from engine.store.types import UtcDateTime

_AFTER: BindParameter[str] = bindparam("after")
_FIRST = bindparam("first", type_=UtcDateTime)
_LAST = bindparam("last", type_=UtcDateTime)
_MOST: BindParameter[int] = bindparam("most")
_timer = and_(job.c.kind == "timer", job.c.state == "ready", job.c.instance_id.is_not(None))


def _spans(table: Any) -> ColumnElement[bool]:
    """Tell whether a term runs over some days: given before the last, due from the first on."""
    return and_(
        table.c.created_at < _LAST,
        table.c.due_at >= _FIRST,
        ~table.c.due_by_hand,
    )


# Of one table each: joined with the cases, a database would begin with these, and sort all of them
# again for every part. Whatever is open here belongs to a case that goes on.
_open_task = and_(user_task.c.status == "open", _spans(user_task))
_open_timer = and_(_timer, _spans(job))
_SHOWN = ("id", "instance_id", "element", "created_at", "due_at")


def _listed(table: Any, where: ColumnElement[bool], more: str) -> Select[Any]:
    return select(*[table.c[name] for name in (*_SHOWN, more)]).where(where)


def _next(table: Any, listed: Select[Any]) -> Select[Any]:
    return listed.where(table.c.id > _AFTER).order_by(table.c.id).limit(_MOST)


def _of(table: Any, listed: Select[Any]) -> Select[Any]:
    return listed.where(table.c.instance_id.in_(bindparam("ids", expanding=True)))


def _cases(table: Any, where: ColumnElement[bool]) -> Select[Any]:
    """Return the statement for the next cases with such a row: read off an index, in its order."""
    return (
        select(table.c.instance_id)
        .distinct()
        .where(where, table.c.instance_id > _AFTER)
        .order_by(table.c.instance_id)
        .limit(_MOST)
    )


_ALL_TASKS = _listed(user_task, _open_task, "local")
_ALL_TIMERS = _listed(job, _open_timer, "token")
_TASKS, _TIMERS = _next(user_task, _ALL_TASKS), _next(job, _ALL_TIMERS)
_TASKS_OF, _TIMERS_OF = _of(user_task, _ALL_TASKS), _of(job, _ALL_TIMERS)
_CASES = (_cases(user_task, _open_task), _cases(job, _open_timer))
_HEADS = select(
    instance.c.id, instance.c.business_key, instance.c.definition_id, instance.c.process
).where(instance.c.id.in_(bindparam("ids", expanding=True)))
_VARIABLES = select(instance.c.id, instance.c.variables).where(
    instance.c.id.in_(bindparam("ids", expanding=True))
)


@dataclass(frozen=True, kw_only=True, slots=True)
class TermRow:
    """A term that runs: an open task's, or a timer's that waits."""

    #: Id of the task, or of the timer's job.
    id: str
    #: Token, hexadecimal: a task's is its id.
    token: str
    #: Case id, its number, version and process.
    instance_id: str
    business_key: str
    definition_id: str
    process: str
    #: Element id.
    element: str
    #: When it was given, and until when (UTC).
    created_at: datetime
    due_at: datetime
    #: A task's local variables as they stand in its row; None: it has none.
    local: bytes | None


class Terms(Repository):
    """When open tasks and timers are due."""

    def tasks(self, first: datetime, last: datetime, after: str, size: int) -> list[TermRow]:
        """Return open tasks whose term runs over a time, by id: nothing that a person set."""
        given = {"first": first, "last": last, "after": after, "most": size}
        return self._whole(self._uow.execute(_TASKS, given).all())

    def timers(self, first: datetime, last: datetime, after: str, size: int) -> list[TermRow]:
        """Return waiting timers of cases likewise."""
        given = {"first": first, "last": last, "after": after, "most": size}
        return self._whole(self._uow.execute(_TIMERS, given).all())

    def _whole(self, rows: Sequence[Found]) -> list[TermRow]:
        heads = self._heads(sorted({row.instance_id for row in rows}))
        return [
            TermRow(
                id=row.id,
                token=getattr(row, "token", row.id),
                instance_id=row.instance_id,
                business_key=heads[row.instance_id].business_key,
                definition_id=heads[row.instance_id].definition_id,
                process=heads[row.instance_id].process,
                element=row.element,
                created_at=row.created_at,
                due_at=row.due_at,
                local=getattr(row, "local", None),
            )
            for row in rows
        ]

    def _heads(self, ids: Sequence[str]) -> dict[str, Found]:
        return {
            row.id: row for some in chunks(ids) for row in self._uow.execute(_HEADS, {"ids": some})
        }

    def cases(
        self, first: datetime, last: datetime, after: str, size: int
    ) -> list[tuple[str, str]]:
        """Return the next cases that have any of both, by id: ids and numbers."""
        given = {"first": first, "last": last, "after": after, "most": size}
        found = {
            one for statement in _CASES for one in self._uow.execute(statement, given).scalars()
        }
        ids = sorted(found)[:size]
        heads = self._heads(ids)
        return [(one, heads[one].business_key) for one in ids]

    def tasks_of(
        self, instance_ids: Sequence[str], first: datetime, last: datetime
    ) -> list[TermRow]:
        """Return the tasks of some cases likewise."""
        return self._of(_TASKS_OF, instance_ids, first, last)

    def timers_of(
        self, instance_ids: Sequence[str], first: datetime, last: datetime
    ) -> list[TermRow]:
        """Return the timers of some cases likewise."""
        return self._of(_TIMERS_OF, instance_ids, first, last)

    def _of(
        self, statement: Select[Any], ids: Sequence[str], first: datetime, last: datetime
    ) -> list[TermRow]:
        given = {"first": first, "last": last}
        return self._whole(
            [
                row
                for some in chunks(ids)
                for row in self._uow.execute(statement, {**given, "ids": some})
            ]
        )

    def variables(self, instance_ids: Sequence[str]) -> dict[str, dict[str, object]]:
        """Return the variables of some cases' top scopes."""
        rows = (
            row
            for some in chunks(instance_ids)
            for row in self._uow.execute(_VARIABLES, {"ids": some})
        )
        unseal = self._uow.keys.unseal
        return {
            row.id: values.loads(unseal(bytes(row.variables), f"instance.variables:{row.id}"))
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
                job.c.state.in_(OPEN),
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
