"""A crash between any two statements of a step, and around its commit (reliability, trial 12).

For each kind of step a process takes it and dies at moment 1, 2, 3, … until one lives to the end.
After each death the tables must be consistent as they are; after a restart, which redoes what was
under way, the case must stand exactly where it would have stood, its history written once.
"""

from collections.abc import Callable
from datetime import timedelta
from time import monotonic, sleep
from typing import Any

import pytest

from engine.errors import TaskClosed
from engine.services import tasks
from tests.concurrency.crashing import check, dies_at
from tests.concurrency.jobs_diagrams import ASKING, CHILD, PARENT, WAITING
from tests.concurrency.jobs_world import Answer, World

LEASE = timedelta(seconds=31)
#: Seconds until a database must have noticed that a client died.
PATIENCE = 5.0


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


def sweep(
    world: World,
    prepare: Callable[[str], Any],
    act: Callable[[Any], object],
    again: Callable[[Any], object],
    stands: Callable[[Any], bool],
) -> None:
    """Die at every moment of `act`; check; do it `again`; check that the case `stands` right."""
    moment, died = 0, True
    while died:
        moment += 1
        assert moment < 400, "the step never ends"
        case = prepare(f"K-{moment}")
        died = dies_at(world, moment, lambda case=case: act(case))
        check(world, f"K-{moment}", chain=moment % 10 == 0)
        end = monotonic() + PATIENCE
        again(case)
        # PostgreSQL may notice a while later that a client is dead, and drop its locks then.
        while not stands(case) and monotonic() < end:
            sleep(0.05)
            again(case)
        assert stands(case), f"died at moment {moment}: the case does not stand where it should"
        check(world, f"K-{moment}", chain=moment % 10 == 0)
    assert moment > 8, "the sweep swept nothing"
    check(world)


def test_starting_a_case(world: World) -> None:
    world.handler(answer)
    world.deploy(WAITING)

    def again(key: str) -> None:
        if not world.table("instance", business_key=key):
            world.start("waiting", key)

    def stands(key: str) -> bool:
        [case] = world.table("instance", business_key=key)
        return len(world.jobs("ready", instance_id=case.id)) == 1

    sweep(world, lambda key: key, lambda key: world.start("waiting", key), again, stands)


def test_completing_a_task(world: World) -> None:
    world.handler(answer)
    world.deploy(ASKING)

    def prepare(key: str) -> tuple[str, str]:
        case = world.start("asking", key)
        world.executor().run_due()
        [task] = world.open(case)
        with world.database.begin() as uow:
            tasks.claim(uow, world.ctx, world.clerk, task.id)
            uow.commit()
        return case, task.id

    def act(made: tuple[str, str]) -> None:
        with world.database.begin() as uow:
            tasks.complete(uow, world.ctx, world.clerk, made[1], {"note": "same"})
            uow.commit()

    def stands(made: tuple[str, str]) -> bool:
        [case] = world.table("instance", id=made[0])
        return case.status == "completed" and not world.open(made[0])

    sweep(world, prepare, act, act, stands)


def test_a_handlers_result(world: World) -> None:
    world.handler(answer)
    world.deploy(ASKING)
    sweep(
        world,
        lambda key: world.start("asking", key),
        lambda case: due(world),
        lambda case: redo(world),
        lambda case: world.elements(case) == ["reading"],
    )


def test_a_handlers_failure(world: World) -> None:
    world.handler(fail, retry="R1/PT1M")
    world.deploy(ASKING.replace(b"R3/PT1M", b"R1/PT1M"))

    def stands(case: str) -> bool:
        dead = world.jobs("dead", instance_id=case)
        return len(dead) == 1 and sum(one.instance_id == case for one in world.incidents()) == 1

    sweep(
        world,
        lambda key: world.start("asking", key),
        lambda case: due(world),
        lambda case: redo(world),
        stands,
    )


def test_a_timer(world: World) -> None:
    world.deploy(WAITING)

    def prepare(key: str) -> str:
        case = world.start("waiting", key)
        world.clock.advance(timedelta(days=1))
        return case

    sweep(
        world,
        prepare,
        lambda case: due(world),
        lambda case: redo(world),
        lambda case: world.elements(case) == ["after"],
    )


def test_a_called_process_from_its_start_to_its_end(world: World) -> None:
    world.handler(answer)
    world.deploy(PARENT, CHILD)

    def stands(case: str) -> bool:
        children = world.table("instance", parent_id=case)
        return world.elements(case) == ["after"] and [one.status for one in children] == [
            "completed"
        ]

    sweep(
        world,
        lambda key: world.start("parent", key),
        lambda case: due(world),
        lambda case: redo(world),
        stands,
    )


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
