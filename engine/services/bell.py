"""A bell that rings when a commit left work to do: the executor of the same process begins at once.

Only a hint. Nobody may hear it, and another process never does: the tick finds the work within a
second all the same.
"""

from collections.abc import Callable


class Bell:
    """Calls its listeners; shared by all threads of a process."""

    def __init__(self) -> None:
        """Start with nobody listening."""
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` at every ring; it must return at once and never raise."""
        self._listeners.append(listener)

    def ring(self) -> None:
        """Say that there is work; to be handed to `UnitOfWork.after_commit`."""
        for listener in self._listeners:
            listener()
