"""The demo: 40 families at every stage, made by playing their way under a clock of its own.

Nothing is inserted: people claim, fill in, sign and return through the services, timers fire, and
registries answer from the sandbox, in the order of the clock. It stops at the present moment.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from engine.demo import Cast, Stage
from handlers.kandas import cases
from handlers.kandas.rehearsal import Case, Rehearsal
from handlers.kandas.staff import officers, offices
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
#: What they checked before they returned it, where the form asks.
FOUND: Mapping[str, Mapping[str, object]] = {
    "head_check": {
        "relatives": "no",
        "questionnaire": "differs",
        "differences": "Картада басқа мекенжай тұр.",
    },
    "completeness": {"data_complete": False, "scans_there": True, "consent_there": True},
}


@dataclass(kw_only=True)
class Script:
    """How far a family comes, and what happens on the way."""

    #: Number of the family and of the case, from 0.
    number: int
    #: Where it is left: a step, or one of the endings of `LEFT`.
    stop: str
    #: Steps that return it once.
    returned: tuple[str, ...]
    #: Working minutes from the last act to the present.
    idle: int
    #: The case, once it is open.
    case: Case | None = field(default=None, init=False)

    @property
    def way(self) -> tuple[str, str]:
        """Return the regions of origin and settlement."""
        return WAYS[self.number % len(WAYS)]

    @property
    def length(self) -> int:
        """Return the working minutes from the first act to the last."""
        steps = STEPS.index(self.stop) if self.stop in STEPS else len(STEPS)
        steps += 7 * len(self.returned)
        if self.stop == "rework":
            steps = STEPS.index(self.returned[0]) + 2
        return sum(self.gap(step) for step in range(steps))

    def gap(self, step: int) -> int:
        """Return the working minutes that a step takes: from half an hour to half a day."""
        return 30 + (self.number * 37 + step * 53) % 170

    def before(self, element: str) -> bool:
        """Tell whether a step lies before the place where the case is left."""
        if self.stop not in STEPS or element not in STEPS:
            return element != self.stop
        return STEPS.index(element) < STEPS.index(self.stop)

    def act(self, stage: Stage, step: int) -> int | None:
        """Let one thing happen; None: the case is where it is to be left."""
        rehearsal = Rehearsal.on(stage)
        if self.case is None:
            origin, destination = self.way
            family = families()[self.number]
            self.case = rehearsal.open(family, f"cc.{origin}.1", destination)
            return self.gap(step)
        here = rehearsal.open_elements(self.case)
        if not here:
            return None
        if self.stop != "end" and not self.before(here[0]):
            if self.number % 2:
                rehearsal.take(self.case, here[0])
            return None
        self._do(rehearsal, self.case, here[0])
        return self.gap(step)

    def _do(self, stage: Rehearsal, case: Case, element: str) -> None:
        if element in self.returned and stage.view(case).round == 1:
            about, why = REMARKS[element]
            returns = {"decision": "return", "remarks": [{"field": about, "text": why}]}
            remark = {**FOUND.get(element, {}), **returns}
            stage.work(case, element, remark)
        elif element == "contact" and self.stop == "unreachable":
            said = {"channel": "phone", "date": stage.today(), "result": "no_answer"}
            stage.work(case, element, said)
        elif element == "vacancies" and self.stop in {"unemployment_draft", "director_signature"}:
            offer = {"position": case.family.occupation.kk, "employer": "«Береке» ЖШС"}
            stage.work(case, element, {"offers": [offer], "reaction": "refused"})
        elif element == "origin_check" and self.stop == "withdrawn":
            _withdraw(stage, case)
        else:
            stage.work(case, element)


def _withdraw(stage: Rehearsal, case: Case) -> None:
    actor = stage.actor(f"cc{WAYS[0][0]}-1")
    with stage.begin() as uow:
        cases.withdraw(uow, stage.ctx, actor, case.number)
        uow.commit()
    stage.run_due()


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


def cast() -> Cast:
    """Return what order 170 brings to the demo."""
    return Cast(
        offices=list(offices()), officers=list(officers()), scripts=list(scripts()), days=DAYS
    )
