"""Part ``timers``: very many timers that are due at one moment, and a single one while all is idle.

Real processes: on SQLite one ``zholdama serve``, which does the jobs itself; on PostgreSQL one for
the pages and two of ``zholdama worker``. Each timer belongs to a case of its own, which goes on to
a task of the clerk's. One such case is started by the services and then copied with ids, tokens and
seals of its own (`engine.store.crowds`): each copy is a case like any other.

While the crowd is being fired, a clerk reads her inbox, and another claims, opens and completes
tasks, with a short pause after each request: a page has to come within a second all the same. What
came of the timers is counted in the rows of history afterwards.
"""

import random
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic, perf_counter, sleep

from engine.bench.chain import CANDIDATE
from engine.bench.clerks import Office, running
from engine.bench.domains import Advance, Ground, Measured
from engine.bench.figures import Spread
from engine.bench.visitor import Visitor
from engine.errors import Unavailable
from engine.model.people import SYSTEM
from engine.model.text import text
from engine.processes import free_port
from engine.services import definitions, instances
from engine.services.context import UnitOfWork
from engine.store.counting import settle
from engine.store.crowds import Crowds
from engine.store.gauges import Gauges

#: Goals: seconds until all are fired, by database; milliseconds of a page meanwhile (p95); seconds
#: that a single one may be late (p95).
DRAINED = {"sqlite": 300.0, "postgresql": 180.0}
PAGE, LATE = 1000.0, 2.0
#: Processes of jobs on PostgreSQL.
WORKERS = 2
#: Cases that are written by one transaction, and seconds for each case until all are due.
_BATCH, _MAKING = 1000, 0.0005
#: Seconds between two requests of a clerk, and two looks at how far it is.
_PAUSE, _LOOK = 0.1, 1.0
#: Seconds without a timer being fired after which the bench gives up.
_PATIENCE = 120.0
_CLUSTERED = {"ZHOLDAMA_JOBS": "clustered"}

PROCESS, WAITS = "bench_timers", "waits"
_DIAGRAM = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    ' id="bench_timers" targetNamespace="bench">'
    f'<process id="{PROCESS}" name="bench" isExecutable="true">'
    f'<startEvent id="begun"/><intermediateCatchEvent id="{WAITS}"><timerEventDefinition>'
    '<timeDate xsi:type="tFormalExpression">${due}</timeDate>'
    "</timerEventDefinition></intermediateCatchEvent>"
    f'<userTask id="after" name="after" camunda:candidateGroups="{CANDIDATE}"/>'
    '<endEvent id="done"/>'
    f'<sequenceFlow id="a" sourceRef="begun" targetRef="{WAITS}"/>'
    f'<sequenceFlow id="b" sourceRef="{WAITS}" targetRef="after"/>'
    '<sequenceFlow id="c" sourceRef="after" targetRef="done"/>'
    "</process></definitions>"
).encode()


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is measured."""

    #: Timers that are due at once.
    crowd: int
    #: Single timers, one after another.
    single: int = 20
    #: Cases whose tasks the second clerk completes meanwhile.
    cases: int = 100


def measure(ground: Ground, size: Size | None = None) -> Iterator[Measured]:
    """Fire single timers, then a crowd of them."""
    plan = size or Size(crowd=ground.plan.timers)
    scene = Scene(ground)
    tasks = scene.office.start(plan.cases)
    total = plan.single + 2 * plan.crowd
    with ground.bar(text("timers that are due"), total) as advance, scene.processes() as port:
        yield from _single(scene, plan.single, advance)
        yield from _crowd(scene, port, plan.crowd, tasks, advance)


class Scene:
    """The installation of a measurement."""

    def __init__(self, ground: Ground) -> None:
        """Deploy what waits."""
        self.office = Office(ground)
        self.database, self.ctx = ground.app.database, ground.app.context
        with self.database.begin() as uow:
            files = {"processes/timers.bpmn": _DIAGRAM}
            definitions.deploy(uow, self.ctx, SYSTEM, files, "bench timers")
            uow.commit()

    @contextmanager
    def processes(self) -> Iterator[int]:
        """Run pages and jobs in processes of their own; yield the port of the pages."""
        clustered, port = self.database.dialect == "postgresql", free_port()
        said = _CLUSTERED if clustered else {}
        workers = WORKERS if clustered else 0
        children = [
            self.office.child("timers-web", "serve", "--port", str(port), **said),
            *(self.office.child(f"timers-{n}", "worker", **said) for n in range(workers)),
        ]
        with running(children):
            yield port

    def now(self) -> datetime:
        """Return the database's clock."""
        with self.database.reading() as uow:
            return self.ctx.due_now(uow)

    def start(self, uow: UnitOfWork, key: str, due: datetime) -> str:
        """Start a case that waits until then."""
        return instances.start(uow, self.ctx, SYSTEM, PROCESS, key, {"due": due})


# A single timer.


