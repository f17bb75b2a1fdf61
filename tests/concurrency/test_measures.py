"""Measures of one plan, each a case of its own: bodies, centre and clock act at the same moment.

Failure would look like this: a body is told that somebody else changed "the case", or waits while
another body works; a plan is completed twice, or never; after a crash a measure is done and its
plan has not been told.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from time import perf_counter

import pytest

from engine.errors import Conflict, TaskClosed
from engine.services import tasks
from engine.store import Database, Keys
from engine.store.counting import counting
from handlers.support import cases, offices
from handlers.support.bench.office import ACCEPT, REPORT, Running, Values
from handlers.support.records import MeasureState
from tests.concurrency.crashing import LEASE, check, dies_at, side_by_side
from tests.concurrency.jobs_world import World
from tests.concurrency.measures_world import House, at_once

APPROVE: Values = {"decision": "approve"}


@pytest.fixture
def postgres_house(postgres_url: str, keys: Keys) -> Iterator[House]:
    """The same on PostgreSQL alone."""
    found = Database(postgres_url, keys)
    yield House(found)
    found.close()


def works(house: House, plan: Running) -> list[Callable[[], object]]:
    """Return for each measure what its body does to report it; the tasks are claimed."""
    body = house.office.body_of
    held = [house.held(body(case), case, "work") for case in plan.measures.values()]
    return [lambda act=act: act(REPORT) for act in held]  # type: ignore[misc]


def reviews(house: House, plan: Running) -> list[Callable[[], object]]:
    """Return for each measure what the centre does to mark it as done."""
    for act in works(house, plan):
        act()
    centre = house.office.centre()
    held = [house.held(centre, case, "review") for case in plan.measures.values()]
    return [lambda act=act: act(ACCEPT) for act in held]  # type: ignore[misc]


def states(house: House, plan: Running) -> set[MeasureState]:
    return {house.measure(number).state for number in plan.measures}


def sound(house: House, plan: Running) -> None:
    """Check the plan's case and those of its measures, and that nobody has to look at anything."""
    for number in (plan.number, *plan.measures):
        check(house, number, chain=False)
    assert house.chain_holds()
    failed = {one.element for one in house.incidents()}
    # There are no outside systems here; what was to be told to them stands as an incident.
    assert failed <= {"query_family_card", "query_services", "query_enforcement", "query_probation"}


def test_two_bodies_at_the_same_moment_do_not_make_each_other_fail(house: House) -> None:
    """Each takes one transaction as if it were alone: nobody tries again, nobody waits for a retry.

    How long a body may be kept waiting by another one's transaction, the next test shows.
    """
    plan = house.plan(12)
    first, *acts = works(house, plan)
    with counting(house.database) as count:
        first()
        alone = count.statements
        assert count.commits == 1
        for pair in (acts[0:2], acts[2:4], acts[4:6], acts[6:8], acts[8:10]):
            count.reset()
            assert at_once(pair) == [None, None]
            assert (count.statements, count.commits) == (2 * alone, 2)
    acts[-1]()
    house.settle()
    assert states(house, plan) == {MeasureState.REVIEW}
    sound(house, plan)


@pytest.mark.postgresql
def test_a_body_does_not_wait_for_another_ones_transaction(postgres_house: House) -> None:
    house = postgres_house
    plan = house.plan(2)
    (slow, case), (quick, other) = zip(plan.measures, plan.measures.values(), strict=True)
    actor = house.office.body_of(case)
    task = house.office.held(actor, case, "work")
    act = house.held(house.office.body_of(other), other, "work")
    with house.database.begin() as uow:
        tasks.complete(uow, house.ctx, actor, task, REPORT)
        # Its rows are written, its transaction is open: a body that thinks for minutes.
        thread = Thread(target=act, args=(REPORT,))
        thread.start()
        thread.join(20)
        assert not thread.is_alive(), "one body's transaction holds up another body"
        assert house.measure(quick).state is MeasureState.REVIEW
        assert house.measure(slow).state is MeasureState.IN_WORK
        uow.commit()
    assert states(house, plan) == {MeasureState.REVIEW}
    sound(house, plan)


@pytest.mark.postgresql
def test_two_processes_complete_measures_of_one_plan(postgres_house: House, tmp_path: Path) -> None:
    house = postgres_house
    plan = house.plan(12)
    acts = reviews(house, plan)

    def process(own: list[Callable[[], object]]) -> Callable[[], object]:
        def run() -> None:
            for act in own:
                act()
                house.executor().run_due()

        return run

    codes = side_by_side(house, tmp_path / "now", [process(acts[0::2]), process(acts[1::2])])
    assert codes == [0, 0]
    house.settle()
    assert states(house, plan) == {MeasureState.DONE}
    assert house.elements(plan.instance) == ["completion"]
    sound(house, plan)


def withdrawing(house: House, plan: Running) -> None:
    """Have the centre withdraw every measure, up to the messages that tell the bodies' cases."""
    office = house.office
    with house.database.begin() as uow:
        cases.start_amendment(uow, house.ctx, office.centre(), plan.number)
        uow.commit()
    rows = [{"_was": str(place), "act": "withdraw"} for place in range(len(plan.measures))]
    said: Values = {"decision": "submit", "reason": "Отбасы өтінді", "changes": rows, "added": []}
    office.do(office.centre(), plan.instance, "amendment", said)
    house.held(office.head(), plan.instance, "amendment_approval_plain")(APPROVE)
    house.executor().run_due(1)
    assert {row.topic for row in house.jobs("ready", kind="message")} == {"support.measure.amended"}


