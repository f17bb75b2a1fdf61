"""What a handler has the engine do at its desk, and what called cases need of the engine."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.handling import Call, Desk
from engine.model.people import SYSTEM, Candidate
from engine.services import documents, instances, messages, tasks
from engine.services.drafts import load
from tests.concurrency.jobs_world import CLERK, Answer, Question, World
from tests.unit.bpmn.drawing import (
    boundary,
    end,
    extension,
    file,
    flow,
    mapping,
    node,
    service,
    start,
    timer,
    user,
    way,
)

MESSAGES = (
    '<message id="m1" name="go"/><message id="m2" name="more"/><message id="m3" name="moved"/>'
)


def message(name: str) -> str:
    return f'<messageEventDefinition messageRef="{name}"/>'


def key(name: str, value: str) -> str:
    return (
        f'<camunda:properties><camunda:property name="{name}" value="{value}"/>'
        "</camunda:properties>"
    )


#: Asks a handler at once.
ASKING = file(start() + service("ask", "test.ask") + end() + way("s ask e"), key="asking")
#: Is started by a message.
STARTED = file(
    start("s", message("m1")) + user("look") + end() + way("s look e"),
    before=MESSAGES,
    key="started",
)
#: Waits for a message with a key of its own.
WAITING = file(
    start()
    + node("intermediateCatchEvent", "w", extension(key("correlationKey", "${id}")) + message("m2"))
    + user("look")
    + end()
    + way("s w look e"),
    before=MESSAGES,
    key="waiting",
)


def at_desk(world: World, act: Any) -> None:
    """Let the handler of ``test.ask`` do something at its desk."""

    def body(_: Question, call: Call) -> Answer:
        call.at_desk(act)
        return Answer()

    world.handler(body)


def started(world: World, process: str) -> list[Any]:
    return world.table("instance", process=process)


# Messages from the desk.


def test_a_message_from_the_desk_starts_a_case_with_its_key_and_payload(world: World) -> None:
    def act(desk: Desk) -> None:
        desk.publish("go", business_key="K-2", payload={"day": datetime(2026, 4, 1, tzinfo=UTC)})

    at_desk(world, act)
    world.deploy(ASKING, STARTED)
    world.start("asking")
    world.executor().run_due()
    [case] = started(world, "started")
    assert case.business_key == "K-2"
    assert world.variables(case.id) == {"day": datetime(2026, 4, 1, tzinfo=UTC)}
    assert world.elements(case.id) == ["look"]


def test_a_message_from_the_desk_reaches_who_waits_with_the_key(world: World) -> None:
    at_desk(world, lambda desk: desk.publish("more", correlation="two", payload={"x": 5}))
    world.deploy(ASKING, WAITING)
    one, two = (world.start("waiting", f"W-{name}", id=name) for name in ("one", "two"))
    world.start("asking")
    world.executor().run_due()
    assert (world.elements(one), world.elements(two)) == ([], ["look"])
    assert world.variables(two)["x"] == 5


@pytest.mark.parametrize(("ttl", "kept"), [(None, 1), (timedelta(hours=1), 1), (timedelta(0), 0)])
def test_a_message_that_nobody_waits_for_is_kept_as_long_as_it_says(
    world: World, ttl: timedelta | None, kept: int
) -> None:
    at_desk(world, lambda desk: desk.publish("more", correlation="one", ttl=ttl))
    world.deploy(ASKING, WAITING)
    world.start("asking")
    world.executor().run_due()
    assert len(world.table("message")) == kept
    late = world.start("waiting", "W-1", id="one")
    assert world.elements(late) == (["look"] if kept else [])


def test_nothing_is_sent_by_a_handler_whose_result_does_not_stand(world: World) -> None:
    def act(desk: Desk) -> None:
        desk.publish("go", business_key="K-2")
        raise ValueError("no")

    at_desk(world, act)
    world.deploy(ASKING, STARTED)
    world.start("asking")
    world.executor().run_due()
    assert started(world, "started") == []
    assert world.jobs(kind="message") == []


def test_the_desk_knows_how_many_hold_a_role(world: World) -> None:
    seen: list[int] = []

    def act(desk: Desk) -> None:
        seen.append(desk.holders(CLERK))
        seen.append(desk.holders(Candidate("clerk", "elsewhere")))

    at_desk(world, act)
    world.deploy(ASKING)
    world.start("asking")
    world.executor().run_due()
    assert seen == [1, 0]


def test_a_thrown_message_may_name_the_case_it_starts(world: World) -> None:
    inner = extension(
        mapping({"plan": "${key}"}) + key("businessKey", "${key}/B"),
    ) + message("m1")
    thrower = file(
        start() + node("intermediateThrowEvent", "t", inner) + end() + way("s t e"),
        before=MESSAGES,
        key="thrower",
    )
    world.deploy(thrower, STARTED)
    world.start("thrower", "K-1")
    world.executor().run_due()
    [case] = started(world, "started")
    assert case.business_key == "K-1/B"
    assert world.variables(case.id) == {"plan": "K-1"}


# Timer starts.


def test_a_case_knows_when_it_was_due_however_late_it_starts(world: World) -> None:
    body = start("s", timer("R/2026-07-01T09:00:00+05:00/P3M", "Cycle")) + user("look") + end()
    world.clock.advance(datetime(2026, 6, 30, 12, tzinfo=UTC) - world.clock.now())
    world.deploy(file(body + way("s look e"), key="quarterly"))
    world.clock.advance(timedelta(days=4))
    world.executor().run_due()
    [case] = started(world, "quarterly")
    assert world.variables(case.id) == {"scheduled": datetime(2026, 7, 1, 4, tzinfo=UTC)}
    [job] = world.jobs("ready", kind="timer")
    assert job.due_at == datetime(2026, 10, 1, 4, tzinfo=UTC)


def quarterly(task: str) -> bytes:
    body = start("s", timer("R/2026-01-01T09:00:00+05:00/P3M", "Cycle")) + user(task) + end()
    return file(body + way(f"s {task} e"), key="quarterly")


def test_a_cycle_that_began_in_the_past_goes_on_with_its_next_time(world: World) -> None:
    world.clock.advance(datetime(2026, 11, 22, tzinfo=UTC) - world.clock.now())
    world.deploy(quarterly("look"))
    world.executor().run_due()
    assert started(world, "quarterly") == []
    [job] = world.jobs("ready", kind="timer")
    assert job.due_at == datetime(2027, 1, 1, 4, tzinfo=UTC)


def test_a_new_version_starts_what_the_old_one_was_due_to_start(world: World) -> None:
    world.clock.advance(datetime(2026, 6, 30, 12, tzinfo=UTC) - world.clock.now())
    world.deploy(quarterly("look"))
    world.clock.advance(timedelta(days=3))
    world.deploy(quarterly("see"))
    world.executor().run_due()
    [case] = started(world, "quarterly")
    assert world.variables(case.id) == {"scheduled": datetime(2026, 7, 1, 4, tzinfo=UTC)}
    assert world.elements(case.id) == ["see"]
    world.deploy(quarterly("watch"))
    world.executor().run_due()
    assert len(started(world, "quarterly")) == 1
    [job] = world.jobs("ready", kind="timer")
    assert job.due_at == datetime(2026, 10, 1, 4, tzinfo=UTC)


# Work that is interrupted and comes again.


def working(office: str = "office") -> bytes:
    """Work that a message interrupts; it comes again at once, at `office`."""
    body = start() + user("work", "after") + end()
    body += node("exclusiveGateway", "g") + boundary("changed", "work", message("m2"))
    body = body.replace('clerk@office"', 'clerk@${office}"', 1)
    flows = way("s g work after e") + flow("changed", "g")
    return file(body + flows, before=MESSAGES, key="working")


def change(world: World, **payload: object) -> None:
    with world.database.begin() as uow:
        messages.publish(uow, world.ctx, SYSTEM, "more", business_key="K-1", payload=payload)
        uow.commit()


def typing(world: World) -> str:
    """Claim the work and type something; return the task."""
    [task] = world.open()
    with world.database.begin() as uow:
        tasks.claim(uow, world.ctx, world.clerk, task.id)
        tasks.save_draft(
            uow, world.ctx, world.clerk, task.id, {"said": "half of it"}, task.revision + 1
        )
        uow.commit()
    return str(task.id)


def test_interrupted_work_that_comes_again_keeps_person_and_draft(world: World) -> None:
    world.deploy(working())
    world.start("working", office="office")
    before = typing(world)
    change(world, office="office")
    [task] = world.open()
    assert task.id != before
    assert task.assignee == world.clerk.account
    with world.database.reading() as uow:
        assert load(uow, world.ctx, world.clerk, task.id) == {"said": "half of it"}
    assert world.table("user_task", id=before)[0].draft is None
    world.complete("work")
    assert world.elements() == ["after"]


def test_the_files_of_a_draft_follow_it(world: World) -> None:
    world.deploy(working())
    world.start("working", office="office")
    before = typing(world)
    with world.database.begin() as uow:
        documents.add_to_draft(
            uow, world.ctx, world.clerk, before, name="scan.pdf", mime="application/pdf",
            data=b"%PDF-1.7",
        )  # fmt: skip
        uow.commit()
    change(world, office="office")
    [task] = world.open()
    [file_] = world.table("document")
    assert file_.draft_task == task.id
    world.complete("work")
    assert world.table("document")[0].draft_task is None, "sent, it belongs to the case"


def test_work_that_goes_to_another_office_starts_afresh(world: World) -> None:
    world.deploy(working())
    world.start("working", office="office")
    typing(world)
    change(world, office="elsewhere")
    [task] = world.open()
    assert (task.organisation, task.assignee, task.draft) == ("elsewhere", None, None)


# Many called cases.

CHILD = file(start() + user("do") + end() + way("s do e"), key="child")


def parent() -> bytes:
    """Call a child for each item, in a subprocess that takes more, and that a message ends."""
    loop = (
        '<multiInstanceLoopCharacteristics camunda:collection="${ITEMS}" '
        'camunda:elementVariable="item"/>'
    )
    handed = extension(
        '<camunda:in businessKey="${item}"/><camunda:in source="item" target="item"/>'
    )
    added = start("as", message("m2")).replace("<startEvent", '<startEvent isInterrupting="false"')
    event = added + end("ae") + way("as more ae")
    event += node(
        "callActivity", "more", handed + loop.replace("ITEMS", "added"), calledElement="child"
    )
    inner = start("is") + end("ie") + way("is each ie")
    inner += node(
        "callActivity", "each", handed + loop.replace("ITEMS", "items"), calledElement="child"
    )
    inner += node("subProcess", "amending", event, triggeredByEvent="true")
    body = start() + node("subProcess", "running", inner) + user("close", "hand_over") + end()
    body += boundary("moved", "running", message("m3"))
    return file(
        body + way("s running close e") + way("moved hand_over close"), before=MESSAGES, key="plan"
    )


def items(number: int, first: int = 1) -> list[str]:
    return [f"P/{n}" for n in range(first, first + number)]


def send(world: World, name: str, **payload: object) -> None:
    with world.database.begin() as uow:
        messages.publish(uow, world.ctx, SYSTEM, name, business_key="P", payload=payload)
        uow.commit()


def children(world: World, status: str = "active") -> list[Any]:
    return world.table("instance", process="child", status=status)


def run(world: World) -> None:
    while world.executor().run_due():
        pass


def test_sixty_called_cases_end_one_by_one_and_let_the_caller_go_on(small_world: World) -> None:
    world = small_world
    world.deploy(parent(), CHILD)
    plan = world.start("plan", "P", items=items(60), added=[])
    run(world)
    assert len({row.business_key for row in children(world)}) == 60
    for number, row in enumerate(children(world)):
        assert world.elements(plan) == [], f"the caller went on after {number}"
        world.complete("do", row.id)
    run(world)
    assert world.elements(plan) == ["close"]


def test_cases_are_added_beside_those_that_run(world: World) -> None:
    world.deploy(parent(), CHILD)
    plan = world.start("plan", "P", items=items(2), added=[])
    run(world)
    for first in (3, 5):
        send(world, "more", added=items(2, first))
        run(world)
    assert sorted(row.business_key for row in children(world)) == items(6)
    for row in children(world)[:5]:
        world.complete("do", row.id)
    run(world)
    assert world.elements(plan) == []
    [last] = children(world)
    world.complete("do", last.id)
    run(world)
    assert world.elements(plan) == ["close"]


def test_interrupting_withdraws_the_called_cases_and_nothing_tells_a_caller_that_went_on(
    world: World,
) -> None:
    world.deploy(parent(), CHILD)
    plan = world.start("plan", "P", items=items(3), added=[])
    run(world)
    send(world, "more", added=items(1, 4))
    run(world)
    world.complete("do", children(world)[0].id)
    # Its report still waits to be told when the caller is interrupted.
    send(world, "moved")
    assert world.elements() == ["hand_over"]
    run(world)
    assert children(world) == []
    assert len(children(world, "cancelled")) == 3
    assert [job.last_error for job in world.jobs("dead")] == []
    assert world.incidents() == []
    world.complete("hand_over", plan)
    world.complete("close", plan)
    with world.database.reading() as uow:
        found = uow.instances.find(plan)
        assert found is not None
        assert found.status == "completed"


def test_a_call_that_was_not_yet_made_is_not_made_after_the_interruption(world: World) -> None:
    world.deploy(parent(), CHILD)
    world.start("plan", "P", items=items(2), added=[])
    send(world, "moved")
    run(world)
    assert world.table("instance", process="child") == []
    assert world.incidents() == []


def test_cancelling_the_caller_takes_everything_with_it(world: World) -> None:
    world.deploy(parent(), CHILD)
    plan = world.start("plan", "P", items=items(2), added=[])
    run(world)
    with world.database.begin() as uow:
        instances.cancel(uow, world.ctx, SYSTEM, plan, "no longer needed")
        uow.commit()
    run(world)
    assert world.open() == []
    assert world.incidents() == []


def test_the_strip_shows_a_case_at_the_office_whose_cases_it_called(world: World) -> None:
    lanes = "".join(
        f'<lane id="{name}" name="{name}">'
        + extension(key("way", "office"))
        + "".join(f"<flowNodeRef>{element}</flowNodeRef>" for element in elements.split())
        + "</lane>"
        for name, elements in (("first", "ask"), ("others", "each"), ("last", "close"))
    )
    loop = (
        '<multiInstanceLoopCharacteristics camunda:collection="${items}" '
        'camunda:elementVariable="item"/>'
    )
    body = f'<laneSet id="offices">{lanes}</laneSet>' + start() + user("ask", "close") + end()
    body += node("callActivity", "each", loop, calledElement="child") + way("s ask each close e")
    world.deploy(file(body, key="plan"), CHILD)
    plan = world.start("plan", "P", items=items(2))

    def strip() -> list[str]:
        with world.database.reading() as uow:
            return [stop.state.value for stop in instances.way(uow, world.ctx, SYSTEM, plan)]

    assert strip() == ["here", "ahead", "ahead"]
    world.complete("ask", plan)
    run(world)
    assert strip() == ["done", "here", "ahead"]
    for row in children(world):
        world.complete("do", row.id)
    run(world)
    assert strip() == ["done", "done", "here"]
    world.complete("close", plan)
    assert strip() == ["done", "done", "done"]
