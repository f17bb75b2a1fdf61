"""Handlers through the executor, on SQLite and PostgreSQL: every way an attempt can end."""

import threading
from datetime import timedelta
from time import monotonic, sleep
from typing import Any

import pytest
from pydantic import BaseModel

from engine.errors import Conflict, LeaseLost, NotFound
from engine.handling import BpmnError, Call, RetryLater
from engine.model.people import ADMIN, Actor, Candidate
from engine.model.text import unpacked
from engine.services import claims, jobs
from engine.services.cockpit.operations import Subject
from tests.concurrency.jobs_diagrams import ASKING, THREE
from tests.concurrency.jobs_world import Answer, Question, World
from tests.concurrency.mending import act

MINUTE = timedelta(minutes=1)
ADMINISTRATOR = Actor(account="", name="root", memberships=frozenset({Candidate(ADMIN, "office")}))


def told(row: Any) -> str:
    return str(unpacked(row.message))


def test_a_result_moves_the_case_on(world: World) -> None:
    seen: list[tuple[str, int, str]] = []

    def ask(query: Question, call: Call) -> Answer:
        with call.records() as session:
            assert session is not None
        seen.append((query.key, call.attempt, call.business_key))
        return Answer(answer=f"re: {query.key}")

    world.handler(ask)
    world.deploy(ASKING)
    case = world.start("asking", "K-7")
    assert world.elements() == []
    assert world.executor().run_due() == 1
    assert seen == [("K-7", 1, "K-7")]
    assert world.elements() == ["reading"]
    [job] = world.jobs()
    assert job.state == "done"
    assert world.executor().run_due() == 0, "nothing is done twice"
    actors = {(row.actor_kind, row.actor_name) for row in world.table("event", instance_id=case)}
    assert ("handler", "test.ask") in actors
    assert world.chain_holds()


def test_what_a_handler_saves_stands_or_falls_with_the_step(world: World) -> None:
    def ask(query: Question, call: Call) -> Answer:
        call.at_desk(
            lambda desk: desk.tell("answered", accounts=[world.clerk.account], params={"n": 1})
        )
        if query.key == "bad":
            call.on_finish(lambda session: 1 / 0)
        return Answer()

    world.handler(ask)
    world.deploy(ASKING)
    world.start("asking", "good")
    world.start("asking", "bad")
    world.executor().run_due()
    assert len(world.table("notification")) == 1
    assert world.elements() == ["reading"]
    [waiting] = world.jobs("ready")
    assert waiting.attempts == 1
    assert "ZeroDivisionError" in waiting.last_error


def test_a_business_outcome_takes_the_other_way_without_a_retry(world: World) -> None:
    def ask(query: Question, call: Call) -> Answer:
        raise BpmnError("none", "nobody there")

    world.handler(ask)
    world.deploy(ASKING)
    world.start("asking")
    assert world.executor().run_due() == 1
    assert world.elements() == ["refused"]
    assert [job.state for job in world.jobs()] == ["done"]


def test_a_handler_that_always_fails_becomes_an_incident_which_a_person_resolves(
    world: World,
) -> None:
    keys: list[str] = []
    mended = False

    def ask(query: Question, call: Call) -> Answer:
        keys.append(call.idempotency_key)
        if not mended:
            raise OSError("no route to 900101300123")
        return Answer()

    world.handler(ask)
    world.deploy(ASKING)
    world.start("asking")
    executor = world.executor()
    for _ in range(3):
        assert executor.run_due() == 1
        world.clock.advance(MINUTE - timedelta(seconds=1))
        assert executor.run_due() == 0, "not before the pause is over"
        world.clock.advance(timedelta(seconds=17))  # 25 % jitter of a minute, and one
    assert len(keys) == 3
    assert len(set(keys)) == 1, "the outside system sees one key"
    [incident] = world.incidents()
    assert told(incident).startswith("The handler failed: OSError: no route to …")
    assert [job.state for job in world.jobs()] == ["dead"]
    mended = True
    act(world, ADMINISTRATOR, Subject.INCIDENT, "retry", incident.id)
    with pytest.raises(Conflict):
        act(world, ADMINISTRATOR, Subject.INCIDENT, "retry", incident.id)
    assert executor.run_due() == 1
    assert world.elements() == ["reading"]
    assert world.incidents() == []
    assert world.chain_holds()


