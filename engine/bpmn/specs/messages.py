"""Sending and receiving: messages and signals go out with the step and come in as acts."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.bpmn.specs.activities import ActivitySpec
from engine.bpmn.specs.base import EventSpec, NodeSpec
from engine.bpmn.specs.gateways import EventGatewaySpec
from engine.model.steps import OpenWait, Thrown

if TYPE_CHECKING:
    from engine.bpmn.live import LiveTask


class SendSpec(ActivitySpec):
    """A send task or throwing event that sends a message or signal; its inputs are the payload."""

    def work(self, task: "LiveTask") -> bool:
        """Hand the message to the step."""
        send(self, task)
        return True


def send(spec: NodeSpec, task: "LiveTask") -> None:
    """Put a message or signal on the step's list."""
    event = spec.node.event
    if event is None:
        return
    own = task.live.scopes.locals.get(task.id, {})
    task.live.journal.thrown.append(
        Thrown(
            element=spec.node.id,
            kind=event.kind,
            name=spec.words(task, event.name),
            correlation=spec.words(task, event.correlation),
            business_key=spec.words(task, event.business_key),
            payload={name: own[name] for name, _ in spec.node.inputs if name in own},
        )
    )


class ReceiveSpec(ActivitySpec, EventSpec):
    """A receive task."""

    def work(self, task: "LiveTask") -> bool:
        """Wait for the message."""
        listen(self, task, task)
        return False

    def fire(self, task: "LiveTask", payload: Mapping[str, object]) -> None:
        """Take the message."""
        self.finish(task, payload)

    def finish(self, task: "LiveTask", outputs: Mapping[str, object]) -> None:
        """Win over the other events of a gateway, if there is one."""
        win(task)
        super().finish(task, outputs)


def listen(spec: NodeSpec, task: "LiveTask", seen: "LiveTask") -> None:
    """Open the wait for a message or signal; `seen` is the task whose variables count."""
    event = spec.node.event
    if event is not None:
        task.live.journal.open(
            OpenWait(
                token=task.id,
                element=spec.node.id,
                kind=event.kind,
                name=spec.words(seen, event.name),
                correlation=spec.words(seen, event.correlation),
            )
        )


def win(task: "LiveTask") -> None:
    """If the event was armed by an event-based gateway, withdraw those beside it."""
    host = task.host
    if host is not None and isinstance(host.task_spec, EventGatewaySpec):
        host.task_spec.won(host, task)
        task.live.journal.entered(task)
