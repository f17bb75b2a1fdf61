"""Statements of task lists: what a question's shape is, and the page and the count it leads to.

Put together once for each *shape*: how many roles, which filters, which order. The values asked for
are their parameters. Somebody with sixty roles waited longer for a statement to be written than for
the database to answer it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    Subquery,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    union,
    union_all,
)

from engine.model.people import SUPERVISOR, Actor
from engine.store.tables import task_candidate, user_task
from engine.store.types import UtcDateTime

#: Written out, not a parameter: the indexes are of open tasks alone. With a parameter SQLite looks
#: at every row that an index names (3 ms for a thousand instead of 0.1), and PostgreSQL may not use
#: the index at all once it plans a statement for whatever its parameters will be.
OPEN = user_task.c.status == literal_column("'open'")
_ESCAPE = "/"


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


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What a statement's text depends on; everything else is a parameter."""

    #: As in `Filter`.
    mine: bool
    office: bool
    done: bool
    newest: bool
    #: The filters that are set, by name.
    narrowed: frozenset[str]
    #: How many organisations the person heads, and how many roles she holds at others.
    headed: int
    held: int
    #: Whether the page begins after a place.
    further: bool = False
    #: What its parameters' names begin with, where several stand in one statement.
    prefix: str = ""

    def said(self, name: str, kind: Any = None, *, several: bool = False) -> BindParameter[Any]:
        """Return a parameter."""
        return bindparam(self.prefix + name, type_=kind, expanding=several)

    def order(self) -> tuple[Any, bool]:
        """Return the column a list is sorted by, and whether downwards."""
        if self.done:
            return user_task.c.ended_at, True
        return (user_task.c.created_at, True) if self.newest else (user_task.c.due_at, False)


class Question:
    """A person's list: its shape, and the values of its parameters."""

    def __init__(self, actor: Actor, what: Filter, *, prefix: str = "") -> None:
        """Take her roles and what the list is narrowed to."""
        only = what.organisation
        headed = sorted(code for code in actor.organisations(SUPERVISOR) if only in {"", code})
        held = sorted(
            (one.organisation, one.role)
            for one in actor.memberships
            if one.organisation not in headed and only in {"", one.organisation}
        )
        narrowed = {
            "process": what.process,
            "element": what.element,
            "organisation": only,
            "due_from": what.due_from,
            "due_before": what.due_before,
            "words": _pattern(what.words),
        }
        given = {name: value for name, value in narrowed.items() if value}
        self.shape = Shape(
            mine=what.mine,
            office=what.office,
            done=what.done,
            newest=what.newest,
            narrowed=frozenset(given) | ({"free"} if what.free else set()),
            headed=len(headed),
            held=len(held),
            prefix=prefix,
        )
        self._values: dict[str, Any] = {"account": actor.account, **given}
        if what.words:
            self._values["keys"] = list(what.keys)
        if what.office:
            self._values |= {f"headed{k}": code for k, code in enumerate(headed)}
            for k, (office, role) in enumerate(held):
                self._values |= {f"office{k}": office, f"role{k}": role}
            self._values["every_headed"] = headed
            self._values["every_held"] = [f"{role}@{office}" for office, role in held]
            self._values["offices"] = sorted({office for office, _ in held})
            self._values["roles"] = sorted({role for _, role in held})

    def values(self, **more: Any) -> dict[str, Any]:
        """Return the parameters under the names they have in its statement."""
        return {self.shape.prefix + name: value for name, value in (self._values | more).items()}


def _pattern(words: str) -> str:
    """Return what a case number is compared with: the words anywhere in it."""
    for one in (_ESCAPE, "%", "_"):
        words = words.replace(one, _ESCAPE + one)
    return f"%{words}%" if words else ""


def _narrowed(shape: Shape) -> Iterator[ColumnElement[bool]]:
    row, given = user_task.c, shape.narrowed
    if "process" in given:
        yield row.process == shape.said("process")
    if "element" in given:
        yield row.element == shape.said("element")
    if "free" in given:
        # Not "is null": the index of people's own tasks finds that, with half of all there are.
        yield func.coalesce(row.assignee, "") == ""
    if "due_from" in given:
        yield row.due_at >= shape.said("due_from")
    if "due_before" in given:
        yield row.due_at < shape.said("due_before")
    if "words" in given:
        number = row.business_key.like(shape.said("words"), escape=_ESCAPE)
        yield or_(number, row.business_key.in_(shape.said("keys", several=True)))
    if "since" in given:
        yield row.created_at > shape.said("since")


def _scopes(shape: Shape) -> list[Select[Any]]:
    """Return selects of ids, for each of the person's scopes; no task is in two of them."""
    base = select(user_task.c.id, shape.order()[0].label("place")).where(*_narrowed(shape))
    if shape.done:
        return [base.where(user_task.c.completed_by == shape.said("account"), *_at(shape))]
    base = base.where(OPEN)
    found = list(_offices(shape, base)) if shape.office else []
    if shape.mine:
        own = base.where(user_task.c.assignee == shape.said("account"), *_at(shape))
        others = [*_not_first(shape), *_not_further(shape)] if shape.office else []
        found.append(own.where(*others))
    return found or [base.where(false())]


