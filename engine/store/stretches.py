"""The statements that read some of a way: the next cases of a page, and as many for a count."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    and_,
    exists,
    func,
    literal,
    select,
    true,
    tuple_,
    union_all,
)

from engine.store import seeking
from engine.store.beginnings import Way
from engine.store.tables import user_task
from engine.store.types import UtcDateTime
from engine.store.wanted import Wanted

_task = user_task.alias("earlier")
#: Where a page ended: the case's id; by deadline the open task's moment and id.
Mark = tuple[datetime | None, str]


def _cte(rows: Select[Any], name: str) -> CTE:
    # Else PostgreSQL would mix it with what is looked at afterwards, and walk another index.
    return rows.cte(name).prefix_with("MATERIALIZED")


def size(asked: Wanted, way: Way, most: int) -> Any:
    """Return how many rows a way has, at most so many; a case may be among them twice."""
    whole = _all_of(asked, way)
    some = select(whole.c.id).limit(most).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _all_of(asked: Wanted, way: Way) -> Any:
    rows = [
        branch.where(*seeking.born(asked, column))
        for branch, column in zip(way.branches, way.ids, strict=True)
    ]
    return (rows[0] if len(rows) == 1 else union_all(*rows)).subquery()


def heap(asked: Wanted, way: Way, length: int) -> CTE:
    """Return ids that a way names, in no order; some more than once: a million are not sorted."""
    whole = _all_of(asked, way)
    return _cte(select(whole.c.id).limit(length), "walk")


def walk(asked: Wanted, way: Way, after: Mark | None, length: int) -> CTE:
    """Return the next ids that a way names, each once, the newest first."""
    pages = []
    for branch, column in zip(way.branches, way.ids, strict=True):
        rows = branch.where(*seeking.born(asked, column))
        if after is not None:
            rows = rows.where(column < after[1])
        pages.append(rows.distinct().order_by(column.desc()).limit(length))
    if len(pages) == 1:
        return _cte(pages[0], "walk")
    whole = union_all(*(select(page.subquery()) for page in pages)).subquery()
    rows = select(whole.c.id).distinct().order_by(whole.c.id.desc()).limit(length)
    return _cte(rows, "walk")


def earlier(asked: Wanted, walk: CTE) -> ColumnElement[bool]:
    """Return that a case has a task that fits and is more urgent than the one walked."""
    place = tuple_(_task.c.due_at, _task.c.id)
    return exists().where(
        _task.c.instance_id == walk.c.id,
        *seeking.work(asked, _task.c),
        place < tuple_(walk.c.due_at, walk.c.task_id),
    )


def tasks(asked: Wanted, way: Way, after: Mark | None, length: int) -> CTE:
    """Return the next open tasks that fit, the most urgent first."""
    task = user_task.c
    base = select(task.due_at, task.id.label("task_id"), task.instance_id.label("id"))
    base = base.where(*seeking.work(asked))
    if after is not None:
        mark = tuple_(literal(after[0], UtcDateTime), literal(after[1]))
        base = base.where(tuple_(task.due_at, task.id) > mark)
    pages = [
        base.where(one).order_by(task.due_at, task.id).limit(length) for one in _of(asked, way)
    ]
    if len(pages) == 1:
        return _cte(pages[0], "walk")
    whole = union_all(*(select(page.subquery()) for page in pages)).subquery()
    return _cte(select(whole).order_by(whole.c.due_at, whole.c.task_id).limit(length), "walk")


def _of(asked: Wanted, way: Way) -> list[ColumnElement[bool]]:
    """Return the conditions by which tasks are read in the order of their deadline."""
    task = user_task.c
    if way.tasks:
        return list(way.tasks)
    if not way.ordered:
        few = union_all(*way.branches).subquery()
        return [task.instance_id.in_(select(few.c.id))]
    return [and_(true())]
