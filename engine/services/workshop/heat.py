"""Where real cases spend their time: per element of a diagram, against the law's term.

Working time, by the calendar: a night and a weekend are nobody's delay. Read from a sample, the
newest cases of a period (`MOST_CASES`): medians need no more, and a page stays quick whatever the
years have left behind. No personal data: counts, times, element ids.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.bpmn import Definition
from engine.bpmn.diagram import Scope
from engine.errors import NotFound
from engine.model.calendar import WorkingCalendar
from engine.model.elements import Element, Process
from engine.model.people import Actor
from engine.model.text import text
from engine.services import bundles, calendar
from engine.services.context import Context, UnitOfWork
from engine.services.workshop.migration import may_look
from engine.store.tables import deadline

#: Cases in a sample: the newest of the period.
MOST_CASES = 1000
#: Elements at which a token may stay without a person.
_WAITS = frozenset({"receiveTask", "callActivity", "intermediateCatchEvent", "eventBasedGateway"})


@dataclass(frozen=True, kw_only=True)
class Query:
    """Which cases are looked at."""

    #: Process key.
    process: str
    #: From when on they began (UTC).
    since: datetime
    #: Up to when they began (UTC).
    until: datetime
    #: Definition id of a version; empty: all versions.
    definition_id: str = ""
    #: Region code: only tasks of its organisations; empty: of all.
    region: str = ""


@dataclass(frozen=True, kw_only=True)
class Warmth:
    """What the sample tells of one element."""

    #: Element.
    element: str
    #: BPMN's local name of it.
    kind: str
    #: Its names by language.
    names: Mapping[str, str]
    #: Paragraphs it stands for.
    law: tuple[str, ...]
    #: Term in working days by the law (property ``term``); None: none, or one of the case's own.
    term: int | None
    #: How often it was entered.
    entered: int
    #: How often of that after the first time: sent back to it.
    again: int
    #: Tasks that are open now.
    open: int
    #: How often it was over its deadline, or is.
    late: int
    #: How many stays were timed.
    timed: int
    #: Median of the working time; None: nothing was timed.
    median: timedelta | None
    #: Nine in ten took no longer; None: nothing was timed.
    p90: timedelta | None
    #: Its part of the working time that the sample spent anywhere, 0 to 1.
    share: float
    #: Colour, 0 (none) to 4 (most).
    level: int


@dataclass(frozen=True, kw_only=True)
class HeatView:
    """A diagram's heat."""

    #: Definition whose diagram is drawn.
    definition_id: str
    #: Its process.
    process: Process
    #: What was asked.
    query: Query
    #: Cases in the sample.
    cases: int
    #: Whether there were more in the period than were looked at.
    more: bool
    #: How long a working day is.
    day: timedelta
    #: Elements that were entered or timed, the one with most of the time first.
    rows: tuple[Warmth, ...]


@dataclass(frozen=True, kw_only=True)
class VersionChoice:
    """A version that can be chosen."""

    #: Definition id.
    id: str
    #: Version number.
    number: int


def versions(uow: UnitOfWork, process: str) -> tuple[VersionChoice, ...]:
    """Return the versions of a process, newest first; `NotFound` where there is none."""
    rows = uow.heat.versions(process)
    if not rows:
        raise NotFound(text("There is no process {process}", process=process))
    return tuple(VersionChoice(id=row.id, number=row.version) for row in rows)


def regions(uow: UnitOfWork) -> Mapping[str, Mapping[str, str]]:
    """Return region codes with the names of one organisation of each, by code."""
    found: dict[str, Mapping[str, str]] = {}
    for row in uow.organisations.all():
        if row.region:
            found.setdefault(row.region, row.names)
    return found


def heat(uow: UnitOfWork, ctx: Context, actor: Actor, query: Query) -> HeatView:
    """Return the heat of a process. `Forbidden`, `NotFound`."""
    may_look(actor)
    known = versions(uow, query.process)
    drawn = query.definition_id or known[0].id
    if drawn not in {one.id for one in known}:
        raise NotFound(text("There is no such version of a process"))
    definition = bundles.of_definition(uow, ctx, drawn).definition(query.process)
    cases = uow.heat.sample(
        query.process,
        since=query.since,
        until=query.until,
        definition_id=query.definition_id,
        most=MOST_CASES + 1,
    )
    days = calendar.load(uow, ctx)
    sums = _Sums(definition, days, ctx.now())
    if cases:
        sums.read(uow, cases[:MOST_CASES], _offices(uow, query.region))
    return HeatView(
        definition_id=drawn,
        process=definition.process,
        query=query,
        cases=min(len(cases), MOST_CASES),
        more=len(cases) > MOST_CASES,
        day=days.length,
        rows=tuple(sums.rows()),
    )


