"""Statements of task lists: the page and the count that a question leads to, for each shape once.

A list is the union of scopes; each is read off an index in the order of the list, a page long.

PostgreSQL is handed a person's roles as two arrays and reads a page of each beside them (LATERAL):
one short plan, whoever asks. Sixty selects in a union took it 8 ms to plan for a page and 16 for
the counts; now it is 4 for either. SQLite has no LATERAL and plans the union in no time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    Subquery,
    TableValuedAlias,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
    tuple_,
    union,
    union_all,
)
from sqlalchemy.sql.elements import Grouping

from engine.store.asked import ESCAPE, Shape
from engine.store.tables import task_candidate, user_task
from engine.store.types import UtcDateTime

#: Written out, not a parameter: the indexes are of open tasks alone. With a parameter SQLite looks
#: at every row that an index names (3 ms for a thousand instead of 0.1), and PostgreSQL may not use
#: the index at all once it plans a statement for whatever its parameters will be.
OPEN = user_task.c.status == literal_column("'open'")


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Some of the tasks that a list is made of."""

    #: Their ids, with the column ``place`` that the list is sorted by.
    rows: Select[Any]
    #: Rows of `Shape.pairs` that they are asked for one by one; None: they are asked for once.
    beside: TableValuedAlias | None = None


def _narrowed(shape: Shape) -> Iterator[ColumnElement[bool]]:
    row, given = user_task.c, shape.narrowed
    if "process" in given:
        yield row.process == shape.said("process")
    if "element" in given:
        yield row.element == shape.said("element")
    if "free" in given:
        # SQLite does not look a "not" up in an index: people's own tasks would be half of all that
        # there are. PostgreSQL reads "is null", of which it knows how many there are; of anything
        # computed it believes there are few, and sorted an office's tasks for it (150 ms).
        yield not_(Grouping(row.assignee.is_not(None)))
    if "due_from" in given:
        yield row.due_at >= shape.said("due_from")
    if "due_before" in given:
        yield row.due_at < shape.said("due_before")
    if "words" in given:
        number = row.business_key.like(shape.said("words"), escape=ESCAPE)
        yield or_(number, row.business_key.in_(shape.said("keys", several=True)))
    if "since" in given:
        yield row.created_at > shape.said("since")


def _scopes(shape: Shape) -> list[Scope]:
    """Return the person's scopes; no task is in two of them."""
    base = select(user_task.c.id, shape.order()[0].label("place")).where(*_narrowed(shape))
    if shape.done:
        done = base.where(user_task.c.completed_by == shape.said("account"), *_at(shape))
        return [Scope(rows=done)]
    base = base.where(OPEN)
    found = list(_offices(shape, base)) if shape.office else []
    if shape.mine:
        own = base.where(user_task.c.assignee == shape.said("account"), *_at(shape))
        others = [*_not_first(shape), *_not_further(shape)] if shape.office else []
        found.append(Scope(rows=own.where(*others)))
    return found or [Scope(rows=base.where(false()))]


def _at(shape: Shape) -> list[ColumnElement[bool]]:
    """Return what narrows a person's own tasks to an organisation; an office's scope is one."""
    if "organisation" not in shape.narrowed:
        return []
    code = shape.said("organisation")
    more = select(task_candidate.c.task_id).where(task_candidate.c.organisation == code)
    return [or_(user_task.c.organisation == code, user_task.c.id.in_(more))]


def _offices(shape: Shape, base: Select[Any]) -> Iterator[Scope]:
    """Yield the scopes of first candidates, one for each role, then that of further ones."""
    office, role = user_task.c.organisation, user_task.c.role
    for k in range(shape.headed):
        yield Scope(rows=base.where(office == shape.said(f"headed{k}")))
    if shape.arrays and shape.held:
        hers = shape.pairs()
        rows = base.where(office == hers.c.office, role == hers.c.role)
        yield Scope(rows=rows, beside=hers)
    else:
        for k in range(shape.held):
            rows = base.where(office == shape.said(f"office{k}"), role == shape.said(f"role{k}"))
            yield Scope(rows=rows)
    further = _further(shape)
    if further is not None:
        yield Scope(rows=base.where(user_task.c.id.in_(further), *_not_first(shape)))


def _further(shape: Shape) -> CompoundSelect[Any] | None:
    """Return the ids of tasks of which she is a further candidate; None: she has no roles.

    A list of ids, not a join: SQLite would go through all open tasks and look for candidates.
    """
    more = task_candidate.c
    ways = list(_hers(shape))
    if shape.held:
        # For the index, which finds no text made of two columns.
        offices = shape.among(more.organisation, "offices")
        ways[-1] = and_(offices, shape.among(more.role, "roles"), ways[-1])
    return union(*(select(more.task_id).where(way) for way in ways)) if ways else None


def _hers(shape: Shape) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions on `task_candidate`, any of which makes a task hers."""
    more = task_candidate.c
    if shape.headed:
        yield shape.among(more.organisation, "every_headed")
    if shape.held:
        yield shape.among(_written(more), "every_held")


def _written(row: Any) -> ColumnElement[str]:
    """Return ``role@organisation``: PostgreSQL looks one text up in a hash, pairs one by one."""
    found: ColumnElement[str] = row.role + "@" + row.organisation
    return found


def _not_first(shape: Shape) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions that a task's first candidate is none of her roles."""
    row = user_task.c
    if shape.headed:
        yield not_(shape.among(row.organisation, "every_headed"))
    if shape.held:
        yield not_(shape.among(_written(row), "every_held"))


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


def _page(shape: Shape, scope: Scope, column: Any, *, down: bool) -> Select[Any]:
    """Return the page of one scope, or of each of the roles that it is asked for."""
    rows = scope.rows
    if shape.further:
        mark = tuple_(shape.said("after_at", UtcDateTime), shape.said("after_id"))
        place = tuple_(column, user_task.c.id)
        rows = rows.where(place < mark if down else place > mark)
    ordered = rows.order_by(*_sorted(column, user_task.c.id, down=down))
    page = ordered.limit(shape.said("size", Integer))
    if scope.beside is None:
        return select(page.subquery())
    each = page.lateral()
    return select(*each.c).select_from(scope.beside.join(each, true()))


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
        whole = _whole([scope.rows.with_only_columns(user_task.c.id) for scope in _scopes(shape)])
        some = select(whole.c.id).limit(bindparam("cap", type_=Integer)).subquery()
        columns.append(select(func.count()).select_from(some).scalar_subquery())
    return select(*columns)
