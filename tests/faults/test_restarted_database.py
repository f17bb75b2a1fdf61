"""PostgreSQL is restarted again and again under load (reliability, trial 2).

Web processes and workers on a server of the trial's own; clerks work by HTTP; cases run through a
timer, a handler that calls an outside system, and a user task. The server is stopped in both ways,
``fast`` (connections are cut) and ``immediate`` (a crash), and comes back after a while.
"""

import random
import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep
from urllib.request import urlopen

import psycopg
import pytest

from engine.errors import Unavailable
from engine.processes import Child
from tests.faults.clerks import Answer, Clerk, gone_home
from tests.faults.conftest import FULL, Line, Report, times
from tests.faults.outside import Outside
from tests.faults.postgres import Server, own_server
from tests.faults.site import PEOPLE
from tests.faults.stage import Stage, staged

CASES = times(5000, 25)
#: Web processes, and workers.
PROCESSES = times(2, 1)
CLERKS = times(4, 2)
#: Seconds between two restarts, and that the server is down: from, to.
BETWEEN, DOWN = ((5.0, 40.0), (0.0, 3.0)) if FULL else ((1.0, 1.5), (0.0, 0.3))
#: Restarts: at least so many, at most so many.
LEAST, MOST = times(4, 2), times(1000, 2)
#: Seconds between two starts of cases.
PACE = times(2, 5) / 100
#: Seconds until pages and work are back.
GOAL = 10.0
#: Seconds until all cases must have ended.
PATIENCE = times(1500, 60)


@pytest.mark.postgresql
def test_cases_end_and_pages_come_back_however_often_the_server_is_restarted(
    tmp_path: Path, report: Report
) -> None:
    outside = Outside()
    with (
        closing(outside),
        own_server() as server,
        staged(server.make_database(), tmp_path / "site", outside, ZHOLDAMA_LEASE="5") as stage,
    ):
        children, addresses = running(stage)
        trouble = Trouble(server)
        clerks = [
            Clerk(addresses[n % len(addresses)], PEOPLE[n % len(PEOPLE)]) for n in range(CLERKS)
        ]
        with gone_home(clerks), everybody_at_work(stage, clerks, trouble):
            ended(stage)
        answers = sorted(answer for clerk in clerks for answer in clerk.answers)
        seen = Counter(answer.status for answer in answers)
        assert set(seen) <= {200, 303, 409, 503}, seen
        assert not [clerk.wrong for clerk in clerks if clerk.wrong]
        back = max(trouble.last_refused(answers))
        resumed = max(trouble.first_call(outside), default=0.0)
        assert back <= GOAL, f"pages were back after {back:.1f} s"
        assert resumed <= GOAL, f"work went on after {resumed:.1f} s"
        as_before(stage, children, server)
    times_of = Counter(mode for mode, _, _ in trouble.outages)
    report(
        Line(
            trial=2,
            database="postgresql",
            what=f"PostgreSQL restarted {times_of['fast']} times fast and "
            f"{times_of['immediate']} times by a crash, under {CASES} cases",
            figure=f"all ended, once each; of {len(answers)} pages {seen[503]} were 503, none 500; "
            f"pages back after {back:.1f} s, work after {resumed:.1f} s",
            goal=f"every case ends, 503 not 500, back ≤ {GOAL:g} s",
        )
    )


