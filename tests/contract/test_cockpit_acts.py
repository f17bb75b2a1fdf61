"""Acts of administrators on cases, tasks and versions, each the one way of every act."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from engine.errors import (
    Conflict,
    Forbidden,
    FormRefused,
    NotFound,
    StartsSuspended,
    TaskClosed,
    ValueRefused,
)
from engine.jobs.executor import Executor
from engine.model.people import SYSTEM, Candidate
from engine.services import (
    accounts,
    audit,
    definitions,
    instances,
    messages,
    notifications,
    organisations,
    retention,
    signing_in,
)
from engine.services.cockpit import catalogue, operations, versions
from engine.services.cockpit.operations import Done, Preview, Subject, Wish
from engine.services.views import CaseQuery
from engine.store import blind_index
from tests.contract.diagrams import HEAD
from tests.contract.shared import race
from tests.contract.world import World

WAITING = (
    HEAD
    + """
<message id="m" name="letter.came"/><signal id="s" name="storm"/>
<process id="waiting" name="Күту" isExecutable="true" camunda:historyTimeToLive="P5000D">
 <startEvent id="begin"/><sequenceFlow id="f1" sourceRef="begin" targetRef="fork"/>
 <parallelGateway id="fork"/>
 <sequenceFlow id="f2" sourceRef="fork" targetRef="letter"/>
 <sequenceFlow id="f3" sourceRef="fork" targetRef="storm"/>
 <sequenceFlow id="f4" sourceRef="fork" targetRef="work"/>
 <intermediateCatchEvent id="letter" name="Хат"><messageEventDefinition messageRef="m"/>
 </intermediateCatchEvent>
 <sequenceFlow id="f5" sourceRef="letter" targetRef="join"/>
 <intermediateCatchEvent id="storm"><signalEventDefinition signalRef="s"/></intermediateCatchEvent>
 <sequenceFlow id="f6" sourceRef="storm" targetRef="join"/>
 <userTask id="work" name="Жұмыс" camunda:candidateGroups="writer@office.a"
  camunda:dueDate="${working_days(2)}" camunda:followUpDate="${halfway(working_days(2))}"/>
 <boundaryEvent id="late" attachedToRef="work" cancelActivity="false"><timerEventDefinition>
  <timeCycle xsi:type="tFormalExpression">${working_day_cycle(working_days(2))}</timeCycle>
 </timerEventDefinition></boundaryEvent>
 <sequenceFlow id="f9" sourceRef="late" targetRef="told"/><endEvent id="told"/>
 <sequenceFlow id="f7" sourceRef="work" targetRef="join"/>
 <parallelGateway id="join"/><sequenceFlow id="f8" sourceRef="join" targetRef="done"/>
 <endEvent id="done"/>
</process>
<process id="caller" name="Шақырушы" isExecutable="true">
 <startEvent id="cb"/><sequenceFlow id="c1" sourceRef="cb" targetRef="call"/>
 <callActivity id="call" calledElement="waiting"/>
 <sequenceFlow id="c2" sourceRef="call" targetRef="ce"/><endEvent id="ce"/>
</process>
<process id="nightly" name="Түнгі" isExecutable="true">
 <startEvent id="tick"><timerEventDefinition>
  <timeDuration xsi:type="tFormalExpression">PT1H</timeDuration></timerEventDefinition></startEvent>
 <sequenceFlow id="n1" sourceRef="tick" targetRef="ne"/><endEvent id="ne"/>
</process>
<process id="stormy" isExecutable="true">
 <startEvent id="sb"><signalEventDefinition signalRef="s"/></startEvent>
 <sequenceFlow id="s1" sourceRef="sb" targetRef="se"/><endEvent id="se"/>
</process>
</definitions>"""
).encode()
WHY = "Сот шешімі 12"


@pytest.fixture
def ready(world: World) -> World:
    """The world with the processes of this file, an administrator of one region, and another's."""
    with world.database.begin() as uow:
        definitions.deploy(uow, world.ctx, SYSTEM, {"waiting.bpmn": WAITING}, "second")
        for code, region in (("office.far", "710000000"), ("office.near", "630000000")):
            organisations.create(
                uow,
                world.ctx,
                SYSTEM,
                code=code,
                names={"kk": code},
                kind="office",
                bin="",
                region=region,
            )
        far = accounts.create(
            uow,
            world.ctx,
            SYSTEM,
            login="far",
            password="correct horse",
            name="Far",
            iin="850312300012",
            memberships=[Candidate.parse("admin@office.far")],
        )
        uow.commit()
    with world.database.reading() as uow:
        world.people["far"] = signing_in.load(uow, far)
    return world