def test_a_body_reports_while_the_centre_withdraws_its_measure(house: House) -> None:
    plan = house.plan(6)
    acts = works(house, plan)
    withdrawing(house, plan)
    raised = at_once([*acts, lambda: house.executor().run_due()])
    *told, delivered = raised
    assert delivered is None
    assert all(one is None or isinstance(one, TaskClosed) for one in told), told
    house.settle()
    # Whoever came first: a withdrawn measure is withdrawn, and a report in time stays on file.
    assert states(house, plan) == {MeasureState.WITHDRAWN}
    for error, number in zip(told, plan.measures, strict=True):
        assert (house.measure(number).reported_at is None) == (error is not None)
    assert {house.status(case) for case in plan.measures.values()} == {"completed"}
    assert house.elements(plan.instance) == ["completion"]
    sound(house, plan)


def test_the_last_two_measures_end_at_the_same_moment(house: House) -> None:
    plans = [house.plan(2) for _ in range(4)]
    for plan in plans:
        raised = at_once(reviews(house, plan))
        assert raised == [None, None]
        raised = at_once([house.executor(name).run_due for name in ("one", "two")])
        assert raised == [None, None]
        house.settle()
        assert house.elements(plan.instance) == ["completion"]
        events = house.table("event", instance_id=plan.instance, element="completion")
        assert [one.what for one in events] == ["entered"]
        sound(house, plan)


def amendment(house: House, plan: Running) -> None:
    with house.database.begin() as uow:
        cases.start_amendment(uow, house.ctx, house.office.centre(), plan.number)
        uow.commit()


def added(house: House) -> dict[str, object]:
    row = {
        "body": offices.body(house.office.fields[0], "47"),
        "title": "Қосымша іс-шара",
        "expected": "Отбасы қолдау алды",
        "term": "2026-10-01",
    }
    return {"body": row["body"], **row}


def test_an_amendment_begins_while_the_last_measure_ends(house: House) -> None:
    """Either it is a change of a running plan, or it is refused: never neither, never both."""
    for _ in range(4):
        plan = house.plan(1)
        [end] = reviews(house, plan)

        def ends(end: Callable[[], object] = end) -> None:
            end()
            house.executor().run_due()

        raised = at_once([ends, lambda plan=plan: amendment(house, plan)])  # type: ignore[misc]
        house.settle()
        assert raised[0] is None
        open_ = house.elements(plan.instance)
        if raised[1] is None:
            assert open_ == ["amendment"]
        else:
            assert isinstance(raised[1], Conflict | TaskClosed), raised[1]
            assert open_ == ["completion"]
        sound(house, plan)


def test_an_amendment_is_approved_while_the_last_measure_ends(house: House) -> None:
    """The plan waits for what was added, whichever of the two came first."""
    plan = house.plan(1)
    [end] = reviews(house, plan)
    office = house.office
    amendment(house, plan)
    said: Values = {
        "decision": "submit",
        "reason": "Жаңа қажеттілік",
        "changes": [{"_was": "0", "act": "keep"}],
        "added": [added(house)],
    }
    office.do(office.centre(), plan.instance, "amendment", said)
    approve = house.held(office.head(), plan.instance, "amendment_approval_plain")
    due = house.executor("one").run_due
    raised = at_once([end, lambda: approve(APPROVE), due])
    assert raised == [None, None, None]
    house.settle()
    assert house.elements(plan.instance) == []
    [new] = [case for case in office.children(plan.instance).values() if house.open(case)]
    office.accepted(new)
    office.reported(new)
    assert house.elements(plan.instance) == []
    office.do(office.centre(), new, "review", ACCEPT)
    assert house.elements(plan.instance) == ["completion"]
    sound(house, plan)


def test_a_crash_anywhere_between_the_mark_and_the_told_plan(house: House) -> None:
    """Between any two statements: of the completion, and of the job that tells the plan."""
    for moment, (plan, number, act) in enumerate(supply(house), 1):

        def whole(act: Callable[[], object] = act) -> None:
            act()
            house.executor().run_due()

        died = dies_at(house, moment, whole)
        standing(house, plan, number)
        again(house, act)
        case = plan.measures[number]
        assert house.measure(number).state is MeasureState.DONE
        assert house.status(case) == "completed"
        assert told(house, plan, case) == 1, f"died at moment {moment}"
        standing(house, plan, number)
        if not died:
            assert moment > 40, "the sweep swept nothing"
            sound(house, plan)
            return


def supply(house: House) -> Iterator[tuple[Running, str, Callable[[], object]]]:
    """Yield measures of which the centre marks each as done; one plan holds sixty."""
    while True:
        plan = house.plan(60)
        for number, act in zip(plan.measures, reviews(house, plan), strict=True):
            yield plan, number, act


def standing(house: House, plan: Running, number: str) -> None:
    """Check that states and rows of a plan's case and of one measure's agree."""
    for one in (plan.number, number):
        check(house, one, chain=False)


def again(house: House, act: Callable[[], object]) -> None:
    """Do it again as a person would, and as a restarted executor does."""
    end = perf_counter() + 10
    act()
    house.clock.advance(LEASE)
    house.settle()
    while house.jobs("claimed") and perf_counter() < end:
        house.clock.advance(LEASE)
        house.settle()


def told(house: World, plan: Running, case: str) -> int:
    """Return how often the plan heard that a measure's case has ended."""
    [row] = house.table("instance", id=case)
    events = house.table("event", instance_id=plan.instance, token=row.parent_token)
    return sum(one.what in {"left", "completed", "finished"} for one in events)
