"""Machines whose clocks differ (reliability, trial 3): the database's decides.

Real worker processes with clocks that are an hour fast, an hour slow, and that jump from the one to
the other while they run; and a worker that starts after a day in which there was none.
"""

from collections import Counter
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from statistics import quantiles
from time import monotonic, sleep

from engine.bootstrap import SHIFT
from engine.clock import SystemClock
from engine.processes import Child
from engine.services.context import Context
from tests.concurrency.jobs_diagrams import HOURLY, WAITING
from tests.faults.conftest import Line, Report, times
from tests.faults.domain.clocks import CLOCK
from tests.faults.site import Site, installed

HOUR = timedelta(hours=1)
#: Timers of the trial, seconds between two of them, seconds until each is due.
TIMERS, PACE, SOON = times(600, 36), 0.1, 2.0
#: Seconds that nineteen of twenty timers may be late at most while clocks jump. A tick comes each
#: second; where it fell silent, an executor would look every five seconds.
LATE = 3.0
#: Timers of the day without a worker, by the time they were due.
DAY, EACH, HOURS = ("PT1H", "PT6H", "PT12H", "PT23H"), times(250, 4), 24


class WrongClock(SystemClock):
    """A machine's clock that is off."""

    def __init__(self, off: timedelta) -> None:
        """Say by how much."""
        self.off = off

    def now(self) -> datetime:
        """Return the wrong moment."""
        return super().now() + self.off


class Machine:
    """A worker on a machine whose clock is off."""

    def __init__(self, site: Site, name: str, off: timedelta) -> None:
        self._clock = site.folder / f"{name}.clock"
        self.set(off)
        self.worker: Child = site.worker(name, **{CLOCK: str(self._clock)})

    def set(self, off: timedelta) -> None:
        """Let the clock jump; the file is replaced whole."""
        new = self._clock.with_suffix(".new")
        new.write_text(str(off.total_seconds()))
        new.replace(self._clock)


def test_wrong_clocks_make_no_timer_early_and_drop_none(
    database_url: str, tmp_path: Path, report: Report
) -> None:
    diagram = WAITING.replace(b"P1D", f"PT{SOON:g}S".encode())
    with installed(database_url, tmp_path, diagram) as site:
        # SQLite is one machine's, with one executor.
        both = [HOUR, -HOUR] if site.database.dialect == "postgresql" else [HOUR]
        machines = [Machine(site, f"worker{n}", timedelta()) for n in range(len(both))]
        servers = cycle(
            Context(clock=WrongClock(off), extensions=site.ctx.extensions, faces={})
            for off in (HOUR, -HOUR)
        )
        # Nothing starts on a clock so far off (`engine.watching.clocks`): it goes wrong later.
        for off, one in zip(both, machines, strict=True):
            one.worker.wait_ready()
            one.set(off)
        began: dict[str, float] = {}
        seen: dict[str, float] = {}
        for n in range(TIMERS):
            case = site.start("waiting", f"K-{n}", next(servers))
            began[case] = monotonic()
            look(site, seen)
            if n == TIMERS // 3:
                for off, one in zip(both, machines, strict=True):
                    one.set(-off)
            sleep(PACE)
        end = monotonic() + SOON + 30
        while len(seen) < TIMERS and monotonic() < end:
            look(site, seen)
            sleep(PACE / 2)
        late = [seen[case] - began[case] - SOON for case in seen]
        early = sum(one < -0.1 for one in late)
        assert (early, TIMERS - len(late)) == (0, 0), "timers that were early, or dropped"
        assert fired_once(site) == TIMERS
        p95 = quantiles(late, n=20)[-1]
        assert p95 < LATE, "a tick does not live by the machine's clock"
        assert all(one.worker.ready() for one in machines)
        report(
            Line(
                trial=3,
                database=site.database.dialect,
                what=f"{TIMERS} timers; clocks of workers ({len(machines)}) an hour off, and "
                "jumping by two",
                figure=f"{early} early, {TIMERS - len(late)} dropped, late p95 {p95:.1f} s, "
                f"longest {max(late):.1f} s",
                goal="no timer early, none dropped",
            )
        )


def look(site: Site, seen: dict[str, float]) -> None:
    """Take down whose timer has been seen to have fired, by the trial's own stop-watch."""
    now = monotonic()
    for row in site.table("user_task"):
        seen.setdefault(row.instance_id, now)


def fired_once(site: Site) -> int:
    """Check that no timer fired twice; return how many did."""
    fired = Counter(
        row.instance_id for row in site.table("event", what="left") if row.element == "day"
    )
    assert set(fired.values()) <= {1}
    assert site.chain_holds()
    return len(fired)


def test_a_day_without_a_worker_drops_no_timer(
    some_url: str, tmp_path: Path, report: Report
) -> None:
    """The demo's clock is moved on by a day while nothing runs: the engine's own way to do it."""
    diagrams = [
        WAITING.replace(b"P1D", wait.encode()).replace(b'"waiting"', f'"{wait}"'.encode())
        for wait in DAY
    ]
    # A cycle without end goes on from the present; a counted one catches up.
    counted = HOURLY.replace(b"R/PT1H", f"R{HOURS}/PT1H".encode())
    with installed(some_url, tmp_path, counted, *diagrams) as site:
        for wait in DAY:
            for n in range(EACH):
                site.start(wait, f"{wait}-{n}")
        with site.database.begin() as uow:
            uow.settings.set(SHIFT, str(24 * 3600))
            uow.commit()
        began = monotonic()
        site.worker("late", ZHOLDAMA_DEMO="1", ZHOLDAMA_AUTHORITY_DIR="").wait_ready()
        wanted = EACH * len(DAY)
        while (fired := fired_once(site)) < wanted or hourly(site) < HOURS:
            assert monotonic() - began < 60 + wanted / 10, f"{fired} of {wanted}, {hourly(site)}"
            sleep(0.2)
        took = monotonic() - began
        assert hourly(site) == HOURS
        report(
            Line(
                trial=3,
                database=site.database.dialect,
                what=f"a day without a worker: {wanted} timers, a case to be started each hour",
                figure=f"0 dropped, {hourly(site)} of {HOURS} hourly cases; all done {took:.1f} s "
                "after the worker was started",
                goal="no timer early, none dropped",
            )
        )


def hourly(site: Site) -> int:
    """Return how many cases the hourly start began; each for a time of its own."""
    numbers = [row.business_key for row in site.table("instance", process="hourly")]
    assert len(set(numbers)) == len(numbers)
    return len(numbers)