def _single(scene: Scene, number: int, advance: Advance) -> Iterator[Measured]:
    late = []
    for n in range(number):
        late.append(_lateness(scene, f"S-{n}"))
        advance(1)
    spread = Spread.of(late)
    yield Measured(name="late_p95_s", value=spread.p95, most=LATE)
    yield Measured(name="late_s", value=spread.median)


def _lateness(scene: Scene, key: str) -> float:
    """Return how much later than due a timer was fired, in seconds."""
    apart = random.random()  # noqa: S311  dice, so as not to be in step with anybody's tick
    due = scene.now() + timedelta(seconds=0.5 + apart)
    with scene.database.begin() as uow:
        case = scene.start(uow, key, due)
        uow.commit()
    end = monotonic() + _PATIENCE
    while monotonic() < end:
        sleep(0.1)
        with scene.database.reading() as uow:
            for row in uow.events.of_instance(case):
                if (row.what, row.element) == ("left", WAITS):
                    return max(0.0, float((row.at - due).total_seconds()))
    raise _nobody()


def _nobody() -> Unavailable:
    return Unavailable(text("Nobody fires the timers that are due"))


# A crowd of them.


def _crowd(
    scene: Scene, port: int, number: int, tasks: Sequence[str], advance: Advance
) -> Iterator[Measured]:
    with scene.database.reading() as uow:
        before = Crowds(uow).left(WAITS).events
    due = _gather(scene, number, advance)
    with scene.office.visitors([port, port]) as [reader, worker]:
        clerks = [Clerk(reading(reader)), Clerk(working(worker, tasks))]
        sleep(max(0.0, (due - scene.now()).total_seconds()))
        for one in clerks:
            one.start()
        _wait(scene, number, advance)
        for one in clerks:
            one.stop()
    with scene.database.reading() as uow:
        left = Crowds(uow).left(WAITS)
    fired = left.events - before
    seconds = (left.last - due).total_seconds() if left.last else 0.0
    most = DRAINED[scene.database.dialect]
    yield Measured(name="drained_s", value=round(seconds, 1), most=most)
    yield Measured(name="per_second", value=round(fired / seconds, 1))
    yield Measured(name="fired", value=fired, least=number, most=number)
    yield Measured(name="fired_twice", value=left.events - left.cases, most=0)
    yield from meanwhile(clerks)


def _gather(scene: Scene, number: int, advance: Advance) -> datetime:
    """Make the cases; return when all are due. Were it too slow, they are due a little sooner."""
    due = scene.now() + timedelta(seconds=3 + number * _MAKING)
    with scene.database.begin() as uow:
        case = scene.start(uow, "T", due)
        uow.commit()
    for done in range(1, number, _BATCH):
        some = range(done, min(done + _BATCH, number))
        with scene.database.begin() as uow:
            Crowds(uow).copy(case, some, scene.ctx.now())
            uow.commit()
        advance(len(some))
    settle(scene.database)
    return due


def _wait(scene: Scene, number: int, advance: Advance) -> None:
    """Wait until none is left, as long as they become fewer."""
    last, told = monotonic(), number
    while told:
        sleep(_LOOK)
        with scene.database.reading() as uow:
            found = Gauges(uow).jobs(scene.ctx.due_now(uow))
        left = min(found.due + found.claimed, told)
        if left < told:
            advance(told - left)
            last, told = monotonic(), left
        if monotonic() - last > _PATIENCE:
            raise _nobody()


def meanwhile(clerks: "Sequence[Clerk]") -> Iterator[Measured]:
    """Tell how long their pages took; raise what one of them met with."""
    every = [one for clerk in clerks for one in clerk.times]
    for clerk in clerks:
        if clerk.trouble is not None:
            raise clerk.trouble
    if len(every) > 1:
        spread = Spread.of(every)
        yield Measured(name="page_p95_ms", value=spread.p95, most=PAGE)
        yield Measured(name="page_ms", value=spread.median)
        yield Measured(name="page_longest_ms", value=round(max(every), 1))


class Clerk:
    """Somebody at work in a thread, until `stop`."""

    def __init__(self, requests: Iterator[None]) -> None:
        """Make one request after another; between two of them is a short pause."""
        self._requests = requests
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        #: Milliseconds of each request.
        self.times: list[float] = []
        #: What she met with; None: nothing.
        self.trouble: Exception | None = None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; a request under way is waited for."""
        self._over.set()
        self._thread.join()

    def _work(self) -> None:
        try:
            while not self._over.wait(_PAUSE):
                began = perf_counter()
                next(self._requests)
                self.times.append((perf_counter() - began) * 1000)
        except Exception as error:  # noqa: BLE001  in a thread: who measures raises it
            self.trouble = error


def reading(visitor: Visitor, box: str = "") -> Iterator[None]:
    """Read the inbox again and again."""
    while True:
        visitor.page(f"/inbox/{box}")
        yield


def working(visitor: Visitor, tasks: Sequence[str]) -> Iterator[None]:
    """Claim, open and complete one task after another, then read what is one's own."""
    for task in tasks:
        where = visitor.claim(task)
        yield
        form = visitor.form(where)
        yield
        visitor.send(form)
        yield
    yield from reading(visitor, "?box=mine")
