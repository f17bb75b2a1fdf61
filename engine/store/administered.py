"""Cases within the reach of an administrator of a region: those with work at its offices.

A case is hers if it has, or had, a task at one of them: `worked_at` asks that of a row that is
there, by the case's own tasks; `newest` lists such cases off the index of tasks by office, one page
of each office, so that a page costs the same among a million cases, however few of them are hers.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    true,
    union_all,
)

from engine.model.people import SUPERVISOR, Actor
from engine.store.scopes import OPEN
from engine.store.tables import instance, task_candidate, user_task

#: Offices of a region, or of several; None: all there are.
Reach = frozenset[str] | None


def work_at(offices: Collection[str]) -> ColumnElement[bool]:
    """Return the condition on `user_task` that it is, or was, work of one of these offices."""
    codes = sorted(offices)
    more = exists().where(
        task_candidate.c.task_id == user_task.c.id, task_candidate.c.organisation.in_(codes)
    )
    return or_(user_task.c.organisation.in_(codes), more)


def of_case(row: Any = instance.c) -> ColumnElement[bool]:
    """Return the condition that a task is of a case, or of one that called it."""
    return or_(
        user_task.c.instance_id == row.id,
        user_task.c.instance_id == row.root_id,
        user_task.c.instance_id == row.parent_id,
    )


def worked_at(offices: Collection[str]) -> ColumnElement[bool]:
    """Return the condition on `instance` that it, or one that called it, has work of an office."""
    return exists().where(of_case(), work_at(offices))


def work_of(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on `user_task` that it is, was or could be this person's work."""
    ways: list[ColumnElement[bool]] = [
        user_task.c.assignee == actor.account,
        user_task.c.completed_by == actor.account,
    ]
    for held in sorted(actor.memberships):
        office = user_task.c.organisation == held.organisation
        more = task_candidate.c.organisation == held.organisation
        if held.role != SUPERVISOR:
            office = office & (user_task.c.role == held.role)
            more = more & (task_candidate.c.role == held.role)
        ways += [office, exists().where(task_candidate.c.task_id == user_task.c.id, more)]
    return or_(*ways)


def newest(
    actor: Actor,
    offices: Collection[str],
    where: Sequence[ColumnElement[bool]],
    *,
    before: str = "",
    size: int,
    arrays: bool,
) -> Select[Any]:
    """Return the ids of the newest cases at these offices, or with work of hers elsewhere.

    `where` narrows cases, `before` is the last id of the page before; newest means by id, which
    rises with the time of the start. `arrays`:
    PostgreSQL reads each office beside an array of them, which is one short plan; SQLite, which has
    no LATERAL, plans as many selects in no time.
    """
    codes = sorted(offices)
    # Asked of each task's case by itself: joined, PostgreSQL might walk all cases beside the tasks.
    fits = select(and_(*where)).where(instance.c.id == user_task.c.instance_id).scalar_subquery()
    rows = select(user_task.c.instance_id.label("id")).where(fits)
    if before:
        rows = rows.where(user_task.c.instance_id < before)
    # An expression, which no index is in the order of: SQLite would look for few rows among all.
    few = rows.with_only_columns(user_task.c.instance_id.concat("").label("id"))
    pages = [_page(few.where(one), size) for one in _elsewhere(actor, codes)]
    if arrays and codes:
        given = bindparam(None, codes, type_=ARRAY(String), unique=True)
        each = func.unnest(given).table_valued("code").render_derived()
        page = _page(rows.where(user_task.c.organisation == each.c.code), size).lateral()
        pages.append(select(page.c.id).select_from(each.join(page, true())))
    else:
        pages += [_page(rows.where(user_task.c.organisation == code), size) for code in codes]
    whole = union_all(*(select(page.subquery()) for page in pages)).subquery()
    return select(whole.c.id).distinct().order_by(whole.c.id.desc()).limit(size)


def _page(rows: Select[Any], size: int) -> Select[Any]:
    return rows.distinct().order_by(rows.selected_columns[0].desc()).limit(size)


def _elsewhere(actor: Actor, codes: Sequence[str]) -> list[ColumnElement[bool]]:
    """Return what makes a task hers beside its first candidate's office being among these.

    Each is read off an index of its own: a task that was taken from her before she completed it is
    left out.
    """
    row = user_task.c
    more = select(task_candidate.c.task_id).where(task_candidate.c.organisation.in_(codes))
    found = [row.completed_by == actor.account, row.id.in_(more)]
    found.append((row.assignee == actor.account) & OPEN)
    for held in sorted(one for one in actor.memberships if one.organisation not in codes):
        office = row.organisation == held.organisation
        found.append(office if held.role == SUPERVISOR else office & (row.role == held.role))
    return found
