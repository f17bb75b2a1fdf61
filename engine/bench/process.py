"""Part ``process``: how long a process takes to start, and what memory it holds once it works.

Real processes of ``zholdama serve`` and ``zholdama worker``, in the folder where the bench was
started, on an installation with the project's processes deployed. A start is counted from the
moment the process is made until it says that it can work. Memory is what the kernel says: pages
of its own and shared ones (``Rss``), and shared ones divided among those who share (``Pss``).
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

from engine.bench.clerks import Office, running
from engine.bench.domains import Ground, Measured
from engine.model.people import SYSTEM
from engine.processes import Child, free_port
from engine.services import definitions

#: Goals of the design: seconds until ready, megabytes of memory.
READY, MEMORY = 1.5, 150.0
#: How often a process is started, and how often its pages are asked for.
STARTS, ROUNDS = 5, 10
#: Cases that wait for the clerk; each has a timer that the worker may look at.
CASES = 20
#: Seconds that a worker is left to itself before its memory is looked at.
IDLE = 1.0


def measure(ground: Ground) -> Iterator[Measured]:
    """Start web processes and workers, ask for pages, look at memory."""
    office = Office(ground)
    if ground.files:
        with ground.app.database.begin() as uow:
            definitions.deploy(uow, ground.app.context, SYSTEM, ground.files, "bench process")
            uow.commit()
    tasks, port = office.start(CASES), free_port()
    said = {"ZHOLDAMA_LOG_LEVEL": "error"}
    web = office.child("web", "serve", "--port", str(port), **said)
    yield from _looked_at(web, partial(browse, office, port, tasks))
    yield from _looked_at(office.child("worker", "worker", **said), partial(sleep, IDLE))


def browse(office: Office, port: int, tasks: Sequence[str]) -> None:
    """Ask for the pages of a working day."""
    paths = ["/inbox/", "/inbox/?box=mine", "/cases/", "/notifications/"]
    with office.visitors([port]) as [clerk]:
        for path in [*paths, *(f"/tasks/{task}" for task in tasks)] * ROUNDS:
            clerk.page(path)


def _looked_at(child: Child, work: Callable[[], object]) -> Iterator[Measured]:
    """Start a process again and again; look at its memory once it has worked."""
    seconds, held = [], dict[str, float]()
    for number in range(STARTS):
        began = perf_counter()
        with running([child]):
            seconds.append(perf_counter() - began)
            if number == STARTS - 1:
                work()
                held = memory(child.pid)
    name = child.name
    yield Measured(name=f"{name}_start_s", value=round(median(seconds), 2), most=READY)
    yield Measured(name=f"{name}_start_longest_s", value=round(max(seconds), 2))
    yield Measured(name=f"{name}_memory_mb", value=held["Rss"], most=MEMORY)
    yield Measured(name=f"{name}_memory_shared_mb", value=held["Pss"])


def memory(pid: int) -> dict[str, float]:
    """Return what the kernel says a process holds, in megabytes, by name (``Rss``, ``Pss``, …)."""
    said = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
    rows = (line.split() for line in said)
    return {row[0].rstrip(":"): round(int(row[1]) / 1024, 1) for row in rows}
