"""What a change of the working calendar does to deadlines that were given before it."""

import random
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

from engine.errors import Conflict
from engine.jobs.executor import Executor
from engine.model.calendar import ZONE
from engine.model.people import SYSTEM
from engine.services import calendar, definitions
from engine.services.cockpit import catalogue, deadlines, operations, reckoning
from engine.services.cockpit.operations import Done, Preview, Subject, Wish
from engine.services.cockpit.reckoning import Shift
from tests.contract.diagrams import HEAD
from tests.contract.world import World

TERMS = (
    HEAD
    + """
<process id="terms" name="Мерзімдер" isExecutable="true">
 <startEvent id="begin"/><sequenceFlow id="f1" sourceRef="begin" targetRef="fork"/>
 <parallelGateway id="fork"/>
 <sequenceFlow id="f2" sourceRef="fork" targetRef="plain"/>
 <sequenceFlow id="f3" sourceRef="fork" targetRef="read"/>
 <sequenceFlow id="f4" sourceRef="fork" targetRef="made"/>
 <sequenceFlow id="f5" sourceRef="fork" targetRef="clock"/>
 <sequenceFlow id="f6" sourceRef="fork" targetRef="each"/>
 <userTask id="plain" camunda:candidateGroups="writer@office.a"
  camunda:dueDate="${working_days(2)}" camunda:followUpDate="${halfway(working_days(2))}"/>
 <boundaryEvent id="late" attachedToRef="plain" cancelActivity="false"><timerEventDefinition>
  <timeCycle xsi:type="tFormalExpression">${working_day_cycle(working_days(2))}</timeCycle>
 </timerEventDefinition></boundaryEvent>
 <sequenceFlow id="f9" sourceRef="late" targetRef="told"/><endEvent id="told"/>
 <userTask id="read" camunda:candidateGroups="writer@office.a"
  camunda:dueDate="${working_days(limits.days)}"/>
 <userTask id="made" camunda:candidateGroups="writer@office.a" camunda:dueDate="${own_due}">
  <extensionElements><camunda:inputOutput>
   <camunda:inputParameter name="own_due">${working_days(3)}</camunda:inputParameter>
  </camunda:inputOutput></extensionElements>
 </userTask>
 <boundaryEvent id="after" attachedToRef="made" cancelActivity="false"><timerEventDefinition>
  <timeDate xsi:type="tFormalExpression">${working_days(1, own_due)}</timeDate>
 </timerEventDefinition></boundaryEvent>
 <sequenceFlow id="f12" sourceRef="after" targetRef="told2"/><endEvent id="told2"/>
 <userTask id="clock" camunda:candidateGroups="writer@office.a" camunda:dueDate="P2D"/>
 <userTask id="each" camunda:candidateGroups="writer@office.a"
  camunda:dueDate="${working_days(n)}">
  <multiInstanceLoopCharacteristics camunda:collection="= [1, 4]" camunda:elementVariable="n"/>
 </userTask>
 <sequenceFlow id="g1" sourceRef="plain" targetRef="e1"/><endEvent id="e1"/>
 <sequenceFlow id="g2" sourceRef="read" targetRef="e2"/><endEvent id="e2"/>
 <sequenceFlow id="g3" sourceRef="made" targetRef="e3"/><endEvent id="e3"/>
 <sequenceFlow id="g4" sourceRef="clock" targetRef="e4"/><endEvent id="e4"/>
 <sequenceFlow id="g5" sourceRef="each" targetRef="e5"/><endEvent id="e5"/>
</process></definitions>"""
).encode()
#: Thursday after the Wednesday of `NOW`, and the Saturday.
THURSDAY, FRIDAY, SATURDAY = date(2026, 11, 26), date(2026, 11, 27), date(2026, 11, 28)
OFF = {THURSDAY: False, FRIDAY: False}


#: Where both databases are asked the same.
LITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def ready(world: World) -> World:
    """The world with the process of terms."""
    with world.database.begin() as uow:
        definitions.deploy(uow, world.ctx, SYSTEM, {"terms.bpmn": TERMS}, "second")
        uow.commit()
    return world


def begin(world: World, key: str = "N-1", days: int = 3) -> str:
    return world.start(key, "terms", limits={"days": days})


def surveyed(world: World, days: Mapping[date, bool], size: int = 3) -> list[Shift]:
    """Return all shifts, in small parts."""
    found: list[Shift] = []
    after = ""
    with world.database.reading() as uow:
        change = reckoning.edited(uow, world.ctx, days)
        while True:
            part = deadlines.survey(uow, world.ctx, world["admin"], change, after=after, size=size)
            found += part.shifts
            after = part.next
            if not after:
                return found


