"""Goes through a scenario on an installation, and tells where it first went another way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from engine.errors import ZholdamaError
from engine.model.calendar import ZONE
from engine.model.people import Actor, Candidate
from engine.model.text import Text, text
from engine.rehearsing.acting import begin, end_of, paths, take, usual, waits
from engine.rehearsing.ground import Ground
from engine.rehearsing.plays import Opening, Plays, of_process
from engine.rehearsing.references import resolved
from engine.services import messages
from engine.services.workshop.scenarios import Scenario, Step, period
from engine.store.rehearsed import Rehearsed

#: Tasks that ``reach`` completes before it gives up.
MOST = 60


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a scenario went."""

    #: The scenario, with the path that was found in place of the expected one.
    found: Scenario
    #: The first thing that went otherwise; None: all went as expected.
    failure: Text | None = None
    #: Line of the file at which; 0: none.
    line: int = 0


class _Otherwise(Exception):
    """Something is not as the scenario says."""

    def __init__(self, said: Text) -> None:
        super().__init__(str(said))
        self.said = said


@dataclass(kw_only=True)
class Replay:
    """One scenario on one ground."""

    #: Where it happens; nothing has happened there yet.
    ground: Ground
    #: What is to happen.
    scenario: Scenario
    #: Whether it is held to what the scenario expects; otherwise only what happens is noted.
    strict: bool = True
    #: Business key of the main case.
    key: str = field(default="", init=False)
    #: The steps as they went.
    steps: list[Step] = field(default_factory=list, init=False)

    @property
    def opening(self) -> Opening:
        """Return how the case is begun."""
        said = self.scenario
        return Opening(
            process=said.process, family=said.family, office=said.office, options=said.options
        )

    @property
    def plays(self) -> Plays | None:
        """Return the domain whose case it is."""
        return of_process(self.ground.plays, self.scenario.process)

    def run(self) -> Outcome:
        """Let it happen; what goes otherwise ends it and is told."""
        line = self.scenario.line
        try:
            self.ground.move(self.scenario.start.replace(tzinfo=ZONE))
            self.key = begin(self.ground, self.opening)
            for step in self.scenario.steps:
                line = step.line
                self._take(step)
            line = self.scenario.line
            self._conclude()
        except _Otherwise as problem:
            return Outcome(found=self._found(), failure=problem.said, line=line)
        except ZholdamaError as problem:
            return Outcome(found=self._found(), failure=_told(problem), line=line)
        except LookupError as problem:
            failure = text("{reason}", reason=str(problem))
            return Outcome(found=self._found(), failure=failure, line=line)
        return Outcome(found=self._found())

    def _found(self) -> Scenario:
        steps = (*self.steps, *self.scenario.steps[len(self.steps) :])
        return replace(
            self.scenario,
            steps=steps,
            path=paths(self.ground, self.key),
            end=end_of(self.ground, self.key),
        )

    # Steps.

    def _take(self, step: Step) -> None:
        self.ground.clock.advance(timedelta(minutes=1))
        _STEPS[step.kind](self, step)
        self.ground.run_due()
        now = waits(self.ground, self.key)
        self.steps.append(replace(step, then=now))
        if self.strict and step.then is not None and step.then != now:
            raise _Otherwise(
                text(
                    "Expected to wait at {expected}, but it is at {found}",
                    expected=", ".join(step.then) or "-",
                    found=", ".join(now) or "-",
                )
            )

    def _do(self, step: Step) -> None:
        self._complete(self._row(step.what, step.case), step)

    def _reach(self, step: Step) -> None:
        for _ in range(MOST):
            rows = self._open(step.case)
            if any(row.element == step.what for row in rows):
                return
            if not rows:
                break
            self.ground.clock.advance(timedelta(minutes=1))
            self._complete(rows[0], replace(step, values=None, by=""))
            self.ground.run_due()
        raise _Otherwise(text("{element} is never reached", element=step.what))

    def _wait(self, step: Step) -> None:
        days, hours, minutes = period(step.what) or (0, 0, 0)
        self.ground.later(timedelta(days=days, hours=hours, minutes=minutes))

    def _until(self, step: Step) -> None:
        self.ground.move(step.what.replace(tzinfo=ZONE))

    def _switch(self, step: Step) -> None:
        for system, mode in step.what.items():
            self.ground.switch(system, str(mode))

    def _tell(self, step: Step) -> None:
        act = self.plays.acts.get(step.what) if self.plays else None
        actor = self._actor(step.by)
        if act is not None:
            act(self.ground.stage, actor, self.key + step.case, step.details)
            return
        with self.ground.database.begin() as uow:
            reached = messages.publish(
                uow,
                self.ground.context,
                actor,
                step.what,
                business_key=self.key + step.case,
                payload=step.details,
            )
            uow.commit()
        if not reached:
            raise _Otherwise(text("Nobody waits for the message {name}", name=step.what))

    def _act(self, step: Step) -> None:
        act = self.plays.acts.get(step.what) if self.plays else None
        if act is None:
            raise _Otherwise(text("The domain has no act {name}", name=step.what))
        act(self.ground.stage, self._actor(step.by), self.key + step.case, step.details)

    # Tasks.

    def _open(self, case: str) -> list[Any]:
        with self.ground.database.reading() as uow:
            rows = Rehearsed(uow).open_tasks()
        return [row for row in rows if row.business_key == self.key + case]

    def _row(self, element: str, case: str) -> Any:
        rows = self._open(case)
        for row in rows:
            if row.element == element:
                return row
        found = ", ".join(row.element for row in rows) or "-"
        raise _Otherwise(
            text("{element} does not wait; {found} does", element=element, found=found)
        )

    def _complete(self, row: Any, step: Step) -> None:
        actor = take(self.ground, row, self._by(step.by), self.scenario.family)
        values = (
            usual(self.ground, self.opening, row, actor)
            if step.values is None
            else resolved(self.ground, actor, row.id, step.values)
        )
        self.ground.stage.complete(actor, row.id, values)

    def _by(self, written: str) -> Candidate | None:
        try:
            return Candidate.parse(written) if written else None
        except ValueError:
            raise _Otherwise(text("{who} is not role@office", who=written)) from None

    def _actor(self, written: str) -> Actor:
        candidate = self._by(written)
        if candidate is None:
            raise _Otherwise(text('Say who does it: by = "role@office"'))
        return self.ground.stage.load(self.ground.holder(candidate))

    # The end.

    def _conclude(self) -> None:
        if not self.strict:
            return
        end = end_of(self.ground, self.key)
        if end != self.scenario.end:
            expected, found = self.scenario.end or "-", end or "-"
            raise _Otherwise(
                text("Expected to end at {expected}, not {found}", expected=expected, found=found)
            )
        found_path = paths(self.ground, self.key)
        for process, path in self.scenario.path.items():
            _compare(process, path, found_path.get(process, ()))
        for process in found_path.keys() - self.scenario.path.keys():
            if self.scenario.path:
                raise _Otherwise(text("{process} was not expected to run", process=process))


_STEPS: Mapping[str, Callable[[Replay, Step], None]] = {
    "do": Replay._do,
    "reach": Replay._reach,
    "wait": Replay._wait,
    "until": Replay._until,
    "switch": Replay._switch,
    "tell": Replay._tell,
    "act": Replay._act,
}


def _compare(process: str, expected: Sequence[str], found: Sequence[str]) -> None:
    for element in expected:
        if element not in found:
            raise _Otherwise(
                text("{element} of {process} was not reached", element=element, process=process)
            )
    for element in found:
        if element not in expected:
            raise _Otherwise(
                text(
                    "{element} of {process} was reached, unexpectedly",
                    element=element,
                    process=process,
                )
            )


def _told(problem: ZholdamaError) -> Text:
    errors = getattr(problem, "errors", {})
    if not errors:
        return problem.text
    field_, said = next(iter(errors.items()))
    return text("{what} ({field}: {why})", what=problem.text, field=field_, why=said[0])
