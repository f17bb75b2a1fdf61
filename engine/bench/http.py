"""What pages cost, by HTTP: real processes of ``zholdama``, real forms, sessions and tokens.

The diagram is the bench's chain (`engine.bench.chain`): eight user tasks, each with a form and a
timer at its border, so that the figures stand beside those of a step alone, and beside the peers'.

**One client, one process that serves and does the jobs.** A clerk who is signed in claims a task,
reads its page, sends its form, and reads the page to which that leads, which is the next task's.
All four requests are counted, from the click to the last byte of the page after it: redirects are
followed as a browser does. Scripts, styles and pictures are not asked for: browsers keep them.

**Four clients, two processes of pages, two of jobs**, on PostgreSQL. Tasks are claimed and opened
first; then the four send them as fast as they are answered, each form once, and the redirect is
read, not followed. That is what the peers' figure counts. The rate of whole rounds, of four
requests each, stands beside it. Each process of pages has a port of its own and half of the
clients: which process takes a connection to a socket they share is chance, and four connections are
too few for chance to be fair.

What was sent is looked for in the database afterwards: a task that is not completed, or is
completed twice, is an error and no figure.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from engine.bench.clerks import CLERKS, TASKS, Office, running
from engine.bench.domains import Advance, Ground, Measured
from engine.bench.figures import Spread
from engine.bench.visitor import Visitor
from engine.model.text import text
from engine.processes import Child, free_port

#: Goals: milliseconds of a round with one client (p95), completions per second with four.
MOST_ROUND, LEAST_RATE = 60.0, 100.0
#: The four requests of a round.
_REQUESTS = ("claim", "open", "complete", "onward")
#: Setting of processes that share a database.
_CLUSTERED = {"ZHOLDAMA_JOBS": "clustered"}

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is measured."""

    #: Rounds of one client.
    rounds: int = 200
    #: Rounds of each of the four clients.
    together: int = 50
    #: Tasks that each of the four sends then, claimed and opened before.
    sent: int = 200
    #: Processes of pages that the four share evenly.
    web: int = 2
    #: Processes of jobs beside them.
    workers: int = 2


def measure(ground: Ground, size: Size | None = None) -> Iterator[Measured]:
    """Measure one client, and on PostgreSQL four."""
    office, plan = Office(ground), size or Size()
    several = ground.app.database.dialect == "postgresql"
    total = TASKS + plan.rounds + several * CLERKS * (plan.together + 2 * plan.sent)
    with ground.bar(text("pages by HTTP"), total) as advance:
        yield from _one(office, plan, advance)
        if several:
            yield from _several(office, plan, advance)


