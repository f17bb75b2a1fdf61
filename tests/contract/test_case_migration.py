"""Running cases go to another version: their rows follow, and what cannot go stays as it is."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import event as sqlalchemy_event

from engine.errors import Forbidden, MigrationRefused, NotFound, TaskClosed, ValueRefused
from engine.model.migrations import Effect, Obstacle
from engine.model.people import SYSTEM, Candidate
from engine.model.steps import JobKind
from engine.services import audit, claims, definitions, instances, jobs, messages, tasks
from engine.services.workshop import migration
from tests.contract.diagrams import FILES, HEAD, TWO_OFFICES
from tests.contract.world import World

RENAMED = {"check": "review"}


def edited(*changes: tuple[str, str]) -> bytes:
    """Return the process with some words replaced; each has to be there."""
    found = TWO_OFFICES.decode()
    for old, new in changes:
        assert old in found, old
        found = found.replace(old, new)
    return found.encode()


REVIEW = edited(('"check"', '"review"'), (">check<", ">review<"))
#: A second timer on the check.
HURRY = (
    '<boundaryEvent id="late"',
    """<boundaryEvent id="hurry" attachedToRef="check" cancelActivity="false">
  <timerEventDefinition><timeDuration>P2D</timeDuration></timerEventDefinition>
 </boundaryEvent><sequenceFlow id="f9" sourceRef="hurry" targetRef="hurried"/>
 <endEvent id="hurried"/><boundaryEvent id="late\"""",
)


def deployed(world: World, diagram: bytes, key: str = "letters") -> str:
    """Deploy another version; return its definition's id."""
    with world.database.begin() as uow:
        definitions.deploy(uow, world.ctx, SYSTEM, {**FILES, "letters.bpmn": diagram}, "next")
        uow.commit()
    with world.database.reading() as uow:
        return definitions.latest(uow, key).id


def first_version(world: World, key: str = "letters") -> str:
    with world.database.reading() as uow:
        return definitions.latest(uow, key).id


def moved(world: World, case: str, target: str, mapping: dict[str, str] | None = None) -> None:
    with world.database.begin() as uow:
        migration.migrate(uow, world.ctx, world["admin"], case, target, mapping, "a new order")
        uow.commit()


def open_jobs(world: World, case: str) -> dict[str, object]:
    with world.database.reading() as uow:
        found = [job for job in uow.jobs.of_instance(case) if job.state == "ready"]
    assert len({job.element for job in found if job.kind.value == "timer"}) == len(
        [job for job in found if job.kind.value == "timer"]
    )
    return {f"{job.kind.value}:{job.element}": job.due_at for job in found}


def case_of(world: World, case: str) -> object:
    with world.database.reading() as uow:
        return uow.instances.find(case)


def test_a_renamed_task_keeps_its_people_its_deadline_and_its_timers(world: World) -> None:
    case, task = world.written()
    world.claim("checker", task)
    before, timers = world_task(world, task), open_jobs(world, case)
    world.clock.advance(timedelta(hours=3))
    target = deployed(world, REVIEW)
    moved(world, case, target, RENAMED)
    after = world_task(world, task)
    assert after.element == "review"
    assert (after.assignee, after.due, after.created_at) == (
        before.assignee,
        before.due,
        before.created_at,
    )
    assert open_jobs(world, case) == {
        "timer:late": timers["timer:late"],
        "reminder:review": timers["reminder:check"],
    }
    row = case_of(world, case)
    assert row.definition_id == target
    world.complete("checker", task, decision="return")
    assert case_of(world, case).status == "active"
    with world.database.reading() as uow:
        assert [one.element for one in uow.tasks.open_of(case)] == ["write"]
        told = instances.history(uow, world.ctx, world["admin"], case)
        assert audit.verify(uow).broken == 0
    (act,) = [one for one in told if one.what == "migrated"]
    assert act.detail["from"], act.detail["to"] == (1, 2)
    assert act.detail["reason"] == "a new order"


def world_task(world: World, task: str) -> object:
    with world.database.reading() as uow:
        found = uow.tasks.find(task)
    assert found is not None
    return found[0]


