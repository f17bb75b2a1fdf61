"""BPMN errors: from where they are thrown outward to what catches them (BPMN 2.0, 10.5.6)."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from engine.bpmn.live import LiveTask
    from engine.bpmn.specs.base import NodeSpec

CatcherT = TypeVar("CatcherT")


def raise_error(
    task: "LiveTask",
    code: str,
    message: str = "",
    variables: Mapping[str, object] | None = None,
) -> bool:
    """Hand an error to the nearest catcher; False, with nothing done, if there is none.

    Asked are, from the inside out: the boundary of the activity, the event subprocesses of the
    scope it is in, the boundary of that scope's subprocess, and so on. At one place an exact code
    goes before one that catches any.
    """
    given = dict(variables or {})
    current: LiveTask | None = task
    while current is not None:
        host = current.host
        if host is not None and host.task_spec.repeats:
            current = host
        boundary = _fitting(current.task_spec.error_boundaries, code)
        if boundary is not None:
            boundary.catch(current, _payload(boundary, code, message, given), code)
            return True
        scope = current.workflow
        listener = None if current.task_spec.node.triggered else _fitting(scope.spec.errors, code)
        if listener is not None:
            listener.catch(scope.task_tree, _payload(listener, code, message, given))
            return True
        current = scope.container
    return False


def _fitting(catchers: Sequence[tuple[str, CatcherT]], code: str) -> CatcherT | None:
    exact = next((spec for caught, spec in catchers if caught == code), None)
    return exact or next((spec for caught, spec in catchers if not caught), None)


def _payload(
    spec: "NodeSpec", code: str, message: str, given: dict[str, object]
) -> dict[str, object]:
    event = spec.node.event
    if event is None:
        return given
    named = {event.code_variable: code, event.message_variable: message}
    return given | {name: value for name, value in named.items() if name}