def keep(world: World, days: Mapping[date, bool]) -> dict[date, bool]:
    with world.database.begin() as uow:
        were = calendar.decree(uow, world.ctx, world["admin"], days, source="№ 512")
        uow.commit()
    return were


def walked(world: World, were: Mapping[date, bool], size: int = 50) -> list[str]:
    found: list[str] = []
    while True:
        with world.database.reading() as uow:
            query = {"days": reckoning.written(were)}
            after = found[-1] if found else ""
            rows = deadlines.walk(uow, world.ctx, world["admin"], query, after, size)
        found += [one for one, _ in rows]
        if len(rows) < size:
            return found


def looked(world: World, case: str) -> Preview:
    one = catalogue.operation(Subject.CASE, "recompute-deadlines")
    with world.database.reading() as uow:
        return operations.look(uow, world.ctx, world["admin"], one, Wish(subject=case))


def recomputed(world: World, case: str) -> Done:
    one = catalogue.operation(Subject.CASE, "recompute-deadlines")
    with world.database.begin() as uow:
        wish = Wish(subject=case, reason="№ 512")
        done = operations.perform(uow, world.ctx, world["admin"], one, wish)
        uow.commit()
    return done


def standing(world: World, case: str) -> dict[str, datetime | None]:
    """Return what is due when: tasks by element (and number of days), timers by row, and by state.

    Fails unless each timer's row, its payload and the live state agree.
    """
    with world.database.reading() as uow:
        found: dict[str, datetime | None] = {
            f"{one.element}{one.local.get('n', '')}": one.due for one in uow.tasks.open_of(case)
        }
        timers = [
            one
            for one in uow.jobs.of_instance(case)
            if one.kind.value == "timer" and one.state == "ready"
        ]
    state = world.timers(case)
    for one in timers:
        assert one.payload["due"] == one.due_at == state[one.token]
        found[one.element] = one.due_at
    return found


def test_who_is_affected_is_told_before_and_comes_true(ready: World) -> None:
    case = begin(ready)
    before = standing(ready, case)
    told = {(one.element, one.before): one.after for one in surveyed(ready, OFF)}
    were = keep(ready, OFF)
    assert standing(ready, case) == before
    assert walked(ready, were) == [case]
    seen = looked(ready, case)
    assert len(seen.changes) == len(told)
    done = recomputed(ready, case)
    after = standing(ready, case)
    moved = {
        (name.rstrip("14"), before[name]): after[name]
        for name in before
        if before[name] != after[name]
    }
    assert moved == told
    # Two days off more: each term of working days ends two working days later.
    assert {name for name in before if before[name] != after[name]} == {
        *("plain", "late", "read", "made", "after", "each1", "each4")
    }
    assert after["clock"] == before["clock"]
    with ready.database.reading() as uow:
        made = next(one for one in uow.tasks.open_of(case) if one.element == "made")
    assert made.local["own_due"] == after["made"]
    assert walked(ready, were) == []
    assert looked(ready, case).changes == ()
    undone(ready, case, done)
    assert standing(ready, case) == before
    with ready.database.reading() as uow:
        made = next(one for one in uow.tasks.open_of(case) if one.element == "made")
    assert made.local["own_due"] == before["made"]
    assert walked(ready, were) == [case]


def undone(world: World, case: str, done: Done) -> None:
    act = catalogue.operation(Subject.CASE, "recompute-deadlines").undo
    assert act is not None
    assert done.undo is not None
    with world.database.begin() as uow:
        act(uow, world.ctx, world["admin"], Wish(subject=case, params=done.undo, reason="қате"))
        uow.commit()


@LITE
def test_a_case_of_another_time_or_another_term_is_not_affected(ready: World) -> None:
    ready.clock.set(datetime(2026, 11, 2, 6, tzinfo=UTC))
    begin(ready, "N-1", days=2)
    assert surveyed(ready, {date(2026, 12, 28): False}) == []
    assert surveyed(ready, {date(2026, 10, 30): False}) == []
    assert {one.element for one in surveyed(ready, {date(2026, 11, 6): False})} == {"after", "each"}


