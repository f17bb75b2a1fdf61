"""What is looked for, as conditions on a case."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import reduce
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    exists,
    false,
    literal_column,
    not_,
    or_,
    true,
)

from engine.store import due
from engine.store import wanted as w
from engine.store.administered import worked_at
from engine.store.scopes import OPEN
from engine.store.tables import (
    case_variable,
    incident,
    instance,
    job,
    subscription,
    user_task,
)
from engine.store.wanted import Wanted

_UNRESOLVED = incident.c.resolved_at.is_(None)
_LIVE = job.c.state.in_([literal_column(f"'{one}'") for one in due.OPEN])
#: That no other case called it, as the partial indexes say it. SQLite would look "is null" up in
#: the index of callers and sort a million cases; it cannot look this up, and takes the partial one.
_TOP = {
    "sqlite": instance.c.root_id == instance.c.id,
    "postgresql": instance.c.parent_id.is_(None),
}
#: After every character that a case number has.
_AFTER = "\U0010ffff"


def prefixed(dialect: str, prefix: str) -> ColumnElement[bool]:
    """Return that a case number begins so, in the order of the index on both databases."""
    column = instance.c.business_key
    if dialect == "postgresql":
        # The operators of text_pattern_ops: bytes are compared, whatever the language.
        return and_(column.op("~>=~")(prefix), column.op("~<~")(prefix + _AFTER))
    return and_(column >= prefix, column < prefix + _AFTER)


def spans(
    column: Any, since: datetime | None, until: datetime | None
) -> Iterator[ColumnElement[bool]]:
    """Yield that a moment is not before the one, and before the other."""
    if since is not None:
        yield column >= since
    if until is not None:
        yield column < until


def id_at(moment: datetime) -> str:
    """Return what ids of that moment begin with (`engine.store.ids.new_id`)."""
    return f"{max(int(moment.timestamp() * 1000), 0):012x}"


def born(asked: Wanted, column: Any = instance.c.id) -> Iterator[ColumnElement[bool]]:
    """Yield bounds on a case's id that follow from its times: nobody ends before the start."""
    since, until = asked.started
    _, over = asked.ended
    if since is not None:
        yield column >= id_at(since)
    lasts = [one for one in (until, over) if one is not None]
    if lasts:
        yield column < id_at(min(lasts) + timedelta(milliseconds=1))


def work(asked: Wanted, task: Any = user_task.c) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions on the one open task that is asked for."""
    yield task.status == literal_column("'open'")
    if asked.elements:
        yield task.element.in_(asked.elements)
    if asked.offices is not None:
        yield task.organisation.in_(sorted(asked.offices))
    if asked.people:
        yield task.assignee.in_(asked.people)
    yield from spans(task.due_at, *asked.due)


def failed(asked: Wanted) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions on the open incident that is asked for."""
    yield _UNRESOLVED
    yield incident.c.instance_id.is_not(None)
    if asked.message:
        yield incident.c.message.icontains(asked.message, autoescape=True)


def conditions(dialect: str, asked: Wanted) -> Iterator[ColumnElement[bool]]:
    """Yield everything that a case must fulfil, but for being topmost and within reach."""
    row = instance.c
    if asked.numbers:
        yield or_(*(prefixed(dialect, one) for one in asked.numbers))
    if asked.keys:
        yield row.business_key.in_(asked.keys)
    if asked.person is not None:
        yield row.business_key.in_(sorted(asked.person))
    for column, values in (
        (row.process, asked.processes),
        (row.definition_id, asked.versions),
        (row.status, asked.statuses),
    ):
        if values:
            yield column.in_(values)
    yield from _times(asked)
    yield from _beside(asked)


def _times(asked: Wanted) -> Iterator[ColumnElement[bool]]:
    yield from spans(instance.c.started_at, *asked.started)
    yield from spans(instance.c.ended_at, *asked.ended)
    yield from born(asked)


def _beside(asked: Wanted) -> Iterator[ColumnElement[bool]]:
    """Yield what other tables must have of a case."""
    if asked.work:
        yield exists().where(user_task.c.instance_id == instance.c.id, *work(asked))
    elif asked.elements:
        yield or_(*(exists().where(of == instance.c.id, at) for of, at in places(asked.elements)))
    if asked.incident or asked.message:
        yield exists().where(incident.c.instance_id == instance.c.id, *failed(asked))
    if asked.variables != w.All():
        yield holds(asked.variables)


def places(elements: Sequence[str]) -> list[tuple[ColumnElement[str], ColumnElement[bool]]]:
    """Return where a case stands: an open task, a job, a wait."""
    return [
        (user_task.c.instance_id, and_(OPEN, user_task.c.element.in_(elements))),
        (job.c.instance_id, and_(_LIVE, job.c.element.in_(elements))),
        (subscription.c.instance_id, subscription.c.element.in_(elements)),
    ]


def within(
    dialect: str, asked: Wanted, offices: frozenset[str] | None
) -> Iterator[ColumnElement[bool]]:
    """Yield that a case is topmost, if only those are listed, and within reach."""
    yield from topmost(dialect, asked)
    if offices is not None:
        yield worked_at(offices)


def topmost(dialect: str, asked: Wanted) -> Iterator[ColumnElement[bool]]:
    """Yield that no other case called it, unless those are asked for, too."""
    if not asked.called:
        yield _TOP[dialect]


# Variables


def holds(condition: w.Condition) -> ColumnElement[bool]:
    """Return a condition on variables as one on a case."""
    match condition:
        case w.All(parts=parts):
            return reduce(and_, map(holds, parts)) if parts else true()
        case w.Any(parts=parts):
            return reduce(or_, map(holds, parts)) if parts else false()
        case w.Of(versions=versions):
            return instance.c.definition_id.in_(versions) if versions else false()
        case w.There(name=name, there=there):
            found = exists().where(
                case_variable.c.instance_id == instance.c.id,
                case_variable.c.name == name,
                case_variable.c.kind != "none",
            )
            return found if there else not_(found)
    fits = compared(condition)
    if condition.operator != "=":
        # Not as an index could say it: of each case that would be looked for by all such values.
        fits = and_(case_variable.c.name == condition.name, case((fits, true()), else_=false()))
    found = exists().where(case_variable.c.instance_id == instance.c.id, fits)
    return not_(found) if condition.never else found


def compared(one: w.Compare) -> ColumnElement[bool]:
    """Return a comparison as a condition on a row of `case_variable`."""
    column: Any = case_variable.c[one.column]
    value = {
        "=": column == one.value,
        "!=": column != one.value,
        "<": column < one.value,
        "<=": column <= one.value,
        ">": column > one.value,
        ">=": column >= one.value,
    }[one.operator]
    return and_(case_variable.c.name == one.name, case_variable.c.kind == one.kind, value)
