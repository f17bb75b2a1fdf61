"""Processes say that they are there, and what each does is seen; on both databases."""

import logging
from datetime import timedelta
from time import sleep

import pytest

from engine.handling import Call
from engine.jobs.presence import FORGOTTEN, Kind, Presence
from engine.services.cockpit import handlers
from engine.store import Database
from engine.watching.doctor import work
from engine.watching.doctor.findings import Patient
from tests.concurrency.jobs_diagrams import ASKING
from tests.concurrency.jobs_world import Answer, Question, World
from tests.concurrency.mending import admin_of


def presence(world: World, name: str, kind: Kind = Kind.WORKER, *, works: bool = True) -> Presence:
    return Presence(world.database, world.ctx, name, kind, works=works)


def test_processes_say_that_they_are_there_and_go(real: World) -> None:
    real.handler(lambda query, call: Answer())
    root = admin_of(real)
    worker, web = presence(real, "one"), presence(real, "two", Kind.WEB, works=False)
    worker.start()
    web.start()
    with real.database.reading() as uow:
        found = {row.id: row for row in handlers.executors(uow, real.ctx, root)}
    assert {name: (row.kind, row.works, row.topics) for name, row in found.items()} == {
        "one": ("worker", True, ("test.ask",)),
        "two": ("web", False, ()),
    }
    assert all(row.alive and row.pid for row in found.values())
    before = found["one"].seen
    sleep(0.01)
    worker.beat()
    worker.stop()
    with real.database.reading() as uow:
        found = {row.id: row for row in handlers.executors(uow, real.ctx, root)}
        assert uow.executors.heard(found["two"].seen, works=False) == 1
    assert (found["one"].alive, found["two"].alive) == (False, True)
    assert found["one"].stopped
    assert before
    assert found["one"].seen
    assert found["one"].seen > before
    web.stop()


def test_what_an_executor_does_now_is_seen_and_who_is_silent_is_named(
    small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = small_world
    seen = []

    def ask(query: Question, call: Call) -> Answer:
        with world.database.reading() as uow:
            seen.extend(handlers.executors(uow, world.ctx, root))
        return Answer()

    world.handler(ask)
    world.deploy(ASKING)
    root = admin_of(world)
    world.start("asking")
    with world.database.begin() as uow:
        now = uow.database_now()
        row = {"host": "far", "pid": 1, "kind": "worker", "works": True, "release": "0"}
        gone = now - timedelta(minutes=5)
        uow.executors.begin({**row, "id": "silent", "topics": []}, gone)
        uow.executors.begin({**row, "id": "forgotten", "topics": []}, now - 2 * FORGOTTEN)
        uow.commit()
    here = presence(world, "busy")
    here.start()
    world.executor("busy").run_due()
    found = {one.id: one for one in seen}
    assert [one.element for one in found["busy"].jobs] == ["ask"]
    assert (found["busy"].alive, found["silent"].alive) == (True, False)
    assert "forgotten" not in found
    here.stop()
    patient = Patient(settings=None, database=world.database, ctx=world.ctx)  # type: ignore[arg-type]
    said = [str(one.said) for one in work.jobs(patient)]
    assert "Processes went without having ended: silent" in said


def test_a_database_that_is_away_costs_a_sign_of_life_and_no_more(
    sqlite_url: str, small_world: World, caplog: pytest.LogCaptureFixture, tmp_path
) -> None:
    away = Database(f"sqlite:///{tmp_path}/no/such/folder/file.db", small_world.database.keys)
    lost = Presence(away, small_world.ctx, "lost", Kind.WEB, works=False)
    with caplog.at_level(logging.WARNING):
        lost.start()
        lost._try(lost.beat)
        lost.stop()
    assert len([one for one in caplog.records if "no sign of life" in one.getMessage()]) == 1
    away.close()


def test_who_was_taken_for_gone_says_again_that_it_is_there(small_world: World) -> None:
    here = presence(small_world, "again")
    here._begin()
    with small_world.database.begin() as uow:
        uow.executors.forget(uow.database_now() + timedelta(minutes=1))
        uow.commit()
    here.beat()
    assert [row.id for row in small_world.table("executor")] == ["again"]
