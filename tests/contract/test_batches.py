"""Batches: what is touched is fixed before, each subject once, and the report is the truth."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from time import monotonic

import pytest

from engine.errors import Conflict, Forbidden, FormRefused, NotFound
from engine.jobs.executor import Executor
from engine.model.people import SYSTEM, Actor
from engine.model.steps import JobKind
from engine.services import accounts, audit, claims, instances
from engine.services.cockpit import (
    batches,
    batchlooks,
    carriage,
    catalogue,
    drawing,
    operations,
    running,
)
from engine.services.cockpit.batchviews import Batch, Outcome, State
from engine.services.cockpit.drawing import Wanted
from engine.services.cockpit.operations import Operation, Subject, Wish
from engine.services.cockpit.selecting import Selection
from engine.store.jobs import NewJob
from tests.contract import test_regions
from tests.contract.test_case_migration import REVIEW, case_of, deployed, first_version
from tests.contract.world import World

regions = test_regions.regions
#: For what no statement of the database makes a difference to.
ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def draw(world: World, operation: Operation, typed: Mapping[str, str], chosen: Selection) -> str:
    with world.database.begin() as uow:
        wanted = Wanted(operation=operation, typed=typed, selection=chosen)
        made = drawing.draw(uow, world.ctx, world["admin"], wanted)
        uow.commit()
    drawing.look(world.database, world.ctx, world["admin"], made)
    return made


def start(world: World, batch: str, number: str = "") -> None:
    with world.database.begin() as uow:
        batches.start(uow, world.ctx, world["admin"], batch, "a new order", number)
        uow.commit()


def shown(world: World, batch: str) -> Batch:
    with world.database.reading() as uow:
        return batchlooks.show(uow, world["admin"], batch).batch


def work(world: World, batch: str) -> None:
    running.Work(database=world.database, ctx=world.ctx, batch=batch, until=monotonic() + 30).run()


def outcomes(world: World, batch: str) -> dict[str, str]:
    with world.database.reading() as uow:
        page = batchlooks.rows(uow, world["admin"], batch, size=1000)
        assert page.next == 0
        counts = uow.batches.outcomes(batch)
    told = shown(world, batch)
    assert counts == {
        name: n
        for name, n in {
            "waiting": told.waiting,
            "done": told.done,
            "refused": told.refused,
            "changed": told.changed,
            "undone": told.undone,
        }.items()
        if n
    }
    return {row.subject: row.outcome.value for row in page.rows}


def migration_of(world: World, source: str, target: str, **more: str) -> str:
    typed = {"target": target, "mapping": "check:review write:"}
    query = {"from": source, "to": target, **more}
    return draw(world, carriage.MIGRATE, typed, Selection(list="versions", query=query))


def test_a_batch_goes_on_where_it_stopped_and_its_report_is_what_the_cases_say(
    world: World,
) -> None:
    source = first_version(world)
    stays = world.start("A-1")
    goes = [world.written(f"B-{number}")[0] for number in range(3)]
    target = deployed(world, REVIEW)
    made = migration_of(world, source, target)
    drawn = shown(world, made)
    assert (drawn.state, drawn.total, drawn.foreseen) == (State.DRAWN, 4, 1)
    start(world, made)
    with world.database.begin() as uow:
        going = running.prepared(uow, uow.batches.find(made))
        assert running.settle_some(uow, world.ctx, going, 2) > 0
    # Not committed: nothing of it is so.
    assert set(outcomes(world, made).values()) == {"waiting"}
    work(world, made)
    done = shown(world, made)
    assert (done.state, done.done, done.refused, done.waiting) == (State.FINISHED, 3, 1, 0)
    assert outcomes(world, made) == {stays: "refused", **dict.fromkeys(goes, "done")}
    assert {case_of(world, one).definition_id for one in goes} == {target}
    assert case_of(world, stays).definition_id == source
    with world.database.reading() as uow:
        report = batchlooks.show(uow, world["admin"], made)
        rows = [row for row in audit.list_rows(uow) if row.act == "case.migrate"]
        assert audit.verify(uow).broken == 0
    assert sorted(row.subject for row in rows) == sorted(f"case:{one}" for one in goes)
    assert {row.detail["batch"] for row in rows} == {made}
    (cause,) = report.causes
    assert (cause.outcome, cause.rows) == (Outcome.REFUSED, 1)
    assert "write" in str(cause.said)
    assert report.batch.reason == "a new order"


# --- incidents ----------------------------------------------------------------------------------


def broken(world: World, numbers: Sequence[str]) -> list[str]:
    """Start cases, each with a job that was given up; return the incidents."""
    cases = [world.start(number) for number in numbers]
    found = []
    with world.database.begin() as uow:
        now = world.ctx.now()
        one = {"kind": JobKind.HANDLER, "due_at": now, "element": "write", "topic": "post"}
        uow.jobs.add([NewJob(instance_id=case, payload={}, **one) for case in cases], now)
        rows = uow.jobs.claim_handlers("me", now, timedelta(minutes=1), len(cases), ["post"])
        for row in sorted(rows, key=lambda row: cases.index(row.instance_id)):
            uow.jobs.kill(row.id, "me", "the registry is down")
            found.append(
                uow.incidents.add(
                    instance_id=row.instance_id,
                    job_id=row.id,
                    element=row.element,
                    message="the registry is down",
                    at=now,
                )
            )
        uow.commit()
    return found


def operation(name: str) -> Operation:
    return catalogue.operation(Subject.INCIDENT, name)


def ticked(ids: Sequence[str], name: str = "incidents") -> Selection:
    return Selection(list=name, ids=tuple(ids))


def retry_one(world: World, incident: str) -> None:
    with world.database.begin() as uow:
        wish = Wish(subject=incident, reason="by hand")
        operations.perform(uow, world.ctx, world["admin"], operation("retry"), wish)
        uow.commit()


def states(world: World, incidents: Sequence[str]) -> list[str]:
    """Return what the rows of the jobs say, in order."""
    with world.database.reading() as uow:
        jobs_of = [uow.incidents.find(one).job_id for one in incidents]
        return [uow.jobs.find(one).state for one in jobs_of]


def retried(world: World, case: str) -> int:
    with world.database.reading() as uow:
        told = instances.history(uow, world.ctx, world["admin"], case)
    return sum(row.what == "retried" for row in told)


def test_what_changed_after_it_was_drawn_is_left_and_listed(world: World) -> None:
    incidents = broken(world, [f"N-{n}" for n in range(5)])
    made = draw(world, operation("retry"), {}, Selection(list="incidents"))
    retry_one(world, incidents[2])
    start(world, made, "5")
    work(world, made)
    assert outcomes(world, made) == {
        one: "changed" if one == incidents[2] else "done" for one in incidents
    }
    assert states(world, incidents) == ["ready"] * 5
    with world.database.reading() as uow:
        (cause,) = batchlooks.show(uow, world["admin"], made).causes
    assert (cause.outcome, cause.rows) == (Outcome.CHANGED, 1)


def test_just_those_that_failed_are_taken_again_as_they_are_now(world: World) -> None:
    source = first_version(world)
    cases = [world.written(f"B-{number}")[0] for number in range(3)]
    target = deployed(world, REVIEW)
    made = migration_of(world, source, target)
    with world.database.begin() as uow:
        instances.suspend(uow, world.ctx, world["admin"], cases[1], "wait")
        uow.commit()
    start(world, made)
    work(world, made)
    assert outcomes(world, made) == {c: "changed" if c == cases[1] else "done" for c in cases}
    assert case_of(world, cases[1]).definition_id == source
    with world.database.begin() as uow:
        more = drawing.again(uow, world.ctx, world["admin"], made)
        uow.commit()
    drawing.look(world.database, world.ctx, world["admin"], more)
    again = shown(world, more)
    assert (again.way, again.parent, again.total, again.foreseen) == ("retry", made, 1, 0)
    start(world, more)
    work(world, more)
    assert outcomes(world, more) == {cases[1]: "done"}
    assert case_of(world, cases[1]).definition_id == target
    with world.database.reading() as uow:
        (child,) = batchlooks.show(uow, world["admin"], made).children
    assert child.id == more


def test_a_batch_is_taken_back_by_another_and_says_so(world: World) -> None:
    source = first_version(world)
    cases = [world.written(f"B-{number}")[0] for number in range(4)]
    target = deployed(world, REVIEW)
    made = migration_of(world, source, target)
    start(world, made)
    work(world, made)
    assert set(outcomes(world, made).values()) == {"done"}
    world.complete("checker", world.claim("checker", world.open_task(cases[0])), decision="accept")
    with world.database.begin() as uow:
        done = Wish(subject=cases[1], params={"now": source, "target": source}, reason="back")
        with pytest.raises(Conflict, match="changed since"):
            carriage.MIGRATE.undo(uow, world.ctx, world["admin"], done)
    with world.database.begin() as uow:
        back = drawing.undo(uow, world.ctx, world["admin"], made)
        uow.commit()
    assert shown(world, back).way == "undo"
    start(world, back)
    work(world, back)
    assert outcomes(world, back) == {cases[0]: "refused", **dict.fromkeys(cases[1:], "done")}
    assert outcomes(world, made) == {cases[0]: "done", **dict.fromkeys(cases[1:], "undone")}
    assert [case_of(world, one).definition_id for one in cases] == [target] + 3 * [source]
    with world.database.reading() as uow:
        acts = [row.act for row in audit.list_rows(uow)]
    assert acts.count("case.migrate-undo") == 3
    with world.database.begin() as uow, pytest.raises(Conflict):
        drawing.undo(uow, world.ctx, world["admin"], back)


@ONE_DATABASE
def test_everything_there_is_and_very_many_are_asked_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    incidents = broken(world, ["N-1", "N-2", "N-3"])
    everything = draw(world, operation("retry"), {}, Selection(list="incidents"))
    with world.database.begin() as uow:
        for number in ("", "2", "all"):
            with pytest.raises(FormRefused) as refused:
                batches.start(uow, world.ctx, world["admin"], everything, "why", number)
            assert set(refused.value.errors) == {"number"}
        with pytest.raises(FormRefused) as refused:
            batches.start(uow, world.ctx, world["admin"], everything, " ", "3")
        assert set(refused.value.errors) == {"reason"}
    few = draw(
        world, operation("retry"), {}, Selection(list="incidents", query={"element": "write"})
    )
    assert not shown(world, few).asks_twice
    monkeypatch.setattr(batchlooks, "MANY", 2)
    assert shown(world, few).asks_twice
    start(world, everything, " 3 ")
    with world.database.begin() as uow, pytest.raises(Conflict):
        batches.start(uow, world.ctx, world["admin"], everything, "again", "3")
    assert set(states(world, incidents)) == {"dead"}, "nothing is done but by executors"


def test_what_a_person_does_not_wait_for_executors_draw_and_look_at(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    incidents = broken(world, [f"N-{n}" for n in range(7)])
    monkeypatch.setattr(drawing, "AT_ONCE", 2)
    monkeypatch.setattr(drawing, "PATIENCE", 0.0)
    made = draw(world, operation("retry"), {}, Selection(list="incidents"))
    half = shown(world, made)
    assert (half.state, half.total, half.moving) == (State.DRAWING, 2, True)
    with world.database.begin() as uow, pytest.raises(Conflict):
        batches.start(uow, world.ctx, world["admin"], made, "why", "2")
    Executor(world.database, world.ctx).run_due()
    drawn = shown(world, made)
    assert (drawn.state, drawn.total, drawn.looked, drawn.moving) == (State.DRAWN, 7, 7, False)
    start(world, made, "7")
    Executor(world.database, world.ctx).run_due()
    assert outcomes(world, made) == dict.fromkeys(incidents, "done")
    assert shown(world, made).state is State.FINISHED


def test_several_share_a_batch_and_two_batches_share_incidents_each_is_done_once(
    world: World,
) -> None:
    incidents = broken(world, [f"N-{n}" for n in range(30)])
    with world.database.reading() as uow:
        cases = [uow.incidents.find(one).instance_id for one in incidents]
    drawn = [draw(world, operation("retry"), {}, ticked(incidents)) for _ in range(2)]
    for made in drawn:
        start(world, made)
    meet = threading.Barrier(4)
    failed: list[BaseException] = []

    def run(made: str) -> None:
        meet.wait()
        try:
            work(world, made)
        except BaseException as error:  # noqa: BLE001  (told below, in the test's own thread)
            failed.append(error)

    threads = [threading.Thread(target=run, args=[made]) for made in drawn * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    one, other = (outcomes(world, made) for made in drawn)
    for incident in incidents:
        assert sorted([one[incident], other[incident]]) == ["changed", "done"]
    assert [retried(world, case) for case in cases] == [1] * 30
    assert {shown(world, made).state for made in drawn} == {State.FINISHED}
    with world.database.reading() as uow:
        assert audit.verify(uow).broken == 0


def test_a_batch_is_held_up_goes_on_and_outlives_who_works_at_it(world: World) -> None:
    incidents = broken(world, [f"N-{n}" for n in range(6)])
    single = replace(operation("retry"), many=None)
    made = draw(world, single, {}, ticked(incidents))
    start(world, made)
    ctx = world.ctx
    with world.database.begin() as uow:
        taken = claims.claim(uow, ctx, "dies", limit=8, handlers=8, lease=timedelta(seconds=30))
        uow.commit()
    assert {job.topic for job in taken} == {claims.BATCHES}
    with world.database.begin() as uow:
        going = replace(running.prepared(uow, uow.batches.find(made)), operation=single)
        assert running.settle_some(uow, ctx, going, 1) >= 1
        # It dies before its commit: nothing of it is so.
    assert shown(world, made).settled == 0
    with world.database.begin() as uow:
        batches.stop(uow, ctx, world["admin"], made)
        uow.commit()
    world.clock.advance(timedelta(minutes=1))
    Executor(world.database, ctx).run_due()
    assert (shown(world, made).state, shown(world, made).settled) == (State.STOPPED, 0)
    with world.database.begin() as uow:
        batches.go_on(uow, ctx, world["admin"], made)
        uow.commit()
    Executor(world.database, ctx).run_due()
    assert outcomes(world, made) == dict.fromkeys(incidents, "done")


@ONE_DATABASE
def test_who_is_no_administrator_any_more_stops_her_batch(world: World) -> None:
    incidents = broken(world, ["N-1"])
    made = draw(world, operation("retry"), {}, ticked(incidents))
    start(world, made)
    with world.database.begin() as uow:
        accounts.set_memberships(uow, world.ctx, SYSTEM, world["admin"].account, [])
        uow.commit()
    work(world, made)
    with world.database.reading() as uow:
        row = uow.batches.find(made)
    assert (row.state, row.done) == ("stopped", 0)
    assert row.trouble
    assert states(world, incidents) == ["dead"]


@ONE_DATABASE
def test_only_administrators_have_batches_and_a_list_takes_its_own_acts(world: World) -> None:
    wanted = Wanted(operation=operation("retry"), typed={}, selection=Selection(list="incidents"))
    other = replace(wanted, selection=Selection(list="cases"))
    with world.database.begin() as uow:
        with pytest.raises(Forbidden):
            drawing.draw(uow, world.ctx, world["writer"], wanted)
        with pytest.raises(NotFound):
            drawing.draw(uow, world.ctx, world["admin"], other)
    with world.database.reading() as uow:
        with pytest.raises(NotFound):
            batchlooks.show(uow, world["admin"], "0" * 32)
        with pytest.raises(Forbidden):
            batchlooks.list_page(uow, world["writer"])


@ONE_DATABASE
def test_an_act_that_fails_of_a_mistake_of_ours_holds_up_nobody_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    incidents = broken(world, ["N-1", "N-2", "N-3"])
    plain = operation("retry")

    def act(uow: object, ctx: object, actor: Actor, wish: Wish) -> object:
        if wish.subject == incidents[1]:
            raise KeyError("a mistake")
        return plain.act(uow, ctx, actor, wish)

    bad = replace(plain, many=None, act=act)
    monkeypatch.setattr(catalogue, "operation", lambda subject, name: bad)
    made = draw(world, bad, {}, ticked(incidents))
    start(world, made)
    work(world, made)
    assert outcomes(world, made) == {
        incidents[0]: "done",
        incidents[1]: "refused",
        incidents[2]: "done",
    }
    assert states(world, incidents) == ["ready", "dead", "ready"]


@ONE_DATABASE
def test_an_administrator_of_a_region_touches_and_learns_nothing_of_another(
    regions: World,
) -> None:
    own, foreign = (test_regions.started(regions, one) for one in ("47", "10"))
    ctx, admin = regions.ctx, regions["admin47"]
    suspend = catalogue.operation(Subject.CASE, "suspend")
    wanted = Wanted(operation=suspend, typed={}, selection=ticked([own, foreign], "cases"))
    with regions.database.begin() as uow:
        made = drawing.draw(uow, ctx, admin, wanted)
        page = batchlooks.previews(uow, ctx, admin, made)
        batches.start(uow, ctx, admin, made, "a new order")
        uow.commit()
    assert [row.cause is None for row in page.rows] == [True, False]
    assert str(page.rows[1].label) == foreign, "what it is called is not told"
    work(regions, made)
    with regions.database.reading() as uow:
        found = batchlooks.rows(uow, admin, made).rows
        assert [row.outcome for row in found] == [Outcome.DONE, Outcome.REFUSED]
        assert uow.instances.find(foreign).status == "active"
        assert batchlooks.show(uow, regions["admin"], made).batch.refused == 1
        with pytest.raises(NotFound):
            batchlooks.show(uow, regions["admin10"], made)
        assert not batchlooks.list_page(uow, regions["admin10"])
