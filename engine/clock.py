"""The only reader of the wall clock.

Everything that needs the time is handed a `Clock`: a test, a rehearsal or a training installation
then lives through five years of monitoring in seconds. All moments are aware and in UTC.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return datetime.now(UTC)


class ShiftedClock:
    """The machine's clock plus an offset, for the demo: an administrator moves it forward a day."""

    def __init__(self, offset: timedelta = timedelta(), base: Clock | None = None) -> None:
        """Start with an offset from another clock, or from the system's."""
        self.offset = offset
        self._base = base or SystemClock()

    def now(self) -> datetime:
        """Return the shifted moment, aware, in UTC."""
        return self._base.now() + self.offset


class DatabaseClock:
    """The database's clock, for machines whose own clocks differ (law 5).

    Asked once and at each `sync` (the tick does it every second), it runs on this process's
    monotonic time in between: a machine that is an hour ahead fires no timer early, one that is
    set back drops none, and no statement has to say ``now()``. Out of reach, it just runs on.
    """

    def __init__(self, ask: Callable[[], datetime]) -> None:
        """Ask the database now; `ask` returns its present moment, aware."""
        self._ask = ask
        self._anchor = (ask().astimezone(UTC), monotonic())

    def sync(self) -> None:
        """Ask the database again; errors are the caller's to judge and leave the clock running."""
        asked = self._ask().astimezone(UTC)
        self._anchor = (asked, monotonic())

    def now(self) -> datetime:
        """Return the database's present moment, aware, in UTC."""
        moment, at = self._anchor
        return moment + timedelta(seconds=monotonic() - at)


class TestClock:
    """A clock that stands until it is moved. Safe to share between threads."""

    __test__ = False

    def __init__(self, start: datetime) -> None:
        """Stand at `start`, which must be aware."""
        self._now = start.astimezone(UTC)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the moment the clock was set to."""
        return self._now

    def set(self, moment: datetime) -> None:
        """Move to `moment`; backwards is allowed, so that faulty clocks can be tried."""
        with self._lock:
            self._now = moment.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        """Move forward."""
        with self._lock:
            self._now += by
