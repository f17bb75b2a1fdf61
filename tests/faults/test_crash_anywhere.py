"""A crash between any two statements of a step, and around its commit (reliability, trial 12).

For each kind of step a process takes it and dies at moment 1, 2, 3, … until one lives to the end.
After each death the tables must be consistent as they are; after a restart, which redoes what was
under way, the case must stand exactly where it would have stood, its history written once.
"""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from time import monotonic, sleep
from typing import Any

import pytest

from engine.clock import TestClock
from engine.errors import TaskClosed
from engine.model.people import ADMIN, SUPERVISOR, SYSTEM, Actor, Candidate
from engine.services import accounts, instances, tasks
from engine.store import Database
from tests.concurrency.crashing import LEASE, check, dies_at
from tests.concurrency.jobs_diagrams import ASKING, CATCHER, CHILD, PARENT, THROWER, WAITING
from tests.concurrency.jobs_world import CLERK, Answer, World
from tests.faults.conftest import Line, Report, times

#: Seconds until a database must have noticed that a client died.
PATIENCE = 5.0
#: The main acts die at every moment always; the others, in a short run, at each of so many; the
#: longest one, a call, at each third.
EACH, SOME, THIRD = 1, times(1, 7), times(1, 3)
#: An administrator and head of the office.
HEAD = Actor(
    account="",
    name="root",
    memberships=frozenset({Candidate(ADMIN, "office"), Candidate(SUPERVISOR, "office")}),
)

Sweep = Callable[..., None]


@pytest.fixture
def world(database: Database, clock: TestClock) -> World:
    return World(database, clock)


def answer(query: Any, call: Any) -> Answer:
    return Answer(answer=query.key)


def fail(query: Any, call: Any) -> Answer:
    raise OSError("no route")


def due(world: World) -> None:
    world.executor().run_due()


def redo(world: World) -> None:
    """Start again: a new executor, when the dead one's leases have run out."""
    world.clock.advance(LEASE)
    world.executor().run_due()


@pytest.fixture
def sweep(world: World, report: Report) -> Sweep:
    """Die at every moment of an act; check; do it again; check that the case stands right."""

    def swept(
        what: str,
        prepare: Callable[[str], Any],
        act: Callable[[Any], object],
        again: Callable[[Any], object],
        stands: Callable[[Any], bool],
        stride: int = EACH,
    ) -> None:
        deaths = 0
        for moment in count(1, stride):
            assert moment < 400, "the step never ends"
            made = prepare(f"K-{moment}")
            died = dies_at(world, moment, lambda made=made: act(made))
            deaths += died
            check(world, f"K-{moment}", chain=moment % 10 == 0)
            come_back(made, again, stands, moment)
            check(world, f"K-{moment}", chain=moment % 10 == 0)
            if not died:
                break
        assert deaths * stride > 8, "the sweep swept nothing"
        check(world)
        report(
            Line(
                trial=12,
                database=world.database.dialect,
                what=f"a crash at every moment of a step: {what}",
                figure=f"{deaths} moments, each consistent at once and right after a restart",
                goal="one set of open tasks, each line of history once, the chain verifies",
            )
        )

    return swept


def come_back(
    made: Any, again: Callable[[Any], object], stands: Callable[[Any], bool], moment: int
) -> None:
    """Do it again; PostgreSQL may notice later that a client is dead, and drop its locks then."""
    end = monotonic() + PATIENCE
    again(made)
    while not stands(made) and monotonic() < end:
        sleep(0.05)
        again(made)
    assert stands(made), f"died at moment {moment}: the case does not stand where it should"


def test_starting_a_case(world: World, sweep: Sweep) -> None:
    world.handler(answer)
    world.deploy(WAITING)

    def again(key: str) -> None:
        if not world.table("instance", business_key=key):
            world.start("waiting", key)

    def stands(key: str) -> bool:
        [case] = world.table("instance", business_key=key)
        return len(world.jobs("ready", instance_id=case.id)) == 1

    sweep("start", lambda key: key, lambda key: world.start("waiting", key), again, stands)


def test_completing_a_task(world: World, sweep: Sweep) -> None:
    world.handler(answer)
    world.deploy(ASKING)

    def prepare(key: str) -> tuple[str, str]:
        task = reading(world, key)
        with world.database.begin() as uow:
            tasks.claim(uow, world.ctx, world.clerk, task)
            uow.commit()
        [row] = world.table("user_task", id=task)
        return row.instance_id, task

    def act(made: tuple[str, str]) -> None:
        with world.database.begin() as uow:
            tasks.complete(uow, world.ctx, world.clerk, made[1], {"note": "same"})
            uow.commit()

    def stands(made: tuple[str, str]) -> bool:
        [case] = world.table("instance", id=made[0])
        return case.status == "completed" and not world.open(made[0])

    sweep("complete", prepare, act, act, stands)


def test_a_handlers_result(world: World, sweep: Sweep) -> None:
    world.handler(answer)
    world.deploy(ASKING)
    sweep(
        "finish handler",
        lambda key: world.start("asking", key),
        lambda case: due(world),
        lambda case: redo(world),
        lambda case: world.elements(case) == ["reading"],
    )