def look(
    world: World, kind: Subject, name: str, subject: str, /, login: str = "admin", **params: object
) -> Preview:
    one = catalogue.operation(kind, name)
    with world.database.reading() as uow:
        wish = Wish(subject=subject, params=params)
        return operations.look(uow, world.ctx, world[login], one, wish)


def do(
    world: World,
    kind: Subject,
    name: str,
    subject: str,
    /,
    login: str = "admin",
    *,
    reason: str = WHY,
    stamp: str = "",
    **params: object,
) -> Done:
    one = catalogue.operation(kind, name)
    with world.database.begin() as uow:
        wish = Wish(subject=subject, params=params, reason=reason, stamp=stamp)
        done = operations.perform(uow, world.ctx, world[login], one, wish)
        uow.commit()
    return done


def undo(world: World, kind: Subject, name: str, subject: str, done: Done) -> None:
    act = catalogue.operation(kind, name).undo
    assert act is not None
    assert done.undo is not None
    with world.database.begin() as uow:
        act(uow, world.ctx, world["admin"], Wish(subject=subject, params=done.undo, reason="қате"))
        uow.commit()


def status(world: World, case: str) -> str:
    with world.database.reading() as uow:
        found = uow.instances.find(case)
    assert found is not None
    return str(found.status)


def work(world: World) -> Executor:
    return Executor(world.database, world.ctx)


def called(world: World) -> tuple[str, str]:
    """Start a case that called another one; return both."""
    above = world.start("N-9", "caller")
    work(world).run_due()
    with world.database.reading() as uow:
        return above, uow.instances.children(above)[0]


CASE, TASK = Subject.CASE, Subject.TASK
#: Where both databases are asked the same.
LITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@LITE
def test_a_foreign_region_finds_neither_case_nor_task(ready: World) -> None:
    case = ready.start("N-1", "waiting")
    task = ready.open_task(case)
    acts = [(kind, name) for kind, name in catalogue.operations() if kind in {CASE, TASK}]
    assert len(acts) > 10
    for kind, name in acts:
        subject = case if kind is CASE else task
        with pytest.raises(NotFound):
            look(ready, kind, name, subject, "far")
        with pytest.raises(NotFound):
            do(ready, kind, name, subject, "far", name="storm")
    assert status(ready, case) == "active"


@LITE
def test_nobody_acts_who_is_no_administrator_or_gives_no_reason(ready: World) -> None:
    case = ready.start("N-1", "waiting")
    task = ready.open_task(case)
    for kind, name in catalogue.operations():
        subject = {CASE: case, TASK: task}.get(kind, "0" * 32)
        with pytest.raises(Forbidden):
            do(ready, kind, name, subject, "head")
        if kind in {CASE, TASK}:
            with pytest.raises(ValueRefused):
                do(ready, kind, name, subject, reason="  ")


@LITE
def test_a_case_is_suspended_with_what_it_called_and_back(ready: World) -> None:
    above, below = called(ready)
    seen = look(ready, Subject.CASE, "suspend", above, called=True)
    assert [str(one.after) for one in seen.changes] == ["suspended", "suspended"]
    done = do(ready, Subject.CASE, "suspend", above, stamp=seen.stamp, called=True)
    assert (status(ready, above), status(ready, below)) == ("suspended", "suspended")
    with pytest.raises(ValueRefused):
        do(ready, Subject.CASE, "suspend", above)
    assert look(ready, Subject.CASE, "suspend", above).refusals
    undo(ready, Subject.CASE, "suspend", above, done)
    assert (status(ready, above), status(ready, below)) == ("active", "active")
    do(ready, Subject.CASE, "suspend", above)
    assert (status(ready, above), status(ready, below)) == ("suspended", "active")
    do(ready, Subject.CASE, "resume", above)
    assert status(ready, above) == "active"


