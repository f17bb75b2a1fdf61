"""A bell that rings when a transaction leaves work to do, so that an executor begins at once.

Only a hint: nobody may hear it. The tick finds the work within a second all the same.
"""

from collections.abc import Callable

from engine.store import UnitOfWork


class Bell:
    """Tells those who listen; shared by all threads of a process."""

    def __init__(self) -> None:
        """Start with nobody listening."""
        self._listeners: list[Callable[[], None]] = []
        self._messengers: list[Callable[[UnitOfWork], None]] = []

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every commit that left work; it returns at once, never raises."""
        self._listeners.append(listener)

    def carry(self, messenger: Callable[[UnitOfWork], None]) -> None:
        """Call `messenger` right before the commit of every transaction that leaves work.

        What it writes is durable together with the work, or not at all: the way to other processes.
        """
        self._messengers.append(messenger)

    def ring(self, uow: UnitOfWork) -> None:
        """Say that this transaction leaves work; those who listen hear it once."""
        for messenger in self._messengers:
            uow.before_commit(messenger)
        for listener in self._listeners:
            uow.after_commit(listener)
