"""What the present step does, collected for its `Step`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from engine.model.steps import (
    ElementEvent,
    Happened,
    OpenCall,
    OpenHandler,
    OpenTask,
    OpenTimer,
    OpenWait,
    Thrown,
)

if TYPE_CHECKING:
    from engine.bpmn.live import LiveTask

Opened = OpenTask | OpenTimer | OpenHandler | OpenWait | OpenCall


class Journal:
    """Events in order, and what was opened and is still open."""

    def __init__(self) -> None:
        """Start empty."""
        self.events: list[ElementEvent] = []
        self.opened: dict[UUID, Opened] = {}
        self.thrown: list[Thrown] = []

    def entered(self, task: "LiveTask") -> None:
        """Record that a token has come to an element."""
        self._add(task, Happened.ENTERED, {})

    def left(self, task: "LiveTask", detail: Mapping[str, object]) -> None:
        """Record that a token has left an element."""
        self._add(task, Happened.LEFT, detail)

    def ended(self, task: "LiveTask", detail: Mapping[str, object]) -> None:
        """Record that an end event was reached."""
        self._add(task, Happened.ENDED, detail)

    def cancelled(self, task: "LiveTask") -> None:
        """Record that an element was withdrawn unfinished."""
        self._add(task, Happened.CANCELLED, {})

    def _add(self, task: "LiveTask", happened: Happened, detail: Mapping[str, object]) -> None:
        self.events.append(
            ElementEvent(
                element=task.task_spec.node.id,
                happened=happened,
                token=task.id,
                detail=detail,
                sealed=task.internal_data.get("sealed"),
            )
        )

    def open(self, opened: Opened) -> None:
        """Record that something now waits outside: a person, the clock, a handler, a message."""
        self.opened[opened.token] = opened
