"""Wake-ups between processes on one PostgreSQL: hints that cost nothing when they are lost."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from time import monotonic, sleep
from typing import Any

import psycopg
import pytest
from sqlalchemy import text as sql

from engine.clock import SystemClock
from engine.errors import Unavailable
from engine.jobs import cluster
from engine.jobs.cluster import Listener, WakeUps
from engine.services.bell import Bell
from engine.store import Database, Keys
from engine.store.counting import counting
from tests.concurrency.jobs_diagrams import ASKING
from tests.concurrency.jobs_world import Answer, World

pytestmark = pytest.mark.postgresql


@pytest.fixture
def shared(postgres_url: str, keys: Keys) -> Iterator[Database]:
    found = Database(postgres_url, keys)
    cluster.install(found)
    yield found
    found.close()


@pytest.fixture
def web(shared: Database) -> World:
    """A process of pages: it does no jobs."""
    world = World(shared, SystemClock())
    world.ctx.bell.carry(WakeUps())
    world.handler(lambda _query, _call: Answer())
    world.deploy(ASKING)
    return world


def waiting(database: Database) -> list[str]:
    """Return the names of what waits in Procrastinate's table."""
    with database.reading() as uow:
        found = uow.connection.execute(
            sql("SELECT task_name FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id")
        )
        return list(found.scalars())


def forget(database: Database) -> None:
    """Lose all wake-ups."""
    with database.begin() as uow:
        uow.connection.execute(sql("DELETE FROM procrastinate_jobs"))
        uow.commit()


def until(found: Any, patience: float = 10.0) -> float:
    """Wait until `found` is true; return the seconds it took."""
    began = monotonic()
    while not found():
        assert monotonic() - began < patience, "it never came"
        sleep(0.005)
    return monotonic() - began


def test_what_one_process_commits_another_does_at_once(web: World) -> None:
    executor = web.executor()
    ticks: list[float] = []
    listener = Listener(web.database, executor.wake, lambda: ticks.append(monotonic()))
    executor.start()
    listener.start()
    try:
        took = []
        for n in range(8):
            case = web.start("asking", f"K-{n}")
            took.append(until(lambda case=case: web.elements(case) == ["reading"]))
    finally:
        listener.stop()
        executor.stop()
    # The tick alone would find it half a second later on the average, the executor's nap 2.5 s.
    assert sorted(took)[4] < 0.4, took
    assert not web.incidents()


def test_a_wake_up_is_durable_with_its_work_or_not_at_all(web: World) -> None:
    web.start("asking", "K-1")
    assert waiting(web.database) == ["zholdama.wake"]
    forget(web.database)
    with web.database.begin() as uow:
        web.ctx.bell.ring(uow)
        uow.rollback()
    assert waiting(web.database) == []


def test_a_second_wake_up_finds_the_first_and_spoils_nothing(web: World) -> None:
    cases = [web.start("asking", f"K-{n}") for n in range(3)]
    assert waiting(web.database) == ["zholdama.wake"], "one wakes for all"
    assert len(web.jobs("ready", kind="handler")) == 3, "each step was committed"
    assert web.chain_holds()
    assert len(web.table("instance")) == len(cases)