class Rounds:
    """Milliseconds of one client's rounds, request by request."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._times: dict[str, list[float]] = {name: [] for name in _REQUESTS}
        #: Ids of the tasks that were sent.
        self.sent: list[str] = []

    def go(self, visitor: Visitor, task: str) -> str:
        """Claim, open, complete; return the id of the next task, whose page is read; or nothing."""
        where = self._timed("claim", lambda: visitor.claim(task))
        form = self._timed("open", lambda: visitor.form(where))
        onward = self._timed("complete", lambda: visitor.send(form))
        self._timed("onward", lambda: visitor.page(onward))
        self.sent.append(task)
        return onward.removeprefix("/tasks/") if onward.startswith("/tasks/") else ""

    def _timed(self, name: str, act: Callable[[], ResultT]) -> ResultT:
        began = perf_counter()
        found = act()
        self._times[name].append((perf_counter() - began) * 1000)
        return found

    def figures(self) -> Iterator[Measured]:
        """Tell what a round took, and each of its requests."""
        whole = Spread.of([sum(parts) for parts in zip(*self._times.values(), strict=True)])
        yield Measured(name="claim_open_complete_p95_ms", value=whole.p95, most=MOST_ROUND)
        yield Measured(name="claim_open_complete_ms", value=whole.median)
        for name, times in self._times.items():
            yield Measured(name=f"{name}_ms", value=Spread.of(times).median)


def _rounds(
    visitor: Visitor, waiting: Sequence[str], number: int, advance: Callable[[int], None]
) -> Rounds:
    """Go so many rounds, each case to its end before the next one."""
    rounds, queue, task = Rounds(), list(waiting), ""
    for _ in range(number):
        task = rounds.go(visitor, task or queue.pop())
        advance(1)
    return rounds


def _cases(rounds: int) -> int:
    """Return how many cases hold so many tasks."""
    return -(-rounds // TASKS)


def _one(office: Office, size: Size, advance: Advance) -> Iterator[Measured]:
    """Measure one client; one case before it warms everything up."""
    port = free_port()
    server = office.child("web", "serve", "--port", str(port))
    with running([server]), office.visitors([port]) as [visitor]:
        _rounds(visitor, office.start(1), TASKS, advance)
        found = _rounds(visitor, office.start(_cases(size.rounds)), size.rounds, advance)
    office.refuse_unless_once(found.sent)
    yield from found.figures()


def _several(office: Office, size: Size, advance: Advance) -> Iterator[Measured]:
    """Measure four clients; their whole rounds warm up what sends the prepared forms."""
    ports = [free_port() for _ in range(size.web)]
    web = [
        office.child(f"web-{n}", "serve", "--port", str(port), **_CLUSTERED)
        for n, port in enumerate(ports)
    ]
    workers = [office.child(f"worker-{n}", "worker", **_CLUSTERED) for n in range(size.workers)]
    with running([*web, *workers]), office.visitors(ports * (CLERKS // size.web)) as visitors:
        yield _together(office, visitors, size.together, advance)
        yield from _sent(office, visitors, web, size.sent, advance)


def _together(
    office: Office, visitors: Sequence[Visitor], number: int, advance: Advance
) -> Measured:
    """Measure whole rounds of all clients at once."""
    shares = _shares(office.start(_cases(number) * len(visitors)), len(visitors))
    seconds, found = _at_once(
        len(visitors), lambda n: _rounds(visitors[n], shares[n], number, advance)
    )
    sent = [task for rounds in found for task in rounds.sent]
    office.refuse_unless_once(sent)
    return Measured(name="rounds_per_second", value=round(len(sent) / seconds, 1))


def _sent(
    office: Office, visitors: Sequence[Visitor], web: Sequence[Child], number: int, advance: Advance
) -> Iterator[Measured]:
    """Measure the sending of forms that lie open before all clients."""
    tasks = office.start(number * len(visitors))
    forms = []
    for one, share in zip(visitors, _shares(tasks, len(visitors)), strict=True):
        forms.append([one.form(one.claim(task)) for task in share])
        advance(number)

    def send(which: int) -> list[float]:
        times = []
        for form in forms[which]:
            began = perf_counter()
            visitors[which].send(form)
            times.append((perf_counter() - began) * 1000)
            advance(1)
        return times

    before = _processor_ms(web)
    seconds, found = _at_once(len(visitors), send)
    after = _processor_ms(web)
    office.refuse_unless_once(tasks)
    rate = round(len(tasks) / seconds, 1)
    yield Measured(name="completions_per_second", value=rate, least=LEAST_RATE)
    spread = Spread.of([one for times in found for one in times])
    yield Measured(name="completion_of_four_p95_ms", value=spread.p95)
    if after:
        used = round((after - before) / len(tasks), 2)
        yield Measured(name="web_processor_ms_per_completion", value=used)


def _shares(tasks: Sequence[str], number: int) -> list[list[str]]:
    """Deal tasks out."""
    return [list(tasks[start::number]) for start in range(number)]


def _at_once(number: int, act: Callable[[int], ResultT]) -> tuple[float, list[ResultT]]:
    """Have every client act in a thread; return the seconds until all are done, and the results."""
    with ThreadPoolExecutor(number) as pool:
        began = perf_counter()
        done = list(pool.map(act, range(number)))
        return perf_counter() - began, done


def _processor_ms(children: Sequence[Child]) -> float:
    """Return what processes have used of the processor; 0 where the system does not tell."""
    ticks = 0
    for one in children:
        stat = Path(f"/proc/{one.pid}/stat")
        if not stat.exists():
            return 0.0
        said = stat.read_text().rsplit(")", 1)[-1].split()
        ticks += int(said[11]) + int(said[12])
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")