@LITE
def test_what_a_person_set_stays(ready: World) -> None:
    case = begin(ready)
    with ready.database.reading() as uow:
        task = next(one.id for one in uow.tasks.open_of(case) if one.element == "plain")
    one = catalogue.operation(Subject.TASK, "change-deadline")
    due = datetime(2026, 11, 30, 13, tzinfo=UTC)
    with ready.database.begin() as uow:
        wish = Wish(subject=task, params={"due": due}, reason="келісілді")
        operations.perform(uow, ready.ctx, ready["admin"], one, wish)
        uow.commit()
    assert {one.element for one in surveyed(ready, OFF)}.isdisjoint({"plain", "late"})
    keep(ready, OFF)
    recomputed(ready, case)
    assert standing(ready, case)["plain"] == standing(ready, case)["late"] == due


@LITE
def test_what_a_person_set_after_the_recomputation_stays_when_that_is_undone(ready: World) -> None:
    case = begin(ready)
    before = standing(ready, case)
    keep(ready, OFF)
    done = recomputed(ready, case)
    with ready.database.reading() as uow:
        task = next(one.id for one in uow.tasks.open_of(case) if one.element == "read")
    one = catalogue.operation(Subject.TASK, "change-deadline")
    due = datetime(2026, 12, 20, 13, tzinfo=UTC)
    with ready.database.begin() as uow:
        wish = Wish(subject=task, params={"due": due}, reason="келісілді")
        operations.perform(uow, ready.ctx, ready["admin"], one, wish)
        uow.commit()
    undone(ready, case, done)
    assert standing(ready, case) == {**before, "read": due}
    with ready.database.reading() as uow:
        assert uow.terms.is_by_hand(task)
    with pytest.raises(Conflict, match="changed since"):
        undone(ready, case, done)


def test_days_that_no_calendar_knows_are_no_change() -> None:
    assert reckoning.read("9999-12-31:1,0001-01-01:1,2026-12-31:1") == {date(2026, 12, 31): True}


@LITE
def test_a_moved_timer_fires_at_its_new_moment_and_a_cycle_goes_on_by_the_new_days(
    ready: World,
) -> None:
    case = begin(ready)
    before = standing(ready, case)["late"]
    were = keep(ready, OFF)
    recomputed(ready, case)
    after = standing(ready, case)["late"]
    assert before is not None
    assert after is not None
    ready.clock.set(before + timedelta(minutes=1))
    Executor(ready.database, ready.ctx).run_due()
    assert standing(ready, case)["late"] == after
    ready.clock.set(after + timedelta(minutes=1))
    Executor(ready.database, ready.ctx).run_due()
    again = standing(ready, case)["late"]
    assert again is not None
    assert again > after
    # The timer went round: its next time follows the calendar, too.
    more = {again.astimezone(ZONE).date(): False}
    assert "late" in {one.element for one in surveyed(ready, more)}
    assert walked(ready, keep(ready, more)) == [case]
    recomputed(ready, case)
    assert (standing(ready, case)["late"] or again) > again
    assert were == {THURSDAY: True, FRIDAY: True}


def test_many_cases_are_walked_in_small_parts_each_once(ready: World) -> None:
    cases = [begin(ready, f"N-{n}") for n in range(5)]
    ready.start("N-9")
    were = keep(ready, OFF)
    assert walked(ready, were, size=2) == cases
    assert walked(ready, {}) == []


@LITE
def test_rows_and_live_states_agree_on_any_change(ready: World) -> None:
    """The two ways to the same answer, over chosen-at-random starts and changes."""
    dice = random.Random(20261125)
    for number in range(4):
        begun = datetime(2026, 11, 2, tzinfo=UTC) + timedelta(hours=dice.randrange(24 * 20))
        ready.clock.set(begun)
        case = begin(ready, f"N-{number}", days=dice.randrange(6))
        day = begun.date() + timedelta(days=dice.randrange(-1, 9))
        with ready.database.reading() as uow:
            works = calendar.load(uow, ready.ctx).is_working(day)
        change = {day: not works, day + timedelta(days=2): dice.random() < 0.5}
        told = {
            (one.element, one.before, one.after)
            for one in surveyed(ready, change)
            if one.case == case
        }
        before = standing(ready, case)
        keep(ready, change)
        recomputed(ready, case)
        after = standing(ready, case)
        assert moves(before, after) == told


def moves(before: Mapping[str, object], after: Mapping[str, object]) -> set[tuple[object, ...]]:
    """Return what moved, by element, whichever of its tasks it was."""
    return {
        (name.rstrip("14"), before[name], after[name])
        for name in before
        if before[name] != after[name]
    }
