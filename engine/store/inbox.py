"""Lists of tasks: boxes, filters, keyset pages, capped counts.

A person's work is the union of a few *scopes* (role at organisation, a supervisor's organisation,
her own tasks). Each scope is read off an index in the order of the list, one page long, so that a
page costs the same with a million open tasks and however deep one goes. Counting stops at a cap for
the same reason.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
    union,
)

from engine.model.people import SUPERVISOR, Actor
from engine.store.repository import Found, Repository
from engine.store.tables import account, instance, task_candidate, user_task
from engine.store.types import UtcDateTime

_SHOWN = select(
    *[column for column in user_task.c if column.name not in {"local", "draft", "sent"}],
    account.c.name.label("assignee_name"),
    instance.c.definition_id,
).select_from(
    user_task.join(instance, instance.c.id == user_task.c.instance_id).outerjoin(
        account, account.c.id == user_task.c.assignee
    )
)


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What a list is narrowed to."""

    #: Whose work: my own, my office's, what I completed.
    mine: bool = False
    #: Open work of my roles.
    office: bool = False
    #: Completed by me.
    done: bool = False
    #: Process key.
    process: str = ""
    #: Element id.
    element: str = ""
    #: Organisation that has the work; empty: all.
    organisation: str = ""
    #: Only unclaimed.
    free: bool = False
    #: Deadline not before this moment.
    due_from: datetime | None = None
    #: Deadline before this moment.
    due_before: datetime | None = None
    #: Part of a case number.
    words: str = ""
    #: Case numbers that were found otherwise.
    keys: Sequence[str] = field(default_factory=tuple)
    #: Sorted by arrival, newest first, instead of by deadline.
    newest: bool = False


def _order(what: Filter) -> tuple[Any, bool]:
    """Return the column a list is sorted by, and whether downwards."""
    if what.done:
        return user_task.c.ended_at, True
    return (user_task.c.created_at, True) if what.newest else (user_task.c.due_at, False)


