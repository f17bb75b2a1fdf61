"""What the page of one case reads, against plain reading of everything, on both databases."""

import pytest
import sqlalchemy as sa

from engine.services.cockpit import casetabs, inspecting
from engine.store.counting import counting
from engine.store.tables import audit, event, job, user_task
from tests.contract.world import World

ROUNDS = 6


def gone_round(world: World, rounds: int = ROUNDS) -> str:
    """Start a case and send it back again and again."""
    case = world.start()
    for _ in range(rounds):
        world.complete("writer", world.claim("writer", world.open_task(case)), subject="Сәлем")
        checked = world.claim("checker", world.open_task(case))
        world.complete("checker", checked, decision="return")
    return case


def test_a_page_of_everything_is_what_plain_reading_finds(world: World) -> None:
    """One long case for all of these: a world of its own for each would only take time."""
    case, other = gone_round(world), world.start("N-2")
    hopping_along_an_index_finds_what_walking_finds(world, case, other)
    counts_stop_where_nobody_reads_on(world, case)
    the_newest_come_first_page_by_page(world, case)
    audit_rows_of_several_subjects_are_merged_newest_first(world, case)


def hopping_along_an_index_finds_what_walking_finds(world: World, case: str, other: str) -> None:
    with world.database.reading() as uow:
        for one in (case, other):
            mine = event.c.instance_id == one
            for what in ("entered", "left", "ended", "started", "nothing"):
                plain = sa.select(event.c.element).where(mine, event.c.what == what).distinct()
                walked = sorted(uow.execute(plain).scalars())
                assert list(uow.events.elements(one, what)) == walked
            counted = sa.select(event.c.element, event.c.what, sa.func.count()).where(mine)
            rows = uow.execute(counted.group_by(event.c.element, event.c.what)).all()
            times = {(element, what): count for element, what, count in rows if element}
            for row in uow.inspecting.visits(one):
                for what in ("entered", "left", "ended", "cancelled"):
                    assert getattr(row, what) == times.get((row.element, what), 0)
            assert {row.element for row in uow.inspecting.visits(one)} == {k for k, _ in times}


def counts_stop_where_nobody_reads_on(world: World, case: str) -> None:
    with world.database.reading() as uow:
        found = uow.inspecting.counts(case, 5)
        assert (found.tasks, found.history, found.waits) == (5, 5, 0)
        assert uow.inspecting.counts(case, 1000).tasks == 2 * ROUNDS + 1


def the_newest_come_first_page_by_page(world: World, case: str) -> None:
    with world.database.reading() as uow:
        mine = sa.select(user_task).where(
            user_task.c.instance_id == case, user_task.c.status != "open"
        )
        every = uow.execute(mine.order_by(user_task.c.created_at.desc(), user_task.c.id)).all()
        newest = uow.inspecting.closed_tasks(case, 5)
        assert {row.created_at for row in newest} == {row.created_at for row in every[:5]}
        rounds = [row.round for row in uow.inspecting.tasks_at(case, "write", size=3)]
        assert rounds == [ROUNDS + 1, ROUNDS, ROUNDS - 1]
        further = uow.inspecting.tasks_at(case, "write", before=rounds[-1], size=3)
        assert [row.round for row in further] == [ROUNDS - 2, ROUNDS - 3, ROUNDS - 4]
        ids = sorted(uow.execute(sa.select(job.c.id).where(job.c.instance_id == case)).scalars())
        first = uow.inspecting.jobs(case, size=4)
        assert [row.id for row in first] == ids[::-1][:4]
        second = uow.inspecting.jobs(case, before=first[-1].id, size=4)
        assert [row.id for row in second] == ids[::-1][4:8]


def audit_rows_of_several_subjects_are_merged_newest_first(world: World, case: str) -> None:
    with world.database.reading() as uow:
        rows = uow.execute(sa.select(audit).where(audit.c.subject != "installation")).all()
        own = [row.number for row in rows if row.subject == f"instance:{case}"]
        ids = {row.id for row in uow.inspecting.closed_tasks(case, 100)}
        of_tasks = [row.number for row in rows if row.subject.removeprefix("task:") in ids]
        found = uow.inspecting.links([f"instance:{case}"], {f"task:{one}" for one in ids}, size=200)
        assert [row.number for row in found] == sorted(own + of_tasks, reverse=True)
        page = uow.inspecting.links([f"instance:{case}"], (), before=own[-1], size=3)
        assert [row.number for row in page] == own[-4:-1][::-1]


def test_flows_are_those_that_were_taken(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the choice behind the check only the way back was taken.

    A choice before the newest rows is taken for what was entered, which here is the same.
    """
    case = gone_round(world, 2)
    for window in (1000, 2):
        monkeypatch.setattr(inspecting, "WINDOW", window)
        with world.database.reading() as uow:
            head = inspecting.head(uow, world.ctx, world["admin"], case)
        assert set(head.flows) == {"f1", "f2", "f3", "f6"}
        assert head.sampled == (window == 2)
        assert {one.element: one.here for one in head.visits if one.here} == {"write": 1}


def test_history_is_played_from_the_beginning_and_read_from_the_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = gone_round(world)
    monkeypatch.setattr(casetabs, "PLAYED", 7)
    monkeypatch.setattr(casetabs, "PAGE", 5)
    with world.database.reading() as uow:
        seen = inspecting.seen(uow, world.ctx, world["admin"], case)
        every = list(
            uow.execute(
                sa.select(event.c.id).where(event.c.instance_id == case).order_by(event.c.id)
            ).scalars()
        )
        played, after = [], 0
        while True:
            rows, after = casetabs.playback(uow, seen, after=after)
            played += [row.number for row in rows]
            if not after:
                break
        read, before = [], 0
        while True:
            rows, before = casetabs.history(uow, seen, before=before)
            read += [row.number for row in rows]
            if not before:
                break
    assert played == every
    assert read == every[::-1]


def test_a_case_of_many_rounds_takes_no_more_statements(world: World) -> None:
    admin, counted = world["admin"], []
    for rounds in (1, 6):
        case = gone_round(world, rounds)
        with counting(world.database) as count, world.database.begin() as uow:
            inspecting.head(uow, world.ctx, admin, case)
            casetabs.tasks(uow, inspecting.seen(uow, world.ctx, admin, case))
            counted.append(count.statements)
    assert counted[0] == counted[1]
    assert counted[0] <= 25
