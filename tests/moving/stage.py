"""An installation with something of everything, small enough to be copied a hundred times."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import handlers.kandas.records
import handlers.people.records
import handlers.support.records  # noqa: F401
from engine.clock import TestClock
from engine.jobs.executor import Executor
from engine.model.people import Actor
from engine.services import (
    audit,
    comments,
    documents,
    instances,
    notifications,
    signing_in,
    tasks,
)
from engine.services.context import Context
from engine.services.views import CaseState
from engine.store import Database, Keys
from engine.store.moving.side import Side, digest, tables
from handlers.people import records as people
from handlers.people.facts import PersonFacts, Relationship
from tests.conftest import NOW
from tests.contract.world import World, populated


@contextmanager
def opened(url: str, keys: Keys) -> Iterator[Database]:
    """Open a database and leave nobody connected to it."""
    database = Database(url, keys)
    try:
        yield database
    finally:
        database.close()


def fill(database: Database, cases: int = 6) -> World:
    """Have people work: cases at both of their tasks, ended, with files, words and news."""
    clock = TestClock(NOW)
    world = populated(database, Context(clock=clock), clock)
    for number in range(cases):
        case, second = world.written(f"Ж-{number}")
        _papers(world, case, second)
        clock.advance(timedelta(minutes=1))
    ended, _ = world.written("N-9")
    with database.begin() as uow:
        instances.cancel(uow, world.ctx, world["admin"], ended, "Қате ашылған")
        uow.commit()
    world.start("N-10")
    return world


def _papers(world: World, case: str, task: str) -> None:
    checker, ctx = world["checker"], world.ctx
    with world.database.begin() as uow:
        comments.add(uow, ctx, checker, case, "Сәлем, «дүние»!")
        tasks.claim(uow, ctx, checker, task)
        documents.add_to_draft(
            uow, ctx, checker, task, name="Анықтама.pdf", mime="", data=b"%PDF-1.7 " + bytes(300)
        )
        notifications.tell(uow, ctx, "x", accounts=[checker.account], params={"who": "Асан"})
        applicant = people.save_person(uow.session, PersonFacts(id="", surname="Асан", name="Үсен"))
        people.save_family(
            uow.session, f"case {case}"[:40], [(applicant.id, Relationship.APPLICANT)]
        )
        uow.commit()


def goes_on(url: str, keys: Keys) -> None:
    """Complete a task and fire a timer in a database that was copied or restored."""
    with opened(url, keys) as database:
        clock = TestClock(NOW)
        world = World(database, Context(clock=clock), clock, _people(database))
        case = _case(database, "Ж-0")
        clock.advance(timedelta(days=8))
        assert executor(world).run_due() > 0
        with database.reading() as uow:
            told = [row.element for row in uow.events.of_instance(case)]
            open_ = uow.tasks.open_of(case)[0]
        assert "late" in told, "the boundary timer did not fire"
        done = world.complete("checker", open_.id, decision="accept")
        assert done.state is CaseState.COMPLETED
        with database.reading() as uow:
            assert audit.verify(uow).broken == 0


def _people(database: Database) -> dict[str, Actor]:
    with database.reading() as uow:
        return {row.login: signing_in.load(uow, row.id) for row in uow.accounts.all()}


def _case(database: Database, key: str) -> str:
    with database.reading() as uow:
        found: str = uow.instances.newest(key)
        return found


def dump(url: str, keys: Keys) -> dict[str, list[bytes]]:
    """Return the digests of all rows by table, in the order of the keys."""
    with opened(url, keys) as database, database.engine.connect() as connection:
        side = Side(connection, url)
        return {one.name: [digest(row) for row in side.rows(one)] for one in tables()}


def executor(world: World) -> Any:
    """Return somebody who does what is due."""
    return Executor(world.database, world.ctx)
