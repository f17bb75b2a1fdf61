"""Leases under two executors: renewed beside whatever waits, given back in order, taken over."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic, sleep
from typing import Any

import pytest

from engine.clock import SystemClock
from engine.errors import Unavailable
from engine.handling import Call
from engine.services import claims
from engine.store import Database, Keys
from engine.store.crowds import Crowds
from tests.concurrency.jobs_diagrams import ASKING, END, START, flow, process, user
from tests.concurrency.jobs_world import Answer, Question, World
from tests.concurrency.test_jobs_handlers import wait_until

SECOND = timedelta(seconds=1)

#: begun → day (timer event, due at once) → after (user) → done.
DUE = process(
    "due",
    START,
    '<intermediateCatchEvent id="day"><timerEventDefinition>'
    "<timeDuration>PT0S</timeDuration></timerEventDefinition></intermediateCatchEvent>",
    user("after"),
    END,
    flow("begun", "day", "after", "done"),
)


@pytest.fixture
def real_postgres(postgres_url: str, keys: Keys) -> Iterator[World]:
    """The same on PostgreSQL, where rows are locked one by one."""
    database = Database(postgres_url, keys)
    yield World(database, SystemClock())  # type: ignore[arg-type]
    database.close()


def crowd(world: World, number: int) -> None:
    """Have so many cases whose timer is due."""
    world.deploy(DUE)
    case = world.start("due", "D")
    with world.database.begin() as uow:
        Crowds(uow).copy(case, range(1, number), world.ctx.now())
        uow.commit()


@contextmanager
def started(*executors: Any) -> Iterator[None]:
    for one in executors:
        one.start()
    try:
        yield
    finally:
        for one in executors:
            one.stop()


def test_two_executors_fire_each_timer_of_a_crowd_once(real: World) -> None:
    crowd(real, 120)
    with started(real.executor("a"), real.executor("b")):
        wait_until(lambda: len(real.jobs("done")) == 120, 60)
    assert real.elements() == ["after"] * 120
    left = [row for row in real.table("event", what="left") if row.element == "day"]
    assert len(left) == len({row.instance_id for row in left}) == 120
    assert real.chain_holds()


def test_a_stop_gives_back_what_was_claimed_and_not_begun(real: World) -> None:
    crowd(real, 40)
    executor = real.executor("stops")
    record = executor._recorder.record

    def slowly(*given: Any) -> None:
        sleep(0.02)
        record(*given)

    executor._recorder.record = slowly  # type: ignore[method-assign]
    with started(executor):
        wait_until(lambda: real.jobs("done"))
    done, back = real.jobs("done"), real.jobs("ready")
    assert len(done) + len(back) == 40
    assert len(back) > 10, "it did not fire the whole batch first"
    assert {(row.attempts, row.locked_by) for row in back} == {(0, "")}
    assert real.executor("next").run_due() == len(back)


def test_a_renewal_waits_for_nobody(real_postgres: World) -> None:
    """One row that somebody holds costs neither the others their lease nor anybody time."""
    world = real_postgres
    crowd(world, 3)
    with world.database.begin() as uow:
        held = claims.claim(uow, world.ctx, "me", limit=3, handlers=0, lease=SECOND)
        uow.commit()
    ids = [job.id for job in held]
    with world.database.begin() as other:
        other.jobs.lock(ids[0])
        began = monotonic()
        with world.database.begin() as uow:
            renewed = claims.renew(uow, world.ctx, ids, "me", 60 * SECOND)
            uow.commit()
        assert monotonic() - began < 5
    assert renewed == set(ids[1:])
    with world.database.begin() as uow:
        assert claims.renew(uow, world.ctx, ids, "somebody else", SECOND) == set()
        claims.give_back(uow, ids, "me")
        uow.commit()
    assert {(row.state, row.attempts) for row in world.jobs()} == {("ready", 0)}


def test_leases_are_kept_while_a_step_waits_for_a_case_that_somebody_holds(
    real_postgres: World,
) -> None:
    """The executor's one recording thread waits; its handler's lease must not run out for that."""
    world = real_postgres
    go, begun, calls = threading.Event(), threading.Event(), []

    def ask(query: Question, call: Call) -> Answer:
        calls.append(call.attempt)
        begun.set()
        go.wait(20)
        return Answer()

    world.handler(ask)
    world.deploy(ASKING, DUE)
    world.start("asking")
    lease = 1.2
    first = world.executor("first", lease=timedelta(seconds=lease))
    second = world.executor("second", lease=timedelta(seconds=lease))
    with started(first):
        assert begun.wait(10)
        case = world.start("due", "D")
        with world.database.begin() as somebody:
            somebody.instances.lock(case)
            first.wake()
            wait_until(lambda: len(world.jobs("claimed")) == 2)
            end = monotonic() + 2.5 * lease
            while monotonic() < end:
                assert second.run_due() == 0, "nothing is taken over from who lives"
                sleep(0.1)
        go.set()
        wait_until(lambda: world.elements() == ["after", "reading"])
    assert calls == [1]


def test_what_a_dead_executor_held_is_taken_over_soon_after_its_lease(real: World) -> None:
    crowd(real, 5)
    with real.database.begin() as uow:
        claims.claim(uow, real.ctx, "dies", limit=5, handlers=0, lease=SECOND)
        uow.commit()
    began = monotonic()
    executor = real.executor("lives")
    with started(executor):

        def done() -> bool:
            executor.wake()  # the tick
            return len(real.jobs("done")) == 5

        wait_until(done)
    assert 0.5 < monotonic() - began < 6
    assert real.elements() == ["after"] * 5


def test_a_stop_while_the_database_is_away_keeps_trying_within_its_grace(
    small_world: World,
) -> None:
    go, away = threading.Event(), threading.Event()

    def ask(query: Question, call: Call) -> Answer:
        away.set()
        go.wait(20)
        return Answer()

    small_world.handler(ask)
    small_world.deploy(ASKING)
    small_world.start("asking")
    executor = small_world.executor("stops", grace=timedelta(seconds=5))
    begin = small_world.database.begin

    @contextmanager
    def perhaps() -> Iterator[Any]:
        if away.is_set():
            raise Unavailable("the server is being restarted")
        with begin() as uow:
            yield uow

    small_world.database.begin = perhaps  # type: ignore[method-assign]
    executor.start()
    assert away.wait(10)
    stopping = threading.Thread(target=executor.stop)
    stopping.start()
    go.set()
    sleep(0.3)
    away.clear()
    stopping.join(20)
    assert small_world.elements() == ["reading"], "what the handler brought was not thrown away"