def test_only_an_administrator_tries_again(small_world: World) -> None:
    with pytest.raises(NotFound):
        act(small_world, ADMINISTRATOR, Subject.INCIDENT, "retry", "none")


def test_retry_later_says_when(world: World) -> None:
    def ask(query: Question, call: Call) -> Answer:
        if call.attempt == 1:
            raise RetryLater("closed for lunch", after=timedelta(hours=1))
        return Answer()

    world.handler(ask)
    world.deploy(ASKING)
    world.start("asking")
    executor = world.executor()
    executor.run_due()
    world.clock.advance(timedelta(minutes=59))
    assert executor.run_due() == 0
    world.clock.advance(MINUTE)
    assert executor.run_due() == 1
    assert world.elements() == ["reading"]


class Wrong(BaseModel):
    """Not what was promised."""


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (Wrong(), "The handler returned Wrong instead of Answer"),
        (None, "The handler returned NoneType instead of Answer"),
        ({"answer": ""}, "The handler returned dict instead of Answer"),
    ],
)
def test_a_wrong_type_is_a_failure(small_world: World, returned: Any, said: str) -> None:
    small_world.handler(lambda query, call: returned, retry="R1/PT1M")
    small_world.deploy(ASKING.replace(b"R3/PT1M", b"R1/PT1M"))
    small_world.start("asking")
    small_world.executor().run_due()
    [incident] = small_world.incidents()
    assert told(incident) == said
    assert small_world.elements() == []


def test_inputs_that_do_not_fit_are_an_incident_at_once(small_world: World) -> None:
    small_world.handler(lambda query, call: Answer())
    small_world.deploy(ASKING)
    small_world.start("asking", key=[900101300123])
    small_world.executor().run_due()
    [incident] = small_world.incidents()
    assert told(incident) == "The inputs do not fit: key string_type"


def test_a_hanging_handler_delays_nobody_and_its_late_result_is_dropped(world: World) -> None:
    go = threading.Event()
    times: dict[str, float] = {}

    def ask(query: Question, call: Call) -> Answer:
        if query.key == "stuck" and call.attempt == 1:
            go.wait(20)
        times.setdefault(query.key, monotonic())
        return Answer(answer=f"attempt {call.attempt}")

    world.handler(ask, timeout=0.4)
    world.deploy(ASKING)
    stuck = world.start("asking", "stuck")
    others = [world.start("asking", f"K-{n}") for n in range(10)]
    executor = world.executor(hands=2)
    began = monotonic()
    executor.start()
    try:
        wait_until(lambda: len(world.elements()) == len(others))
        assert max(times[f"K-{n}"] for n in range(10)) - began < 2
        wait_until(lambda: world.jobs("ready"))
        [job] = world.jobs("ready")
        assert "no answer within" in job.last_error
        go.set()
        sleep(0.2)
        assert world.elements(stuck) == [], "the late result of the first attempt is nothing"
        world.clock.advance(timedelta(minutes=2))
        executor.wake()
        wait_until(lambda: world.elements(stuck))
    finally:
        go.set()
        executor.stop()
    assert world.elements(stuck) == ["reading"]


def wait_until(condition: Any, seconds: float = 10) -> None:
    end = monotonic() + seconds
    while not condition():
        assert monotonic() < end, "waited too long"
        sleep(0.01)


def test_handlers_of_one_case_run_one_after_another(world: World) -> None:
    lock = threading.Lock()
    running: dict[str, int] = {}
    most: dict[str, int] = {}
    calls: list[str] = []

    def ask(query: Question, call: Call) -> Answer:
        with lock:
            calls.append(query.key)
            running[call.instance] = running.get(call.instance, 0) + 1
            most[call.instance] = max(most.get(call.instance, 0), running[call.instance])
        sleep(0.02)
        with lock:
            running[call.instance] -= 1
        return Answer()

    world.handler(ask)
    world.deploy(THREE)
    cases = [world.start("three", f"C{n}") for n in range(5)]
    executors = [world.executor(f"e{n}") for n in range(2)]
    for one in executors:
        one.start()
    try:
        wait_until(lambda: len(world.elements()) == len(cases), 30)
    finally:
        for one in executors:
            one.stop()
    assert sorted(calls) == sorted(f"C{n}-{k}" for n in range(5) for k in range(3))
    assert set(most.values()) == {1}


