"""One queue of writers per SQLite file: first come, first served.

SQLite's own waiting is unfair: with eight threads one of them waited 4.4 s. Waiting here costs
nothing, and the database then only has to wait for other processes.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from engine.errors import Unavailable
from engine.model.text import text
from engine.watching.points import listeners


class Queue:
    """A fair lock."""

    def __init__(self) -> None:
        """Start free."""
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._busy = False

    def _enter(self, seconds: float) -> None:
        with self._lock:
            if not self._busy:
                self._busy = True
                return
            turn = threading.Event()
            self._waiting.append(turn)
        began = perf_counter()
        came = turn.wait(seconds)
        listeners.meter.lock("writer", perf_counter() - began)
        if came:
            return
        with self._lock:
            if not turn.is_set():
                self._waiting.remove(turn)
                raise Unavailable(text("The database is busy; please try again"))

    def _leave(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._busy = False

    @contextmanager
    def turn(self, seconds: float = 30.0) -> Iterator[None]:
        """Wait for one's turn; `Unavailable` after `seconds`."""
        self._enter(seconds)
        try:
            yield
        finally:
            self._leave()


_queues: dict[str, Queue] = {}
_guard = threading.Lock()


def queue_of(path: str) -> Queue:
    """Return the queue of a database file; the same for all `Database` objects of the process."""
    with _guard:
        return _queues.setdefault(path, Queue())
