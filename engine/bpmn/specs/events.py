"""Events: what waits for the clock, a message or a signal; ends; boundary events."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from SpiffWorkflow.util.task import TaskState

from engine.bpmn import timers
from engine.bpmn.live import LiveTask
from engine.bpmn.specs.activities import ActivitySpec, ExternalSpec
from engine.bpmn.specs.base import EventSpec, NodeSpec
from engine.bpmn.specs.errors import raise_error
from engine.bpmn.specs.messages import SendSpec, listen, win
from engine.model.steps import OpenTimer

if TYPE_CHECKING:
    from datetime import datetime

    from engine.bpmn.specs.scope import SubprocessSpec


def arm(spec: NodeSpec, task: LiveTask, seen: LiveTask) -> None:
    """Open what an event waits for; `seen` is the task whose variables count."""
    event = spec.node.event
    if event is None or event.kind != "timer" or event.value is None:
        listen(spec, task, seen)
        return
    live = task.live
    due, again = timers.first(spec.value(seen, event.value), live.now)
    start_timer(task, due, again)


def start_timer(task: LiveTask, due: "datetime", again: timers.Recurrence | None) -> None:
    """Note when a timer is due, and have it made a job."""
    task.internal_data["due"] = due
    if again is not None:
        task.internal_data["again"] = again
    task.live.journal.open(OpenTimer(token=task.id, element=task.task_spec.node.id, due=due))


class CatchSpec(ActivitySpec, EventSpec):
    """An intermediate catching event: timer, message or signal."""

    def work(self, task: LiveTask) -> bool:
        """Wait for it."""
        arm(self, task, task)
        return False

    def fire(self, task: LiveTask, payload: Mapping[str, object]) -> None:
        """Take what happened and pass on."""
        win(task)
        self.finish(task, payload)


class RepeatableSpec(EventSpec):
    """An event beside the flow: on the edge of an activity, or the start of an event subprocess."""

    quiet = True

    def again(self, task: LiveTask) -> None:
        """If a cycle is to go on, arm the next time under a new token: one token, one job."""
        recurrence = task.internal_data.get("again")
        if recurrence is None:
            return
        live = task.live
        due, after = timers.following(task.internal_data["due"], recurrence, live.env)
        anew = LiveTask(task.workflow, self, task.host or task.workflow.task_tree)
        anew.last_state_change = live.moment
        anew._set_state(TaskState.STARTED)
        self.rearmed(anew)
        start_timer(anew, due, after)

    def rearmed(self, task: LiveTask) -> None:
        """Note a newly armed token."""

    def stays(self, task: LiveTask) -> bool:
        """Tell whether the wait goes on after it fired: messages and signals may come again."""
        event = self.node.event
        return not self.node.interrupting and event is not None and event.kind != "timer"


class BoundarySpec(RepeatableSpec):
    """A boundary event."""

    def arm(self, host: LiveTask) -> None:
        """Begin to wait beside an activity."""
        host.sprout(self).run()

    def arrive(self, task: LiveTask) -> None:
        """Open the wait; the activity's local variables are seen."""
        arm(self, task, task.host or task)

    def fire(self, task: LiveTask, payload: Mapping[str, object]) -> None:
        """Send a token out, withdraw the activity if it interrupts."""
        live, host = task.live, task.host
        token = LiveTask(task.workflow, self, task.workflow.task_tree) if self.stays(task) else task
        if self.node.interrupting:
            task.detach()
            live.withdraw([host] if host is not None else [])
        elif token is task:
            self.again(task)
            task.detach()
        live.journal.entered(token)
        self.finish(token, payload)

    def catch(self, host: LiveTask, payload: Mapping[str, object], code: str) -> None:
        """Catch an error of the activity."""
        live = host.live
        token = LiveTask(host.workflow, self, host.workflow.task_tree)
        token.internal_data["detail"] = {"code": code}
        live.withdraw([host])
        live.journal.entered(token)
        self.finish(token, payload)


class ListenerSpec(RepeatableSpec):
    """Waits for the start of an event subprocess as long as its scope is open."""

    listens = True

    def __init__(self, start: NodeSpec, subprocess: "SubprocessSpec") -> None:
        """Stand in the scope around for a start event inside."""
        super().__init__(subprocess._wf_spec, start.node, f"{start.node.id}#listen")
        self.subprocess = subprocess

    def arm(self, root: LiveTask) -> None:
        """Begin to listen when the scope opens."""
        task = root.sprout(self)
        self.rearmed(task)
        task.run()

    def rearmed(self, task: LiveTask) -> None:
        """Do not keep the scope open for it."""
        task.workflow.listeners.add(task.id)

    def arrive(self, task: LiveTask) -> None:
        """Open the wait."""
        arm(self, task, task)

    def fire(self, task: LiveTask, payload: Mapping[str, object]) -> None:
        """Start the event subprocess, withdrawing all else in the scope if it interrupts."""
        live, workflow = task.live, task.workflow
        if self.node.interrupting:
            live.withdraw(list(workflow.tokens()))
        elif not self.stays(task):
            self.again(task)
            live.withdraw([task])
        self.begin(workflow.task_tree, payload)

    def begin(self, root: LiveTask, payload: Mapping[str, object]) -> None:
        """Put a token on the event subprocess."""
        live = root.live
        live.scopes.write(root.workflow.container, payload)
        token = root.sprout(self.subprocess)
        token.internal_data["start"] = self.node.id
        self.subprocess._update(token)

    def catch(self, root: LiveTask, payload: Mapping[str, object]) -> None:
        """Catch an error in the scope: it always interrupts."""
        root.live.withdraw(list(root.workflow.tokens()))
        self.begin(root, payload)


class _Ends(NodeSpec):
    """What reaching an end means."""

    def depart(self, task: LiveTask) -> None:
        """Note the end; the scope looks by itself whether anything is left."""
        live = task.live
        live.close(task)
        live.end = self.node.id
        live.journal.ended(task, dict(task.internal_data.get("detail", ())))


class EndSpec(_Ends):
    """An end event: none, terminate or error."""

    def arrive(self, task: LiveTask) -> bool | None:
        """End the path, the scope, or throw."""
        event, live = self.node.event, task.live
        if event is not None and event.kind == "terminate":
            live.withdraw([other for other in task.workflow.tokens() if other is not task])
        if event is not None and event.kind == "error":
            self._throw(task, self.words(task, event.name))
            return None
        return True

    def _throw(self, task: LiveTask, code: str) -> None:
        task.internal_data["detail"] = {"code": code}
        self.depart(task)
        if not raise_error(task, code):
            task.live.fail(code)


class EndSendSpec(_Ends, SendSpec):
    """An end event that sends a message or signal."""


class EndExternalSpec(_Ends, ExternalSpec):
    """An end event whose message a handler sends."""
