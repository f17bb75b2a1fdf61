"""One transaction per unit of work: what is not committed never was."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.errors import Conflict, Unavailable, ZholdamaError
from engine.model.people import SYSTEM
from engine.services import audit
from engine.services.context import Context
from engine.store import Database, Keys
from engine.store.gauges import Gauges
from engine.store.queue import Queue
from engine.store.tables import setting


def test_leaving_without_commit_rolls_back(database: Database) -> None:
    with database.begin() as uow:
        uow.settings.set("a", "1")
    with database.reading() as uow:
        assert uow.settings.get("a", "none") == "none"


def test_an_error_rolls_back(database: Database) -> None:
    with suppress(RuntimeError), database.begin() as uow:
        uow.settings.set("a", "1")
        raise RuntimeError
    with database.reading() as uow:
        assert uow.settings.get("a", "none") == "none"


def _set(database: Database, value: str) -> None:
    with database.begin() as uow:
        uow.settings.set("a", value)
        uow.commit()


def test_a_glance_leaves_the_next_reading_its_snapshot(database: Database) -> None:
    """Both use the same connections; one that stayed without a transaction would see changes."""
    _set(database, "1")
    for value in ("2", "3"):
        with database.glance() as uow:
            before = uow.settings.get("a")
        with database.reading() as uow:
            assert uow.settings.get("a") == before
            _set(database, value)
            assert uow.settings.get("a") == before
        with database.glance() as uow:
            assert uow.settings.get("a") == value


def test_a_commit_is_seen_by_the_next_reader(database: Database) -> None:
    with database.begin() as uow:
        uow.settings.set("a", "1")
        uow.commit()
    with database.reading() as uow:
        assert uow.settings.get("a") == "1"


def test_the_session_shares_the_transaction(database: Database) -> None:
    with database.begin() as uow:
        uow.session.execute(sa.insert(setting), {"name": "by session", "value": "1"})
        assert uow.settings.get("by session") == "1"
    with database.reading() as uow:
        assert uow.settings.get("by session", "gone") == "gone"


def test_what_is_left_for_afterwards_waits_for_the_commit(database: Database) -> None:
    rung: list[str] = []
    with database.begin() as uow:
        uow.after_commit(lambda: rung.append("first"))
    assert rung == []
    with database.begin() as uow:
        uow.after_commit(lambda: rung.append("second"))
        uow.commit()
    assert rung == ["second"]


def test_a_savepoint_undoes_only_its_part(database: Database) -> None:
    with database.begin() as uow:
        uow.settings.set("outer", "1")
        with suppress(RuntimeError), uow.savepoint():
            uow.settings.set("inner", "1")
            raise RuntimeError
        uow.commit()
    with database.reading() as uow:
        assert (uow.settings.get("outer"), uow.settings.get("inner")) == ("1", "")


def test_a_savepoint_takes_its_audit_and_its_bell_with_it(database: Database, ctx: Context) -> None:
    rung: list[str] = []
    with database.begin() as uow:
        audit.append(uow, ctx, SYSTEM, "outer", "x")
        with suppress(RuntimeError), uow.savepoint():
            audit.append(uow, ctx, SYSTEM, "inner", "x")
            uow.after_commit(lambda: rung.append("inner"))
            raise RuntimeError
        uow.commit()
    with database.reading() as uow:
        assert [row.act for row in audit.list_rows(uow)] == ["outer"]
        assert audit.verify(uow).broken == 0
    assert rung == []


def test_a_reader_cannot_write(database: Database) -> None:
    with database.reading() as uow, pytest.raises((ZholdamaError, sa.exc.DBAPIError)):
        uow.settings.set("a", "1")
    with database.reading() as uow:
        assert uow.settings.get("a", "none") == "none"


def test_a_reader_sees_one_moment(database: Database) -> None:
    with database.reading() as reader:
        assert reader.settings.get("a", "none") == "none"
        with database.begin() as uow:
            uow.settings.set("a", "1")
            uow.commit()
        assert reader.settings.get("a", "none") == "none"


def test_a_taken_key_is_a_conflict(database: Database) -> None:
    same = {"name": "same", "value": "1"}
    with database.begin() as uow:
        uow.execute(sa.insert(setting), same)
        with pytest.raises(Conflict):
            uow.execute(sa.insert(setting), same)


def test_a_bug_of_ours_stays_a_bug(database: Database) -> None:
    with pytest.raises(sa.exc.DBAPIError), database.begin() as uow:
        uow.execute(sa.text("SELECT * FROM no_such_table"))


def test_no_update_is_lost_between_threads(database: Database) -> None:
    """SQLite's driver loses two thirds of these by default, without an error."""
    with database.begin() as uow:
        uow.settings.set("count", "0")
        uow.commit()
    locked = sa.select(setting.c.value).where(setting.c.name == "count").with_for_update()

    def add(times: int) -> None:
        for _ in range(times):
            with database.begin() as uow:
                value = int(uow.execute(locked).scalar_one())
                changed = sa.update(setting).where(setting.c.name == "count")
                uow.execute(changed.values(value=str(value + 1)))
                uow.commit()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, [50] * 4))
    with database.reading() as uow:
        assert uow.settings.get("count") == "200"


