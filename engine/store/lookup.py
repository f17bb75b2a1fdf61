"""Searching among all cases: pages, counts; and the variables that may be searched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    delete,
    exists,
    func,
    literal,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects import postgresql, sqlite

from engine.store import beginnings, due, seeking, stretches
from engine.store.beginnings import Way
from engine.store.repository import Found, Repository
from engine.store.scopes import OPEN
from engine.store.stretches import Mark
from engine.store.tables import (
    case_variable,
    incident,
    instance,
    job,
    subscription,
    user_task,
)
from engine.store.types import UtcDateTime
from engine.store.wanted import Sort, Wanted

#: A way that names fewer cases than this is taken, whatever its order.
SMALL = 10_000
#: Cases looked at for one page, and for a count; then the list says that it stopped there.
MOST, COUNTED = 12_000, 14_000
#: Cases looked at first; each further stretch is several times as long.
FIRST, LONGER = 300, 6
#: Cases looked at in the order of ids before a range is read whole.
PATIENT = 2_000

_SHOWN = [column for column in instance.c if column.name not in {"state", "variables"}]


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Some of a list, in its order."""

    #: Rows of `instance` without state and variables.
    rows: Sequence[Found]
    #: Where to go on; None: this is the end.
    next: Mark | None
    #: Whether it stopped because it had looked at so many, not because the page is full.
    tired: bool = False


@dataclass(frozen=True, kw_only=True)
class Total:
    """How many cases fit."""

    #: Number; at least so many if it is not exact.
    number: int
    #: Whether all were counted.
    exact: bool


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """Ways to read one list."""

    #: The first stretch of a page.
    begin: Way
    #: Further ones.
    instead: Way
    #: For counting, which needs no order.
    counted: Way


