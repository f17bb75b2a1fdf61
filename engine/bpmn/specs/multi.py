"""Multi-instance: one activity for each item, or so many times, in parallel or one by one."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from SpiffWorkflow.util.task import TaskState

from engine.bpmn.diagram import Multi
from engine.bpmn.formulas import plain
from engine.bpmn.specs.activities import ActivitySpec
from engine.errors import StepFailed
from engine.model.text import text

if TYPE_CHECKING:
    from engine.bpmn.live import LiveTask
    from engine.bpmn.specs.base import ScopeSpec

#: Most iterations: a slip in a cardinality must not fill the office's inbox, or the memory.
MAX_ITERATIONS = 1000


class MultiSpec(ActivitySpec):
    """What is drawn: holds the boundary events and counts the iterations."""

    repeats = True
    can_be_acted_on = False

    def __init__(self, wf_spec: "ScopeSpec", body: ActivitySpec, multi: Multi) -> None:
        """Stand at the element's id; `body` is what is repeated."""
        super().__init__(wf_spec, body.node)
        self.body = body
        self.multi = multi
        body.each = self

    def map_inputs(self, task: "LiveTask") -> None:
        """Do nothing: each iteration maps its own."""

    def map_outputs(self, task: "LiveTask", outputs: Mapping[str, object]) -> None:
        """Do nothing: each iteration maps its own."""

    def work(self, task: "LiveTask") -> bool:
        """Begin all iterations, or the first; no item at all means done."""
        items = self._items(task)
        count = len(items)
        memo = task.internal_data
        memo.update(n=count, done=0, next=0)
        task.live.scopes.write_local(task, self._counts(task))
        if self.multi.sequential:
            memo["items"] = items
            self._begin(task, items, 0, 1)
        else:
            self._begin(task, items, 0, count)
        return count == 0

    def _items(self, task: "LiveTask") -> list[object]:
        if self.multi.collection is not None:
            found = self.value(task, self.multi.collection)
            if found is None:
                found = []
            if not isinstance(found, list | tuple):
                raise StepFailed(
                    text("The collection of {element} is not a list", element=self.node.id),
                    self.node.id,
                )
            items = list(found)
            self._bound(len(items))
            return items
        return [None] * self._cardinality(task)

    def _cardinality(self, task: "LiveTask") -> int:
        formula = self.multi.cardinality
        found = self.value(task, formula) if formula else 0
        try:
            count = int(str(found))
        except ValueError as exc:
            raise StepFailed(
                text(
                    "The cardinality of {element} is {value}, not a whole number",
                    element=self.node.id,
                    value=found,
                ),
                self.node.id,
            ) from exc
        self._bound(count)
        return max(0, count)

    def _bound(self, count: int) -> None:
        if count > MAX_ITERATIONS:
            raise StepFailed(
                text(
                    "{element} would be done {count} times; at most {limit} are allowed",
                    element=self.node.id,
                    count=count,
                    limit=MAX_ITERATIONS,
                ),
                self.node.id,
            )

    def _begin(self, task: "LiveTask", items: list[object], start: int, end: int) -> None:
        task.internal_data["next"] = end
        for index in range(start, min(end, len(items))):
            child = task.sprout(self.body)
            child.internal_data["detail"] = {"loop": index}
            local: dict[str, object] = {"loopCounter": index}
            if self.multi.item:
                local[self.multi.item] = plain(items[index])
            task.live.scopes.locals[child.id] = local
            self.body._update(child)

    def _counts(self, task: "LiveTask") -> dict[str, object]:
        memo = task.internal_data
        active = (1 if memo["n"] else 0) if self.multi.sequential else memo["n"] - memo["done"]
        return {
            "nrOfInstances": memo["n"],
            "nrOfCompletedInstances": memo["done"],
            "nrOfActiveInstances": active,
        }

    def iteration_done(self, task: "LiveTask", child: "LiveTask") -> None:
        """Count; stop if the condition says so; go on with the next; pass on after the last."""
        live, memo = task.live, task.internal_data
        memo["done"] += 1
        live.scopes.write_local(task, self._counts(task))
        stop = self.multi.done is not None and self.holds(child, self.multi.done)
        live.close(child)
        if stop or memo["done"] == memo["n"]:
            self._stop(task, child)
        elif self.multi.sequential:
            self._begin(task, memo["items"], memo["next"], memo["next"] + 1)

    def _stop(self, task: "LiveTask", child: "LiveTask") -> None:
        others = [other for other in task.dependents if other is not child]
        task.live.withdraw(others)
        child.detach()
        task._set_state(TaskState.STARTED)
        task.complete()
