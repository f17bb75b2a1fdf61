"""Variables as in Camunda 7: one top scope, local ones inside; read outward, write where it is.

A local scope belongs to a token: the inputs of an activity, an iteration of a multi-instance. It
goes when the token goes.
"""

from collections import ChainMap
from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING
from uuid import UUID

from engine.bpmn.formulas import plain

if TYPE_CHECKING:
    from engine.bpmn.live import LiveTask

Values = dict[str, object]


class Scopes:
    """All variables of an instance."""

    def __init__(self) -> None:
        """Start without any."""
        #: The instance's own.
        self.top: Values = {}
        #: Local ones by token.
        self.locals: dict[UUID, Values] = {}

    def _inner(self, task: "LiveTask | None") -> list[Values]:
        """Return the local scopes a task sees, the nearest first."""
        found: list[Values] = []
        if not self.locals:
            return found
        while task is not None:
            own = self.locals.get(task.id)
            if own is not None:
                found.append(own)
            host = task.host
            task = host if host is not None and host.task_spec.repeats else task.workflow.container
        return found

    def seen(self, task: "LiveTask | None") -> Mapping[str, object]:
        """Return the variables a task sees. To be read only, and not to be kept."""
        inner = self._inner(task)
        if not inner:
            return self.top
        maps: list[MutableMapping[str, object]] = [*inner, self.top]
        return ChainMap(*maps)

    def local(self, task: "LiveTask") -> Values:
        """Return the merged local variables a task sees, without the top scope."""
        merged: Values = {}
        for values in reversed(self._inner(task)):
            merged.update(values)
        return merged

    def write(self, task: "LiveTask | None", values: Mapping[str, object]) -> None:
        """Write each where its name is, otherwise at the top; `ExpressionError` for objects."""
        if not values:
            return
        inner = self._inner(task)
        for name, value in values.items():
            target = next((scope for scope in inner if name in scope), self.top)
            target[name] = plain(value)

    def write_local(self, task: "LiveTask", values: Mapping[str, object]) -> None:
        """Write into the task's own scope, which is made if need be."""
        own = self.locals.setdefault(task.id, {})
        for name, value in values.items():
            own[name] = plain(value)