def test_two_executors_give_each_job_one_effect(world: World) -> None:
    lock = threading.Lock()
    calls: list[str] = []

    def ask(query: Question, call: Call) -> Answer:
        with lock:
            calls.append(call.idempotency_key)
        return Answer()

    world.handler(ask)
    world.deploy(ASKING)
    cases = [world.start("asking", f"C{n}") for n in range(40)]
    executors = [world.executor(f"e{n}") for n in range(2)]
    threads = [threading.Thread(target=one.run_due, args=(1000,)) for one in executors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(calls) == len(set(calls)) == len(cases)
    assert world.elements() == ["reading"] * len(cases)
    finished = [row for row in world.table("event") if row.element == "ask" and row.what == "left"]
    assert len(finished) == len(cases)
    assert world.chain_holds()


def test_a_lost_lease_is_taken_over_and_the_first_owner_is_fenced_off(world: World) -> None:
    keys: list[str] = []

    def ask(query: Question, call: Call) -> Answer:
        keys.append(call.idempotency_key)
        return Answer()

    world.handler(ask)
    world.deploy(ASKING)
    world.start("asking")
    lease = timedelta(seconds=30)
    with world.database.begin() as uow:
        [lost] = claims.claim(uow, world.ctx, "dead", limit=8, handlers=8, lease=lease)
        uow.commit()
    assert world.executor().run_due() == 0, "the lease still holds"
    world.clock.advance(timedelta(seconds=31))
    assert world.executor().run_due() == 1
    assert keys == [lost.idempotency_key]
    before = world.table("event")
    with world.database.begin() as uow, pytest.raises(LeaseLost):
        jobs.finish(uow, world.ctx, lost, {"answer": "late"})
    with world.database.begin() as uow, pytest.raises(LeaseLost):
        jobs.fail(uow, world.ctx, lost, jobs.Failure(reason=unpacked("late")), None)
    assert world.table("event") == before
    assert world.elements() == ["reading"]


def test_a_job_that_kills_every_executor_ends_as_an_incident(small_world: World) -> None:
    small_world.handler(lambda query, call: Answer())
    small_world.deploy(ASKING)
    small_world.start("asking")
    lease = timedelta(seconds=30)
    for _ in range(3):
        with small_world.database.begin() as uow:
            claims.claim(uow, small_world.ctx, "dies", limit=8, handlers=8, lease=lease)
            uow.commit()
        small_world.clock.advance(timedelta(seconds=31))
    small_world.executor().run_due()
    [incident] = small_world.incidents()
    assert told(incident).startswith("Every attempt ended without a result")
    assert small_world.elements() == []


def test_a_commit_wakes_the_executor_of_the_same_process_at_once(small_world: World) -> None:
    small_world.handler(lambda query, call: Answer())
    small_world.deploy(ASKING)
    executor = small_world.executor()
    small_world.ctx.bell.listen(executor.wake)
    executor.start()
    try:
        sleep(0.2)  # asleep for up to five seconds now: there is no tick here
        began = monotonic()
        small_world.start("asking")
        wait_until(lambda: small_world.elements() == ["reading"])
        assert monotonic() - began < 1
    finally:
        executor.stop()


def test_a_stopping_executor_gives_back_what_it_cannot_finish(small_world: World) -> None:
    go = threading.Event()

    def ask(query: Question, call: Call) -> Answer:
        go.wait(20)
        return Answer()

    small_world.handler(ask)
    small_world.deploy(ASKING)
    small_world.start("asking")
    executor = small_world.executor(grace=timedelta(seconds=0.1))
    executor.start()
    wait_until(lambda: small_world.jobs("claimed"))
    executor.stop()
    go.set()
    [job] = small_world.jobs()
    assert (job.state, job.attempts, job.locked_by) == ("ready", 0, "")