@LITE
def test_a_called_case_that_went_its_own_way_does_not_hold_back_the_rest(ready: World) -> None:
    above, below = called(ready)
    done = do(ready, Subject.CASE, "suspend", above, called=True)
    do(ready, Subject.CASE, "resume", below)
    undo(ready, Subject.CASE, "suspend", above, done)
    assert (status(ready, above), status(ready, below)) == ("active", "active")


@LITE
def test_every_act_leaves_an_audit_row_and_its_reason_sealed_in_history(ready: World) -> None:
    case = ready.start("N-1", "waiting")
    do(ready, Subject.CASE, "suspend", case)
    with ready.database.reading() as uow:
        rows = audit.list_rows(uow, size=5)
        told = instances.history(uow, ready.ctx, ready["admin"], case)
        digest = blind_index(WHY)
    (row,) = [row for row in rows if (row.act, row.subject) == ("case.suspend", f"case:{case}")]
    assert row.detail["reason"] == digest
    assert WHY not in str([row.detail for row in rows])
    assert WHY in str(told[0].detail)


def test_a_case_is_cancelled_with_all_it_called_and_who_had_work_is_told(ready: World) -> None:
    above, below = called(ready)
    with ready.database.reading() as uow:
        task = uow.tasks.open_of(below)[0].id
    ready.claim("writer", task)
    refused = look(ready, Subject.CASE, "cancel", below)
    assert "called this one" in str(refused.refusals[0])
    with pytest.raises(Conflict):
        do(ready, Subject.CASE, "cancel", below)
    seen = look(ready, Subject.CASE, "cancel", above)
    assert any("Writer" in str(one.before) for one in seen.changes)
    assert any("letter.came" in str(one.before) for one in seen.changes)
    do(ready, Subject.CASE, "cancel", above, stamp=seen.stamp)
    assert (status(ready, above), status(ready, below)) == ("cancelled", "cancelled")
    with ready.database.reading() as uow:
        told = notifications.list_notifications(uow, ready.ctx, ready["writer"])
        assert uow.tasks.open_of(below) == []
    assert [one.kind for one in told] == ["case_cancelled"]
    with pytest.raises(Conflict):
        do(ready, Subject.CASE, "cancel", above)


@LITE
def test_what_changed_meanwhile_is_refused_and_nothing_is_done(ready: World) -> None:
    case = ready.start("N-1", "waiting")
    seen = look(ready, Subject.CASE, "suspend", case)
    ready.complete("writer", ready.claim("writer", ready.open_task(case)))
    with pytest.raises(Conflict):
        do(ready, Subject.CASE, "suspend", case, stamp=seen.stamp)
    assert status(ready, case) == "active"


def test_of_two_administrators_at_once_one_cancels_and_one_suspends_nothing(ready: World) -> None:
    case = ready.start("N-1", "waiting")
    stamp = look(ready, Subject.CASE, "cancel", case).stamp
    acts: list[Callable[[], object]] = [
        lambda: do(ready, Subject.CASE, "cancel", case, stamp=stamp),
        lambda: do(ready, Subject.CASE, "suspend", case, stamp=stamp),
    ]
    assert sorted(type(one).__name__ for one in race(acts)) == ["Conflict", "Done"]
    assert status(ready, case) in {"cancelled", "suspended"}


# Messages and signals.


def test_a_message_reaches_the_token_that_waits_for_it(ready: World) -> None:
    case, other = ready.start("N-1", "waiting"), ready.start("N-2", "waiting")
    seen = look(ready, Subject.CASE, "send-message", case, name="letter.came", payload={"n": 3})
    assert [one.element for one in seen.changes] == ["letter", ""]
    do(ready, Subject.CASE, "send-message", case, name="letter.came", payload={"n": 3})
    with ready.database.reading() as uow:
        assert uow.instances.variables(case)["n"] == 3
        assert [one.name for one in uow.subscriptions.of_case(case)] == ["storm"]
        assert len(uow.subscriptions.of_case(other)) == 2


@LITE
def test_a_message_nobody_waits_for_is_refused_or_kept(ready: World) -> None:
    case = ready.start("N-1", "waiting")
    with pytest.raises(FormRefused) as refused:
        do(ready, Subject.CASE, "send-message", case, name="never", payload={})
    assert "name" in refused.value.errors
    do(ready, Subject.CASE, "send-message", case, name="never", days=3, payload={})
    with ready.database.begin() as uow:
        kept = uow.messages.take("never", "", "N-1", ready.ctx.now())
    assert kept == {}


