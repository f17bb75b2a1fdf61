"""Time per step and office against the law's term, and how many deadlines were kept.

Median and nine in ten are of the tasks themselves, not of averages. One pass over the completed
tasks of a period; whatever of them can be asked for is summed from the same groups.
"""

from array import array
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from engine.model.people import Actor
from engine.services import calendar
from engine.services.cockpit.statistics.asking import Ground, Query, ground
from engine.services.cockpit.statistics.times import WorkingSeconds, median, ninth_tenth
from engine.services.context import Context, UnitOfWork
from engine.services.workshop.heat import term_of

#: Tasks that are looked at: the newest of a period that has more.
MOST = 400_000
#: Process, element, office.
Key = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True)
class Timed:
    """What the tasks of a step, of an office, or of a step at an office took."""

    #: Process key; empty: of all.
    process: str
    #: Element id; empty: of all.
    element: str
    #: Code of the office; empty: of all.
    office: str
    #: Names of the step by language.
    names: Mapping[str, str]
    #: Names of the office by language.
    office_names: Mapping[str, str]
    #: Paragraphs that the step stands for.
    law: tuple[str, ...]
    #: The law's term in working days; None: none, or one of the case's own.
    term: int | None
    #: Tasks completed.
    done: int
    #: Of those, with a deadline.
    dated: int
    #: Of those, within it.
    kept: int
    #: Median of the working time.
    median: timedelta
    #: Nine in ten took no longer.
    p90: timedelta
    #: Its part of all working time counted, 0 to 1.
    share: float

    @property
    def in_time(self) -> float | None:
        """Return the share of deadlines that were kept; None: there were none."""
        return self.kept / self.dated if self.dated else None


@dataclass(frozen=True, kw_only=True)
class Steps:
    """Times of a period."""

    #: What was asked.
    query: Query
    #: How long a working day is.
    day: timedelta
    #: Tasks counted.
    tasks: int
    #: Whether there were more, older ones of the period.
    more: bool
    #: By step, the one with most of the time first.
    steps: tuple[Timed, ...]
    #: By office, the one with the fewest deadlines kept first.
    offices: tuple[Timed, ...]
    #: By step and office.
    both: tuple[Timed, ...]


@dataclass
class _Sum:
    """What adds up."""

    times: "array[int]" = field(default_factory=lambda: array("l"))
    dated: int = 0
    kept: int = 0

    def take(self, other: "_Sum") -> None:
        self.times.extend(other.times)
        self.dated += other.dated
        self.kept += other.kept


def steps(uow: UnitOfWork, ctx: Context, actor: Actor, query: Query, most: int = MOST) -> Steps:
    """Return the times of a period (admin); `Forbidden`, `NotFound`."""
    base = ground(uow, actor, query)
    days = calendar.load(uow, ctx)
    counting = WorkingSeconds(days, max(query.until, ctx.now()))
    groups, count = _read(uow, base, counting, most + 1)
    view = _View(uow, ctx, base, groups)
    return Steps(
        query=query,
        day=days.length,
        tasks=min(count, most),
        more=count > most,
        steps=view.rows(lambda key: (key[0], key[1], ""), lambda row: (-row.share, row.element)),
        offices=view.rows(
            lambda key: ("", "", key[2]),
            lambda row: (1.0 if row.in_time is None else row.in_time, -row.dated, row.office),
        ),
        both=view.rows(lambda key: key, lambda row: (row.process, row.element, row.office)),
    )


def _read(
    uow: UnitOfWork, base: Ground, counting: WorkingSeconds, most: int
) -> tuple[dict[Key, _Sum], int]:
    groups: dict[Key, _Sum] = {}
    at, count = counting.at, 0
    for row in uow.statistics.completed(base.scope, most):
        process, element, office, came, went, kept, _ = tuple(row)
        count += 1
        key = (process, element, office)
        found = groups.get(key)
        if found is None:
            found = groups[key] = _Sum()
        found.times.append(at(went) - at(came))
        if kept is not None:
            found.dated += 1
            found.kept += kept
    return groups, count


class _View:
    """Sums of groups, named."""

    def __init__(
        self, uow: UnitOfWork, ctx: Context, base: Ground, groups: Mapping[Key, _Sum]
    ) -> None:
        self._uow, self._ctx, self._base, self._groups = uow, ctx, base, groups
        self._total = sum(sum(one.times) for one in groups.values())

    def rows(
        self, into: Callable[[Key], Key], order: Callable[[Timed], tuple[object, ...]]
    ) -> tuple[Timed, ...]:
        joined: dict[Key, _Sum] = {}
        for key, one in self._groups.items():
            joined.setdefault(into(key), _Sum()).take(one)
        return tuple(sorted(self._named(joined.items()), key=order))

    def _named(self, sums: Iterable[tuple[Key, _Sum]]) -> Iterable[Timed]:
        for (process, element, code), one in sums:
            times = sorted(one.times)
            drawn = self._base.elements(self._uow, self._ctx, process) if process else {}
            step, office = drawn.get(element), self._base.offices.get(code)
            yield Timed(
                process=process,
                element=element,
                office=code,
                names=step.names if step else {},
                office_names=office.names if office else {},
                law=step.law if step else (),
                term=term_of(step) if step else None,
                done=len(times),
                dated=one.dated,
                kept=one.kept,
                median=timedelta(seconds=median(times) or 0),
                p90=timedelta(seconds=ninth_tenth(times) or 0),
                share=sum(times) / self._total if self._total else 0.0,
            )
