"""Ways to begin a search: indexes that name cases.

A list is read off the way that names the fewest cases, from the newest down, a stretch at a time;
of each case that it names everything else is then looked at (`engine.store.seeking`). Ids rise with
time, and every index here ends with the case's id: so a stretch costs its length, whatever the
table holds. A way that is a range (a deadline, a number greater than another) costs what the range
holds; it is taken only if that is little.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, false, literal_column, select, true

from engine.store import wanted as w
from engine.store.seeking import compared, failed, places, prefixed, spans, topmost, work
from engine.store.tables import case_variable, incident, instance, task_candidate, user_task
from engine.store.tables.instances import STATUSES
from engine.store.wanted import Wanted

#: More are not read one by one; SQLite has at most five hundred selects in one.
_FEW_OFFICES = 100
#: Fields that are asked of one open task, all of the same.
_WORK = frozenset({"elements", "offices", "people", "due"})


@dataclass(frozen=True, kw_only=True)
class Way:
    """Where a list may begin: rows that name cases, each branch read off an index."""

    #: Selects of case ids.
    branches: tuple[Select[Any], ...]
    #: The column of the case's id in each.
    ids: tuple[ColumnElement[str], ...]
    #: Whether each branch is read in the order of ids; otherwise all of it is read and sorted.
    ordered: bool = True
    #: Fields of `Wanted` that need not be looked at again, ``top`` for being topmost.
    covers: frozenset[str] = frozenset()
    #: Whether no case is named twice.
    once: bool = False
    #: The branches as conditions on an open task that fits; none: it does not name cases by those.
    tasks: tuple[ColumnElement[bool], ...] = ()


def _way(
    rows: Sequence[tuple[ColumnElement[str], Any]],
    *,
    ordered: bool = True,
    covers: Iterable[str] = (),
    once: bool = False,
    tasks: Iterable[ColumnElement[bool]] = (),
) -> Way:
    """Return a way of branches, each its id column and its condition."""
    return Way(
        branches=tuple(select(column.label("id")).where(where) for column, where in rows),
        ids=tuple(column for column, _ in rows),
        ordered=ordered,
        covers=frozenset(covers),
        once=once,
        tasks=tuple(tasks),
    )


def all_cases(dialect: str, asked: Wanted) -> Way:
    """Return the way that names every case, or every topmost one."""
    return _way(
        [(instance.c.id, and_(true(), *topmost(dialect, asked)))], covers={"top"}, once=True
    )


def ways(dialect: str, asked: Wanted, offices: frozenset[str] | None = None) -> Iterator[Way]:
    """Yield the ways that lead to what is asked for; none: it is read off all cases."""
    yield from _by_name(dialect, asked)
    yield from _by_kind(dialect, asked)
    if asked.ended != (None, None):
        over = and_(*spans(instance.c.ended_at, *asked.ended), *topmost(dialect, asked))
        yield _way(
            [(instance.c.id, over)],
            ordered=False,
            covers={"ended", "top"},
            once=True,
        )
    if offices is not None and not asked.called:
        yield from _by_reach(offices)
    yield from _by_work(asked)
    if asked.incident or asked.message:
        bad = [(incident.c.instance_id, and_(*failed(asked)))]
        yield _way(bad, ordered=not asked.message, covers={"incident", "message"})
    if asked.elements and not asked.work:
        rows = [row for one in asked.elements for row in places((one,))]
        yield _way(rows, covers={"elements"})
    yield from _variable_ways(asked.variables, _covered(asked.variables))


def _by_name(dialect: str, asked: Wanted) -> Iterator[Way]:
    for some in (asked.keys, sorted(asked.person) if asked.person is not None else None):
        if some or some == []:
            yield _way([(instance.c.id, instance.c.business_key.in_(some))], ordered=False)
    if asked.numbers:
        top = list(topmost(dialect, asked))
        rows = [(instance.c.id, and_(prefixed(dialect, one), *top)) for one in asked.numbers]
        # Of several beginnings one may begin as another does.
        yield _way(rows, ordered=False, covers={"numbers", "top"}, once=len(rows) == 1)


def _by_kind(dialect: str, asked: Wanted) -> Iterator[Way]:
    """Yield the ways by version, by process, by status: each value a branch of its own.

    A process alone is read as all its statuses, off the index of both.
    """
    top = list(topmost(dialect, asked))
    row, statuses = instance.c, asked.statuses
    for column, values in ((row.definition_id, asked.versions), (row.process, asked.processes)):
        if values:
            pairs = [(one, status) for one in values for status in statuses or STATUSES]
            rows = [(row.id, and_(column == one, row.status == s, *top)) for one, s in pairs]
            both = bool(asked.versions and asked.processes)
            covers = {"top", "statuses", "versions", *(() if both else ("processes",))}
            yield _way(rows, covers=covers, once=True)
            return
    if statuses:
        rows = [(row.id, and_(row.status == one, *top)) for one in statuses]
        yield _way(rows, covers={"top", "statuses"}, once=True)


def _by_reach(offices: frozenset[str]) -> Iterator[Way]:
    """Yield the way to topmost cases with work at some offices; those of many are a great part."""
    task, codes = user_task.c, sorted(offices)
    if len(codes) > _FEW_OFFICES:
        return
    more = select(task_candidate.c.task_id).where(task_candidate.c.organisation.in_(codes))
    # An expression, which no index is in the order of: SQLite would look for few among all.
    elsewhere = task.instance_id.op("||", return_type=String())(literal_column("''"))
    rows: list[tuple[ColumnElement[str], Any]] = [(elsewhere, task.id.in_(more))]
    rows += [(task.instance_id, task.organisation == code) for code in codes]
    yield _way(rows)


def _by_work(asked: Wanted) -> Iterator[Way]:
    """Yield the way by the open task: at its office, at its step, by who has it, until when."""
    if not asked.work:
        return
    task, all_of = user_task.c, and_(*work(asked))
    if asked.offices == frozenset():
        yield _way([(task.instance_id, false())])
        return
    for column, values, ordered in (
        (task.organisation, sorted(asked.offices or ()), True),
        (task.element, asked.elements, True),
        (task.assignee, asked.people, False),
    ):
        if len(values) > _FEW_OFFICES:
            break
        if values:
            tasks = [column == one for one in values]
            rows = [(task.instance_id, and_(all_of, one)) for one in tasks]
            yield _way(rows, ordered=ordered, covers=_WORK, tasks=tasks)
            return
    if asked.due != (None, None) or asked.offices:
        yield _way([(task.instance_id, all_of)], ordered=False, covers=_WORK, tasks=[true()])


def _variable_ways(condition: w.Condition, covers: frozenset[str]) -> Iterator[Way]:
    """Yield the ways that a condition offers: a comparison, or several of which any may hold."""
    if isinstance(condition, w.All):
        for part in condition.parts:
            yield from _variable_ways(part, covers)
        return
    found = _compares(condition)
    if found:
        rows = [(case_variable.c.instance_id, compared(one)) for one in found]
        ordered = all(one.operator == "=" for one in found)
        yield _way(rows, ordered=ordered, covers=covers, once=len(rows) == 1)


def _covered(condition: w.Condition) -> frozenset[str]:
    """Return what its way covers: all of a comparison, or of several of which any may hold."""
    parts = condition.parts if isinstance(condition, w.Any) else (condition,)
    whole = all(isinstance(part, w.Compare) for part in parts)
    return frozenset({"variables"}) if whole else frozenset()


def _compares(condition: w.Condition) -> list[w.Compare]:
    """Return comparisons of which one must hold; none: the condition holds without any, too."""
    if isinstance(condition, w.Compare):
        return [] if condition.never else [condition]
    if isinstance(condition, w.Any):
        each = [_compares(part) for part in condition.parts]
        return [one for some in each for one in some] if all(each) else []
    if isinstance(condition, w.All):
        return next((found for part in condition.parts if (found := _compares(part))), [])
    return []
