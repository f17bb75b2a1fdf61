"""Activities: what people, handlers and the engine do, with mappings and boundary events."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from engine.bpmn.diagram import Assignment, Flow, Handover
from engine.bpmn.formulas import Formula
from engine.bpmn.specs.base import NodeSpec
from engine.bpmn.timers import moment
from engine.errors import StepFailed
from engine.model.people import Candidate
from engine.model.steps import OpenCall, OpenHandler, OpenTask
from engine.model.text import text

if TYPE_CHECKING:
    from engine.bpmn.live import LiveTask
    from engine.bpmn.specs.multi import MultiSpec


class ActivitySpec(NodeSpec):
    """Makes the local scope, does the work, maps the outputs."""

    #: The multi-instance around, if this is what it repeats.
    each: "MultiSpec | None" = None

    def arrive(self, task: "LiveTask") -> bool | None:
        """Map the inputs, work; if that means waiting, arm the boundary events."""
        self.map_inputs(task)
        if self.work(task):
            self.map_outputs(task, {})
            return True
        for boundary in self.boundaries:
            boundary.arm(task)
        return None

    def work(self, task: "LiveTask") -> bool:
        """Do it: True if done, False if it now waits."""
        return True

    def map_inputs(self, task: "LiveTask") -> None:
        """Evaluate the inputs one after the other: a later one sees the earlier ones."""
        scopes = task.live.scopes
        for name, formula in self.node.inputs:
            scopes.write_local(task, {name: self.value(task, formula)})

    def map_outputs(self, task: "LiveTask", outputs: Mapping[str, object]) -> None:
        """Keep raw outputs: locally if there is an output mapping, which decides what leaves."""
        scopes = task.live.scopes
        if not self.node.outputs:
            scopes.write(task, outputs)
            return
        scopes.write_local(task, outputs)
        outside = task.host if self.each else task.workflow.container
        for name, formula in self.node.outputs:
            scopes.write(outside, {name: self.value(task, formula)})

    def finish(self, task: "LiveTask", outputs: Mapping[str, object]) -> None:
        """Map the outputs and pass on."""
        self.map_outputs(task, outputs)
        task.complete()

    def depart(self, task: "LiveTask") -> None:
        """Disarm the boundary events and pass on; an iteration tells its multi-instance instead."""
        live = task.live
        if self.boundaries:
            live.withdraw(task.dependents)
        if self.each is None:
            super().depart(task)
            return
        host = task.host
        live.journal.left(task, self.detail(task, ()))
        if host is not None:
            self.each.iteration_done(host, task)

    def choose(self, task: "LiveTask") -> Sequence[tuple[Flow, NodeSpec]]:
        """Return the flows as `NodeSpec` does; nothing for what repeats."""
        return () if self.each else super().choose(task)


class UserSpec(ActivitySpec):
    """A user or manual task."""

    def work(self, task: "LiveTask") -> bool:
        """Offer it."""
        task.live.journal.open(self.offer(task, self.node.assignment or Assignment()))
        return False

    def offer(self, task: "LiveTask", duty: Assignment) -> OpenTask:
        """Work out who does it, by when, on which form."""
        return OpenTask(
            token=task.id,
            element=self.node.id,
            candidates=self._candidates(task, duty.candidates),
            assignee=self.words(task, duty.assignee),
            form=self.words(task, duty.form),
            due=self._moment(task, duty.due),
            follow_up=self._moment(task, duty.follow_up),
            priority=self._priority(task, duty.priority),
            local=task.live.scopes.local(task),
        )

    def _candidates(self, task: "LiveTask", formula: Formula | None) -> tuple[str, ...]:
        if formula is None:
            return ()
        found = self.value(task, formula)
        parts = found if isinstance(found, list | tuple) else str(found or "").split(",")
        named = tuple(str(part).strip() for part in parts if str(part).strip())
        for part in named:
            self._see_that_somebody_can(part)
        return named

    def _see_that_somebody_can(self, part: str) -> None:
        """Refuse a step that would offer a task to nobody: it would be in no one's inbox."""
        try:
            Candidate.parse(part)
        except ValueError as exc:
            raise StepFailed(
                text(
                    "{value} names no role at an organisation; write role@organisation", value=part
                ),
                self.node.id,
            ) from exc

    def _moment(self, task: "LiveTask", formula: Formula | None) -> datetime | None:
        found = self.value(task, formula) if formula else None
        return None if found in (None, "") else moment(found, task.live.now)

    def _priority(self, task: "LiveTask", formula: Formula | None) -> int:
        found = self.words(task, formula)
        try:
            return max(0, min(100, int(float(found)))) if found else 50
        except (ValueError, OverflowError) as exc:
            raise StepFailed(
                text("The priority {value} is not a number", value=found), self.node.id
            ) from exc


class ExternalSpec(ActivitySpec):
    """A task, or a throwing message event, with an external topic."""

    def work(self, task: "LiveTask") -> bool:
        """Ask for a handler (law 2): it runs outside, as a job."""
        live = task.live
        own = live.scopes.locals.get(task.id, {})
        live.journal.open(
            OpenHandler(
                token=task.id,
                element=self.node.id,
                topic=self.words(task, self.node.topic),
                inputs={name: own[name] for name, _ in self.node.inputs},
                retry=self.node.retry,
            )
        )
        return False


class ScriptSpec(ActivitySpec):
    """A script task: lines of FEEL."""

    def work(self, task: "LiveTask") -> bool:
        """Assign one line after the other."""
        for name, formula in self.node.script.lines if self.node.script else ():
            task.live.scopes.write(task, {name: self.value(task, formula)})
        return True


class CallSpec(ActivitySpec):
    """A call activity: an instance of its own does it (law 11)."""

    def work(self, task: "LiveTask") -> bool:
        """Ask for the called process."""
        called = self.node.called
        if called is not None:
            task.live.journal.open(
                OpenCall(
                    token=task.id,
                    element=self.node.id,
                    called=self.words(task, called.key),
                    binding=called.binding,
                    business_key=self.words(task, called.business_key),
                    variables=self._handed(called.ins, task, task.live.scopes.seen(task)),
                )
            )
        return False

    def finish(self, task: "LiveTask", outputs: Mapping[str, object]) -> None:
        """Take back what ``camunda:out`` names."""
        called = self.node.called
        super().finish(task, self._handed(called.outs if called else (), task, outputs))

    def _handed(
        self, ways: Sequence[Handover], task: "LiveTask", source: Mapping[str, object]
    ) -> dict[str, object]:
        handed: dict[str, object] = {}
        for way in ways:
            if way.everything:
                handed.update(source)
            elif way.value is not None:
                handed[way.target] = way.value.value(source, task.live.env)
        return handed
