"""Threads that run handlers, each against its own deadline.

A thread cannot be killed in Python. A handler that hangs is therefore given up: its slot is free
again, its job fails, and whatever it brings later is dropped here, as the fence in the database
would drop it too. Threads are daemons, so that a given-up one does not keep the process alive.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Generic, TypeVar

from engine.jobs.calling import Failed, Outcome, described
from engine.model.text import text

#: Handlers that were given up and still hang, at which no new ones are started: each holds a
#: thread and perhaps a connection, and a process full of them had better be restarted.
MOST_GIVEN_UP = 100

Key = TypeVar("Key")


@dataclass(eq=False, kw_only=True)
class _Run(Generic[Key]):
    """One handler at work."""

    #: What the caller knows it by.
    key: Key
    #: Monotonic moment at which it is given up.
    deadline: float
    #: Allowed time, for the text of the failure.
    timeout: timedelta


def _late(timeout: timedelta) -> Failed:
    seconds = f"{timeout.total_seconds():g}"
    return Failed(reason=text("The handler gave no answer within {seconds} s", seconds=seconds))


class Hands(Generic[Key]):
    """Runs handlers in threads; the caller collects what they bring."""

    def __init__(self, size: int, notify: Callable[[], None]) -> None:
        """Run at most `size` at once; `notify` is called from a thread whenever one is done."""
        self._size = size
        self._notify = notify
        self._lock = threading.Lock()
        self._running: set[_Run[Key]] = set()
        self._done: list[tuple[Key, Outcome]] = []
        self._given_up = 0

    @property
    def spent(self) -> bool:
        """Tell whether so many hang that no more are started: only a new process mends that."""
        return self._given_up >= MOST_GIVEN_UP

    @property
    def free(self) -> int:
        """Return how many more may be started now."""
        with self._lock:
            if self.spent:
                return 0
            return max(0, self._size - len(self._running))

    def running(self) -> list[Key]:
        """Return what is at work."""
        with self._lock:
            return [run.key for run in self._running]

    @property
    def busy(self) -> bool:
        """Tell whether a handler runs or waits to be collected."""
        with self._lock:
            return bool(self._running or self._done)

    def start(self, key: Key, work: Callable[[], Outcome], timeout: timedelta) -> None:
        """Run `work` in a thread of its own."""
        deadline = monotonic() + timeout.total_seconds()
        run = _Run(key=key, deadline=deadline, timeout=timeout)
        with self._lock:
            self._running.add(run)
        threading.Thread(target=self._run, args=(run, work), daemon=True, name="handler").start()

    def _run(self, run: _Run[Key], work: Callable[[], Outcome]) -> None:
        outcome: Outcome
        try:
            outcome = work()
        # Also SystemExit: a handler that calls sys.exit must not leave its job to the lease.
        except BaseException as error:  # noqa: BLE001
            outcome = Failed(reason=described(error))
        with self._lock:
            if run in self._running:
                self._running.discard(run)
                self._done.append((run.key, outcome))
            else:
                self._given_up -= 1
        self._notify()

    def collect(self) -> list[tuple[Key, Outcome]]:
        """Return what is done, and a failure for each whose time is up; never waits."""
        with self._lock:
            done, self._done = self._done, []
            late = [run for run in self._running if run.deadline <= monotonic()]
            self._running.difference_update(late)
            self._given_up += len(late)
        return done + [(run.key, _late(run.timeout)) for run in late]

    def next_deadline(self) -> float | None:
        """Return the seconds until the next handler is to be given up; None if none runs."""
        with self._lock:
            first = min((run.deadline for run in self._running), default=None)
        return None if first is None else max(0.0, first - monotonic())