def test_a_new_timer_counts_from_the_task_s_arrival_and_a_gone_one_is_withdrawn(
    world: World,
) -> None:
    case, task = world.written()
    arrived = world_task(world, task).created_at
    world.clock.advance(timedelta(hours=30))
    more = deployed(world, edited(HURRY))
    moved(world, case, more)
    assert open_jobs(world, case)["timer:hurry"] == arrived + timedelta(days=2)
    fewer = deployed(world, TWO_OFFICES.replace(b'"P1D"', b'"P1D"') + b"\n<!-- third -->")
    moved(world, case, fewer)
    assert "timer:hurry" not in open_jobs(world, case)
    assert "timer:late" in open_jobs(world, case)


def fire(world: World, element: str) -> None:
    """Do what is due at an element; the rest is given back."""
    with world.database.begin() as uow:
        due = claims.claim(uow, world.ctx, "me", limit=10, handlers=0, lease=timedelta(minutes=1))
        (mine,) = [one for one in due if one.element == element and one.kind is JobKind.TIMER]
        jobs.fire(uow, world.ctx, mine)
        uow.jobs.give_back([one.id for one in due if one is not mine], "me")
        uow.commit()


def test_a_timer_that_fired_does_not_come_again(world: World) -> None:
    case, _ = world.written()
    world.clock.advance(timedelta(days=1, minutes=1))
    fire(world, "late")
    moved(world, case, deployed(world, REVIEW), RENAMED)
    assert set(open_jobs(world, case)) <= {"reminder:review"}


def test_what_says_something_else_is_worked_out_anew_from_the_arrival(world: World) -> None:
    case, task = world.written()
    arrived = world_task(world, task).created_at
    days = ("working_days(1)", "working_days(3)")
    target = deployed(world, edited(days, (">P1D<", ">P5D<")))
    world.clock.advance(timedelta(hours=20))
    moved(world, case, target)
    due = world_task(world, task).due
    assert due > arrived + timedelta(days=2)
    found = open_jobs(world, case)
    assert found["timer:late"] == arrived + timedelta(days=5)
    assert arrived < found["reminder:check"] < due


def test_work_that_goes_to_others_waits_until_nobody_is_at_it(world: World) -> None:
    case, task = world.written()
    world.claim("checker", task)
    others = ("checker@office.b,deputy@office.b", "writer@office.c")
    target = deployed(world, edited(others))
    with pytest.raises(MigrationRefused) as refused:
        moved(world, case, target)
    assert [one.obstacle for one in refused.value.hindrances] == [Obstacle.HELD]
    assert refused.value.hindrances[0].element == "check"
    with world.database.begin() as uow:
        tasks.release(uow, world.ctx, world["checker"], task)
        uow.commit()
    moved(world, case, target)
    with world.database.reading() as uow:
        assert uow.tasks.candidates(task) == (Candidate("writer", "office.c"),)
    world.claim("stranger", task)


def test_a_case_whose_place_is_gone_stays_as_it_is(world: World) -> None:
    case, _ = world.written()
    first = case_of(world, case)
    gone = deployed(world, REVIEW)
    with pytest.raises(MigrationRefused) as refused:
        moved(world, case, gone, {"check": ""})
    (why,) = refused.value.hindrances
    assert (why.obstacle, why.element) == (Obstacle.GONE, "check")
    assert case_of(world, case) == first


@pytest.mark.parametrize(
    ("mapping", "named"),
    [
        ({"check": "nowhere"}, "nowhere"),
        ({"nothing": "write"}, "nothing"),
        ({"check": "which"}, "check"),
        ({"late": "was_late"}, "late"),
    ],
)
def test_a_bad_mapping_is_refused_with_its_element(
    world: World, mapping: dict[str, str], named: str
) -> None:
    case, _ = world.written()
    target = deployed(world, REVIEW)
    with pytest.raises(MigrationRefused, match=named):
        moved(world, case, target, mapping)
    with world.database.reading() as uow:
        seen = migration.preview(
            uow, world.ctx, world["admin"], first_of(world, case), target, mapping
        )
    assert [one.element for one in seen.mistakes] == [named]


def first_of(world: World, case: str) -> str:
    return str(case_of(world, case).definition_id)


