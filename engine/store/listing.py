"""One list of cases: its pages in their order, and how many there are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, exists, func, select, true

from engine.store import beginnings, seeking, stretches
from engine.store.beginnings import Way
from engine.store.instances import SHOWN
from engine.store.repository import Found
from engine.store.stretches import Mark
from engine.store.tables import instance
from engine.store.wanted import Sort, Wanted

if TYPE_CHECKING:
    from engine.store.work import UnitOfWork

#: A way that names fewer cases than this is taken, whatever its order.
SMALL = 10_000
#: Cases looked at for one page, and rows of a way for a count; then the list says that it stopped.
MOST, COUNTED = 12_000, 14_000
#: Cases looked at first; each further stretch is several times as long.
FIRST, LONGER = 300, 6
#: Cases looked at in the order of ids before a range is read whole.
PATIENT = 2_000


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


class CaseList:
    """What is asked for, among the cases of some offices. Where it begins is chosen once."""

    def __init__(self, uow: "UnitOfWork", asked: Wanted, offices: frozenset[str] | None) -> None:
        """`offices`: only cases with work there, None: all."""
        self._uow, self._asked, self._offices = uow, asked, offices

    def page(self, *, after: Mark | None, size: int) -> Stretch:
        """Return a page."""
        plan, rows, looked = self._plan, list[Found](), 0
        way, length = plan.begin, FIRST
        while True:
            found, seen, after = self._stretch(way, after, length, size + 1)
            rows += found
            looked += seen
            if len(rows) > size:
                end = _mark(self._asked, rows[size - 1])
                return Stretch(rows=self._whole(rows[:size]), next=end)
            if seen < length:
                return Stretch(rows=self._whole(rows), next=None)
            if looked >= MOST:
                return Stretch(rows=self._whole(rows), next=after, tired=True)
            way = plan.begin if looked < PATIENT else plan.instead
            length = min(length * LONGER, MOST - looked)

    def count(self, cap: int, looked: int | None = None) -> Total:
        """Count what fits, up to `cap`, among so many rows at most (None: `COUNTED`)."""
        looked, asked, way = looked or COUNTED, self._asked, self._plan.counted
        rest = asked.without(way.covers)
        top = asked.called or "top" in way.covers
        if way.once and top and not rest.fields and not rest.work and self._offices is None:
            number = self._uow.execute(select(stretches.size(asked, way, cap + 1))).scalar_one()
            return Total(number=min(number, cap), exact=number <= cap)
        walk = stretches.heap(asked, way, looked)
        fit = exists().where(instance.c.id == walk.c.id, *self._fitting(rest))
        fits = select(walk.c.id).where(fit).distinct().limit(cap + 1).subquery()
        sums = self._uow.execute(
            select(
                select(func.count()).select_from(fits).scalar_subquery().label("fit"),
                select(func.count()).select_from(walk).scalar_subquery().label("looked"),
            )
        ).one()
        exact = sums.fit <= cap and sums.looked < looked
        return Total(number=min(sums.fit, cap), exact=exact)

    def _fitting(self, asked: Wanted) -> list[ColumnElement[bool]]:
        whole = seeking.conditions(self._uow.dialect, asked)
        return [*whole, *seeking.within(self._uow.dialect, asked, self._offices)]

    @cached_property
    def _plan(self) -> _Plan:
        """Choose where to begin: where the fewest cases are named, else in the order of ids."""
        asked = self._asked
        found = list(beginnings.ways(self._uow.dialect, asked, self._offices))
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
        self, way: Way, after: Mark | None, length: int, size: int
    ) -> tuple[list[Found], int, Mark | None]:
        """Return what fits of one stretch, how many cases it looked at, and where it ended.

        A condition asked of each row, not a join: SQLite would turn that round and walk all cases.
        """
        if self._asked.sort is Sort.DEADLINE:
            return self._urgent(way, after, length, size)
        walk = stretches.walk(self._asked, way, after, length)
        sums = select(func.count().label("n"), func.min(walk.c.id).label("last")).subquery()
        fits = exists().where(instance.c.id == walk.c.id, *self._fitting(self._asked))
        page = select(walk.c.id).where(fits).order_by(walk.c.id.desc()).limit(size).subquery()
        whole = select(sums, page).select_from(sums.outerjoin(page, true()))
        found = self._uow.execute(whole.order_by(page.c.id.desc())).all()
        return [row for row in found if row.id], found[0].n, (None, found[0].last)

    def _urgent(
        self, way: Way, after: Mark | None, length: int, size: int
    ) -> tuple[list[Found], int, Mark | None]:
        """Return the same by deadline: open tasks are walked, a case comes at its first."""
        walk = stretches.tasks(self._asked, way, after, length)
        last = select(func.max(walk.c.due_at)).scalar_subquery()
        sums = select(
            func.count().label("n"),
            func.max(walk.c.due_at).label("last_due"),
            select(func.max(walk.c.task_id))
            .where(walk.c.due_at == last)
            .scalar_subquery()
            .label("last"),
        ).select_from(walk)
        fits = exists().where(instance.c.id == walk.c.id, *self._fitting(self._asked))
        first = select(walk).where(fits, ~stretches.earlier(self._asked, walk))
        page = first.order_by(walk.c.due_at, walk.c.task_id).limit(size).subquery()
        tail = sums.subquery()
        whole = select(tail, page).select_from(tail.outerjoin(page, true()))
        found = self._uow.execute(whole.order_by(page.c.due_at, page.c.task_id)).all()
        return [row for row in found if row.id], found[0].n, (found[0].last_due, found[0].last)

    def _whole(self, found: Sequence[Found]) -> list[Found]:
        """Return the rows of cases, in the order in which they were found."""
        rows = SHOWN.where(instance.c.id.in_([one.id for one in found]))
        known = {row.id: row for row in self._uow.execute(rows)} if found else {}
        return [known[one.id] for one in found if one.id in known]


def _mark(asked: Wanted, row: Found) -> Mark:
    return (row.due_at, row.task_id) if asked.sort is Sort.DEADLINE else (None, row.id)
