"""Gateways. Joins count tokens by the flow they came on, as BPMN says, and nothing else."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from SpiffWorkflow.util.task import TaskState

from engine.bpmn.diagram import Flow
from engine.bpmn.specs.base import NodeSpec

if TYPE_CHECKING:
    from engine.bpmn.live import LiveTask


class ExclusiveSpec(NodeSpec):
    """Takes the first flow whose condition holds, else the default."""

    def choose(self, task: "LiveTask") -> Sequence[tuple[Flow, NodeSpec]]:
        """Return one flow, in the order of drawing."""
        if len(self.follows) == 1 and self.follows[0][0].condition is None:
            return self.follows
        for flow, spec in self.follows:
            if not flow.default and (flow.condition is None or self.holds(task, flow.condition)):
                return [(flow, spec)]
        return self.default(task)


class JoinSpec(NodeSpec, ABC):
    """A gateway that may have to wait for tokens on several flows."""

    def _update_hook(self, my_task: "LiveTask") -> bool:
        if len(self.node.incoming) < 2:
            return True
        my_task._set_state(TaskState.WAITING)
        return self.arrived(my_task)

    @abstractmethod
    def arrived(self, task: "LiveTask") -> bool:
        """Tell whether the token that has just come completes the join."""

    def waiting(self, task: "LiveTask") -> dict[str, "LiveTask"]:
        """Return the longest waiting token of each incoming flow."""
        oldest: dict[str, LiveTask] = {}
        for other in task.workflow.tasks.values():
            if other.task_spec is self and other._state == TaskState.WAITING:
                oldest.setdefault(other.via, other)
        return oldest

    def consume(self, tokens: Iterable["LiveTask"], survivor: "LiveTask") -> None:
        """Let the other tokens go: one is left to pass on."""
        for token in list(tokens):
            if token is not survivor:
                token._set_state(TaskState.COMPLETED)
                token.workflow.drop(token)


class ParallelSpec(JoinSpec):
    """Waits for a token on each incoming flow, takes one of each, passes one on each outgoing."""

    def arrived(self, task: "LiveTask") -> bool:
        """Tell whether each flow has a token now."""
        oldest = self.waiting(task)
        if len(oldest) < len(self.node.incoming):
            return False
        self.consume(oldest.values(), task)
        return True

    def choose(self, task: "LiveTask") -> Sequence[tuple[Flow, NodeSpec]]:
        """Return all flows: conditions mean nothing here."""
        return self.follows


class InclusiveSpec(JoinSpec):
    """Waits while some other token could still come on a flow that has none (BPMN 2.0, 13.4.3)."""

    def arrived(self, task: "LiveTask") -> bool:
        """Wait: whether others will come shows when all else rests."""
        return False

    @cached_property
    def _sources(self) -> dict[str, frozenset[str]]:
        """Return, per incoming flow, the elements a token can come from without passing here."""
        return {flow.id: frozenset(self._before(flow)) for flow in self.node.incoming}

    def _before(self, flow: Flow) -> set[str]:
        nodes = self._wf_spec.scope.nodes
        seen: set[str] = set()
        stack = [flow.source]
        while stack:
            name = stack.pop()
            if name in seen or name == self.node.id:
                continue
            seen.add(name)
            node = nodes[name]
            stack += [incoming.source for incoming in node.incoming]
            if node.attached_to:
                stack.append(node.attached_to)
            if node.kind == "intermediateCatchEvent" and node.event and node.event.kind == "link":
                stack += [other.id for other in nodes.values() if _throws_to(other, node)]
        return seen

    def pass_if_complete(self, task: "LiveTask") -> bool:
        """Let the join pass if no token elsewhere has to be waited for; tell whether it did."""
        oldest = self.waiting(task)
        if any(self._may_come(other, oldest) for other in task.workflow.tokens()):
            return False
        self.consume(oldest.values(), task)
        task._ready()
        return True

    def _may_come(self, other: "LiveTask", oldest: dict[str, "LiveTask"]) -> bool:
        """Tell whether a token can reach an empty flow, and none that already has a token."""
        spec = other.task_spec
        if spec is self or spec.quiet:
            return False
        empty = any(
            spec.node.id in self._sources[flow] for flow in self._sources if flow not in oldest
        )
        return empty and not any(spec.node.id in self._sources[flow] for flow in oldest)


def _throws_to(other: object, catch: object) -> bool:
    """Tell whether a link throw event leads to a link catch event."""
    event, target = getattr(other, "event", None), getattr(catch, "event", None)
    return (
        getattr(other, "kind", "") == "intermediateThrowEvent"
        and event is not None
        and target is not None
        and event.kind == "link"
        and event.name.source == target.name.source
    )


class EventGatewaySpec(NodeSpec):
    """Arms the events after it; the first that happens takes the token."""

    def arrive(self, task: "LiveTask") -> None:
        """Arm the events; the gateway itself waits with them."""
        for flow, spec in self.follows:
            task.sprout(spec, flow.id).run()

    def won(self, task: "LiveTask", winner: "LiveTask") -> None:
        """Withdraw the events that lost, and leave the gateway."""
        live = task.live
        winner.detach()
        live.withdraw(task.dependents)
        live.journal.left(task, {"flows": [winner.via]})
        live.close(task)
        task._set_state(TaskState.COMPLETED)
        task.workflow.drop(task)