def _at(shape: Shape) -> list[ColumnElement[bool]]:
    """Return what narrows a person's own tasks to an organisation; an office's scope is one."""
    if "organisation" not in shape.narrowed:
        return []
    code = shape.said("organisation")
    more = select(task_candidate.c.task_id).where(task_candidate.c.organisation == code)
    return [or_(user_task.c.organisation == code, user_task.c.id.in_(more))]


def _offices(shape: Shape, base: Select[Any]) -> Iterator[Select[Any]]:
    """Yield the scopes of first candidates, one for each role, then that of further ones."""
    office, role = user_task.c.organisation, user_task.c.role
    for k in range(shape.headed):
        yield base.where(office == shape.said(f"headed{k}"))
    for k in range(shape.held):
        yield base.where(office == shape.said(f"office{k}"), role == shape.said(f"role{k}"))
    further = _further(shape)
    if further is not None:
        yield base.where(user_task.c.id.in_(further), *_not_first(shape))


def _further(shape: Shape) -> CompoundSelect[Any] | None:
    """Return the ids of tasks of which she is a further candidate; None: she has no roles.

    A list of ids, not a join: SQLite would go through all open tasks and look for candidates.
    """
    more = task_candidate.c
    ways = list(_hers(shape))
    if shape.held:
        # For the index, which finds no text made of two columns.
        offices = more.organisation.in_(shape.said("offices", several=True))
        ways[-1] = and_(offices, more.role.in_(shape.said("roles", several=True)), ways[-1])
    return union(*(select(more.task_id).where(way) for way in ways)) if ways else None


def _hers(shape: Shape) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions on `task_candidate`, any of which makes a task hers."""
    more = task_candidate.c
    if shape.headed:
        yield more.organisation.in_(shape.said("every_headed", several=True))
    if shape.held:
        yield _written(more).in_(shape.said("every_held", several=True))


def _written(row: Any) -> ColumnElement[str]:
    """Return ``role@organisation``: PostgreSQL looks one text up in a hash, pairs one by one."""
    found: ColumnElement[str] = row.role + "@" + row.organisation
    return found


def _not_first(shape: Shape) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions that a task's first candidate is none of her roles."""
    row = user_task.c
    if shape.headed:
        yield row.organisation.not_in(shape.said("every_headed", several=True))
    if shape.held:
        yield _written(row).not_in(shape.said("every_held", several=True))


def _not_further(shape: Shape) -> Iterator[ColumnElement[bool]]:
    """Yield the condition that no further candidate is one of her roles; she has few such tasks."""
    ways = list(_hers(shape))
    if ways:
        hers = exists().where(task_candidate.c.task_id == user_task.c.id, or_(*ways))
        yield or_(user_task.c.more_candidates.is_(False), ~hers)


@lru_cache(maxsize=512)
def page_ids(shape: Shape) -> Select[Any]:
    """Return the ids of one page: each scope's own page, merged."""
    column, down = shape.order()
    size = shape.said("size", Integer)
    merged = _whole([_page(shape, scope, column, down=down) for scope in _scopes(shape)])
    ordered = _sorted(merged.c.place, merged.c.id, down=down)
    return select(merged.c.id).order_by(*ordered).limit(size)


def _page(shape: Shape, scope: Select[Any], column: Any, *, down: bool) -> Select[Any]:
    """Return the page of one scope."""
    if shape.further:
        mark = tuple_(shape.said("after_at", UtcDateTime), shape.said("after_id"))
        place = tuple_(column, user_task.c.id)
        scope = scope.where(place < mark if down else place > mark)
    ordered = scope.order_by(*_sorted(column, user_task.c.id, down=down))
    return select(ordered.limit(shape.said("size", Integer)).subquery())


def _whole(scopes: Sequence[Select[Any]]) -> Subquery:
    return (scopes[0] if len(scopes) == 1 else union_all(*scopes)).subquery()


def _sorted(place: Any, row_id: Any, *, down: bool) -> tuple[Any, Any]:
    return (place.desc(), row_id.desc()) if down else (place, row_id)


@lru_cache(maxsize=512)
def lengths(shapes: tuple[Shape, ...]) -> Select[Any]:
    """Return how long lists are, each up to the parameter ``cap``: a column for each.

    Nothing is sorted, and no task counted twice: the first scopes that fill the cap are enough.
    """
    columns = []
    for shape in shapes:
        whole = _whole([scope.with_only_columns(user_task.c.id) for scope in _scopes(shape)])
        some = select(whole.c.id).limit(bindparam("cap", type_=Integer)).subquery()
        columns.append(select(func.count()).select_from(some).scalar_subquery())
    return select(*columns)