class Trouble:
    """Restarts a server, and knows when it was away."""

    def __init__(self, server: Server) -> None:
        self._server = server
        #: How it was stopped, when, and when it answered again.
        self.outages: list[tuple[str, float, float]] = []
        #: Until when cases were started: as long there is always work.
        self.busy_until = float("inf")

    def make(self, over: threading.Event) -> None:
        dice = random.Random(2)
        while len(self.outages) < MOST and not over.wait(dice.uniform(*BETWEEN)):
            self.once(dice)

    def once(self, dice: random.Random) -> None:
        mode = ("fast", "immediate")[len(self.outages) % 2]
        down = monotonic()
        self._server.stop(mode)
        sleep(dice.uniform(*DOWN))
        self._server.start()
        self.outages.append((mode, down, monotonic()))

    def last_refused(self, answers: Sequence[Answer]) -> Iterator[float]:
        """Tell of each outage how long after it a page was refused for the last time."""
        downs = [down for _, down, _ in self.outages[1:]] + [float("inf")]
        for (_, _, up), following in zip(self.outages, downs, strict=True):
            refused = [a.at for a in answers if a.status == 503 and up < a.at < following]
            yield max(refused, default=up) - up

    def first_call(self, outside: Outside) -> Iterator[float]:
        """Tell of each outage that work waited for how long after it work went on."""
        calls = sorted(call.at for asked in outside.keys().values() for call in asked)
        for n, (_, _, up) in enumerate(self.outages):
            first = next((at for at in calls if at > up), None)
            if first is not None and up < self.busy_until - 1:
                away = sum(up - down for _, down, up in self.outages[n + 1 :] if up < first)
                yield first - up - away


def running(stage: Stage) -> tuple[list[Child], list[str]]:
    """Start web processes and workers; return them, and the addresses of the former."""
    webs = [stage.web(f"web{n}") for n in range(PROCESSES)]
    children = [one for one, _ in webs] + [stage.worker(f"worker{n}") for n in range(PROCESSES)]
    for one in children:
        one.wait_ready()
    return children, [address for _, address in webs]


@contextmanager
def everybody_at_work(stage: Stage, clerks: Sequence[Clerk], trouble: Trouble) -> Iterator[None]:
    """Start cases, work on tasks and restart the server, all at once, until the block ends."""
    over = threading.Event()
    with ThreadPoolExecutor(len(clerks) + 2) as pool:
        works = [pool.submit(clerk.work, over) for clerk in clerks]
        works += [pool.submit(start_cases, stage, trouble), pool.submit(trouble.make, over)]
        try:
            yield
            while len(trouble.outages) < LEAST:
                sleep(0.05)
        finally:
            over.set()
        for one in works:
            one.result()


def start_cases(stage: Stage, trouble: Trouble) -> None:
    """Start all cases, each once, whatever happens to the database."""
    for n in range(CASES):
        doubtful = False
        while not started(stage, f"K-{n}", doubtful):
            doubtful = True
            sleep(0.1)
        sleep(PACE)
    trouble.busy_until = monotonic()


def started(stage: Stage, number: str, doubtful: bool) -> bool:
    """Start a case, unless an earlier try was kept after all; tell whether it stands."""
    try:
        if not (doubtful and stage.table("instance", business_key=number)):
            stage.start("errand", number)
    except Unavailable:  # or in doubt: then the next try looks whether it stands
        return False
    return True


def ended(stage: Stage) -> None:
    """Wait until every case has ended."""
    end = monotonic() + PATIENCE
    found: Counter[str] = Counter()
    while found != {"completed": CASES}:
        assert monotonic() < end, found
        sleep(0.25)
        try:
            found = Counter(row.status for row in stage.table("instance"))
        except Unavailable:
            continue


def as_before(stage: Stage, children: Sequence[Child], server: Server) -> None:
    """Check what the tables say, that nothing was left open, and that nobody fell over."""
    stage.consistent()
    assert stage.states() == {"done": CASES}
    assert not stage.table("incident")
    written = Counter((row.instance_id, row.what, row.element) for row in stage.table("event"))
    assert set(written.values()) == {1}
    assert len(stage.outside.keys()) == CASES, "the outside system sees one key for each job"
    sleep(1)
    for child in children:
        assert child.alive()
        assert used(child) == 0, f"{child.name} holds connections that nobody uses"
    with psycopg.connect(server.url()) as connection:
        left = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
        ).fetchone()
    assert left == (0,)


def used(child: Child) -> float:
    """Return how many connections of a process are in use, both pools."""
    with urlopen(f"http://127.0.0.1:{child.port}/metrics") as answer:
        said = answer.read().decode()
    # The one that asks for the gauges has given its own back by then.
    return sum(map(float, re.findall(r"^zholdama_connections\{[^}]*\} (\S+)$", said, re.M)))
