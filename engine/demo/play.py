"""Plays the scripts of all domains against one clock."""

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from engine.clock import TestClock
from engine.demo.people import Office, Officer, merged
from engine.demo.stage import Stage
from engine.jobs.executor import Executor
from engine.model.calendar import ZONE, WorkingCalendar
from engine.model.people import SYSTEM
from engine.services import calendar, definitions


class Script(Protocol):
    """One case: how far it comes, and what happens on the way."""

    @property
    def length(self) -> int:
        """Working minutes from its first act to its last."""
        ...

    @property
    def idle(self) -> int:
        """Working minutes from its last act to the present."""
        ...

    def act(self, stage: Stage, step: int) -> int | None:
        """Let the thing number `step` happen; return the working minutes until the next.

        None: the case is left as it is.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Cast:
    """What a domain brings to the demo."""

    #: Organisations.
    offices: Sequence[Office]
    #: People; a login that another cast has too gets the roles of both.
    officers: Sequence[Officer]
    #: Cases.
    scripts: Sequence[Script]
    #: Working days of history that they need.
    days: int


class Play:
    """Hires everybody, then has everything happen in the order of time."""

    def __init__(self, app: Any, casts: Sequence[Cast], told: Callable[[int, int], None]) -> None:
        """Take an installation and somebody who wants to know how far it is."""
        self._now: datetime = app.context.now()
        self.clock = TestClock(self._now)
        ctx = replace(app.context, clock=self.clock)
        executor = Executor(app.database, ctx)
        self.stage = Stage(
            begin=app.database.begin,
            reading=app.database.reading,
            ctx=ctx,
            run_due=lambda: executor.run_due(10_000),
        )
        self._offices = list({one.code: one for cast in casts for one in cast.offices}.values())
        self._officers = merged(officer for cast in casts for officer in cast.officers)
        self._scripts = [script for cast in casts for script in cast.scripts]
        self._days = max((cast.days for cast in casts), default=0)
        self._told, self._done = told, 0

    def furnish(self, files: Mapping[str, bytes], password: str) -> None:
        """Fill the calendar, deploy, create offices and people before everything else happens."""
        year = self._now.year
        with self.stage.begin() as uow:
            calendar.seed(uow, self.stage.ctx, range(year - 1, year + 2))
            working = calendar.load(uow, self.stage.ctx)
            uow.commit()
        self._moments = list(moments(working, self._now, self._days))
        self.clock.set(self._moments[0] - timedelta(days=1))
        with self.stage.begin() as uow:
            definitions.deploy(uow, self.stage.ctx, SYSTEM, files, "demo")
            uow.commit()
        self.stage.furnish(self._offices, self._officers, password, lambda _: self._tell())

    def _tell(self) -> None:
        self._done += 1
        self._told(self._done, len(self._officers) + len(self._scripts))

    def play(self) -> None:
        """Have everything happen, then stand at the present."""
        last = len(self._moments) - 1
        agenda = [
            (max(0, last - script.idle - script.length), number, 0)
            for number, script in enumerate(self._scripts)
        ]
        heapq.heapify(agenda)
        while agenda:
            minute, number, step = heapq.heappop(agenda)
            self._at(self._moments[min(minute, last)])
            script = self._scripts[number]
            gap = script.act(self.stage, step)
            if gap is None:
                self._tell()
            else:
                later = min(minute + gap, max(minute + 1, last - script.idle))
                heapq.heappush(agenda, (later, number, step + 1))
        self._at(self._now)

    def _at(self, moment: datetime) -> None:
        """Go on to a moment; on each morning between, what became due happens."""
        for morning in _mornings(self.clock.now(), moment):
            self.clock.set(morning)
            self.stage.run_due()
        self.clock.set(max(moment, self.clock.now()))
        self.stage.run_due()


def _mornings(since: datetime, until: datetime) -> Iterator[datetime]:
    """Yield nine o'clock of each day between two moments."""
    morning = since.astimezone(ZONE).replace(hour=9, minute=0, second=0, microsecond=0)
    while (morning := morning + timedelta(days=1)) < until:
        yield morning.astimezone(until.tzinfo)


def moments(days: WorkingCalendar, now: datetime, count: int) -> Iterator[datetime]:
    """Yield every working minute of the last `count` working days up to now, oldest first (UTC)."""
    local = now.astimezone(ZONE)
    worked = (local.date() - timedelta(days=ago) for ago in range(3 * count))
    dates = [day for day in worked if days.is_working(day)][:count]
    for day in reversed(dates):
        minute = datetime.combine(day, days.opens, ZONE)
        while minute.time() < days.closes and minute < local:
            yield minute.astimezone(now.tzinfo)
            minute += timedelta(minutes=1)
