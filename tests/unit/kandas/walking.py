"""Drives the approval chain token by token, without a database: what the diagram itself decides."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from engine import bpmn
from engine.clock import TestClock
from engine.model.acts import Act, CompleteTask, Deliver, FinishHandler, FireTimer
from engine.model.calendar import WorkingCalendar
from engine.model.steps import OpenHandler, OpenTask, OpenTimer, OpenWait, Status, Step
from engine.services import bundles
from handlers.kandas import cases, regions

ROOT = Path(__file__).parents[3]
#: Monday, 7 September 2026, 10:00 in Kazakhstan.
START = datetime(2026, 9, 7, 5, 0, tzinfo=UTC)
FACTS = {
    "identity": "known",
    "marriage": "none",
    "marriage_date": None,
    "marriage_abroad": False,
    "birth": "none",
    "first_birth": None,
    "births_abroad": False,
    "death": "none",
    "death_date": None,
    "education": "none",
    "guardianship": "none",
    "adoption": "none",
}
#: What outside systems answer unless a test says otherwise.
ANSWERS: Mapping[str, Mapping[str, object]] = {
    "registries.gbd_fl.person": {"outcome": "found", "scans": []},
    "registries.civil_registry.acts": {"outcome": "found", "scans": []},
    "registries.guardianship.wards": {"outcome": "found", "scans": []},
    "registries.supreme_court.adoptions": {"outcome": "not_asked", "scans": []},
    "registries.migration_portal.register": {"outcome": "found", "registration_number": "KZ-1"},
    "kandas.documents.facts": {"facts": FACTS},
    "registries.labour_exchange.vacancies": {"outcome": "found", "vacancies": []},
}


def files() -> dict[str, bytes]:
    """Read the diagram, its tables and its forms."""
    found = [*ROOT.glob("processes/kandas/*.bpmn"), *ROOT.glob("processes/kandas/*.dmn")]
    found += ROOT.glob("forms/kandas/*.json")
    return {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in found}


BUNDLE = bundles.load("approval", files())


class Walk:
    """One case."""

    def __init__(self, **variables: object) -> None:
        """Start at the career centre of Abai; the family wants to go to North Kazakhstan."""
        self.clock = TestClock(START)
        self.tasks: dict[str, OpenTask] = {}
        self.handlers: dict[str, OpenHandler] = {}
        self.timers: dict[str, OpenTimer] = {}
        self.waits: dict[str, OpenWait] = {}
        self.answers = dict(ANSWERS)
        self.reached: list[str] = []
        self.calendar = WorkingCalendar()
        self.definition = BUNDLE.definition("kandas_approval")
        known = cases.variables("Қ-26-00001", "cc.10.1", {})
        known |= {"offices": regions.offices("cc.10.1", "59"), "destination": "59"}
        self.state, step = bpmn.start(self.definition, known | variables, self._environment())
        self._take(step)

    def _environment(self) -> bpmn.Environment:
        return BUNDLE.environment(self.calendar, self.clock.now())

    def _take(self, step: Step) -> None:
        self.status, self.variables, self.end = step.status, step.variables, step.end
        for found in (self.tasks, self.handlers, self.timers, self.waits):
            gone = [key for key, one in found.items() if one.token in step.closed]
            for key in gone:
                del found[key]
        self.tasks |= {one.element: one for one in step.tasks}
        self.handlers |= {one.element: one for one in step.handlers}
        self.timers |= {one.element: one for one in step.timers}
        self.waits |= {one.element: one for one in step.waits}
        self.reached += [event.element for event in step.events]

    def act(self, act: Act) -> Step:
        self.state, step = bpmn.advance(self.definition, self.state, act, self._environment())
        self._take(step)
        return step

    def serve(self, *, but: str = "") -> None:
        """Answer all service tasks, except one topic."""
        while waiting := [one for one in self.handlers.values() if one.topic != but]:
            one = waiting[0]
            del self.handlers[one.element]
            self.act(FinishHandler(token=one.token, outputs=self.answers.get(one.topic, {})))

    def do(self, element: str, **variables: object) -> None:
        """Complete a task, then let the systems answer."""
        task = self.tasks.pop(element)
        self.act(CompleteTask(token=task.token, variables=variables))
        self.serve()

    def fire(self, element: str) -> None:
        """Move the clock to a timer and fire it."""
        timer = self.timers.pop(element)
        self.clock.set(max(timer.due, self.clock.now()))
        self.act(FireTimer(token=timer.token, due=timer.due))

    def deliver(self, element: str) -> None:
        """Hand a message to a waiting element."""
        wait = self.waits.pop(element)
        self.act(Deliver(token=wait.token, name=wait.name))
        self.serve()

    def to(self, element: str) -> "Walk":
        """Go on without remarks until a task is open."""
        for task, values in FORWARD.items():
            if element in self.tasks:
                return self
            if task in self.tasks:
                self.do(task, **values)
        assert element in self.tasks, f"{element} was not reached; open: {list(self.tasks)}"
        return self


FORWARD: Mapping[str, Mapping[str, object]] = {
    "consultation": {},
    "application": {"version": 1},
    "scans": {},
    "registration": {},
    "recheck": {"decision": "forward"},
    "head_check": {"decision": "forward"},
    "origin_check": {"decision": "forward"},
    "assignment": {"assigned": "officer"},
    "completeness": {"decision": "forward"},
    "contact": {"contact_result": "reached"},
    "advice": {},
    "vacancies": {"reaction": "interested"},
    "move": {},
    "plan_draft": {},
}


def ended(walk: Walk, at: str) -> bool:
    """Tell whether a case is complete and ended there."""
    return walk.status is Status.COMPLETED and walk.end == at
