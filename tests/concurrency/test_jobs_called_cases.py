"""A called case ends with its caller, and never alone: on SQLite and PostgreSQL."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from engine.errors import CalledCase
from engine.i18n import translate
from engine.model.people import ADMIN, Actor, ActorKind, Candidate
from engine.services import instances, tasks
from tests.concurrency.jobs_diagrams import END, START, boundary, flow, process, timer, user
from tests.concurrency.jobs_world import World

BOSS = Actor(
    kind=ActorKind.PERSON,
    account="0" * 32,
    name="Boss",
    memberships=frozenset({Candidate(ADMIN, "office")}),
)


def call(id_: str, called: str, more: str = "") -> str:
    return (
        f'<callActivity id="{id_}" calledElement="{called}"><extensionElements>'
        f'<camunda:in source="key" target="key"/></extensionElements>{more}</callActivity>'
    )


EACH = '<multiInstanceLoopCharacteristics camunda:collection="= people"/>'
FORK = '<parallelGateway id="fork"/>'
#: begun → step (calls `leaf`) → done; `leaf` is one user task.
BRANCH = process("branch", START, call("step", "leaf"), END, flow("begun", "step", "done"))
LEAF = process("leaf", START, user("work"), END, flow("begun", "work", "done"))
#: begun → sub (calls `branch`, which calls `leaf`) → done.
ROOT = process("root", START, call("sub", "branch"), END, flow("begun", "sub", "done"))


def beside(other: str, end: str, more: str = "") -> bytes:
    """Draw a call with a branch beside it that ends everything."""
    return process(
        "root",
        START,
        FORK,
        call("sub", "branch"),
        user(other),
        END,
        end,
        flow("begun", "fork", "sub", "done"),
        flow("fork", other, "over"),
        more=more,
    )


TERMINATED = beside("stop", '<endEvent id="over"><terminateEventDefinition/></endEvent>')
FAILED = beside(
    "stop",
    '<endEvent id="over"><errorEventDefinition errorRef="e"/></endEvent>',
    '<error id="e" errorCode="bad"/>',
)
HOUR = timer("PT1H")
LATE = (boundary("late", "sub", HOUR), user("after"), END, flow("late", "after", "done"))
INTERRUPTED = process("root", START, call("sub", "branch"), *LATE, flow("begun", "sub", "done"))
MANY = process("root", START, call("sub", "branch", EACH), *LATE, flow("begun", "sub", "done"))
INSIDE = process(
    "root",
    START,
    f'<subProcess id="sub"><startEvent id="b"/>{call("inner", "branch")}<endEvent id="d"/>'
    f"{flow('b', 'inner', 'd')}</subProcess>",
    *LATE,
    flow("begun", "sub", "done"),
)
WATCHED = process(
    "root",
    START,
    call("sub", "branch"),
    '<subProcess id="watch" triggeredByEvent="true">'
    f'<startEvent id="late" isInterrupting="true">{HOUR}</startEvent>{user("after")}'
    f'<endEvent id="d"/>{flow("late", "after", "d")}</subProcess>',
    END,
    flow("begun", "sub", "done"),
)


def begun(world: World, root: bytes, **variables: object) -> str:
    """Start a case and have all it calls called."""
    world.deploy(root, BRANCH, LEAF)
    case = world.start("root", "K-1", **variables)
    world.executor().run_due()
    return case


def cancel(world: World, case: str, reason: str = "enough") -> None:
    with world.database.begin() as uow:
        instances.cancel(uow, world.ctx, BOSS, case, reason)
        uow.commit()


def states(world: World) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in world.table("instance"):
        found.setdefault(row.process, set()).add(row.status)
    return found


def alive(world: World) -> list[str]:
    """Return what is left to do below the root: nothing, if no called case outlived its caller."""
    below = {row.id for row in world.table("instance") if row.parent_id}
    left = [row.element for row in world.open() if row.instance_id in below]
    left += [row.topic for row in world.jobs("ready") if row.instance_id in below]
    return left + [row.name for row in world.table("subscription") if row.instance_id in below]


GONE = {"branch": {"cancelled"}, "leaf": {"cancelled"}}


def test_cancelling_a_case_cancels_all_it_called(world: World) -> None:
    case = begun(world, ROOT)
    assert world.elements() == ["work"]
    cancel(world, case)
    assert states(world) == {"root": {"cancelled"}, **GONE}
    assert (world.open(), world.jobs("ready"), alive(world)) == ([], [], [])
    assert world.executor().run_due() == 0
    assert world.chain_holds()


def test_dozens_of_called_cases_end_in_one_act(world: World) -> None:
    case = begun(world, MANY, people=[str(n) for n in range(30)])
    assert len(world.open()) == 30
    cancel(world, case)
    assert states(world) == {"root": {"cancelled"}, **GONE}
    assert len(world.table("instance")) == 61
    assert (world.open(), world.jobs("ready"), world.incidents()) == ([], [], [])


def test_a_case_whose_call_is_still_a_job_calls_nobody(world: World) -> None:
    world.deploy(ROOT, BRANCH, LEAF)
    case = world.start("root")
    cancel(world, case)
    world.executor().run_due()
    assert states(world) == {"root": {"cancelled"}}


@pytest.mark.parametrize("diagram", [INTERRUPTED, MANY, INSIDE, WATCHED])
def test_an_interrupted_call_ends_what_it_called(world: World, diagram: bytes) -> None:
    begun(world, diagram, people=["a", "b"])
    assert set(world.elements()) == {"work"}
    world.clock.advance(timedelta(hours=2))
    world.executor().run_due()
    assert states(world) == {"root": {"active"}, **GONE}
    assert world.elements() == ["after"]
    assert (alive(world), world.incidents()) == ([], [])


@pytest.mark.parametrize(("diagram", "state"), [(TERMINATED, "completed"), (FAILED, "failed")])
def test_an_end_that_ends_everything_ends_what_was_called(
    world: World, diagram: bytes, state: str
) -> None:
    case = begun(world, diagram)
    world.complete("stop", case)
    assert states(world) == {"root": {state}, **GONE}
    assert (world.open(), alive(world)) == ([], [])
    assert world.executor().run_due() == 0


def test_a_called_case_is_not_cancelled_alone(world: World) -> None:
    case = begun(world, ROOT)
    called = {row.process: row.id for row in world.table("instance")}
    for one in ("branch", "leaf"):
        with pytest.raises(CalledCase, match=r"Case K-1 \(root\) called this one") as refused:
            cancel(world, called[one])
        assert refused.value.caller == case
        assert "K-1" in translate(refused.value.text, "kk") != str(refused.value)
    assert {status for found in states(world).values() for status in found} == {"active"}
    world.complete("work")
    world.executor().run_due()
    assert states(world)["root"] == {"completed"}


def test_one_that_ends_by_itself_meanwhile_leaves_no_report_behind(world: World) -> None:
    """The called case's last step holds its row while the caller is being cancelled."""
    case = begun(
        world, process("root", START, call("sub", "leaf"), END, flow("begun", "sub", "done"))
    )
    [task] = world.open()
    asked = threading.Event()

    def ends_it() -> None:
        asked.set()
        cancel(world, case)

    with ThreadPoolExecutor(1) as pool:
        with world.database.begin() as uow:
            tasks.claim(uow, world.ctx, world.clerk, task.id)
            tasks.complete(uow, world.ctx, world.clerk, task.id, {})
            done = pool.submit(ends_it)
            assert asked.wait(10)
            with pytest.raises(TimeoutError):
                done.result(timeout=0.5)
            uow.commit()
        done.result(timeout=30)
    assert states(world) == {"root": {"cancelled"}, "leaf": {"completed"}}
    assert [job.state for job in world.jobs() if job.instance_id == case] == ["done", "cancelled"]
    assert world.executor().run_due() == 0
    assert world.incidents() == []
