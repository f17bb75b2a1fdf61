"""A crowd of timers that are due at once, with real processes: the bench's part, small."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from engine import config
from engine.bench import timers
from engine.bench.domains import Ground
from engine.cli.opening import opened
from engine.store import Keys
from engine.store.counting import counting, settle
from engine.store.crowds import Crowds
from tests.concurrency.jobs_world import World
from tests.concurrency.test_jobs_leases import SECOND, crowd

#: Statements of a timer that is fired and leads to a task: lock, fence, instance, history, task,
#: audit, whose head and link PostgreSQL writes at once.
MOST = {"sqlite": 7, "postgresql": 6}


def test_each_of_a_crowd_is_fired_once_while_pages_are_read(
    database_url: str, tmp_path: Path
) -> None:
    settings = config.Settings(
        database_url=database_url, keys=Keys.generate(), key_file=tmp_path / "keys"
    )
    with opened(settings, upgrade=True) as app:
        ground = Ground(app=app, files={}, folder=tmp_path)
        size = timers.Size(crowd=80, single=2, cases=2)
        found = {one.name: one.value for one in timers.measure(ground, size)}
    assert found["fired"] == 80
    assert found["fired_twice"] == 0
    assert found["drained_s"] < 60
    assert 0 < found["late_s"] < 10
    assert found["page_p95_ms"] > 0


def test_a_copy_is_a_case_like_any_other(real: World) -> None:
    crowd(real, 4)
    executor = real.executor()
    assert executor.run_due() == 4
    cases = real.table("instance")
    assert len({row.business_key for row in cases}) == len(cases) == 4
    for row in cases:
        real.complete("after", row.id)
    assert {row.status for row in real.table("instance")} == {"completed"}
    with real.database.reading() as uow:
        left = Crowds(uow).left("day")
    assert (left.events, left.cases) == (4, 4)


def test_what_firing_a_timer_costs_does_not_grow_by_itself(real: World) -> None:
    crowd(real, 40)
    executor = real.executor()
    executor.run_due(2)
    with counting(real.database) as count:
        assert executor.run_due(32) == 32
    assert count.commits == 33, "one for the claim, one for each"
    assert count.statements <= 32 * MOST[real.database.dialect] + 6


@pytest.mark.parametrize("lane", ["handler", "other"])
def test_a_claim_looks_at_its_own_lane_only(real: World, lane: str) -> None:
    """A backlog of the one is not walked for the other: each has an index of what is due."""
    crowd(real, 1500)
    settle(real.database)
    sent: list[tuple[str, Any]] = []

    def keep(_connection: object, _cursor: object, statement: str, given: Any, *_: object) -> None:
        sent.append((statement, given))

    with real.database.begin() as uow:
        now = real.ctx.due_now(uow)
        sqlalchemy.event.listen(real.database.engine, "before_cursor_execute", keep)
        if lane == "handler":
            assert uow.jobs.claim_handlers("me", now, SECOND, 8, ["test.ask"]) == []
        else:
            assert len(uow.jobs.claim_others("me", now, SECOND, 8)) == 8
        sqlalchemy.event.remove(real.database.engine, "before_cursor_execute", keep)
    [(statement, given)] = sent
    said = "EXPLAIN " if real.database.dialect == "postgresql" else "EXPLAIN QUERY PLAN "
    with real.database.begin() as uow:
        plan = uow.connection.exec_driver_sql(said + statement, given).all()
    assert f"ix_job_due_{lane}" in str(plan)
