"""Gauges: what is counted, and that counting reads an index of what is open, on both databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine.clock import TestClock
from engine.store import Database
from engine.store.gauges import Gauges, TaskCounts
from engine.watching import gauges as watching
from engine.watching.gauges import Collected
from tests.conftest import NOW
from tests.sample_office import context_of, furnish


@contextmanager
def sent(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """Collect what the reading engine is sent."""
    found: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, text: str, values: Any, *_more: Any) -> None:
        found.append((text, values))

    sa.event.listen(database.reader, "before_cursor_execute", note)
    yield found
    sa.event.remove(database.reader, "before_cursor_execute", note)


def plans(database: Database, statements: list[tuple[str, Any]]) -> list[str]:
    how = "EXPLAIN QUERY PLAN " if database.dialect == "sqlite" else "EXPLAIN "
    found = []
    with database.reader.connect() as connection:
        if database.dialect == "postgresql":
            # The tables of a test are so small that reading them whole would be right.
            connection.exec_driver_sql("SET enable_seqscan = off")
        for text, values in statements:
            rows = connection.exec_driver_sql(how + text, values)
            found.append("\n".join(str(row[-1]) for row in rows))
    return found


def test_each_count_reads_an_index_of_what_is_open(database: Database) -> None:
    with sent(database) as statements, database.reading() as uow:
        found = Gauges(uow)
        found.jobs(NOW)
        found.dead()
        found.incidents()
        found.tasks(NOW)
    wanted = ["handler_pause"] + ["ix_job_due"] * 3 + ["ix_job_claimed"] * 2
    wanted += ["ix_job_dead", "ix_incident_open", "ix_user_task_"]
    seen = plans(database, statements[: len(wanted)])
    for index, plan in zip(wanted, seen, strict=True):
        assert index in plan, plan


def test_tasks_are_counted_by_kind_of_office_not_by_person(database: Database) -> None:
    furnish(database, TestClock(NOW), cases=3)
    with database.reading() as uow:
        today = Gauges(uow).tasks(NOW)
        later = Gauges(uow).tasks(NOW + timedelta(days=30))
    assert today == {"cc": TaskCounts(open=3, late=0)}
    assert later == {"cc": TaskCounts(open=3, late=3)}


def test_asking_takes_a_hundredth_of_the_time_at_most(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(watching, "monotonic", lambda: now[0])
    collected = Collected(sqlite, context_of(TestClock(NOW)))
    asked = 0

    def slow(_gauges: Gauges) -> watching.Values:
        nonlocal asked
        asked += 1
        now[0] += 2.0  # a question that takes two seconds
        return []

    collected._parts = [watching._Part(slow)]
    for _ in range(1000):
        list(collected.collect())
        now[0] += 1.0
    assert asked == pytest.approx(1000 / 200, abs=1)


def test_a_database_that_is_away_leaves_a_gap(keys) -> None:
    gone = Database("postgresql://nobody@127.0.0.1:9/none", keys)
    found = {one.name: one for one in Collected(gone, context_of(TestClock(NOW))).collect()}
    [up] = found["zholdama_gauges_up"].samples
    assert up.value == 0
    assert found["zholdama_jobs"].samples == []
    gone.close()
