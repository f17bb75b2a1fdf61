"""A stage for the approval chain: database, sandbox, demo authority, offices and people."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar

import handlers.kandas
import handlers.kandas.records
import handlers.registries
import handlers.support
import handlers.support.records  # noqa: F401
from engine.clock import TestClock
from engine.demo import merged
from engine.jobs.executor import Executor
from engine.model.people import SYSTEM
from engine.services import calendar, definitions
from engine.services.context import Context
from engine.services.views import Completed
from engine.signing import DemoSigner, DemoVerifier
from engine.store import Database, Keys
from handlers.kandas import staff
from handlers.kandas.rehearsal import Rehearsal
from handlers.registries.sandbox.server import Sandbox, serve

ROOT = Path(__file__).parents[2]
#: Monday, 7 September 2026, 10:00 in Kazakhstan.
START = datetime(2026, 9, 7, 5, 0, tzinfo=UTC)
PASSWORD = "a password of the rehearsal"


def files() -> dict[str, bytes]:
    """Read what is deployed."""
    found = [*ROOT.glob("processes/**/*.bpmn"), *ROOT.glob("processes/**/*.dmn")]
    found += ROOT.glob("forms/**/*.json")
    return {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in found}


class Stage(Rehearsal):
    """A rehearsal with its own clock, sandbox and database at hand."""

    clock: TestClock
    sandbox: Sandbox
    database: Database
    executor: Executor

    def work(self, *args: Any, **named: Any) -> Completed:
        """Work a minute later than whatever happened before: no two acts share a moment."""
        self.clock.advance(timedelta(minutes=1))
        return super().work(*args, **named)

    def later(self, **delta: float) -> None:
        """Move the clock and do what became due."""
        self.clock.advance(timedelta(**delta))
        self.run_due()

    def until(self, moment: datetime) -> None:
        """Move the clock to a moment and do what became due."""
        self.clock.set(moment)
        self.run_due()


def prepare(database: Database, casts: Sequence[Any] = (staff,)) -> None:
    """Deploy everything and hire everybody; `casts` are modules with offices and officers."""
    ctx = Context(clock=TestClock(START))
    with database.begin() as uow:
        calendar.seed(uow, ctx, [2026, 2027])
        definitions.deploy(uow, ctx, SYSTEM, files(), "test")
        uow.commit()
    stage = Rehearsal(begin=database.begin, reading=database.reading, ctx=ctx, run_due=lambda: 0)
    offices = [office for one in casts for office in one.offices()]
    stage.furnish(offices, merged(who for one in casts for who in one.officers()), PASSWORD)


def make_template(folder: Path, keys: Keys, casts: Sequence[Any] = (staff,)) -> Path:
    """Build a SQLite file with everything in place; tests copy it."""
    path = folder / "template.db"
    database = Database(f"sqlite:///{path}", keys)
    database.upgrade()
    prepare(database, casts)
    database.close()
    return path


class Wired(Protocol):
    """What a stage of either order has at hand besides what every stage has."""

    clock: TestClock
    sandbox: Sandbox
    database: Database
    executor: Executor
    logins: dict[str, str]


WiredT = TypeVar("WiredT", bound=Wired)


def wired_as(kind: Callable[..., WiredT], database: Database, sandbox: Sandbox) -> WiredT:
    """Wire an installation around a database that is in place, as a stage of some kind."""
    clock = TestClock(START)
    ctx = Context(
        clock=clock,
        signer=DemoSigner(sandbox.keys),
        verifier=DemoVerifier(sandbox.keys),
        settings={**sandbox.settings, "registries.timeout": "15"},
    )
    executor = Executor(database, ctx)
    stage = kind(
        begin=database.begin,
        reading=database.reading,
        ctx=ctx,
        run_due=lambda: executor.run_due(1000),
    )
    stage.clock, stage.sandbox, stage.database, stage.executor = clock, sandbox, database, executor
    with database.reading() as uow:
        stage.logins = {row.login: row.id for row in uow.accounts.all()}
    return stage


def wired(database: Database, sandbox: Sandbox) -> Stage:
    """Wire an installation of order 170."""
    return wired_as(Stage, database, sandbox)


@contextmanager
def on_stage_as(
    kind: Callable[..., WiredT], template: Path, folder: Path, keys: Keys, sandbox: Sandbox
) -> Iterator[WiredT]:
    """Copy the template and wire an installation around it."""
    path = folder / "case.db"
    shutil.copy(template, path)
    database = Database(f"sqlite:///{path}", keys)
    try:
        yield wired_as(kind, database, sandbox)
    finally:
        database.close()


def on_stage(
    template: Path, folder: Path, keys: Keys, sandbox: Sandbox
) -> AbstractContextManager[Stage]:
    """Copy the template and wire an installation of order 170 around it."""
    return on_stage_as(Stage, template, folder, keys, sandbox)


def start_sandbox(folder: Path) -> Sandbox:
    """Start the sandbox; a slow system takes a second."""
    return serve(0, keys=folder, slow=1.0)