def test_a_signal_by_hand_reaches_this_case_alone(ready: World) -> None:
    case, other = ready.start("N-1", "waiting"), ready.start("N-2", "waiting")
    do(ready, Subject.CASE, "send-signal", case, name="storm", payload={})
    with ready.database.reading() as uow:
        assert [one.name for one in uow.subscriptions.of_case(case)] == ["letter.came"]
        assert len(uow.subscriptions.of_case(other)) == 2
    with pytest.raises(FormRefused):
        do(ready, Subject.CASE, "send-signal", case, name="storm", payload={})


@LITE
def test_nothing_is_sent_to_a_suspended_case(ready: World) -> None:
    case = ready.start("N-1", "waiting")
    do(ready, Subject.CASE, "suspend", case)
    assert look(ready, Subject.CASE, "send-message", case, name="letter.came").refusals
    with pytest.raises(Conflict):
        do(ready, Subject.CASE, "send-message", case, name="letter.came", payload={})


# Tasks.


@LITE
def test_a_task_goes_to_somebody_else_back_to_the_queue_and_undone(ready: World) -> None:
    task = ready.claim("writer", ready.open_task(ready.start("N-1", "waiting")))
    other = ready["colleague"].account
    seen = look(ready, Subject.TASK, "reassign", task)
    assert [value for value, _ in seen.choices["account"]] == [other]
    seen = look(ready, Subject.TASK, "reassign", task, account=other)
    assert [(one.before, one.after) for one in seen.changes] == [("Writer", "Colleague")]
    done = do(ready, Subject.TASK, "reassign", task, stamp=seen.stamp, account=other)
    with pytest.raises(Conflict):
        do(ready, Subject.TASK, "release", task, stamp=seen.stamp)
    with ready.database.reading() as uow:
        kinds = {
            login: [
                one.kind for one in notifications.list_notifications(uow, ready.ctx, ready[login])
            ]
            for login in ("writer", "colleague")
        }
    assert kinds == {"writer": ["taken_back"], "colleague": ["assigned"]}
    undo(ready, Subject.TASK, "reassign", task, done)
    assert assignee(ready, task) == ready["writer"].account
    do(ready, Subject.TASK, "release", task)
    assert assignee(ready, task) == ""
    with pytest.raises(Conflict):
        do(ready, Subject.TASK, "release", task)


@LITE
def test_what_somebody_took_or_set_since_is_not_undone(ready: World) -> None:
    task = ready.claim("writer", ready.open_task(ready.start("N-1", "waiting")))
    done = do(ready, Subject.TASK, "release", task)
    ready.claim("colleague", task)
    with pytest.raises(Conflict, match="changed since"):
        undo(ready, Subject.TASK, "release", task, done)
    assert assignee(ready, task) == ready["colleague"].account
    due = datetime(2026, 12, 3, 13, tzinfo=UTC)
    done = do(ready, Subject.TASK, "change-deadline", task, due=due)
    do(ready, Subject.TASK, "change-deadline", task, due=due + timedelta(days=1))
    with pytest.raises(Conflict, match="changed since"):
        undo(ready, Subject.TASK, "change-deadline", task, done)


def assignee(world: World, task: str) -> str:
    with world.database.reading() as uow:
        found = uow.tasks.find(task)
    assert found is not None
    return found[0].assignee


@LITE
def test_a_task_goes_to_nobody_without_the_role_and_a_closed_one_to_nobody(ready: World) -> None:
    task = ready.open_task(ready.start("N-1", "waiting"))
    with pytest.raises(FormRefused):
        look(ready, Subject.TASK, "reassign", task, account=ready["checker"].account)
    with pytest.raises(ValueRefused):
        do(ready, Subject.TASK, "reassign", task, account=ready["checker"].account)
    ready.complete("writer", ready.claim("writer", task))
    assert look(ready, Subject.TASK, "reassign", task).refusals
    for name in ("reassign", "release", "change-deadline"):
        with pytest.raises(TaskClosed):
            do(ready, Subject.TASK, name, task, account=ready["colleague"].account)