def _narrowed(what: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if what.process:
        found.append(user_task.c.process == what.process)
    if what.element:
        found.append(user_task.c.element == what.element)
    if what.free:
        found.append(user_task.c.assignee.is_(None))
    if what.due_from is not None:
        found.append(user_task.c.due_at >= what.due_from)
    if what.due_before is not None:
        found.append(user_task.c.due_at < what.due_before)
    if what.words:
        number = user_task.c.business_key.contains(what.words, autoescape=True)
        found.append(or_(number, user_task.c.business_key.in_(what.keys)))
    return found


def _scopes(actor: Actor, what: Filter) -> list[Select[Any]]:
    """Return one select of ids for each of the person's scopes."""
    column = _order(what)[0]
    base = select(user_task.c.id, column.label("place"))
    if what.done:
        return [base.where(user_task.c.completed_by == actor.account, *_at(what))]
    base = base.where(user_task.c.status == "open")
    found = [base.where(user_task.c.assignee == actor.account, *_at(what))] if what.mine else []
    if what.office:
        for offices, more in _offices(actor, what.organisation):
            found.append(base.where(offices))
            found.append(base.join(task_candidate).where(more))
    return found or [base.where(false())]


def _at(what: Filter) -> list[ColumnElement[bool]]:
    """Return what narrows a person's own tasks to an organisation; an office's scope is one."""
    if not what.organisation:
        return []
    more = select(task_candidate.c.task_id).where(
        task_candidate.c.organisation == what.organisation
    )
    return [or_(user_task.c.organisation == what.organisation, user_task.c.id.in_(more))]


def _offices(actor: Actor, only: str) -> Iterable[tuple[ColumnElement[bool], ColumnElement[bool]]]:
    headed = {code for code in actor.organisations(SUPERVISOR) if only in {"", code}}
    for code in sorted(headed):
        yield user_task.c.organisation == code, task_candidate.c.organisation == code
    for held in sorted(actor.memberships):
        if held.organisation not in headed and only in {"", held.organisation}:
            yield (
                and_(user_task.c.organisation == held.organisation, user_task.c.role == held.role),
                and_(
                    task_candidate.c.organisation == held.organisation,
                    task_candidate.c.role == held.role,
                ),
            )


def _ids(actor: Actor, what: Filter, after: tuple[datetime, str] | None, size: int) -> Select[Any]:
    """Return the ids of one page: each scope's own page, merged."""
    column, down = _order(what)
    parts = []
    for scope in _scopes(actor, what):
        part = scope.where(*_narrowed(what))
        if after is not None:
            mark = tuple_(literal(after[0], UtcDateTime), literal(after[1]))
            place = tuple_(column, user_task.c.id)
            part = part.where(place < mark if down else place > mark)
        part = part.order_by(*_sorted(column, user_task.c.id, down=down)).limit(size)
        parts.append(select(part.subquery()))
    merged = (parts[0] if len(parts) == 1 else union(*parts)).subquery()
    ordered = _sorted(merged.c.place, merged.c.id, down=down)
    return select(merged.c.id).order_by(*ordered).limit(size)


def _sorted(place: Any, row_id: Any, *, down: bool) -> tuple[Any, Any]:
    return (place.desc(), row_id.desc()) if down else (place, row_id)


class Inbox(Repository):
    """Lists of tasks."""

    def page(
        self, actor: Actor, what: Filter, *, after: tuple[datetime, str] | None, size: int
    ) -> list[Found]:
        """Return rows in order, one more than `size` if there are more."""
        ids = self._uow.execute(_ids(actor, what, after, size + 1)).scalars().all()
        rows = {row.id: row for row in self._uow.execute(_SHOWN.where(user_task.c.id.in_(ids)))}
        return [rows[one] for one in ids if one in rows]

    def counts(self, actor: Actor, lists: Sequence[Filter], cap: int) -> list[int]:
        """Return how long lists are, at most `cap` each, by one statement."""
        columns = []
        for what in lists:
            parts = [
                select(
                    scope.where(*_narrowed(what))
                    .with_only_columns(user_task.c.id)
                    .limit(cap)
                    .subquery()
                )
                for scope in _scopes(actor, what)
            ]
            merged = parts[0] if len(parts) == 1 else union(*parts)
            some = select(merged.subquery().c.id).limit(cap).subquery()
            columns.append(select(func.count()).select_from(some).scalar_subquery())
        return [int(found) for found in self._uow.execute(select(*columns)).one()]

    def arrived(self, actor: Actor, since: datetime, cap: int) -> int:
        """Return how many open tasks came to the person's roles after a moment, at most `cap`."""
        parts = [
            select(
                scope.where(user_task.c.created_at > since)
                .with_only_columns(user_task.c.id)
                .limit(cap)
                .subquery()
            )
            for scope in _scopes(actor, Filter(mine=True, office=True))
        ]
        merged = (parts[0] if len(parts) == 1 else union(*parts)).subquery()
        return int(self._uow.execute(select(func.count()).select_from(merged)).scalar_one())

    def candidates(self, task_ids: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
        """Return further candidates, role and organisation, of those tasks that have any."""
        rows = self._uow.execute(
            select(task_candidate).where(task_candidate.c.task_id.in_(task_ids))
        )
        found: dict[str, list[tuple[str, str]]] = {}
        for row in rows:
            found.setdefault(row.task_id, []).append((row.role, row.organisation))
        return found

    def of_instance(self, instance_id: str) -> Sequence[Found]:
        """Return the open tasks of a case, by deadline."""
        return self._uow.execute(
            _SHOWN.where(
                user_task.c.instance_id == instance_id, user_task.c.status == "open"
            ).order_by(user_task.c.due_at, user_task.c.id)
        ).all()

    def open_of(self, instance_ids: Sequence[str]) -> dict[str, list[Found]]:
        """Return the open tasks of several cases."""
        rows = self._uow.execute(
            select(user_task.c.instance_id, user_task.c.element, user_task.c.due_at)
            .where(user_task.c.instance_id.in_(instance_ids), user_task.c.status == "open")
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
                user_task.c.status == "open",
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
                user_task.c.status == "open",
                or_(user_task.c.organisation == code, user_task.c.id.in_(more)),
            )
            .group_by(user_task.c.assignee)
        ).all()