class Lookup(Repository):
    """The administrators' search."""

    def keep(self, instance_id: str, values: Mapping[str, Mapping[str, Any]]) -> None:
        """Write searchable variables of a case, one statement."""
        insert = (postgresql if self._uow.dialect == "postgresql" else sqlite).insert
        rows = [{"instance_id": instance_id, "name": name, **row} for name, row in values.items()]
        new = insert(case_variable).values(rows)
        columns = ("kind", "words", "number", "moment")
        self._uow.execute(
            new.on_conflict_do_update(
                index_elements=["instance_id", "name"],
                set_={name: new.excluded[name] for name in columns},
            )
        )

    def forget(self, instance_id: str) -> None:
        """Delete the searchable variables of a case."""
        self._uow.execute(delete(case_variable).where(case_variable.c.instance_id == instance_id))

    def page(
        self, asked: Wanted, offices: frozenset[str] | None, *, after: Mark | None, size: int
    ) -> Stretch:
        """Return a page; `offices`: only cases with work there, None: all."""
        plan, rows, looked = self._plan(asked, offices), list[Found](), 0
        way, length = plan.begin, FIRST
        fitting = self._fitting(asked, offices)
        while True:
            found, seen, after = self._stretch(asked, fitting, way, after, length, size + 1)
            rows += found
            looked += seen
            if len(rows) > size:
                end = _mark(asked, rows[size - 1])
                return Stretch(rows=self._whole(rows[:size]), next=end)
            if seen < length:
                return Stretch(rows=self._whole(rows), next=None)
            if looked >= MOST:
                return Stretch(rows=self._whole(rows), next=after, tired=True)
            way = plan.begin if looked < PATIENT else plan.instead
            length = min(length * LONGER, MOST - looked)

    def count(
        self, asked: Wanted, offices: frozenset[str] | None, cap: int, looked: int | None = None
    ) -> Total:
        """Count what fits, up to `cap`, among so many cases at most (None: `COUNTED`)."""
        looked = looked or COUNTED
        way = self._plan(asked, offices).counted
        rest = asked.without(way.covers)
        top = asked.called or "top" in way.covers
        if way.once and top and not rest.fields and not rest.work and offices is None:
            number = self._uow.execute(select(stretches.size(asked, way, cap + 1))).scalar_one()
            return Total(number=min(number, cap), exact=number <= cap)
        walk = stretches.heap(asked, way, looked)
        fit = exists().where(instance.c.id == walk.c.id, *self._fitting(rest, offices))
        fits = select(walk.c.id).where(fit).distinct().limit(cap + 1).subquery()
        sums = self._uow.execute(
            select(
                select(func.count()).select_from(fits).scalar_subquery().label("fit"),
                select(func.count()).select_from(walk).scalar_subquery().label("looked"),
            )
        ).one()
        exact = sums.fit <= cap and sums.looked < looked
        return Total(number=min(sums.fit, cap), exact=exact)

    def _fitting(self, asked: Wanted, offices: frozenset[str] | None) -> list[ColumnElement[bool]]:
        whole = seeking.conditions(self._uow.dialect, asked)
        return [*whole, *seeking.within(self._uow.dialect, asked, offices)]

    def _plan(self, asked: Wanted, offices: frozenset[str] | None) -> "_Plan":
        """Choose where to begin: where the fewest cases are named, else in the order of ids."""
        found = list(beginnings.ways(self._uow.dialect, asked, offices))
        every = beginnings.all_cases(self._uow.dialect, asked)
        if not found:
            return _Plan(begin=every, instead=every, counted=every)
        counted = select(*(stretches.size(asked, way, SMALL) for way in found))
        sizes: list[int] = list(self._uow.execute(counted).one())
        least = min(sizes)
        if least < SMALL:
            # So few that they may be read whole and sorted.
            few = replace(found[sizes.index(least)], ordered=False)
            return _Plan(begin=few, instead=few, counted=few)
        # All are many: what names cases by their work or variables names fewer than a status does.
        ordered = next((way for way in reversed(found) if way.ordered), None)
        if ordered is not None:
            return _Plan(begin=ordered, instead=ordered, counted=ordered)
        # Many fit: usually also of the newest. If these do not, the range is read whole. By
        # deadline tasks are read in its order anyway.
        sorted_ = asked.sort is Sort.DEADLINE
        return _Plan(begin=every, instead=every if sorted_ else found[-1], counted=found[-1])

    def _stretch(
        self,
        asked: Wanted,
        fitting: Sequence[ColumnElement[bool]],
        way: Way,
        after: Mark | None,
        length: int,
        size: int,
    ) -> tuple[list[Found], int, Mark | None]:
        """Return what fits of one stretch, how many cases it looked at, and where it ended.

        A condition asked of each row, not a join: SQLite would turn that round and walk all cases.
        """
        if asked.sort is Sort.DEADLINE:
            return self._urgent(asked, fitting, way, after, length, size)
        walk = stretches.walk(asked, way, after, length)
        sums = select(func.count().label("n"), func.min(walk.c.id).label("last")).subquery()
        fits = exists().where(instance.c.id == walk.c.id, *fitting)
        page = select(walk.c.id).where(fits).order_by(walk.c.id.desc()).limit(size).subquery()
        whole = select(sums, page).select_from(sums.outerjoin(page, true()))
        found = self._uow.execute(whole.order_by(page.c.id.desc())).all()
        return [row for row in found if row.id], found[0].n, (None, found[0].last)

    def _urgent(
        self,
        asked: Wanted,
        fitting: Sequence[ColumnElement[bool]],
        way: Way,
        after: Mark | None,
        length: int,
        size: int,
    ) -> tuple[list[Found], int, Mark | None]:
        """Return the same by deadline: open tasks are walked, a case comes at its first."""
        walk = stretches.tasks(asked, way, after, length)
        last = select(func.max(walk.c.due_at)).scalar_subquery()
        sums = select(
            func.count().label("n"),
            func.max(walk.c.due_at).label("last_due"),
            select(func.max(walk.c.task_id))
            .where(walk.c.due_at == last)
            .scalar_subquery()
            .label("last"),
        ).select_from(walk)
        fits = exists().where(instance.c.id == walk.c.id, *fitting)
        first = select(walk).where(fits, ~stretches.earlier(asked, walk))
        page = first.order_by(walk.c.due_at, walk.c.task_id).limit(size).subquery()
        tail = sums.subquery()
        whole = select(tail, page).select_from(tail.outerjoin(page, true()))
        found = self._uow.execute(whole.order_by(page.c.due_at, page.c.task_id)).all()
        return [row for row in found if row.id], found[0].n, (found[0].last_due, found[0].last)

    def _whole(self, found: Sequence[Found]) -> list[Found]:
        """Return the rows of cases, in the order in which they were found."""
        rows = select(*_SHOWN).where(instance.c.id.in_([one.id for one in found]))
        known = {row.id: row for row in self._uow.execute(rows)} if found else {}
        return [known[one.id] for one in found if one.id in known]

    # What a page shows beside the cases.

    def stands(self, ids: Sequence[str]) -> Sequence[Found]:
        """Return where cases stand: case, element, kind; office and person of open tasks."""
        task = select(
            user_task.c.instance_id,
            user_task.c.element,
            literal("task").label("kind"),
            user_task.c.organisation,
            user_task.c.assignee,
            user_task.c.due_at,
        ).where(user_task.c.instance_id.in_(ids), OPEN)
        nobody = [literal("").label("organisation"), literal(None), literal(None, UtcDateTime)]
        live = job.c.state.in_(due.OPEN)
        work = select(job.c.instance_id, job.c.element, job.c.kind, *nobody)
        wait = select(
            subscription.c.instance_id, subscription.c.element, subscription.c.kind, *nobody
        )
        return self._uow.execute(
            union_all(
                task,
                work.where(job.c.instance_id.in_(ids), live, job.c.kind != "reminder"),
                wait.where(subscription.c.instance_id.in_(ids)),
            )
        ).all()

    def incidents(self, ids: Sequence[str]) -> dict[str, int]:
        """Return how many open incidents cases have, those that have any."""
        rows = self._uow.execute(
            select(incident.c.instance_id, func.count().label("number"))
            .where(incident.c.instance_id.in_(ids), incident.c.resolved_at.is_(None))
            .group_by(incident.c.instance_id)
        )
        return {row.instance_id: row.number for row in rows}


def _mark(asked: Wanted, row: Found) -> Mark:
    return (row.due_at, row.task_id) if asked.sort is Sort.DEADLINE else (None, row.id)
