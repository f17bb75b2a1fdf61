"""Where the tokens of one case would stand in another version, and what cannot be.

What waits beside the flow (boundary events, starts of event subprocesses, the events after an
event-based gateway) never hinders: it stays where both versions have it, is withdrawn where the new
one has it not, and is armed where only the new one has it. All other tokens need a place.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from SpiffWorkflow.util.task import TaskState

from engine.bpmn import ahead
from engine.bpmn.diagram import Assignment, Node
from engine.bpmn.live import Inner, Instance, LiveTask
from engine.bpmn.pairing import Pairing, hindrance, same
from engine.bpmn.specs.activities import ActivitySpec, CallSpec, ExternalSpec, UserSpec
from engine.bpmn.specs.base import EventSpec, NodeSpec, ScopeSpec
from engine.bpmn.specs.events import BoundarySpec, ListenerSpec
from engine.bpmn.specs.gateways import EventGatewaySpec
from engine.bpmn.specs.multi import MultiSpec
from engine.model.migrations import Consequence, Effect, Hindrance, Obstacle
from engine.model.text import text


class Arming(NamedTuple):
    """A wait that only the new version has."""

    #: Token of what it waits beside; of a listener, of the subprocess it is in (None: the process).
    token: UUID | None
    #: What it is.
    spec: NodeSpec


@dataclass
class Placement:
    """What becomes of each token."""

    #: New specification by token.
    homes: dict[UUID, NodeSpec] = field(default_factory=dict)
    #: Tokens of waits that the new version has not.
    dropped: list[LiveTask] = field(default_factory=list)
    #: Why some tokens have no place.
    hindrances: list[Hindrance] = field(default_factory=list)
    #: What changes.
    consequences: list[Consequence] = field(default_factory=list)
    #: Tokens whose timer or wait says something else.
    renewed: set[UUID] = field(default_factory=set)
    #: Activities whose inputs, or those of what is around them, say something else.
    fresh: set[UUID] = field(default_factory=set)
    #: User tasks of which something is said differently: what, by token.
    tasks: dict[UUID, frozenset[str]] = field(default_factory=dict)
    #: Flow of the new version by token that waits at a join.
    flows: dict[UUID, str] = field(default_factory=dict)
    #: What has to be armed.
    arming: list[Arming] = field(default_factory=list)
    #: Elements at whose open task nobody may be at work.
    untouched: set[str] = field(default_factory=set)


#: What a user task says, in the order of the modeller's panel.
DUTIES = ("candidates", "assignee", "form", "due", "follow_up", "priority")


def place(live: Instance, pairing: Pairing) -> Placement:
    """Find a place for every token of a case."""
    return _Placing(live, pairing).done()


class _Placing:
    """One case, one mapping."""

    def __init__(self, live: Instance, pairing: Pairing) -> None:
        self.live = live
        self.pairing = pairing
        self.found = Placement()

    def done(self) -> Placement:
        found = self.found
        for task in self.live.everything():
            self._place(task)
        for task in self.live.everything():
            new = found.homes.get(task.id)
            if new is not None:
                self._compare(task, task.task_spec, new)
        self._arm()
        if not found.hindrances:
            found.hindrances += self._stuck()
        return found

    # --- places -------------------------------------------------------------------------------

    def _place(self, task: LiveTask) -> None:
        spec = task.task_spec
        if isinstance(spec, ListenerSpec | BoundarySpec) or alternative(task):
            self._beside(task)
        elif isinstance(spec, ActivitySpec) and spec.each is not None:
            image = self.pairing.image(spec.node.id)
            if isinstance(image, MultiSpec):
                self.found.homes[task.id] = image.body
        else:
            self._stand(task)

    def _beside(self, task: LiveTask) -> None:
        there = self._beside_there(task)
        new = next((one for one in there if self._is(task.task_spec, one)), None)
        if new is not None:
            self.found.homes[task.id] = new
            return
        self.found.dropped.append(task)
        self._tell(Effect.WITHDRAWN, task.task_spec)

    def _beside_there(self, task: LiveTask) -> Sequence[NodeSpec]:
        """Return the waits that the new version has at the same place."""
        host = task.host
        if isinstance(task.task_spec, ListenerSpec):
            scope = self.pairing.scope(task.workflow.spec)
            return scope.listeners if scope else ()
        image = self.pairing.image(host.task_spec.node.id) if host else None
        return () if image is None else beside(image)

    def _stand(self, task: LiveTask) -> None:
        spec = task.task_spec
        obstacle = self.pairing.obstacle(spec) or self._start_gone(task)
        image = self.pairing.image(spec.node.id)
        if obstacle is None and image is not None and task._state == TaskState.WAITING:
            via = self.pairing.flow(spec.node, task.via)
            self.found.flows[task.id] = via
            if not via:
                obstacle = hindrance(Obstacle.JOIN, spec.node.id, image.node.id)
        if obstacle is not None:
            self.found.hindrances.append(obstacle)
        elif image is not None:
            self.found.homes[task.id] = image

    def _start_gone(self, task: LiveTask) -> Hindrance | None:
        """Return an obstacle if the event that began an event subprocess is none any more."""
        start = task.internal_data.get("start")
        if start is None or self.pairing.image(start) is not None:
            return None
        return hindrance(Obstacle.GONE, start)

    # --- what is said differently -------------------------------------------------------------

    def _compare(self, task: LiveTask, old: NodeSpec, new: NodeSpec) -> None:
        if isinstance(new, ActivitySpec) and not isinstance(new, MultiSpec):
            self._note_inputs(task, old, new)
        if isinstance(old, EventSpec) and self._renews(task, old.node, new.node):
            self.found.renewed.add(task.id)
            self._tell(Effect.CHANGED, new)
        if isinstance(old, UserSpec):
            self._note_task(task, old, new)
        elif isinstance(old, CallSpec):
            self._tell(Effect.CALLED, new)

    def _note_inputs(self, task: LiveTask, old: NodeSpec, new: NodeSpec) -> None:
        if _inputs(old) == _inputs(new) and not self._around_fresh(task):
            return
        self.found.fresh.add(task.id)
        if isinstance(new, ExternalSpec):
            self._tell(Effect.ASKED, new)

    def _around_fresh(self, task: LiveTask) -> bool:
        container = task.workflow.container
        return container is not None and container.id in self.found.fresh

    def _renews(self, task: LiveTask, old: Node, new: Node) -> bool:
        before, after = old.event, new.event
        if before is None or after is None:
            return False
        said = ("value", "name", "correlation")
        differs = before.timer != after.timer or any(
            not same(getattr(before, one), getattr(after, one)) for one in said
        )
        host = task.host
        nearer = task.id if host is None else host.id
        return differs or nearer in self.found.fresh or self._around_fresh(task)

    def _note_task(self, task: LiveTask, old: NodeSpec, new: NodeSpec) -> None:
        before, after = (spec.node.assignment or Assignment() for spec in (old, new))
        everything = task.id in self.found.fresh
        said = {
            name
            for name in DUTIES
            if not same(getattr(before, name), getattr(after, name))
            or (everything and _worked_out(getattr(after, name)))
        }
        if said or everything:
            self.found.tasks[task.id] = frozenset(said)
            self._tell(Effect.TASK, new)
        if said & {"candidates", "assignee", "form"}:
            self.found.untouched.add(old.node.id)

    def _tell(self, effect: Effect, spec: NodeSpec) -> None:
        self.found.consequences.append(Consequence(effect=effect, element=spec.node.id))

    # --- what only the new version has --------------------------------------------------------

    def _arm(self) -> None:
        for workflow in self._scopes():
            scope, container = self.pairing.scope(workflow.spec), workflow.container
            new = scope.listeners if scope else ()
            token = None if container is None else container.id
            self._arm_all(token, workflow.spec.listeners, new)
        for task in self.live.everything():
            home = self.found.homes.get(task.id)
            if home is not None and flows_on(task) and task._state == TaskState.STARTED:
                self._arm_all(task.id, beside(task.task_spec), beside(home))

    def _arm_all(
        self, token: UUID | None, before: Sequence[NodeSpec], after: Sequence[NodeSpec]
    ) -> None:
        for spec in after:
            if not any(self._is(old, spec) for old in before):
                self.found.arming.append(Arming(token, spec))
                self._tell(Effect.ARMED, spec)

    def _is(self, old: NodeSpec, new: NodeSpec) -> bool:
        """Tell whether a wait beside the flow stands for an old one.

        If it does and is not armed, it has fired: armed anew, a reminder would come twice.
        """
        named = self.pairing.mapping.get(old.node.id) == new.node.id
        return named and _event(old.node) == _event(new.node)

    def _scopes(self) -> list[Instance | Inner]:
        return [self.live, *self.live.subprocesses.values()]

    # --- can it get stuck from there? ---------------------------------------------------------

    def _stuck(self) -> Iterator[Hindrance]:
        for workflow in self._scopes():
            scope = self.pairing.scope(workflow.spec)
            found = None if scope is None else self._stuck_in(scope, workflow)
            if found is not None:
                yield found

    def _stuck_in(self, scope: ScopeSpec, workflow: Instance | Inner) -> Hindrance | None:
        places = Counter(self._place_of(task) for task in workflow.tokens() if flows_on(task))
        found = ahead.stuck_from(scope.scope, places)
        if found is None:
            return None
        join, trace = found
        said = text("From here the case could wait for ever at {join}", join=join)
        standing = next(task for task in workflow.tokens() if flows_on(task))
        return Hindrance(
            obstacle=Obstacle.STUCK,
            element=standing.task_spec.node.id,
            message=said,
            trace=trace,
        )

    def _place_of(self, task: LiveTask) -> str:
        new = self.found.homes[task.id].node
        return self.found.flows.get(task.id, new.id) if ahead.joins(new) else new.id


def alternative(task: LiveTask) -> bool:
    """Tell whether a token waits at one of the events after an event-based gateway."""
    host = task.host
    return host is not None and isinstance(host.task_spec, EventGatewaySpec)


def flows_on(task: LiveTask) -> bool:
    """Tell whether a token is one of the flow itself, and not of what hangs on it."""
    spec = task.task_spec
    if isinstance(spec, ListenerSpec | BoundarySpec) or alternative(task):
        return False
    return not (isinstance(spec, ActivitySpec) and spec.each is not None)


def _event(node: Node) -> tuple[str, str]:
    """Return what an event is and what it waits for."""
    return node.kind, node.event.kind if node.event else ""


def beside(spec: NodeSpec) -> Sequence[NodeSpec]:
    """Return what waits beside an element while a token is at it."""
    if isinstance(spec, EventGatewaySpec):
        return [after for _, after in spec.follows]
    return spec.boundaries


def _inputs(spec: NodeSpec) -> list[tuple[str, str]]:
    return [(name, formula.source) for name, formula in spec.node.inputs]


def _worked_out(formula: object) -> bool:
    """Tell whether an expression depends on anything."""
    return formula is not None and getattr(formula, "constant", None) is None