def test_an_unreachable_server_is_unavailable(keys: Keys) -> None:
    nowhere = Database("postgresql://nobody@127.0.0.1:1/none", keys)
    with pytest.raises(Unavailable), nowhere.begin():
        pass
    nowhere.close()


def test_a_file_in_use_elsewhere_is_unavailable(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process holds the write lock longer than we wait."""
    other = sa.create_engine(str(sqlite.url)).connect()
    raw = other.connection.dbapi_connection
    raw.isolation_level = None
    raw.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr("engine.store.database.PATIENCE", 0.2)
    impatient = Database(str(sqlite.url), sqlite.keys)
    with pytest.raises(Unavailable), impatient.begin():
        pass
    raw.execute("ROLLBACK")
    other.close()
    other.engine.dispose()
    impatient.close()


def test_the_file_is_set_up_as_it_was_measured(sqlite: Database) -> None:
    with sqlite.begin() as uow:
        found = {
            name: uow.execute(sa.text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }


def test_writers_queue_in_the_order_they_came() -> None:
    queue, order = Queue(), []
    threads: list[threading.Thread] = []

    def write(number: int) -> None:
        with queue.turn():
            order.append(number)

    with queue.turn():
        for number in range(20):
            threads.append(threading.Thread(target=write, args=(number,)))
            threads[-1].start()
            while len(queue._waiting) <= number:
                pass
    for thread in threads:
        thread.join()
    assert order == list(range(20))


def test_who_waits_too_long_is_told_and_holds_nobody_up() -> None:
    queue = Queue()
    with queue.turn(), pytest.raises(Unavailable), queue.turn(0.01):
        pass
    with queue.turn(0.01):
        pass


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_other_databases_are_refused_in_words(url: str, keys: Keys) -> None:
    with pytest.raises(ZholdamaError, match="sqlite:///"):
        Database(url, keys)


def test_the_database_tells_the_time(database: Database) -> None:
    with database.reading() as uow:
        first = uow.database_now()
        second = uow.database_now()
    assert first.tzinfo is not None
    assert first <= second


def test_a_path_with_blanks_and_signs_works(tmp_path: Path, keys: Keys) -> None:
    folder = tmp_path / "a b#c%20"
    folder.mkdir()
    database = Database(f"sqlite:///{folder}/x.db", keys)
    database.upgrade()
    database.check_schema()
    database.close()


@pytest.mark.postgresql
def test_postgresql_compiles_no_statement(postgres_url: str, keys: Keys) -> None:
    found = Database(postgres_url, keys)
    try:
        with found.begin() as writing, found.reading() as reading:
            assert [Gauges(uow).setting("jit") for uow in (writing, reading)] == ["off", "off"]
    finally:
        found.close()
