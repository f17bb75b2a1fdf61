"""kill -9 of an executor in the middle of a handler (reliability, trial 1): real processes."""

from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from engine.clock import SystemClock
from engine.store import Database
from tests.concurrency.crashing import check, killed_when
from tests.concurrency.jobs_diagrams import ASKING
from tests.concurrency.jobs_world import Answer, World

#: How often; the trial of the design says 200, a run of the tests proves the way it goes.
TIMES = 4
LEASE = timedelta(seconds=1)


def test_a_killed_executors_job_is_taken_over_with_the_same_key(
    database: Database, tmp_path: Path
) -> None:
    world = World(database, SystemClock())
    journal = tmp_path / "journal"
    for n in range(TIMES):
        sign = tmp_path / f"sign{n}"
        ask_and(world, journal, hang_after=sign)
        if not n:
            world.deploy(ASKING)
        case = world.start("asking", f"K-{n}")
        killed_when(world, sign, lambda: world.executor("first", lease=LEASE).run_due())
        check(world)
        assert world.elements(case) == []
        ask_and(world, journal)
        died = monotonic()
        second = world.executor("second", lease=LEASE)
        while not world.elements(case):
            assert monotonic() - died < LEASE.total_seconds() + 5, "nobody took over in time"
            second.run_due()
            sleep(0.05)
        assert world.elements(case) == ["reading"]
        check(world)
    keys = journal.read_text().split()
    assert len(keys) == 2 * TIMES
    assert len(set(keys)) == TIMES, "the outside system sees one key per job"


def ask_and(world: World, journal: Path, hang_after: Path | None = None) -> None:
    def ask(query: Any, call: Any) -> Answer:
        with journal.open("a") as file:
            file.write(call.idempotency_key + "\n")
        if hang_after is not None:
            hang_after.touch()
            sleep(60)
        return Answer()

    world.handler(ask, timeout=90)
