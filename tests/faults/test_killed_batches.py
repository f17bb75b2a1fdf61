"""kill -9 of an executor in the middle of a batch: each subject once, and the report is the truth.

One real worker works off a batch of notes at incidents and is killed while it writes; another goes
on. What was committed stands with its outcome, what was not was never done.
"""

from collections import Counter
from pathlib import Path
from time import monotonic, sleep

from engine import config
from engine.bench import batch as part
from engine.bench.domains import Ground
from engine.bench.timers import Scene
from engine.cli.opening import opened
from engine.model.people import SYSTEM
from engine.processes import Child
from engine.services import audit
from engine.services.cockpit import batches, batchlooks, catalogue, drawing
from engine.services.cockpit.batchviews import Batch, State
from engine.services.cockpit.drawing import Wanted
from engine.services.cockpit.operations import Subject
from engine.services.cockpit.selecting import Selection
from engine.store import Keys
from engine.store.counting import rows
from tests.faults.conftest import Line, Report, times

INCIDENTS = times(10_000, 400)
LEASE = 3
#: Seconds until something that must happen is taken for lost.
PATIENCE = times(300, 60)


def test_what_a_killed_executor_left_of_a_batch_others_do_once(
    some_url: str, tmp_path: Path, report: Report
) -> None:
    settings = config.Settings(
        database_url=some_url, keys=Keys.generate(), key_file=tmp_path / "keys"
    )
    with opened(settings, upgrade=True) as app:
        scene = Scene(Ground(app=app, files={}, folder=tmp_path))
        part.broken(scene, INCIDENTS, lambda _: None)
        made = drawn(scene)
        before, done = cut_off(scene, made)
        with app.database.reading() as uow:
            counts = uow.batches.outcomes(made)
            notes = Counter(row.incident_id for row in rows(uow, "incident_note"))
            broken = audit.verify(uow).broken
    assert 0 < before < INCIDENTS, "it was killed in the middle"
    assert (done.state, done.done) == (State.FINISHED, INCIDENTS)
    assert counts == {"done": INCIDENTS}
    assert (len(notes), set(notes.values())) == (INCIDENTS, {1})
    assert broken == 0
    report(
        Line(
            trial=1,
            database=scene.database.dialect,
            what="kill -9 of an executor in the middle of a batch",
            figure=f"killed after {before} of {INCIDENTS}; each done once, audit log whole",
            goal="nothing lost, nothing twice; the report is what the rows say",
        )
    )


def drawn(scene: Scene) -> str:
    wanted = Wanted(
        operation=catalogue.operation(Subject.INCIDENT, "annotate"),
        typed={"note": "the registry was down"},
        selection=Selection(list="incidents"),
    )
    with scene.database.begin() as uow:
        made = drawing.draw(uow, scene.ctx, SYSTEM, wanted)
        uow.commit()
    drawing.look(scene.database, scene.ctx, SYSTEM, made)
    return made


def cut_off(scene: Scene, made: str) -> tuple[int, Batch]:
    """Run the batch and kill who works at it; return how far it was then, and how it ended."""
    clustered = {"ZHOLDAMA_JOBS": "clustered"} if scene.database.dialect == "postgresql" else {}
    said = {"ZHOLDAMA_LEASE": str(LEASE), **clustered}
    workers = [scene.office.child(f"worker-{n}", "worker", **said) for n in range(2)]
    alive: list[Child] = []
    try:
        begin(workers[0], alive)
        until(scene, made, lambda found: found.state is State.DRAWN)
        with scene.database.begin() as uow:
            batches.start(uow, scene.ctx, SYSTEM, made, "to tell others", str(INCIDENTS))
            uow.commit()
        until(scene, made, lambda found: found.settled > 0)
        alive.remove(workers[0])
        workers[0].kill()
        before = shown(scene, made).settled
        begin(workers[1], alive)
        return before, until(scene, made, lambda found: found.state is State.FINISHED)
    finally:
        for one in alive:
            one.stop()


def begin(worker: Child, alive: list[Child]) -> None:
    worker.start()
    alive.append(worker)
    worker.wait_ready()


def shown(scene: Scene, made: str) -> Batch:
    with scene.database.reading() as uow:
        return batchlooks.show(uow, SYSTEM, made).batch


def until(scene: Scene, made: str, so_far) -> Batch:
    end = monotonic() + PATIENCE
    while monotonic() < end:
        found = shown(scene, made)
        if so_far(found):
            return found
        sleep(0.02)
    raise AssertionError(f"not so far after {PATIENCE} s: {shown(scene, made)}")
