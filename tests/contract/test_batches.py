"""Batches: what is touched is fixed before, each subject once, and the report is the truth."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from engine.errors import Conflict, FormRefused, NotFound
from engine.model.people import SYSTEM, Actor
from engine.services import accounts, audit, claims, instances, jobs
from engine.services.cockpit import batches, carriage, catalogue, running
from engine.services.cockpit.batches import Wanted
from engine.services.cockpit.batchviews import Batch, Outcome, State
from engine.services.cockpit.operations import Operation
from engine.services.cockpit.selecting import Selection
from tests.contract.test_case_migration import REVIEW, case_of, deployed, first_version
from tests.contract.world import World


def draw(world: World, operation: Operation, typed: Mapping[str, str], chosen: Selection) -> str:
    with world.database.begin() as uow:
        wanted = Wanted(operation=operation, typed=typed, selection=chosen)
        made = batches.draw(uow, world.ctx, world["admin"], wanted)
        uow.commit()
    return made


def start(world: World, batch: str, number: str = "") -> None:
    with world.database.begin() as uow:
        batches.start(uow, world.ctx, world["admin"], batch, "a new order", number)
        uow.commit()


def shown(world: World, batch: str) -> Batch:
    with world.database.reading() as uow:
        return batches.show(uow, world["admin"], batch).batch


def work(world: World, batch: str) -> None:
    from time import monotonic

    running.Work(
        database=world.database, ctx=world.ctx, batch=batch, until=monotonic() + 30
    ).run()


def outcomes(world: World, batch: str) -> dict[str, str]:
    with world.database.reading() as uow:
        page = batches.rows(uow, world["admin"], batch, size=1000)
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
        report = batches.show(uow, world["admin"], made)
        rows = [row for row in audit.list_rows(uow) if row.act == "case.migrate"]
        assert audit.verify(uow).broken == 0
    assert sorted(row.subject for row in rows) == sorted(f"case:{one}" for one in goes)
    assert {row.detail["batch"] for row in rows} == {made}
    (cause,) = report.causes
    assert (cause.outcome, cause.rows) == (Outcome.REFUSED, 1)
    assert "write" in str(cause.said)
    assert report.batch.reason == "a new order"
