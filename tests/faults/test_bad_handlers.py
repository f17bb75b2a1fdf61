"""Handlers that fail and handlers that hang (reliability, trial 7), in a real worker process.

More of them hang than a worker has hands for them. Each ends as an incident after its attempts, and
the work of others goes on beside them.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles
from time import monotonic, sleep

from tests.concurrency.jobs_diagrams import END, START, flow, process, service, user
from tests.faults.conftest import Line, Report, times
from tests.faults.domain.bodies import ATTEMPTS, PATIENCE
from tests.faults.site import Site, installed

#: Cases whose handler fails, and as many whose handler hangs; each holds a hand until it is given
#: up, and one topic may have eight.
BAD = times(24, 9)
#: Cases of others, and seconds between two of them.
OTHERS, PACE = times(900, 30), 0.1
#: Seconds that nineteen of twenty others may wait at most.
GOAL = 2.0


def asking(key: str, topic: str) -> bytes:
    return process(
        key,
        START,
        service("ask", topic, key="${key}"),
        user("reading"),
        END,
        flow("begun", "ask", "reading", "done"),
    )


DIAGRAMS = (asking("asks", "test.ask"), asking("fails", "test.fail"), asking("hangs", "test.hang"))


def test_what_fails_and_what_hangs_is_told_and_delays_nobody(
    database_url: str, tmp_path: Path, report: Report
) -> None:
    with installed(database_url, tmp_path, *DIAGRAMS) as site:
        site.worker("worker").wait_ready()
        for n in range(BAD):
            site.start("hangs", f"H-{n}")
            site.start("fails", f"F-{n}")
        for n in range(OTHERS):
            site.start("asks", f"K-{n}")
            sleep(PACE)
        wait_until(lambda: len(site.table("user_task", status="open")) == OTHERS)
        wait_until(lambda: len(site.table("incident")) == 2 * BAD)
        given_up_once(site)
        delays = waited(site)
        p95 = quantiles(delays, n=20)[-1]
        assert p95 < GOAL
        report(
            Line(
                trial=7,
                database=site.database.dialect,
                what=f"{BAD} handlers that fail and {BAD} that hang, {OTHERS} cases of others",
                figure=f"{2 * BAD} incidents after {ATTEMPTS} attempts each; others' delay p95 "
                f"{p95:.2f} s, longest {max(delays):.2f} s",
                goal=f"incident after {ATTEMPTS} attempts; others' delay p95 < {GOAL:g} s",
            )
        )


def wait_until(done: Callable[[], bool]) -> None:
    """Wait as long as all attempts of all that hang may take, one after another for each hand."""
    end = monotonic() + 60 + 2 * BAD * ATTEMPTS * PATIENCE.total_seconds() / 8
    while not done():
        assert monotonic() < end, "waited too long"
        sleep(0.1)


def given_up_once(site: Site) -> None:
    """Check that each of the bad ones had all its attempts, then one incident."""
    dead = site.table("job", state="dead")
    assert Counter(row.topic for row in dead) == {"test.fail": BAD, "test.hang": BAD}
    assert {row.attempts for row in dead} == {ATTEMPTS}
    told = Counter(row.job_id for row in site.table("incident"))
    assert told == {row.id: 1 for row in dead}
    assert site.chain_holds()


def waited(site: Site) -> list[float]:
    """Return the seconds from the start of each other case to its handler's recorded answer."""
    began = {row.id: row.started_at for row in site.table("instance", process="asks")}
    return [
        (row.at - began[row.instance_id]).total_seconds()
        for row in site.table("event", what="left", element="ask")
        if row.instance_id in began
    ]