def test_a_deadline_takes_its_reminder_and_its_timer_along_and_the_timer_fires(
    ready: World,
) -> None:
    case = ready.start("N-1", "waiting")
    task = ready.open_task(case)
    due = datetime(2026, 12, 3, 13, tzinfo=UTC)
    seen = look(ready, Subject.TASK, "change-deadline", task, due=due)
    assert [one.element for one in seen.changes] == ["work", "", "late"]
    before = moments(ready, case)
    done = do(ready, Subject.TASK, "change-deadline", task, stamp=seen.stamp, due=due)
    after = moments(ready, case)
    assert (after["task"], after["timer"], after["state"]) == (due, due, due)
    assert before["reminder"] < after["reminder"] < due
    undo(ready, Subject.TASK, "change-deadline", task, done)
    assert moments(ready, case) == before
    do(ready, Subject.TASK, "change-deadline", task, due=due)
    ready.clock.set(due - timedelta(minutes=1))
    work(ready).run_due()
    assert "late" not in told_of(ready, case)
    ready.clock.set(due + timedelta(minutes=1))
    work(ready).run_due()
    assert "late" in told_of(ready, case)


def told_of(world: World, case: str) -> list[str]:
    """Return the elements that a case's history tells of."""
    with world.database.reading() as uow:
        return [row.element for row in instances.history(uow, world.ctx, world["admin"], case)]


def moments(world: World, case: str) -> dict[str, datetime]:
    """Return when a case's task, reminder and timer are due, the timer by row and by live state."""
    with world.database.reading() as uow:
        task = uow.tasks.open_of(case)[0]
        row = next(
            one
            for one in uow.jobs.of_instance(case)
            if one.kind.value == "timer" and one.state == "ready"
        )
        reminder = uow.terms.reminder(task.id)
    timers = world.timers(case)
    assert row.payload["due"] == row.due_at
    assert task.due is not None
    assert reminder is not None
    return {"task": task.due, "timer": row.due_at, "state": timers[row.token], "reminder": reminder}


@LITE
def test_a_deadline_in_the_past_is_refused_at_its_field(ready: World) -> None:
    task = ready.open_task(ready.start("N-1", "waiting"))
    past = ready.ctx.now() - timedelta(minutes=1)
    for way in (look, do):
        with pytest.raises(FormRefused) as refused:
            way(ready, Subject.TASK, "change-deadline", task, due=past)
        assert list(refused.value.errors) == ["due"]


# Deleting.


def test_only_what_the_law_does_not_keep_is_deleted(ready: World) -> None:
    case = ready.start("N-1", "waiting")
    assert "has ended" in str(look(ready, Subject.CASE, "delete", case).refusals[0])
    do(ready, Subject.CASE, "cancel", case)
    refused = look(ready, Subject.CASE, "delete", case)
    assert "law" in str(refused.refusals[0])
    with pytest.raises(Conflict):
        do(ready, Subject.CASE, "delete", case)
    ready.clock.set(ready.ctx.now() + timedelta(days=5001))
    assert look(ready, Subject.CASE, "delete", case).refusals == ()
    again = ready.start("N-1", "waiting")
    assert "same number" in str(look(ready, Subject.CASE, "delete", case).refusals[0])
    with ready.database.begin() as uow:
        instances.cancel(uow, ready.ctx, ready["admin"], again, "қате")
        uow.session.flush()
        uow.removals.remove([again], [])
        uow.commit()
    do(ready, Subject.CASE, "delete", case)
    with ready.database.reading() as uow:
        assert uow.instances.find(case) is None
        acts = [row.act for row in audit.list_rows(uow, subject=f"case:{case}")]
        assert audit.verify(uow).broken == 0
    assert {"case.delete", "case.removed"} <= set(acts)


def test_two_cases_of_one_number_whose_time_is_over_do_not_keep_each_other(ready: World) -> None:
    cases = [ready.start("N-1", "waiting") for _ in range(2)]
    for case in cases:
        do(ready, Subject.CASE, "cancel", case)
    with ready.database.begin() as uow:
        assert retention.date_ended(uow, ready.ctx) == 2
        uow.commit()
    ready.clock.set(ready.ctx.now() + timedelta(days=5001))
    assert look(ready, Subject.CASE, "delete", cases[0]).refusals == ()


