"""What the page of one case reads: always a page of something, whatever the case's past.

Nothing here costs more for a case with a hundred thousand rows of history. What happened at which
element is read off ``ix_event_case_element`` by hopping from value to value (a loose index scan, as
a recursive query: neither database does it by itself for DISTINCT), and counted up to `MANY`.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    Integer,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    select,
)

from engine.store.repository import Found, Repository, chunks
from engine.store.scopes import OPEN
from engine.store.tables import (
    account,
    audit,
    comment,
    document,
    event,
    incident,
    instance,
    job,
    signature,
    subscription,
    user_task,
)

#: Counts stop here: "999+".
MANY = 1000
_CASE: BindParameter[str] = bindparam("case")
_WHATS = ("entered", "left", "ended", "cancelled")
#: No event, no number of a round is as high.
_LAST = 2**31 - 1


def _hops(table: Any, name: str) -> Any:
    """Return the elements that a case has rows of, each once, by hopping along an index."""
    later = table.alias()
    element = table.c.element
    first = select(func.min(element).label("element")).where(table.c.instance_id == _CASE)
    hop = first.cte(name, recursive=True)
    following = (
        select(func.min(later.c.element))
        .where(later.c.instance_id == _CASE, later.c.element > hop.c.element)
        .scalar_subquery()
    )
    return hop.union_all(select(following).where(hop.c.element.is_not(None)))


_passed = _hops(event, "passed")
#: At which elements something happened, once each.
ELEMENTS = (
    select(_passed.c.element)
    .where(
        _passed.c.element.is_not(None),
        exists().where(
            event.c.instance_id == _CASE,
            event.c.element == _passed.c.element,
            event.c.what == bindparam("what"),
        ),
    )
    .order_by(_passed.c.element)
)


def _times(what: str) -> Any:
    some = (
        select(literal_column("1"))
        .where(
            event.c.instance_id == _CASE,
            event.c.element == _passed.c.element,
            event.c.what == what,
        )
        .correlate(_passed)
        .limit(MANY)
        .subquery()
    )
    return select(func.count()).select_from(some).scalar_subquery().label(what)


_VISITS = select(_passed.c.element, *(_times(what) for what in _WHATS)).where(
    _passed.c.element > ""
)
_worked = _hops(user_task, "worked")
_tops = (
    select(
        _worked.c.element,
        select(func.max(user_task.c.round))
        .where(user_task.c.instance_id == _CASE, user_task.c.element == _worked.c.element)
        .scalar_subquery()
        .label("top"),
    )
    .where(_worked.c.element.is_not(None))
    .cte("tops")
    # Inlined, it would be asked again for each task that is compared with it: 15 ms instead of 1.
    .prefix_with("MATERIALIZED", dialect="postgresql")
)
_TASK = (
    user_task.c.id,
    user_task.c.element,
    user_task.c.status,
    user_task.c.role,
    user_task.c.organisation,
    user_task.c.assignee,
    user_task.c.completed_by,
    user_task.c.due_at,
    user_task.c.created_at,
    user_task.c.claimed_at,
    user_task.c.ended_at,
    user_task.c.round,
    account.c.name.label("who"),
)
_tasks = user_task.outerjoin(
    account, account.c.id == func.coalesce(user_task.c.completed_by, user_task.c.assignee)
)
_SIZE = bindparam("size", type_=Integer)
#: Rounds count up at each element: the newest of a case are among the newest of each of them.
_CLOSED = (
    select(*_TASK)
    .select_from(
        _tops.join(
            _tasks,
            and_(
                user_task.c.instance_id == _CASE,
                user_task.c.element == _tops.c.element,
                user_task.c.round > _tops.c.top - _SIZE,
            ),
        )
    )
    .where(user_task.c.status != "open")
    .order_by(user_task.c.created_at.desc(), user_task.c.id)
    .limit(_SIZE)
)
_TASKS_AT = (
    select(*_TASK)
    .select_from(_tasks)
    .where(
        user_task.c.instance_id == _CASE,
        user_task.c.element == bindparam("element"),
        user_task.c.round < bindparam("before"),
    )
    .order_by(user_task.c.round.desc(), user_task.c.id)
    .limit(_SIZE)
)
_JOB = [one for one in job.c if one.name != "payload"]
_NARROW = (event.c.id, event.c.at, event.c.what, event.c.element, event.c.token, event.c.detail)
_WINDOW = (
    select(*_NARROW).where(event.c.instance_id == _CASE).order_by(event.c.id.desc()).limit(_SIZE)
)
_FORWARD = (
    select(*_NARROW, event.c.actor_kind, event.c.actor_name)
    .where(event.c.instance_id == _CASE, event.c.id > bindparam("after"))
    .order_by(event.c.id)
    .limit(_SIZE)
)
_AT = (
    select(event)
    .where(
        event.c.instance_id == _CASE,
        event.c.element == bindparam("element"),
        event.c.what == bindparam("what"),
        event.c.id < bindparam("before"),
    )
    .order_by(event.c.id.desc())
    .limit(_SIZE)
)
_STATE = select(
    instance.c.id,
    instance.c.definition_id,
    instance.c.process,
    instance.c.business_key,
    instance.c.status,
    instance.c.started_at,
    instance.c.ended_at,
    instance.c.parent_id,
    exists()
    .where(incident.c.instance_id == instance.c.id, incident.c.resolved_at.is_(None))
    .label("stopped"),
)


def _some(table: Any, *where: Any) -> Any:
    few: Select[Any] = (
        select(literal_column("1")).select_from(table).where(*where).limit(bindparam("many"))
    )
    return select(func.count()).select_from(few.subquery()).scalar_subquery()


_COUNTS = select(
    _some(user_task, user_task.c.instance_id == _CASE).label("tasks"),
    _some(job, job.c.instance_id == _CASE).label("jobs"),
    _some(subscription, subscription.c.instance_id == _CASE).label("waits"),
    _some(document, document.c.instance_id == _CASE, document.c.draft_task.is_(None)).label(
        "documents"
    ),
    _some(signature, signature.c.instance_id == _CASE).label("signatures"),
    _some(comment, comment.c.instance_id == _CASE).label("comments"),
    _some(event, event.c.instance_id == _CASE).label("history"),
    _some(instance, instance.c.parent_id == _CASE).label("children"),
)


class Inspecting(Repository):
    """One case, from all sides."""

    def visits(self, instance_id: str) -> Sequence[Found]:
        """Return how often each element was entered, left, ended, cancelled; up to `MANY`."""
        return self._uow.execute(_VISITS, {"case": instance_id}).all()

    def counts(self, instance_id: str, many: int) -> Found:
        """Return how many tasks, jobs, … a case has, each up to `many`."""
        return self._uow.execute(_COUNTS, {"case": instance_id, "many": many}).one()

    def window(self, instance_id: str, size: int) -> Sequence[Found]:
        """Return the newest of history, newest first, without who and why."""
        return self._uow.execute(_WINDOW, {"case": instance_id, "size": size}).all()

    def forward(self, instance_id: str, after: int, size: int) -> Sequence[Found]:
        """Return history after a number, oldest first, without why."""
        given = {"case": instance_id, "after": after, "size": size}
        return self._uow.execute(_FORWARD, given).all()

    def happened(
        self, instance_id: str, element: str, what: str, *, before: int = 0, size: int = 20
    ) -> Sequence[Found]:
        """Return what happened at an element, newest first, below a number."""
        given = {"case": instance_id, "element": element, "what": what}
        return self._uow.execute(_AT, {**given, "before": before or 2**62, "size": size}).all()

    def closed_tasks(self, instance_id: str, size: int) -> Sequence[Found]:
        """Return the newest tasks that are not open any more."""
        return self._uow.execute(_CLOSED, {"case": instance_id, "size": size}).all()

    def tasks_at(
        self, instance_id: str, element: str, *, before: int = 0, size: int = 20
    ) -> Sequence[Found]:
        """Return the tasks of an element, newest round first, below a round."""
        given = {"case": instance_id, "element": element, "before": before or _LAST, "size": size}
        return self._uow.execute(_TASKS_AT, given).all()

    def open_tasks(self, tokens: Collection[str]) -> Sequence[Found]:
        """Return the open ones of tasks; a task's id is its token."""
        asked = select(*_TASK).select_from(_tasks).where(user_task.c.id.in_(sorted(tokens)), OPEN)
        return self._uow.execute(asked.order_by(user_task.c.due_at, user_task.c.id)).all()

    def jobs(self, instance_id: str, *, before: str = "", size: int = 100) -> Sequence[Found]:
        """Return a case's jobs without what they carry, newest first, below an id."""
        asked = select(*_JOB).where(job.c.instance_id == instance_id)
        if before:
            asked = asked.where(job.c.id < before)
        return self._uow.execute(asked.order_by(job.c.id.desc()).limit(size)).all()

    def jobs_of(self, tokens: Collection[str]) -> Sequence[Found]:
        """Return the jobs of some tokens that are not over, earliest first."""
        found: list[Found] = []
        for some in chunks(sorted(tokens)):
            asked = select(*_JOB).where(
                job.c.token.in_(some), job.c.state.not_in(["done", "cancelled"])
            )
            found += self._uow.execute(asked.order_by(job.c.due_at, job.c.id))
        return found

    def waits(self, instance_id: str, size: int = 200) -> Sequence[Found]:
        """Return the messages and signals that a case waits for."""
        asked = select(subscription).where(subscription.c.instance_id == instance_id)
        return self._uow.execute(asked.order_by(subscription.c.id).limit(size)).all()

    def states(self, ids: Collection[str]) -> dict[str, Found]:
        """Return what tells cases and their state apart, by id."""
        rows = self._uow.execute(_STATE.where(instance.c.id.in_(sorted(ids))))
        return {row.id: row for row in rows}

    def called(self, instance_id: str, *, after: str = "", size: int = 100) -> Sequence[Found]:
        """Return the cases that one called, oldest first, after an id."""
        asked: Select[Any] = _STATE.where(
            instance.c.parent_id == instance_id, instance.c.id > after
        ).order_by(instance.c.id)
        return self._uow.execute(asked.limit(size)).all()

    def links(
        self, subjects: Sequence[str], others: Collection[str], *, before: int = 0, size: int = 100
    ) -> Sequence[Found]:
        """Return audit rows about any of these subjects, newest first, below a number.

        Of `subjects`, which may have any number, the newest are read one by one: together they
        would be sorted as a whole. `others` have few each.
        """
        asked = select(audit).order_by(audit.c.number.desc()).limit(size)
        if before:
            asked = asked.where(audit.c.number < before)
        statements = [asked.where(audit.c.subject == one) for one in subjects]
        statements += [asked.where(audit.c.subject.in_(some)) for some in chunks(sorted(others))]
        rows = {row.number: row for one in statements for row in self._uow.execute(one)}
        return [rows[number] for number in sorted(rows, reverse=True)[:size]]
