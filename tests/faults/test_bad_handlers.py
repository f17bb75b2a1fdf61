"""Handlers that fail and handlers that hang (reliability, trial 7), in a real worker process.

Three outside systems hang, with more jobs each than a worker has hands for them. Each job ends as
an incident after its attempts, and the work of others goes on beside them.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles
from time import monotonic, sleep

from tests.concurrency.jobs_diagrams import END, START, flow, process, service, user
from tests.faults.conftest import FULL, Line, Report, times
from tests.faults.domain.bodies import FAILS, HANGING, HANGS, PATIENCE
from tests.faults.site import Site, installed

#: Cases by the topic of their handler: it fails, or hangs and holds a hand until it is given up. Of
#: sixteen hands the first that hangs may have eight, the second four, the third two. All attempts
#: that hang are fewer than those at which a process takes no more (`hands.MOST_GIVEN_UP`).
BAD = {
    "test.fail": times(24, 9),
    **dict(zip(HANGING, (times(16, 9), times(8, 5), times(4, 3)), strict=True)),
}
ALL = sum(BAD.values())
#: Cases of others, and seconds between two of them.
OTHERS, PACE = times(900, 30), 0.1
#: Seconds that nineteen of twenty others may wait at most. A short run shares the machine with
#: other tests; an attempt that hangs is longer all the same.
GOAL = 2.0 if FULL else 4.0


def asking(key: str, topic: str) -> bytes:
    return process(
        key,
        START,
        service("ask", topic, key="${key}"),
        user("reading"),
        END,
        flow("begun", "ask", "reading", "done"),
    )


DIAGRAMS = (
    asking("asks", "test.ask"),
    *(asking(topic.replace(".", "_"), topic) for topic in BAD),
)


def test_what_fails_and_what_hangs_is_told_and_delays_nobody(
    some_url: str, tmp_path: Path, report: Report
) -> None:
    with installed(some_url, tmp_path, *DIAGRAMS) as site:
        site.worker("worker").wait_ready()
        for topic, number in BAD.items():
            for n in range(number):
                site.start(topic.replace(".", "_"), f"{topic}-{n}")
        for n in range(OTHERS):
            site.start("asks", f"K-{n}")
            sleep(PACE)
        wait_until(lambda: len(site.table("user_task", status="open")) == OTHERS)
        wait_until(lambda: len(site.table("incident")) == ALL)
        given_up_once(site)
        delays = waited(site)
        p95 = quantiles(delays, n=20)[-1]
        assert p95 < GOAL
        hanging = ALL - BAD["test.fail"]
        report(
            Line(
                trial=7,
                database=site.database.dialect,
                what=f"{BAD['test.fail']} jobs fail, {hanging} of three outside systems hang, "
                f"{OTHERS} of others between them",
                figure=f"{ALL} incidents, after {FAILS} attempts and {HANGS}; others' delay p95 "
                f"{p95:.2f} s, longest {max(delays):.2f} s",
                goal=f"incident after so many attempts; others' delay p95 < {GOAL:g} s",
            )
        )


def wait_until(done: Callable[[], bool]) -> None:
    """Wait as long as all attempts of all that hang may take, one after another for each hand."""
    end = monotonic() + 60 + ALL * HANGS * PATIENCE.total_seconds() / 8
    while not done():
        assert monotonic() < end, "waited too long"
        sleep(0.1)


def given_up_once(site: Site) -> None:
    """Check that each of the bad ones had all its attempts, then one incident."""
    dead = site.table("job", state="dead")
    assert Counter(row.topic for row in dead) == BAD
    assert {(row.topic == "test.fail", row.attempts) for row in dead} == {
        (True, FAILS),
        (False, HANGS),
    }
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
