"""Jobs whose handler is not installed here: they wait for an executor that has it, and say so."""

import logging
from dataclasses import replace
from datetime import timedelta
from time import monotonic, sleep

import pytest

from engine import config
from engine.errors import Forbidden
from engine.services import claims, incidents, instances
from engine.watching.doctor import work
from engine.watching.doctor.findings import Patient
from tests.concurrency.jobs_diagrams import ASKING, THREE
from tests.concurrency.jobs_world import Answer, World
from tests.concurrency.test_jobs_handlers import ADMINISTRATOR, wait_until

ELSEWHERE = "test.elsewhere"


def learn(world: World) -> None:
    """Install the handler."""
    known = world.ctx.extensions.handlers["test.ask"]
    world.ctx.extensions.handlers[ELSEWHERE] = replace(known, topic=ELSEWHERE)


def elsewhere(world: World, *numbers: str) -> None:
    """Start cases that ask a topic for which nobody here has a handler."""
    world.handler(lambda query, call: Answer())
    learn(world)
    strange = ASKING.replace(b"test.ask", ELSEWHERE.encode()).replace(b'"asking"', b'"strange"')
    world.deploy(strange)
    for number in numbers:
        world.start("strange", number)
    del world.ctx.extensions.handlers[ELSEWHERE]


def test_a_job_waits_for_an_executor_that_has_its_handler(world: World) -> None:
    elsewhere(world, "K-1")
    executor = world.executor()
    assert executor.run_due() == 0
    [job] = world.jobs()
    assert (job.state, job.attempts) == ("ready", 0)
    assert world.incidents() == []
    learn(world)
    assert executor.run_due() == 1
    assert world.elements() == ["reading"]


def test_it_is_nothing_to_do_here_and_is_told_after_a_minute(world: World) -> None:
    elsewhere(world, "K-1")
    world.handler(lambda query, call: Answer())
    world.clock.advance(timedelta(seconds=59))
    with world.database.reading() as uow:
        assert not claims.any_due(uow, world.ctx)
        assert claims.unknown_due(uow, world.ctx) == []
        assert incidents.strangers(uow, world.ctx, ADMINISTRATOR) == ()
    world.clock.advance(timedelta(seconds=1))
    with world.database.reading() as uow:
        assert not claims.any_due(uow, world.ctx)
        assert claims.unknown_due(uow, world.ctx) == [ELSEWHERE]
        [told] = incidents.strangers(uow, world.ctx, ADMINISTRATOR)
    [job] = world.jobs()
    assert (told.topic, told.element, told.business_key) == (ELSEWHERE, "ask", "K-1")
    assert told.since == job.due_at


def test_only_an_administrator_sees_which_case_waits_for_whom(world: World) -> None:
    elsewhere(world, "K-1", "K-2")
    world.clock.advance(timedelta(hours=1))
    admin = replace(ADMINISTRATOR, account=world.clerk.account)
    case, other = (row.id for row in world.table("instance"))
    with world.database.reading() as uow:
        seen = instances.view(uow, world.ctx, admin, case)
        assert [one.instance_id for one in seen.strangers] == [case]
        with pytest.raises(Forbidden):
            incidents.strangers(uow, world.ctx, world.clerk)
    with world.database.begin() as uow:
        instances.suspend(uow, world.ctx, admin, other, "stop")
        uow.commit()
    with world.database.reading() as uow:
        assert len(incidents.strangers(uow, world.ctx, ADMINISTRATOR)) == 1, "the other is stopped"


def test_the_doctor_names_the_topic_and_the_cure(world: World) -> None:
    elsewhere(world, "K-1")
    world.clock.advance(timedelta(minutes=2))
    settings = config.Settings(database_url=str(world.database.url))
    patient = Patient(settings=settings, database=world.database, ctx=world.ctx)
    [found] = [one for one in work.jobs(patient) if one.check == "handlers"]
    assert ELSEWHERE in str(found.said)
    assert "worker" in str(found.remedy)


def test_a_crowd_of_them_keeps_nobody_waiting(world: World) -> None:
    elsewhere(world, *(f"S-{n}" for n in range(60)))
    world.deploy(ASKING)
    for n in range(5):
        world.start("asking", f"K-{n}")
    assert world.executor().run_due() == 5
    assert world.elements() == ["reading"] * 5
    assert len(world.jobs("ready")) == 60


def test_within_one_case_it_keeps_its_place(world: World) -> None:
    """Handlers of one case run one after another: what is due later waits for the stranger."""
    world.handler(lambda query, call: Answer())
    learn(world)
    world.deploy(THREE.replace(b"test.ask", ELSEWHERE.encode(), 1))
    world.start("three")
    del world.ctx.extensions.handlers[ELSEWHERE]
    executor = world.executor()
    assert executor.run_due() == 0
    learn(world)
    assert executor.run_due() == 3


def test_the_executor_says_once_what_it_cannot_do(
    small_world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.jobs.executor.LOOK_FOR_STRANGERS", 0.0)
    elsewhere(small_world, "K-1", "K-2")
    small_world.clock.advance(timedelta(minutes=2))
    executor = small_world.executor()
    with caplog.at_level(logging.WARNING, logger="engine.jobs.executor"):
        executor.start()
        try:
            wait_until(lambda: ELSEWHERE in caplog.text)
            end = monotonic() + 0.3
            while monotonic() < end:
                executor.wake()
                sleep(0.02)
        finally:
            executor.stop()
    assert caplog.text.count(ELSEWHERE) == 1
