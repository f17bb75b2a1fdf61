"""Timers, calls, messages and reminders through the executor, on SQLite and PostgreSQL."""

from datetime import timedelta

from engine.handling import BpmnError
from tests.concurrency.jobs_diagrams import (
    ASKING,
    CATCHER,
    CHILD,
    HOURLY,
    NAGGING,
    PARENT,
    REMINDING,
    THROWER,
    WAITING,
)
from tests.concurrency.jobs_world import Answer, World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_a_timer_is_never_early_and_never_dropped(world: World) -> None:
    world.deploy(WAITING)
    world.start("waiting")
    executor = world.executor()
    world.clock.advance(DAY - timedelta(seconds=1))
    assert executor.run_due() == 0
    world.clock.advance(timedelta(days=-400))  # somebody set the clock back
    assert executor.run_due() == 0
    world.clock.advance(timedelta(days=400, seconds=1))
    assert executor.run_due() == 1
    assert world.elements() == ["after"]


def test_a_late_timer_fires_late(world: World) -> None:
    world.deploy(WAITING)
    for n in range(20):
        world.start("waiting", f"K-{n}")
    world.clock.advance(timedelta(days=30))  # everything was off for a month
    assert world.executor().run_due() == 20
    assert world.elements() == ["after"] * 20
    assert world.executor().run_due() == 0


def test_a_cycle_at_the_border_of_a_task_comes_again_until_the_task_is_done(world: World) -> None:
    notes: list[str] = []

    def note(query: object, call: object) -> Answer:
        notes.append("late")
        return Answer()

    world.handler(note)
    world.deploy(NAGGING)
    world.start("nagging")
    executor = world.executor()
    for day in (1, 2):
        world.clock.advance(DAY)
        assert executor.run_due() == 2, "the timer, and the handler it leads to"
        assert len(notes) == day
        assert world.elements() == ["work"]
    world.complete("work")
    world.clock.advance(DAY)
    assert executor.run_due() == 0, "its task is gone, and so is the timer"
    assert world.jobs("ready") == []


def test_a_timer_starts_cases_by_itself_and_only_in_the_latest_version(world: World) -> None:
    world.deploy(HOURLY)
    executor = world.executor()
    assert executor.run_due() == 0
    world.clock.advance(HOUR)
    assert executor.run_due() == 1
    assert world.elements() == ["look"]
    assert executor.run_due() == 0
    world.clock.advance(HOUR)
    assert executor.run_due() == 1
    assert world.elements() == ["look", "look"]
    world.deploy(HOURLY.replace(b'id="look"', b'id="glance"').replace(b'"look"', b'"glance"'))
    world.clock.advance(HOUR)
    assert executor.run_due() == 1
    assert world.elements() == ["glance", "look", "look"]
    assert len(world.jobs("ready")) == 1


def test_a_called_process_is_a_case_of_its_own_and_tells_when_it_ends(world: World) -> None:
    world.handler(lambda query, call: Answer(answer=f"for {query.key}"))
    world.deploy(PARENT, CHILD)
    parent = world.start("parent", "K-9")
    executor = world.executor()
    assert executor.run_due() == 3, "start the child, its handler, tell the parent"
    cases = {row.process: row for row in world.table("instance")}
    assert cases["child"].parent_id == parent
    assert cases["child"].status == "completed"
    assert cases["child"].definition_id != cases["parent"].definition_id
    assert world.elements() == ["after"]
    assert world.variables(parent)["answer"] == "for K-9"


def test_an_error_that_ends_a_called_process_reaches_its_parent(world: World) -> None:
    def ask(query: object, call: object) -> Answer:
        raise BpmnError("none")

    world.handler(ask)
    caught = PARENT.replace(
        b"</callActivity>",
        b"</callActivity>"
        b'<boundaryEvent id="oops" attachedToRef="sub"><errorEventDefinition/></boundaryEvent>'
        b'<userTask id="mend" camunda:candidateGroups="clerk@office"/>'
        b'<sequenceFlow id="o" sourceRef="oops" targetRef="mend"/>'
        b'<sequenceFlow id="p" sourceRef="mend" targetRef="done"/>',
    )
    failing = CHILD.replace(
        b"</process>",
        b'<boundaryEvent id="none" attachedToRef="ask"><errorEventDefinition/></boundaryEvent>'
        b'<endEvent id="bad"><errorEventDefinition errorRef="e"/></endEvent>'
        b'<sequenceFlow id="q" sourceRef="none" targetRef="bad"/></process>',
    ).replace(b"<process", b'<error id="e" errorCode="bad"/><process')
    world.deploy(caught, failing)
    world.start("parent")
    world.executor().run_due()
    assert world.elements() == ["mend"]


def test_a_thrown_message_reaches_the_case_that_waits_for_it(world: World) -> None:
    world.deploy(THROWER, CATCHER)
    world.start("catcher", "K-1")
    world.start("catcher", "K-2")
    world.start("thrower", "K-2")
    world.executor().run_due()
    [task] = world.open()
    assert (task.element, task.business_key) == ("read", "K-2")


def test_a_message_that_fits_two_cases_is_an_incident_not_a_guess(world: World) -> None:
    world.deploy(THROWER, CATCHER)
    world.start("catcher", "K-1")
    world.start("catcher", "K-1")
    world.start("thrower", "K-1")
    world.executor().run_due()
    assert world.elements() == []
    assert len(world.incidents()) == 1


def test_a_message_nobody_waits_for_yet_is_kept(world: World) -> None:
    world.deploy(THROWER, CATCHER)
    world.start("thrower", "K-1")
    world.executor().run_due()
    world.start("catcher", "K-1")
    assert world.elements() == ["read"]


def test_half_time_is_told_to_who_may_do_the_work_once(world: World) -> None:
    world.deploy(REMINDING)
    world.start("reminding")
    world.clock.advance(HOUR)
    assert world.executor().run_due() == 1
    assert world.executor().run_due() == 0
    [told] = world.table("notification")
    assert (told.kind, told.account_id) == ("reminder", world.clerk.account)


def test_nobody_is_reminded_of_what_is_done(world: World) -> None:
    world.deploy(REMINDING)
    world.start("reminding")
    world.complete("work")
    world.clock.advance(HOUR)
    assert world.executor().run_due() == 0
    assert world.table("notification") == []


def test_a_case_that_ended_has_no_jobs_left(world: World) -> None:
    world.handler(lambda query, call: Answer())
    world.deploy(ASKING)
    world.start("asking")
    world.executor().run_due()
    world.complete("reading")
    assert {row.status for row in world.table("instance")} == {"completed"}
    assert world.jobs("ready") == []
