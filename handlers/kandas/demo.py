"""The demo: 40 families at every stage, made by playing their way under a clock of its own.

Nothing is inserted: people claim, fill in, sign and return through the services, timers fire, and
registries answer from the sandbox, in the order of the clock. It stops at the present moment.
"""

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from engine.clock import TestClock
from engine.jobs.executor import Executor
from engine.model.calendar import ZONE, WorkingCalendar
from engine.services import calendar
from handlers.kandas import cases
from handlers.kandas.rehearsal import Case, Rehearsal
from handlers.kandas.staff import officers
from handlers.registries.sandbox.families import families

#: Regions of origin and settlement, in turn.
WAYS = (("47", "10"), ("61", "59"), ("47", "59"), ("61", "10"), ("10", "59"), ("59", "47"))
#: Steps in the order of the way; a case is left at the first open one that is not before its stop.
STEPS = (
    "consultation",
    "application",
    "scans",
    "registration",
    "recheck",
    "head_check",
    "origin_check",
    "assignment",
    "completeness",
    "contact",
    "advice",
    "vacancies",
    "move",
    "plan_draft",
)
#: How many cases are left at each step; ``end`` are finished ones.
LEFT = {
    "application": 1,
    "scans": 2,
    "registration": 2,
    "recheck": 3,
    "head_check": 4,
    "rework": 3,
    "origin_check": 3,
    "assignment": 2,
    "completeness": 3,
    "contact": 3,
    "advice": 1,
    "vacancies": 2,
    "move": 2,
    "plan_draft": 2,
    "end": 3,
    "unemployment_draft": 1,
    "director_signature": 1,
    "withdrawn": 1,
    "unreachable": 1,
}
#: Which office returned a case that is left in rework, in turn.
RETURNING = ("head_check", "origin_check", "completeness")
#: Working minutes since the last act of a case that is late (more than two, or four, days).
LATE, LATE_CONTACT = 1_250, 2_300
#: Working days of history.
DAYS = 24
#: Remarks as offices write them.
REMARKS = {
    "head_check": ("members", "Отбасының цифрлық картасындағы мекенжаймен сәйкес емес."),
    "origin_check": ("origin_address", "Пәтер нөмірі көрсетілмеген."),
    "completeness": ("scans", "Мекенжайды құжаттағыдай толық жазыңыз."),
}


@dataclass(frozen=True, kw_only=True)
class Script:
    """How far a family comes, and what happens on the way."""

    #: Number of the family and of the case, from 0.
    number: int
    #: Where it is left: a step, or one of the endings of `LEFT`.
    stop: str
    #: Steps that return it once.
    returned: tuple[str, ...]
    #: Working minutes since the last act.
    idle: int

    @property
    def way(self) -> tuple[str, str]:
        """Return the regions of origin and settlement."""
        return WAYS[self.number % len(WAYS)]

    def gap(self, step: int) -> int:
        """Return the working minutes that a step takes: from half an hour to half a day."""
        return 30 + (self.number * 37 + step * 53) % 170

    def before(self, element: str) -> bool:
        """Tell whether a step lies before the place where the case is left."""
        if self.stop not in STEPS or element not in STEPS:
            return element != self.stop
        return STEPS.index(element) < STEPS.index(self.stop)


def scripts() -> Iterator[Script]:
    """Yield the 40 scripts: some late, some returned on the way."""
    number = 0
    for stop, count in LEFT.items():
        for place in range(count):
            late = place == 1 and stop in STEPS
            idle = LATE_CONTACT if stop == "contact" else LATE
            returned: tuple[str, ...] = ()
            if stop == "rework":
                returned = (RETURNING[place % len(RETURNING)],)
            elif stop not in STEPS[:6] and number % 5 == 0:
                returned = ("head_check",)
            fresh = 10 + number * 29 % 200
            yield Script(number=number, stop=stop, returned=returned, idle=idle if late else fresh)
            number += 1


