"""Opening a scope: the process itself, a subprocess, an event subprocess."""

from typing import TYPE_CHECKING

from engine.bpmn.live import Inner, Instance, LiveTask
from engine.bpmn.specs.activities import ActivitySpec
from engine.errors import StepFailed
from engine.model.text import text

if TYPE_CHECKING:
    from engine.bpmn.specs.base import NodeSpec, ScopeSpec


class SubprocessSpec(ActivitySpec):
    """An embedded or event subprocess."""

    can_be_acted_on = False
    #: Specification of the inside; set by `engine.bpmn.build`.
    inside: "ScopeSpec"

    def work(self, task: LiveTask) -> bool:
        """Open the scope inside and put a token on its start event."""
        inner = Inner(self.inside, task)
        named = task.internal_data.get("start")
        start = self.inside.task_specs[named] if named else self.inside.plain_start
        begin(inner, start)
        return False


def begin(workflow: Instance | Inner, start: "NodeSpec | None") -> None:
    """Arm the starts of event subprocesses and put a token on a start event."""
    if start is None:
        raise StepFailed(
            text("{scope} has no start event without a trigger", scope=workflow.spec.name)
        )
    root = workflow.task_tree
    for listener in workflow.spec.listeners:
        listener.arm(root)
    token = root.sprout(start)
    start._update(token)
