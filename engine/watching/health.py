"""Whether the process can do its work; strangers are told yes or no and nothing else.

Alive: the process answers. Ready: the database answers, its schema is this program's, and whatever
beats (the tick, the executor's loop) has beaten of late. Answers are kept for a moment: whoever
asks in a loop costs one statement a second.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from time import monotonic
from typing import Any, Protocol

from engine.errors import ZholdamaError

log = logging.getLogger(__name__)

#: Seconds for which an answer of the database is good, and one of the schema, which is dearer.
FRESH, SCHEMA_FRESH = 1.0, 30.0
#: Seconds without a beat after which something is taken for dead. Tick and executor beat every few
#: seconds, but either may wait at a lock for 30 s.
TICK_SILENCE, LOOP_SILENCE = 60.0, 60.0


class Reachable(Protocol):
    """The database, as far as health knows it."""

    def reading(self) -> AbstractContextManager[Any]:
        """Open a unit of work that changes nothing."""
        ...

    def check_schema(self) -> None:
        """Raise `Unavailable` unless the schema is the program's."""
        ...


class Heart:
    """Remembers when something last beat."""

    def __init__(self, patience: float) -> None:
        """Take it for dead after so many seconds of silence."""
        self._patience = patience
        self._last = monotonic()

    def beat(self) -> None:
        """Say that it lives."""
        self._last = monotonic()

    def alive(self) -> bool:
        """Tell whether it beat of late."""
        return monotonic() - self._last < self._patience


class Health:
    """Answers probes. One per process; safe to share between threads."""

    def __init__(self, database: Reachable) -> None:
        """Look after a database; `expect` adds what else must live."""
        self._database = database
        self._alive: dict[str, Callable[[], bool]] = {}
        self._lock = threading.Lock()
        self._asked = self._schema = float("-inf")
        self._trouble = ""

    def expect(self, name: str, alive: Callable[[], bool]) -> None:
        """Be ready only while `alive` says so."""
        self._alive[name] = alive

    def ready(self) -> bool:
        """Tell whether everything works; never raises."""
        return not self.trouble()

    def trouble(self) -> str:
        """Return what does not work (``database``, ``schema``, ``tick``, …); empty: all does."""
        silent = next((name for name, alive in self._alive.items() if not alive()), "")
        return silent or self._of_database()

    def _of_database(self) -> str:
        # One asks, the others take what the last one found: a database that hangs holds one thread.
        if not self._lock.acquire(blocking=False):
            return self._trouble
        try:
            if monotonic() - self._asked >= FRESH:
                self._note(self._look())
                self._asked = monotonic()
            return self._trouble
        finally:
            self._lock.release()

    def _note(self, trouble: str) -> None:
        if trouble != self._trouble:
            log.warning("not ready: %s", trouble) if trouble else log.warning("ready again")
        self._trouble = trouble

    def _look(self) -> str:
        stage = "database"
        try:
            with self._database.reading() as uow:
                uow.database_now()
            stage = "schema"
            if monotonic() - self._schema >= SCHEMA_FRESH or self._trouble:
                self._database.check_schema()
                self._schema = monotonic()
        except ZholdamaError:
            return stage
        return ""
