"""Opening a scope: the process itself, a subprocess, an event subprocess."""

from collections.abc import Sequence
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
        """Open the scope inside and put a token on its start event.

        Of a token that an administrator sent farther inside: where she sent it.
        """
        inner = Inner(self.inside, task)
        ahead = task.internal_data.pop("ahead", None)
        if ahead is not None:
            listen(inner)
            put(inner, *ahead)
            return False
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
    listen(workflow)
    start._update(workflow.task_tree.sprout(start))


def listen(workflow: Instance | Inner) -> None:
    """Arm the starts of event subprocesses that are not armed."""
    armed = {token.task_spec for token in workflow.tokens() if token.task_spec.listens}
    for listener in workflow.spec.listeners:
        if listener not in armed:
            listener.arm(workflow.task_tree)


def put(workflow: Instance | Inner, way: Sequence[str], behind: bool) -> None:
    """Put a token on the last element of a way through subprocesses, each opened for it.

    `behind`: the last one is not entered: the token goes on after it.
    """
    spec = workflow.spec.task_specs[way[0]]
    token = workflow.task_tree.sprout(spec)
    if len(way) > 1:
        token.internal_data["ahead"] = [list(way[1:]), behind]
    if behind and len(way) == 1:
        token.complete()
    else:
        spec._update(token)