def test_only_administrators_migrate_and_a_reason_is_needed(world: World) -> None:
    case, _ = world.written()
    target = deployed(world, REVIEW)
    with world.database.begin() as uow, pytest.raises(Forbidden):
        migration.migrate(uow, world.ctx, world["writer"], case, target, RENAMED, "why")
    with world.database.begin() as uow, pytest.raises(ValueRefused):
        migration.migrate(uow, world.ctx, world["admin"], case, target, RENAMED, " ")
    with world.database.begin() as uow, pytest.raises(NotFound):
        migration.migrate(uow, world.ctx, world["admin"], "0" * 32, target, RENAMED, "why")
    with world.database.begin() as uow, pytest.raises(Forbidden):
        migration.preview(uow, world.ctx, world["writer"], first_of(world, case), target)


def test_a_suspended_case_goes_and_stays_suspended_an_ended_one_does_not(world: World) -> None:
    case, _ = world.written()
    ended, task = world.written("N-2")
    world.claim("checker", task)
    world.complete("checker", task, decision="accept")
    with world.database.begin() as uow:
        instances.suspend(uow, world.ctx, world["admin"], case, "wait")
        uow.commit()
    target = deployed(world, REVIEW)
    moved(world, case, target, RENAMED)
    assert case_of(world, case).status == "suspended"
    with pytest.raises(TaskClosed):
        moved(world, ended, target, RENAMED)


