"""A centre with four bodies for the trials of measures: the real diagrams, forms and records."""

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import handlers.kandas
import handlers.kandas.records
import handlers.support
import handlers.support.records  # noqa: F401
from engine.cli.files import gather
from engine.model.people import Actor
from engine.services import tasks
from engine.services.context import Context
from engine.store import Database
from handlers.support import records
from handlers.support.bench.office import Office, Running, Values
from handlers.support.records import Measure
from tests.concurrency.jobs_world import World

ROOT = Path(__file__).parents[2]


class House(World):
    """An office with the eyes of a `World`."""

    def __init__(self, database: Database) -> None:
        self.office = Office.opened(database, Context())
        self.database, self.clock, self.ctx = database, self.office.clock, self.office.ctx
        self.office.move_in(gather([ROOT / "processes", ROOT / "forms"]).files, bodies=4)
        self._families = 0

    def plan(self, measures: int) -> Running:
        """Have a plan run whose measures their bodies have accepted."""
        self._families += 1
        made = self.office.run_a_plan(self._families, measures)
        for case in made.measures.values():
            self.office.accepted(case)
        return made

    def step(self, actor: Actor, task: str, values: Values) -> None:
        """Complete a task, no job afterwards."""
        with self.database.begin() as uow:
            tasks.complete(uow, self.ctx, actor, task, values)
            uow.commit()

    def held(self, actor: Actor, case: str, element: str) -> Callable[[Values], None]:
        """Claim a task; return what completes it."""
        task = self.office.held(actor, case, element)
        return lambda values: self.step(actor, task, values)

    def measure(self, number: str) -> Measure:
        with self.database.reading() as uow:
            found = records.measure_by_number(uow.session, number)
        assert found is not None
        return found

    def settle(self) -> None:
        """Do what is due until nothing is."""
        while self.office.run_due():
            pass

    def status(self, case: str) -> str:
        [row] = self.table("instance", id=case)
        return str(row.status)


def at_once(acts: Sequence[Callable[[], object]]) -> list[Any]:
    """Do all at the same moment, each in a thread; return what each raised, None for nothing."""
    start, raised = Barrier(len(acts)), list[Any]([None] * len(acts))

    def run(place: int) -> None:
        start.wait()
        try:
            acts[place]()
        except Exception as error:  # noqa: BLE001  what an act raises is what is looked at
            raised[place] = error

    threads = [Thread(target=run, args=(place,)) for place in range(len(acts))]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
        assert not one.is_alive(), "an act never came back"
    return raised
