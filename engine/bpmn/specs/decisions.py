"""Business rule tasks: a decision table within the step, and what Camunda 7 makes of its result."""

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from engine.bpmn.diagram import Decision
from engine.bpmn.formulas import plain
from engine.bpmn.specs.activities import ActivitySpec
from engine.errors import ExpressionError, StepFailed
from engine.model.text import text

if TYPE_CHECKING:
    from engine.bpmn.live import LiveTask


class DecisionSpec(ActivitySpec):
    """A business rule task with a decision table."""

    def work(self, task: "LiveTask") -> bool:
        """Evaluate the decision within the step."""
        live, decision = task.live, self.node.decision
        if decision is not None:
            seen = live.scopes.seen(task)
            value, fired = live.env.decide(self.words(task, decision.ref), seen)
            task.internal_data["detail"], task.internal_data["sealed"] = told(fired, value)
            self._keep(task, decision, mapped(decision.mapping, value))
        return True

    def _keep(self, task: "LiveTask", decision: Decision, value: object) -> None:
        scopes = task.live.scopes
        if decision.result:
            scopes.write(task, {decision.result: value})
        else:
            scopes.write_local(task, {"decisionResult": value})


def told(fired: object, value: object) -> tuple[dict[str, object], dict[str, object]]:
    """Return what history keeps of a decision: openly which rules fired, sealed what they went by.

    The inputs and the result may tell of a person, the numbers of rules do not.
    """
    tables = fired if isinstance(fired, list) else [fired]
    rules = [_openly(one) for one in tables]
    with suppress(ExpressionError):
        return {"rules": rules}, {"result": plain(value), "tables": plain(tables)}
    return {"rules": rules}, {"tables": rules}


def _openly(one: object) -> object:
    if not isinstance(one, Mapping):
        return one
    return {name: said for name, said in one.items() if name in {"decision", "rules"}}


def mapped(mapping: str, value: object) -> object:
    """Apply ``camunda:mapDecisionResult`` to what a decision gave."""
    if mapping == "collectEntries" and isinstance(value, list):
        return [_single(item) for item in value]
    if mapping == "singleEntry":
        return _single(_first(value))
    if mapping == "singleResult":
        return _first(value)
    if mapping == "resultList" and not isinstance(value, list):
        return [] if value is None else [value]
    return value


def _first(value: object) -> object:
    if not isinstance(value, list):
        return value
    if len(value) > 1:
        raise StepFailed(text("The decision gave {count} results, not one", count=len(value)))
    return value[0] if value else None


def _single(value: object) -> object:
    if isinstance(value, Mapping) and len(value) == 1:
        return next(iter(value.values()))
    return value