def test_migrating_one_case_costs_at_most_ten_statements(world: World) -> None:
    case, _ = world.written()
    target = deployed(world, edited(HURRY, ('"check"', '"review"'), (">check<", ">review<")))
    with world.database.reading() as uow:
        migration.route(uow, world.ctx, first_of(world, case), target, RENAMED)
    seen: list[str] = []

    def note(_c: object, _cur: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    with world.database.begin() as uow:
        sqlalchemy_event.listen(uow.connection, "before_cursor_execute", note)
        migration.migrate(uow, world.ctx, world["admin"], case, target, RENAMED, "why")
        uow.commit()
    # Two of them read the rows of the versions, which are no part of the case.
    assert len(seen) <= 12, seen


def test_a_preview_counts_and_lists_and_changes_nothing(world: World) -> None:
    source = first_version(world)
    waiting = [world.start(f"A-{number}") for number in range(5)]
    checked = [world.written(f"B-{number}")[0] for number in range(3)]
    target = deployed(world, edited(HURRY, ('id="write"', 'id="pen"'), ('"write"', '"pen"'),
                                    (">write<", ">pen<")))  # fmt: skip
    mapping = {"write": ""}
    with world.database.reading() as uow:
        seen = migration.preview(uow, world.ctx, world["admin"], source, target, mapping)
        pages = []
        after = ""
        while True:
            page = migration.standing(
                uow, world.ctx, world["admin"], source, target, mapping,
                obstacle=Obstacle.GONE, element="write", after=after, size=2,
            )  # fmt: skip
            pages += [row.id for row in page.rows]
            after = page.next
            if not after:
                break
        able = migration.standing(uow, world.ctx, world["admin"], source, target, mapping)
    assert (seen.total, seen.examined, seen.able, seen.stay) == (8, 8, 3, 5)
    (reason,) = seen.reasons
    assert (reason.hindrance.obstacle, reason.hindrance.element, reason.cases) == (
        Obstacle.GONE,
        "write",
        5,
    )
    assert (Effect.ARMED, "hurry", 3) in [(o.effect, o.element, o.cases) for o in seen.changes]
    assert pages == waiting
    assert [row.id for row in able.rows] == checked
    pairs = {pair.element: pair for pair in seen.pairs}
    assert (pairs["write"].tokens, pairs["check"].tokens) == (5, 3)
    assert pairs["write"].default == "pen", "it is recognised, although its id changed"
    assert ("pen", {"kk": "Жазу", "ru": "Писать"}) in pairs["write"].able


def test_a_trial_is_the_act_itself_undone(world: World) -> None:
    case, task = world.written()
    target = deployed(world, edited(HURRY, ('"check"', '"review"'), (">check<", ">review<")))
    first, number = case_of(world, case), audited(world)
    with world.database.begin() as uow:
        seen = migration.trial(uow, world.ctx, world["admin"], first.definition_id, target, RENAMED)
        uow.commit()
    assert seen.refused is None
    assert seen.case.number == "N-1"
    assert {one.element for one in seen.before} == {"check", "late"}
    assert {one.element for one in seen.after} == {"review", "late", "hurry"}
    assert case_of(world, case) == first
    assert world_task(world, task).element == "check"
    assert audited(world) == number


def audited(world: World) -> int:
    with world.database.reading() as uow:
        return audit.verify(uow).count


WAITING = (
    HEAD
    + """
<message id="M" name="answer"/>
<process id="asking" isExecutable="true">
 <startEvent id="s"/><sequenceFlow id="a1" sourceRef="s" targetRef="both"/>
 <parallelGateway id="both"/>
 <sequenceFlow id="a2" sourceRef="both" targetRef="wait"/>
 <sequenceFlow id="a3" sourceRef="both" targetRef="call"/>
 <receiveTask id="wait" messageRef="M"/>
 <callActivity id="call" calledElement="letters"/>
 <sequenceFlow id="a4" sourceRef="wait" targetRef="join"/>
 <sequenceFlow id="a5" sourceRef="call" targetRef="join"/>
 <parallelGateway id="join"/><sequenceFlow id="a6" sourceRef="join" targetRef="e"/>
 <endEvent id="e"/>
</process></definitions>"""
).encode()


def test_waits_and_called_cases_go_along(world: World) -> None:
    with world.database.begin() as uow:
        definitions.deploy(uow, world.ctx, SYSTEM, {**FILES, "asking.bpmn": WAITING})
        uow.commit()
    case = world.start("Q-1", "asking")
    source = first_version(world, "asking")
    other = WAITING.replace(b'"wait"', b'"hold"').replace(b'"call"', b'"ask"')
    with world.database.begin() as uow:
        definitions.deploy(uow, world.ctx, SYSTEM, {**FILES, "asking.bpmn": other})
        uow.commit()
    target = first_version(world, "asking")
    with world.database.reading() as uow:
        seen = migration.preview(
            uow, world.ctx, world["admin"], source, target, {"wait": "hold", "call": "ask"}
        )
    assert (seen.able, seen.stay) == (1, 0)
    assert (Effect.CALLED, "ask", 1) in [(o.effect, o.element, o.cases) for o in seen.changes]
    moved(world, case, target, {"wait": "hold", "call": "ask"})
    with world.database.reading() as uow:
        (wait,) = uow.subscriptions.waiting("message", "answer")
        (call,) = [job for job in uow.jobs.of_instance(case) if job.kind.value == "call"]
    assert (wait.element, call.element) == ("hold", "ask")
    with world.database.begin() as uow:
        messages.publish(uow, world.ctx, SYSTEM, "answer", business_key="Q-1")
        uow.commit()
    with world.database.reading() as uow:
        told = instances.history(uow, world.ctx, world["admin"], case)
    assert ("left", "hold") in [(row.what, row.element) for row in told]


def test_whoever_completes_a_task_meanwhile_comes_before_or_after(world: World) -> None:
    """The lock decides; either way the case is on the new version and the task is done once."""
    started = [world.written(f"R-{number}") for number in range(3)]
    for _, task in started:
        world.claim("checker", task)
    target = deployed(world, REVIEW)
    failed: list[BaseException] = []
    for case, task in started:
        meet = threading.Barrier(2)

        def act(what: Callable[[], object], meet: threading.Barrier = meet) -> None:
            meet.wait()
            try:
                what()
            except BaseException as exc:  # noqa: BLE001  (told below, in the test's own thread)
                failed.append(exc)

        both = [
            threading.Thread(
                target=act, args=[partial(world.complete, "checker", task, decision="return")]
            ),
            threading.Thread(target=act, args=[partial(moved, world, case, target, RENAMED)]),
        ]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        assert not failed
        assert case_of(world, case).definition_id == target
        assert world_task(world, task).status == "completed"
        with world.database.reading() as uow:
            assert [one.element for one in uow.tasks.open_of(case)] == ["write"]