def _offices(uow: UnitOfWork, region: str) -> Collection[str] | None:
    return [row.code for row in uow.organisations.all(region=region)] if region else None


class _Sums:
    """What adds up for each element."""

    def __init__(self, definition: Definition, days: WorkingCalendar, now: datetime) -> None:
        self.process = definition.process
        self.waits = [name for scope in definition.scopes.values() for name in _waits(scope.scope)]
        self.days = days
        self.now = now
        self.entered = Counter[str]()
        self.again = Counter[str]()
        self.open = Counter[str]()
        self.late = Counter[str]()
        self.times: dict[str, list[timedelta]] = {}

    def read(self, uow: UnitOfWork, cases: Sequence[str], offices: Collection[str] | None) -> None:
        for row in uow.heat.tasks(cases, offices):
            self._task(row)
        if offices is None:
            # What nobody does belongs to no office.
            self.entered.update({row.element: row.times for row in uow.heat.passed(cases)})
            for row in uow.heat.stays(cases, self.waits):
                self._time(row.element, row.came, row.went)

    def _task(self, row: Any) -> None:
        due, ended = deadline(row.due_at), row.ended_at
        self.again[row.element] += row.round > 1
        self.open[row.element] += row.status == "open"
        self.late[row.element] += due is not None and (ended or self.now) > due
        if row.status == "completed":
            self._time(row.element, row.created_at, ended)

    def _time(self, element: str, came: datetime, went: datetime) -> None:
        spent = self.days.working_time(came, went)
        self.times.setdefault(element, []).append(spent)

    def rows(self) -> Iterator[Warmth]:
        total = sum((sum(one, timedelta()) for one in self.times.values()), timedelta())
        most = max((sum(one, timedelta()) for one in self.times.values()), default=timedelta())
        rows = [
            self._row(one, total, most)
            for one in self.process.elements.values()
            if self.entered[one.id] or self.times.get(one.id) or self.open[one.id]
        ]
        yield from sorted(rows, key=lambda row: (-row.share, -row.entered, row.element))

    def _row(self, element: Element, total: timedelta, most: timedelta) -> Warmth:
        times = sorted(self.times.get(element.id, ()))
        spent = sum(times, timedelta())
        return Warmth(
            element=element.id,
            kind=element.kind,
            names=element.names,
            law=element.law,
            term=term_of(element),
            entered=self.entered[element.id] or len(times) + self.open[element.id],
            again=self.again[element.id],
            open=self.open[element.id],
            late=self.late[element.id],
            timed=len(times),
            median=_median(times) if times else None,
            p90=times[_ninth_tenth(len(times))] if times else None,
            share=spent / total if total else 0.0,
            level=_level(spent, most),
        )


def term_of(element: Element) -> int | None:
    """Return the law's term of an element in working days; None where it states none."""
    said = element.properties.get("term", "")
    return int(said) if said.isdecimal() else None


def _waits(scope: Scope) -> Iterator[str]:
    """Yield what may take time without a person. A timer takes the time that it was drawn for."""
    for node in scope.nodes.values():
        event = node.event.kind if node.event else ""
        if (node.kind in _WAITS or node.topic is not None) and event != "timer":
            yield node.id


def _median(times: Sequence[timedelta]) -> timedelta:
    """Return the middle of sorted times, between the two middle ones of an even number."""
    half = len(times) // 2
    return times[half] if len(times) % 2 else (times[half - 1] + times[half]) / 2


def _ninth_tenth(count: int) -> int:
    """Return the place, from 0, of the value that nine in ten do not exceed."""
    return max(0, -(-count * 9 // 10) - 1)


def _level(spent: timedelta, most: timedelta) -> int:
    """Return a colour: quarters of what the warmest element takes; nothing at all is 0."""
    if spent <= timedelta() or most <= timedelta():
        return 0
    return min(4, 1 + int(4 * (spent / most)))