@LITE
def test_what_is_kept_for_ever_is_never_deleted(ready: World) -> None:
    case = ready.start("N-1")
    do(ready, Subject.CASE, "cancel", case)
    ready.clock.set(ready.ctx.now() + timedelta(days=30_000))
    assert "for ever" in str(look(ready, Subject.CASE, "delete", case).refusals[0])


# Versions.


def version_of(world: World, key: str) -> str:
    with world.database.reading() as uow:
        return definitions.latest(uow, key).id


def test_a_suspended_version_starts_nothing_and_says_why(ready: World) -> None:
    running = ready.start("N-1", "waiting")
    found = version_of(ready, "waiting")
    seen = look(ready, Subject.DEFINITION, "suspend", found)
    do(ready, Subject.DEFINITION, "suspend", found, stamp=seen.stamp)
    with pytest.raises(StartsSuspended) as refused:
        ready.start("N-2", "waiting")
    assert "suspended" in str(refused.value)
    assert look(ready, Subject.DEFINITION, "suspend", found).refusals
    with pytest.raises(Conflict):
        do(ready, Subject.DEFINITION, "suspend", found)
    ready.complete("writer", ready.claim("writer", ready.open_task(running)))
    with ready.database.reading() as uow:
        row = versions.list_versions(uow, ready["admin"], "waiting")[0]
        assert definitions.suspended(uow, "waiting") == ready.ctx.now()
    assert row.pause is not None
    assert (row.pause.by, row.pause.reason, row.running) == ("Admin", WHY, 1)
    do(ready, Subject.DEFINITION, "resume", found)
    ready.start("N-2", "waiting")
    with pytest.raises(Conflict):
        do(ready, Subject.DEFINITION, "resume", found)


@LITE
def test_a_signal_passes_a_suspended_version_over_and_reaches_the_rest(ready: World) -> None:
    case, found = ready.start("N-1", "waiting"), version_of(ready, "stormy")
    do(ready, Subject.DEFINITION, "suspend", found)
    with ready.database.begin() as uow:
        assert messages.signal(uow, ready.ctx, SYSTEM, "storm") == (case,)
        uow.commit()
    with ready.database.reading() as uow:
        told = audit.list_rows(uow, subject=f"definition:{found}", size=1)
    assert [(row.act, row.detail) for row in told] == [("signal.not-started", {"name": "storm"})]


@LITE
def test_a_regional_administrator_suspends_no_version(ready: World) -> None:
    found = version_of(ready, "waiting")
    for name in ("suspend", "resume"):
        with pytest.raises(Forbidden):
            look(ready, Subject.DEFINITION, name, found, "far")
        with pytest.raises(Forbidden):
            do(ready, Subject.DEFINITION, name, found, "far")
    with pytest.raises(NotFound):
        look(ready, Subject.DEFINITION, "suspend", "0" * 32)


def test_what_the_clock_starts_waits_for_the_version_and_is_late_not_lost(ready: World) -> None:
    found = version_of(ready, "nightly")
    do(ready, Subject.DEFINITION, "suspend", found)
    ready.clock.set(ready.ctx.now() + timedelta(hours=5))
    assert work(ready).run_due() == 0
    do(ready, Subject.DEFINITION, "resume", found)
    assert work(ready).run_due() == 1
    with ready.database.reading() as uow:
        assert (
            len(instances.find(uow, ready.ctx, ready["admin"], CaseQuery(process="nightly")).rows)
            == 1
        )


def test_what_another_case_calls_becomes_an_incident_and_goes_on_afterwards(ready: World) -> None:
    found = version_of(ready, "waiting")
    do(ready, Subject.DEFINITION, "suspend", found)
    above = ready.start("N-9", "caller")
    for _ in range(30):
        work(ready).run_due()
        ready.clock.set(ready.ctx.now() + timedelta(days=1))
    with ready.database.reading() as uow:
        failed = uow.incidents.open(size=5)
        assert uow.instances.children(above) == []
    assert ["suspended" in row.message for row in failed] == [True]
    do(ready, Subject.DEFINITION, "resume", found)
    do(ready, Subject.INCIDENT, "retry", failed[0].id)
    work(ready).run_due()
    with ready.database.reading() as uow:
        assert len(uow.instances.children(above)) == 1
