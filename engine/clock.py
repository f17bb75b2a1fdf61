"""The only reader of the wall clock.

Everything that needs the time is handed a `Clock`: a test, a rehearsal or a training installation
then lives through five years of monitoring in seconds. All moments are aware and in UTC.
"""

import threading
from datetime import UTC, datetime, timedelta
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

    def __init__(self, offset: timedelta = timedelta()) -> None:
        """Start with an offset, e.g. the one kept in the database."""
        self.offset = offset

    def now(self) -> datetime:
        """Return the shifted moment, aware, in UTC."""
        return datetime.now(UTC) + self.offset


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
