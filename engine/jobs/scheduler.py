"""The tick: APScheduler, in memory, once a second. It holds no state and claims nothing itself.

Measured (reliability.md): a persistent job store shared by two processes ran a job twice, and the
default grace time dropped 50 of 50 late jobs. So a tick that does not come is simply the next one.
"""

import logging
from collections.abc import Callable
from datetime import timedelta

from apscheduler.schedulers.background import BackgroundScheduler

from engine.clock import SystemClock

log = logging.getLogger(__name__)

#: One second; with it a timer is at most that late on an idle system.
EVERY = timedelta(seconds=1)


class _Scheduler(BackgroundScheduler):
    """APScheduler, for a machine whose clock may be set back.

    It waits until the next call is due by that clock: set back an hour, it would be silent for an
    hour, and the process be taken for dead.
    """

    def __init__(self, every: timedelta) -> None:
        """Expect a call so often."""
        super().__init__(timezone="UTC", daemon=True)
        self._longest = 2 * every.total_seconds()

    def _process_jobs(self) -> float | None:
        wait: float | None = super()._process_jobs()
        if wait is None or wait <= self._longest:
            return wait
        for job in self.get_jobs():
            job.modify(next_run_time=SystemClock().now())
        return 0.0


class Tick:
    """Calls functions once a second in a thread of its own, each at most once at a time."""

    def __init__(self, *calls: Callable[[], None], every: timedelta = EVERY) -> None:
        """Name what is called, e.g. ``clock.sync, executor.wake``, in this order."""
        self._calls = calls
        self._scheduler = _Scheduler(every)
        self._scheduler.add_job(
            self._tick,
            "interval",
            seconds=every.total_seconds(),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )

    def _tick(self) -> None:
        for call in self._calls:
            try:
                call()
            # A database that is away for a minute must not cost the tick its life.
            except Exception:
                log.exception("a call of the tick failed; the next tick tries again")

    def start(self) -> None:
        """Begin; returns at once."""
        self._scheduler.start()

    def stop(self) -> None:
        """End; a call that runs is waited for."""
        self._scheduler.shutdown(wait=True)
