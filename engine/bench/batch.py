"""Part ``batch``: ten thousand incidents tried again in one batch, while clerks go on working.

Real processes, the same as of part ``timers``: on SQLite one ``zholdama serve``, on PostgreSQL one
for the pages and two of ``zholdama worker``. Each incident is of a case of its own, whose job was
given up. What is tried again is due at once and is done by the same executors meanwhile. The rate
is that of the batch, from its start to its last row, as its own page tells it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic, perf_counter, sleep

from engine.bench.domains import Advance, Ground, Measured
from engine.bench.timers import WAITS, Clerk, Scene, meanwhile, reading, working
from engine.errors import Unavailable
from engine.model.people import SYSTEM
from engine.model.text import packed, text
from engine.services.cockpit import batches, batchlooks, catalogue, drawing
from engine.services.cockpit.batchviews import Batch, State
from engine.services.cockpit.drawing import Wanted
from engine.services.cockpit.operations import Subject
from engine.services.cockpit.selecting import Selection
from engine.store.counting import settle
from engine.store.crowds import Crowds

#: Goal: incidents a second, on PostgreSQL.
RATE = 500.0
#: Cases that are written by one transaction.
_BATCH = 1000
#: Seconds between two looks at how far it is, and without progress until the bench gives up.
_LOOK, _PATIENCE = 0.25, 120.0


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is measured."""

    #: Incidents.
    incidents: int
    #: Cases whose tasks the second clerk completes meanwhile.
    cases: int = 100


def measure(ground: Ground, size: Size | None = None) -> Iterator[Measured]:
    """Break cases, draw a batch of their incidents, run it."""
    plan = size or Size(incidents=ground.plan.incidents)
    scene = Scene(ground)
    tasks = scene.office.start(plan.cases)
    with ground.bar(text("incidents tried again"), 2 * plan.incidents) as advance:
        broken(scene, plan.incidents, advance)
        with scene.processes() as port, scene.office.visitors([port, port]) as [reader, worker]:
            began = perf_counter()
            made = _draw(scene)
            _wait(scene, made, {State.DRAWN}, lambda _: None)
            yield Measured(name="drawn_s", value=round(perf_counter() - began, 1))
            clerks = [Clerk(reading(reader)), Clerk(working(worker, tasks))]
            for one in clerks:
                one.start()
            _start(scene, made, plan.incidents)
            done = _wait(scene, made, {State.FINISHED, State.STOPPED}, advance)
            for one in clerks:
                one.stop()
            yield from _told(scene, done, plan.incidents)
            yield from meanwhile(clerks)


def broken(scene: Scene, number: int, advance: Advance) -> None:
    """Make cases of which each has a job that was given up, and an incident."""
    with scene.database.begin() as uow:
        case = scene.start(uow, "T", scene.now() + timedelta(days=1))
        uow.commit()
    for done in range(1, number, _BATCH):
        some = range(done, min(done + _BATCH, number))
        with scene.database.begin() as uow:
            Crowds(uow).copy(case, some, scene.ctx.now())
            uow.commit()
        advance(len(some))
    with scene.database.begin() as uow:
        Crowds(uow).give_up(WAITS, packed(text("The bench gave it up")), scene.ctx.now())
        uow.commit()
    settle(scene.database)


def _draw(scene: Scene) -> str:
    with scene.database.begin() as uow:
        wanted = Wanted(
            operation=catalogue.operation(Subject.INCIDENT, "retry"),
            typed={},
            selection=Selection(list="incidents"),
        )
        made = drawing.draw(uow, scene.ctx, SYSTEM, wanted)
        uow.commit()
    drawing.look(scene.database, scene.ctx, SYSTEM, made)
    return made


def _start(scene: Scene, made: str, number: int) -> None:
    with scene.database.begin() as uow:
        batches.start(uow, scene.ctx, SYSTEM, made, "the bench", str(number))
        uow.commit()


def _wait(scene: Scene, made: str, until: set[State], advance: Advance) -> Batch:
    """Wait until it is so far, as long as there is progress."""
    last, before = monotonic(), (-1, 0)
    while monotonic() - last < _PATIENCE:
        with scene.database.reading() as uow:
            found = batchlooks.show(uow, SYSTEM, made).batch
        now = (found.total, found.settled)
        if now != before:
            advance(now[1] - before[1])
            last, before = monotonic(), now
        if found.state in until:
            return found
        sleep(_LOOK)
    raise Unavailable(text("Nobody works at the batch"))


def _told(scene: Scene, found: Batch, number: int) -> Iterator[Measured]:
    """Tell how fast it went, and whether it is true: the jobs themselves are asked."""
    with scene.database.reading() as uow:
        dead = uow.jobs.count("dead")
    fast = scene.database.dialect == "postgresql"
    rate = round(found.rate(scene.now()), 1)
    yield Measured(name="per_second", value=rate, least=RATE if fast else None)
    yield Measured(name="done", value=found.done, least=number, most=number)
    yield Measured(name="still_dead", value=dead, most=0)