def test_a_handlers_failure(world: World, sweep: Sweep) -> None:
    world.handler(fail, retry="R1/PT1M")
    world.deploy(ASKING.replace(b"R3/PT1M", b"R1/PT1M"))

    def stands(case: str) -> bool:
        dead = world.jobs("dead", instance_id=case)
        return len(dead) == 1 and sum(one.instance_id == case for one in world.incidents()) == 1

    sweep(
        "give a handler up",
        lambda key: world.start("asking", key),
        lambda case: due(world),
        lambda case: redo(world),
        stands,
    )


def test_a_timer(world: World, sweep: Sweep) -> None:
    world.deploy(WAITING)

    def prepare(key: str) -> str:
        case = world.start("waiting", key)
        world.clock.advance(timedelta(days=1))
        return case

    sweep(
        "fire timer",
        prepare,
        lambda case: due(world),
        lambda case: redo(world),
        lambda case: world.elements(case) == ["after"],
    )


def test_a_called_process_from_its_start_to_its_end(world: World, sweep: Sweep) -> None:
    world.handler(answer)
    world.deploy(PARENT, CHILD)

    def stands(case: str) -> bool:
        children = world.table("instance", parent_id=case)
        return world.elements(case) == ["after"] and [one.status for one in children] == [
            "completed"
        ]

    sweep(
        "call, from its start to its end",
        lambda key: world.start("parent", key),
        lambda case: due(world),
        lambda case: redo(world),
        stands,
        THIRD,
    )


def test_a_message_thrown(world: World, sweep: Sweep) -> None:
    world.deploy(THROWER, CATCHER)

    def prepare(key: str) -> str:
        case = world.start("catcher", key)
        world.start("thrower", key)
        return case

    sweep(
        "throw message",
        prepare,
        lambda case: due(world),
        lambda case: redo(world),
        lambda case: world.elements(case) == ["read"],
        SOME,
    )


def test_claiming_a_task(world: World, sweep: Sweep) -> None:
    world.handler(answer)
    world.deploy(ASKING)

    def act(task: str) -> None:
        with world.database.begin() as uow:
            tasks.claim(uow, world.ctx, world.clerk, task)
            uow.commit()

    def stands(task: str) -> bool:
        [row] = world.table("user_task", id=task)
        return bool(row.assignee == world.clerk.account)

    sweep("claim", lambda key: reading(world, key), act, act, stands, SOME)


def test_reassigning_a_task(world: World, sweep: Sweep) -> None:
    world.handler(answer)
    world.deploy(ASKING)
    other = colleague(world)

    def prepare(key: str) -> str:
        task = reading(world, key)
        with world.database.begin() as uow:
            tasks.claim(uow, world.ctx, world.clerk, task)
            uow.commit()
        return task

    def act(task: str) -> None:
        with world.database.begin() as uow:
            tasks.assign(uow, world.ctx, HEAD, [task], other)
            uow.commit()

    def stands(task: str) -> bool:
        [row] = world.table("user_task", id=task)
        return bool(row.assignee == other)

    sweep("reassign", prepare, act, act, stands, SOME)


def test_cancelling_a_case_with_what_it_called(world: World, sweep: Sweep) -> None:
    world.deploy(PARENT, WAITING.replace(b'"waiting"', b'"child"'))

    def prepare(key: str) -> str:
        case = world.start("parent", key)
        world.executor().run_due()
        return case

    def act(case: str) -> None:
        [row] = world.table("instance", id=case)
        if row.status == "active":
            with world.database.begin() as uow:
                instances.cancel(uow, world.ctx, HEAD, case, "not wanted")
                uow.commit()

    def stands(case: str) -> bool:
        [called] = world.table("instance", parent_id=case)
        [row] = world.table("instance", id=case)
        left = [*world.open(case), *world.open(called.id)]
        left += [
            *world.jobs("ready", instance_id=case),
            *world.jobs("ready", instance_id=called.id),
        ]
        return row.status == called.status == "cancelled" and not left

    sweep("cancel", prepare, act, act, stands, SOME)


def reading(world: World, key: str) -> str:
    """Bring a case to its free user task; return that."""
    case = world.start("asking", key)
    world.executor().run_due()
    [task] = world.open(case)
    return str(task.id)


def colleague(world: World) -> str:
    """Hire a second clerk; return the account."""
    with world.database.begin() as uow:
        made = accounts.create(
            uow,
            world.ctx,
            SYSTEM,
            login="colleague",
            password="a long password",
            name="Colleague",
            memberships=[CLERK],
        )
        uow.commit()
    return made


def test_a_task_that_was_completed_before_the_crash_answers_the_same(world: World) -> None:
    world.handler(answer)
    world.deploy(ASKING)
    case = world.start("asking")
    world.executor().run_due()
    [task] = world.open(case)
    with world.database.begin() as uow:
        tasks.claim(uow, world.ctx, world.clerk, task.id)
        uow.commit()
    for repeated in (False, True):
        with world.database.begin() as uow:
            done = tasks.complete(uow, world.ctx, world.clerk, task.id, {"note": "x"})
            uow.commit()
        assert done.repeated is repeated
    with world.database.begin() as uow, pytest.raises(TaskClosed):
        tasks.complete(uow, world.ctx, world.clerk, task.id, {"note": "y"})
