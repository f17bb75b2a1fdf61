"""Jobs whose handler is not installed here: they wait for an executor that has it, and say so."""

import logging
from dataclasses import replace
from datetime import timedelta
from time import monotonic, sleep

import pytest

from engine.services import claims
from tests.concurrency.jobs_diagrams import ASKING, THREE
from tests.concurrency.jobs_world import Answer, World
from tests.concurrency.test_jobs_handlers import wait_until

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


def test_it_is_nothing_to_do_and_costs_no_claim(world: World) -> None:
    elsewhere(world, "K-1")
    with world.database.reading() as uow:
        assert not claims.any_due(uow, world.ctx)
        assert claims.unknown_due(uow, world.ctx) == [ELSEWHERE]
        assert claims.unknown_due(uow, world.ctx, timedelta(minutes=1)) == []
    world.clock.advance(timedelta(minutes=2))
    with world.database.reading() as uow:
        assert claims.unknown_due(uow, world.ctx, timedelta(minutes=1)) == [ELSEWHERE]


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
