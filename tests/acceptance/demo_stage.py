"""Plays casts of the demo into an installation of their own, as `make run` does."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from engine.bootstrap import App
from engine.clock import TestClock
from engine.config import Settings
from engine.demo import Cast, Play
from engine.jobs.executor import Executor
from engine.model.people import Actor
from engine.services import instances, signing_in, tasks
from engine.services.context import Context
from engine.services.views import Box, CaseQuery, CaseRow, CaseView, InboxQuery
from engine.signing import DemoSigner, DemoVerifier
from engine.store import Database, Keys
from tests.acceptance.kandas_stage import files, start_sandbox

#: Wednesday, 25 November 2026, 14:32 in Kazakhstan.
NOW = datetime(2026, 11, 25, 9, 32, tzinfo=UTC)
PASSWORD = "a demo password"


@dataclass(frozen=True, kw_only=True)
class Played:
    """A demo that was made."""

    #: The installation.
    app: App
    #: What was heard of its making: how many of how many.
    heard: Sequence[tuple[int, int]]

    def actor(self, login: str) -> Actor:
        """Return somebody by login."""
        with self.app.database.reading() as uow:
            row = uow.accounts.by_login(login)
            return signing_in.load(uow, row.id)

    def cases(self, process: str) -> list[CaseRow]:
        """Return the cases of a process as the administrator sees them."""
        admin = self.actor("admin")
        query = CaseQuery(size=200, process=process)
        with self.app.database.reading() as uow:
            return list(instances.find(uow, self.app.context, admin, query).rows)

    def view(self, instance: str) -> CaseView:
        """Return one case as the administrator sees it."""
        admin = self.actor("admin")
        with self.app.database.reading() as uow:
            return instances.view(uow, self.app.context, admin, instance)

    def late(self) -> set[str]:
        """Return the business keys of everything that is late with somebody."""
        query = InboxQuery(box=Box.OVERDUE, size=100)
        with self.app.database.reading() as uow:
            people = [signing_in.load(uow, row.id) for row in uow.accounts.all()]
            return {
                row.business_key
                for one in people
                for row in tasks.inbox(uow, self.app.context, one, query).rows
            }


@contextmanager
def played(url: str, keys: Keys, folder: Path, casts: Sequence[Cast]) -> Iterator[Played]:
    """Play casts into a database that has the schema."""
    sandbox = start_sandbox(folder)
    database = Database(url, keys)
    ctx = Context(
        clock=TestClock(NOW),
        signer=DemoSigner(folder),
        verifier=DemoVerifier(folder),
        settings={**sandbox.settings, "registries.timeout": "20"},
    )
    app = App(
        settings=replace(Settings(), demo=True, demo_password=PASSWORD),
        database=database,
        context=ctx,
        executor=Executor(database, ctx),
    )
    heard: list[tuple[int, int]] = []
    try:
        play = Play(app, casts, lambda done, of: heard.append((done, of)))
        play.furnish(files(), PASSWORD)
        play.play()
        yield Played(app=app, heard=heard)
    finally:
        database.close()
        sandbox.stop()