class Play:
    """Plays the scripts against one clock."""

    def __init__(self, app: Any, told: Callable[[int, int], None]) -> None:
        """Take an installation and somebody who wants to know how far it is."""
        self._now: datetime = app.context.now()
        self.clock = TestClock(self._now)
        ctx = replace(app.context, clock=self.clock)
        executor = Executor(app.database, ctx)
        self.stage = Rehearsal(
            begin=app.database.begin,
            reading=app.database.reading,
            ctx=ctx,
            run_due=lambda: executor.run_due(10_000),
        )
        self._told, self._done = told, 0
        self._scripts = list(scripts())
        self._total = len(list(officers())) + len(self._scripts)

    def furnish(self, password: str) -> None:
        """Fill the calendar, create offices and people before everything else happens."""
        year = self._now.year
        with self.stage.begin() as uow:
            calendar.seed(uow, self.stage.ctx, range(year - 1, year + 2))
            self._days = calendar.load(uow, self.stage.ctx)
            uow.commit()
        self._moments = list(moments(self._days, self._now))
        self.clock.set(self._moments[0] - timedelta(days=1))
        self.stage.furnish(password, self._tell)
        self._done = self._total - len(self._scripts)

    def _tell(self, done: int) -> None:
        self._told(done, self._total)

    def play(self) -> None:
        """Have everything happen in the order of time, then stand at the present."""
        agenda: list[tuple[int, int, int]] = []
        for script in self._scripts:
            heapq.heappush(agenda, (self._start(script), script.number, 0))
        families_on_way: dict[int, Case] = {}
        last = len(self._moments) - 1
        while agenda:
            minute, number, step = heapq.heappop(agenda)
            self._at(self._moments[min(minute, last)])
            script = self._scripts[number]
            if self._step(script, step, families_on_way):
                later = min(minute + script.gap(step), max(minute + 1, last - script.idle))
                heapq.heappush(agenda, (later, number, step + 1))
            else:
                self._done += 1
                self._tell(self._done)
        self._at(self._now)

    def _start(self, script: Script) -> int:
        steps = STEPS.index(script.stop) if script.stop in STEPS else len(STEPS)
        steps += 7 * len(script.returned)
        if script.stop == "rework":
            steps = STEPS.index(script.returned[0]) + 2
        length = sum(script.gap(step) for step in range(steps))
        return max(0, len(self._moments) - 1 - script.idle - length)

    def _at(self, moment: datetime) -> None:
        self.clock.set(max(moment, self.clock.now()))
        self.stage.run_due()

    def _step(self, script: Script, step: int, found: dict[int, Case]) -> bool:
        """Let one thing happen; tell whether the case goes on."""
        origin, destination = script.way
        if step == 0:
            family = families()[script.number]
            centre = f"cc.{origin}.1"
            found[script.number] = self.stage.open(family, centre, destination)
            return True
        case = found[script.number]
        here = self.stage.open_elements(case)
        if here and script.stop != "end" and not script.before(here[0]):
            if script.number % 2:
                self.stage.take(case, here[0])
            return False
        if not here:
            return False
        self._do(script, case, here[0])
        return True

    def _do(self, script: Script, case: Case, element: str) -> None:
        if element in script.returned and self.stage.view(case).round == 1:
            about, why = REMARKS[element]
            remark = {"decision": "return", "remarks": [{"field": about, "text": why}]}
            self.stage.work(case, element, remark)
        elif element == "contact" and script.stop == "unreachable":
            said = {"channel": "phone", "date": self.stage.today(), "result": "no_answer"}
            self.stage.work(case, element, said)
        elif element == "vacancies" and script.stop in {"unemployment_draft", "director_signature"}:
            offer = {"position": case.family.occupation.kk, "employer": "«Береке» ЖШС"}
            self.stage.work(case, element, {"offers": [offer], "reaction": "refused"})
        elif element == "origin_check" and script.stop == "withdrawn":
            self._withdraw(case)
        else:
            self.stage.work(case, element)

    def _withdraw(self, case: Case) -> None:
        actor = self.stage.actor(f"cc{WAYS[0][0]}-1")
        with self.stage.begin() as uow:
            cases.withdraw(uow, self.stage.ctx, actor, case.number)
            uow.commit()
        self.stage.run_due()


def moments(days: WorkingCalendar, now: datetime) -> Iterator[datetime]:
    """Yield every working minute of the last days up to now, oldest first (UTC)."""
    local = now.astimezone(ZONE)
    worked = (local.date() - timedelta(days=ago) for ago in range(3 * DAYS))
    dates = [day for day in worked if days.is_working(day)][:DAYS]
    for day in reversed(dates):
        minute = datetime.combine(day, days.opens, ZONE)
        while minute.time() < days.closes and minute < local:
            yield minute.astimezone(now.tzinfo)
            minute += timedelta(minutes=1)


def demo(installation: Any, told: Callable[[int, int], None]) -> None:
    """Fill an empty installation; do nothing to a filled one."""
    with installation.database.reading() as uow:
        if uow.organisations.all():
            return
    play = Play(installation, told)
    play.furnish(installation.settings.demo_password or "zholdama")
    play.play()


def logins() -> Sequence[tuple[str, str, str]]:
    """Return who may sign in: login, name, and name with roles."""
    return [
        (
            officer.login,
            officer.name,
            f"{officer.name} ({', '.join(map(str, officer.memberships))})",
        )
        for officer in officers()
    ]
