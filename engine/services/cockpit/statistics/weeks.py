"""What came and went by week: cases begun and ended, tasks completed and in time."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from engine.model.people import Actor
from engine.services.cockpit.statistics.asking import Query, ground
from engine.services.cockpit.statistics.steps import MOST
from engine.services.cockpit.statistics.times import AHEAD, DAY
from engine.services.context import Context, UnitOfWork

#: Days since 1970 of a Monday: 5 January 1970.
_MONDAY = 4


@dataclass(frozen=True, kw_only=True)
class Week:
    """A week, from Monday."""

    #: Its Monday.
    monday: date
    #: Cases that began; cases that others call do not count.
    began: int
    #: Cases that ended.
    ended: int
    #: Tasks completed.
    done: int
    #: Of those with a deadline.
    dated: int
    #: Of those within it.
    kept: int

    @property
    def in_time(self) -> float | None:
        """Return the share of deadlines that were kept; None: there were none."""
        return self.kept / self.dated if self.dated else None


def weeks(uow: UnitOfWork, ctx: Context, actor: Actor, query: Query) -> tuple[Week, ...]:
    """Return the weeks of a period, oldest first (admin); `Forbidden`, `NotFound`.

    The first and the last may be cut by the period.
    """
    scope = ground(uow, actor, query).scope
    began = Counter(map(_week, uow.statistics.began(scope, MOST)))
    ended = Counter(map(_week, uow.statistics.ended(scope, MOST)))
    done, dated, kept = Counter[int](), Counter[int](), Counter[int]()
    for row in uow.statistics.weeks(scope, _MONDAY * DAY - AHEAD):
        done[row.week], dated[row.week], kept[row.week] = row.done, row.dated, row.kept or 0
    return tuple(
        Week(
            monday=date(1970, 1, 5) + timedelta(weeks=one),
            began=began[one],
            ended=ended[one],
            done=done[one],
            dated=dated[one],
            kept=kept[one],
        )
        for one in _all(query, (began, ended, done))
    )


def _week(moment: int) -> int:
    """Return how many weeks lie between 5 January 1970 and a moment, local time."""
    return ((moment + AHEAD) // DAY - _MONDAY) // 7


def _all(query: Query, counted: Iterable[Counter[int]]) -> range:
    """Return every week of the period that is not before the first with anything in it."""
    first, last = (_week(int(one.timestamp())) for one in (query.since, query.until))
    found = [week for one in counted for week in one]
    return range(max(first, min(found, default=last)), max(found, default=last) + 1)