def test_whoever_commits_while_a_wake_up_is_being_taken_is_heard(
    web: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """She found one waiting; a worker takes it before her rows are there, and looks once more."""
    monkeypatch.setattr(cluster, "EVERY_SECOND", "0 0 1 1 * 0")
    monkeypatch.setattr(cluster, "EVERY_MINUTE", "0 0 1 1 * 0")
    monkeypatch.setattr(cluster, "LINGER", 1.0)
    web.start("asking", "K-1")
    looked: list[bool] = []
    committed = threading.Event()
    listener = Listener(web.database, lambda: looked.append(committed.is_set()), lambda: None)
    try:
        with web.database.begin() as uow:
            WakeUps()(uow)
            listener.start()
            until(lambda: looked)
            assert looked == [False]
            uow.commit()
            committed.set()
        until(lambda: True in looked, 5)
    finally:
        listener.stop()


def test_many_at_once_leave_all_their_work_and_one_wake_up(web: World) -> None:
    """Transactions that reach the unique index at the same moment wait for one another."""

    def act(n: int) -> None:
        for k in range(10):
            web.start("asking", f"K-{n}-{k}")

    threads = [threading.Thread(target=act, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(web.jobs("ready", kind="handler")) == 60
    assert waiting(web.database) == ["zholdama.wake"]
    assert web.chain_holds()


def test_a_wake_up_costs_three_statements_and_only_where_work_is_left(web: World) -> None:
    with_bell, alone = web.ctx, replace(web.ctx, bell=Bell())

    def cost(number: str, act: Callable[[str], object]) -> int:
        with counting(web.database) as count:
            act(number)
        return count.statements

    web.start("asking", "K-0")
    web.ctx = alone
    before = cost("K-1", lambda number: web.start("asking", number))
    forget(web.database)
    web.ctx = with_bell
    # The savepoint's beginning and end; what is deferred goes past the counter, as one more.
    assert cost("K-2", lambda number: web.start("asking", number)) == before + 2
    forget(web.database)
    web.executor().run_due()
    assert len(web.open()) == 3
    assert waiting(web.database) == [], "a task for a person wakes nobody"


def test_tables_that_are_missing_cost_no_step(web: World) -> None:
    """Somebody dropped them, or another release is making them anew."""
    with web.database.begin() as uow:
        uow.connection.execute(sql("DROP TABLE procrastinate_jobs CASCADE"))
        uow.commit()
    case = web.start("asking", "K-1")
    web.executor().run_due()
    assert web.elements(case) == ["reading"]


def test_the_tables_are_made_anew_for_another_release(shared: Database) -> None:
    with shared.begin() as uow:
        uow.settings.set(cluster.MARK, "0.9")
        uow.connection.execute(sql("ALTER TABLE procrastinate_jobs DROP COLUMN priority"))
        uow.commit()
    with pytest.raises(Unavailable):
        cluster.check(shared)
    cluster.install(shared)
    cluster.install(shared)
    cluster.check(shared)
    with shared.begin() as uow:
        WakeUps()(uow)
        uow.commit()
    assert waiting(shared) == ["zholdama.wake"]


def test_one_machine_has_no_wake_ups(sqlite: Database) -> None:
    cluster.install(sqlite)
    with pytest.raises(Unavailable):
        cluster.check(sqlite)


def test_a_listener_survives_its_connections(web: World, postgres_server: str) -> None:
    """Every connection of the database is cut, as a restart does; then it listens again."""
    woken = threading.Event()
    listener = Listener(web.database, woken.set, lambda: None)
    listener.start()
    try:
        assert woken.wait(10)
        with psycopg.connect(postgres_server, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = %s",
                [web.database.url.database],
            )
        sleep(0.2)
        woken.clear()
        assert woken.wait(15), "it never listened again"
    finally:
        listener.stop()


def test_what_a_dead_worker_held_is_forgotten(web: World) -> None:
    """A killed worker leaves its wake-ups as begun: they stand in nobody's way, and go."""
    with web.database.begin() as uow:
        uow.connection.execute(
            sql(
                "INSERT INTO procrastinate_workers (last_heartbeat)"
                " VALUES (now() - interval '1 hour')"
            )
        )
        uow.connection.execute(
            sql(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, status, worker_id)"
                " SELECT 'zholdama', 'zholdama.wake', 'doing', max(id) FROM procrastinate_workers"
            )
        )
        uow.commit()
    kept: list[int] = []
    listener = Listener(web.database, lambda: None, lambda: kept.append(1))
    listener.start()

    def gone() -> bool:
        with web.database.reading() as uow:
            found = uow.connection.execute(
                sql("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'zholdama.wake'")
            )
            return found.scalar() == 0

    try:
        until(gone, 20)
    finally:
        listener.stop()
