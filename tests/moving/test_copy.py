"""`zholdama db copy`: to PostgreSQL and back, broken off anywhere, refused where it must be."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import psycopg
import pytest
import sqlalchemy as sa

from engine.errors import Unavailable, ValueRefused
from engine.store import Database, Keys, migrate
from engine.store.moving import copy, side
from engine.store.tables import metadata
from tests.moving.stage import dump, fill, goes_on, opened

PROGRAM = Path(sys.executable).parent / "zholdama"


@pytest.fixture(scope="module")
def filled_template(
    sqlite_template: Path, keys: Keys, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("filled") / "filled.db"
    shutil.copyfile(sqlite_template, path)
    with opened(f"sqlite:///{path}", keys) as database:
        fill(database)
    return path


@pytest.fixture
def filled(filled_template: Path, tmp_path: Path) -> str:
    """Address of a SQLite file with something of everything."""
    path = tmp_path / "filled.db"
    shutil.copyfile(filled_template, path)
    return f"sqlite:///{path}"


@pytest.mark.postgresql
def test_there_and_back_again_everything_is_the_same(
    filled: str, empty: str, keys: Keys, tmp_path: Path
) -> None:
    before = dump(filled, keys)
    done = copy(filled, empty, keys)
    assert {one.table: one.rows for one in done} == {n: len(rows) for n, rows in before.items()}
    assert sum(one.rows for one in done) > 200
    assert {one.table for one in done if one.rows} >= {"document", "person", "family_member", "job"}
    assert dump(empty, keys) == before
    back = f"sqlite:///{tmp_path}/back.db"
    again = copy(empty, back, keys, batch=7)
    assert dump(back, keys) == before
    assert [one.digest for one in again] == [one.digest for one in done]
    for url in (empty, back):
        with opened(url, keys) as database:
            assert migrate.differences(database.engine) == []
            database.check_schema()
        goes_on(url, keys)


@pytest.mark.postgresql
def test_references_to_its_own_table_hold_on_the_copy(filled: str, empty: str, keys: Keys) -> None:
    """A called case may have a smaller id than its caller; the reference is there again after."""
    with opened(filled, keys) as database, database.engine.begin() as connection:
        ids = connection.execute(sa.text("SELECT id FROM instance ORDER BY id")).scalars().all()
        called = sa.text("UPDATE instance SET parent_id = :caller WHERE id = :called")
        connection.execute(called, {"caller": ids[-1], "called": ids[0]})
    copy(filled, empty, keys, batch=1)
    with (
        opened(empty, keys) as database,
        database.engine.connect() as connection,
        pytest.raises(sa.exc.IntegrityError),
    ):
        connection.execute(called, {"caller": "nobody", "called": ids[1]})


class Killed(Exception):
    """Stands for a power cut between two batches."""


@pytest.mark.postgresql
def test_broken_off_behind_every_few_batches_it_comes_to_the_same(
    filled: str, empty: str, keys: Keys, tmp_path: Path
) -> None:
    """Each run dies a little later than the one before; none starts from nothing."""
    plain = f"sqlite:///{tmp_path}/plain.db"
    whole = copy(filled, plain, keys)
    ran = 0
    for limit in range(0, 10_000, 45):
        calls = iter(range(limit))

        def dying(_table: str, _done: int, _of: int, calls: Iterator[int] = calls) -> None:
            if next(calls, None) is None:
                raise Killed

        try:
            done = copy(filled, empty, keys, batch=9, told=dying)
        except Killed:
            ran += 1
            continue
        assert done == whole
        break
    assert dump(empty, keys) == dump(plain, keys)
    assert ran > 2, "it was hardly ever broken off"


def started(source: str, target: str, keys: str, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [PROGRAM, "--lang", "en", "db", "copy", source, target, *more],
        env={"PATH": os.environ["PATH"], "ZHOLDAMA_KEYS": keys},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def kill_at(running: subprocess.Popen[str], server: str, target: str, table: str) -> None:
    """Kill -9 when a few rows of a table are on the other side and others are still to come."""
    name = psycopg.conninfo.conninfo_to_dict(target)["dbname"]
    writing = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND query LIKE 'INSERT%%'"
    rows = f"SELECT count(*) FROM {table}"
    with psycopg.connect(server, autocommit=True) as outside:
        wait(running, lambda: outside.execute(writing, (name,)).fetchone() != (0,))
    # Only now: it wants to be alone when it begins.
    with psycopg.connect(target, autocommit=True) as inside:
        there = f"SELECT to_regclass('{table}') IS NOT NULL"
        wait(running, lambda: inside.execute(there).fetchone() == (True,))
        wait(running, lambda: inside.execute(rows).fetchone() > (3,))
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    assert running.returncode == -signal.SIGKILL


def quiet(server: str, target: str) -> None:
    """Wait until PostgreSQL has noticed that whoever was killed is gone."""
    name = psycopg.conninfo.conninfo_to_dict(target)["dbname"]
    connected = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
    end = monotonic() + 20
    with psycopg.connect(server, autocommit=True) as outside:
        while outside.execute(connected, (name,)).fetchone() != (0,):
            assert monotonic() < end


def wait(running: subprocess.Popen[str], until: Callable[[], bool]) -> None:
    end = monotonic() + 60
    while not until():
        assert running.poll() is None, f"it was over before: {running.communicate()}"
        assert monotonic() < end


@pytest.mark.postgresql
@pytest.mark.slow
def test_killed_twice_in_the_middle_it_equals_a_copy_that_nobody_killed(
    sqlite_template: Path, postgres_server: str, empty: str, tmp_path: Path
) -> None:
    written = Keys.generate()
    keys = Keys.parse(written)
    shutil.copyfile(sqlite_template, tmp_path / "here.db")
    source, plain = f"sqlite:///{tmp_path}/here.db", f"sqlite:///{tmp_path}/plain.db"
    with opened(source, keys) as database:
        fill(database, 20)
    copy(source, plain, keys)
    for table in ("user_task", "event"):
        quiet(postgres_server, empty)
        kill_at(started(source, empty, written, "--batch", "1"), postgres_server, empty, table)
        with opened(empty, keys) as database, pytest.raises(Unavailable, match="db copy"):
            database.check_schema()
    last = started(source, empty, written)
    said, complained = last.communicate(timeout=60)
    assert (last.returncode, complained) == (0, "")
    assert "are the same in both" in said
    assert "The chain holds" in said
    assert dump(empty, keys) == dump(plain, keys) == dump(source, keys)
    goes_on(empty, keys)


def test_a_target_with_data_of_its_own_is_refused(filled: str, sqlite_url: str, keys: Keys) -> None:
    with opened(sqlite_url, keys) as database, database.begin() as uow:
        uow.settings.set("theirs", "1")
        uow.commit()
    before = dump(sqlite_url, keys)
    with pytest.raises(ValueRefused, match=r"already holds data .setting: 1 rows"):
        copy(filled, sqlite_url, keys)
    assert dump(sqlite_url, keys) == before


def test_a_target_with_other_tables_is_refused(filled: str, keys: Keys, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/other.db"
    with opened(url, keys) as database, database.engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE theirs (id INTEGER PRIMARY KEY)"))
    with pytest.raises(ValueRefused, match="not empty"):
        copy(filled, url, keys)


def test_a_target_that_has_the_schema_and_nothing_else_is_taken(
    filled: str, sqlite_url: str, keys: Keys
) -> None:
    copy(filled, sqlite_url, keys)
    assert dump(sqlite_url, keys) == dump(filled, keys)


@pytest.mark.parametrize("end", ["source", "target"])
def test_an_end_that_somebody_works_with_is_refused(
    database: Database,
    filled: str,
    keys: Keys,
    tmp_path: Path,
    end: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A server of whatever release: all it does is to have the database open."""
    monkeypatch.setattr(side, "PATIENCE", 0.3)
    url = database.url.render_as_string(hide_password=False)
    with database.reading() as uow:
        uow.settings.all()
    ends = (url, f"sqlite:///{tmp_path}/new.db") if end == "source" else (filled, url)
    with pytest.raises(Unavailable, match="is in use"):
        copy(*ends, keys)
    database.close()
    copy(*ends, keys)


@pytest.mark.postgresql
def test_nobody_writes_into_a_source_while_it_is_copied(
    postgres_url: str, keys: Keys, tmp_path: Path
) -> None:
    tried = []

    def writing(_table: str, _done: int, _of: int) -> None:
        if tried:
            return
        with psycopg.connect(postgres_url) as other:
            other.execute("SET lock_timeout = 100")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                other.execute("INSERT INTO setting (name, value) VALUES ('late', '1')")
            tried.append(True)

    copy(postgres_url, f"sqlite:///{tmp_path}/new.db", keys, told=writing)
    assert tried


def test_keys_of_another_installation_are_refused_before_anything_is_made(
    filled: str, tmp_path: Path
) -> None:
    target = tmp_path / "new.db"
    with pytest.raises(ValueRefused, match=r"do not open \w+\.\w+ .key version 1"):
        copy(filled, f"sqlite:///{target}", Keys.parse(Keys.generate()))
    with opened(f"sqlite:///{target}", Keys.parse(Keys.generate())) as database:
        assert sa.inspect(database.engine).get_table_names() == []


def test_another_index_key_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    one, other = Keys.generate().split(), Keys.generate().split()
    with opened(sqlite_url, Keys.parse(" ".join(one))) as database:
        fill(database, 1)
    with pytest.raises(ValueRefused, match="index"):
        copy(sqlite_url, f"sqlite:///{tmp_path}/new.db", Keys.parse(f"{other[0]} {one[1]}"))


def test_another_schema_is_refused(filled: str, keys: Keys, tmp_path: Path) -> None:
    with opened(filled, keys) as database, database.engine.begin() as connection:
        connection.execute(
            sa.text(
                "UPDATE alembic_version SET version_num = 'engine_9999' "
                "WHERE version_num LIKE 'engine_%'"
            )
        )
    with pytest.raises(ValueRefused, match="db upgrade"):
        copy(filled, f"sqlite:///{tmp_path}/new.db", keys)


def broken_off(source: str, target: str, keys: Keys) -> None:
    def dying(_table: str, done: int, _of: int) -> None:
        if done > 40:
            raise Killed

    with pytest.raises(Killed):
        copy(source, target, keys, batch=5, told=dying)


def test_a_source_that_changed_in_between_is_noticed(
    filled: str, keys: Keys, tmp_path: Path
) -> None:
    target = f"sqlite:///{tmp_path}/new.db"
    broken_off(filled, target, keys)
    with opened(filled, keys) as database, database.begin() as uow:
        uow.audit.add(
            {
                "at": uow.database_now(),
                "actor_kind": "system",
                "actor": "x",
                "act": "x",
                "subject": "x",
                "detail": {},
            }
        )
        uow.commit()
    with pytest.raises(ValueRefused, match="--anew"):
        copy(filled, target, keys)
    copy(filled, target, keys, anew=True)
    assert dump(target, keys) == dump(filled, keys)


def test_a_copy_of_another_source_is_not_gone_on_with(
    filled: str, sqlite_url: str, keys: Keys, tmp_path: Path
) -> None:
    target = f"sqlite:///{tmp_path}/new.db"
    broken_off(filled, target, keys)
    with pytest.raises(ValueRefused, match="unfinished copy of"):
        copy(sqlite_url, target, keys, anew=True)
    with pytest.raises(ValueRefused, match="itself an unfinished copy"):
        copy(target, f"sqlite:///{tmp_path}/third.db", keys)


def test_one_changed_value_is_found(filled: str, keys: Keys, tmp_path: Path) -> None:
    """Counts would agree; the copy was tampered with between two runs."""
    target = f"sqlite:///{tmp_path}/new.db"

    def dying(_table: str, done: int, of: int) -> None:
        if done > of * 0.9:
            raise Killed

    with pytest.raises(Killed):
        copy(filled, target, keys, batch=5, told=dying)
    with opened(target, keys) as database, database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE account SET name = 'Mallory' WHERE login = 'writer'"))
    with pytest.raises(ValueRefused, match="of account is not the same"):
        copy(filled, target, keys)


@pytest.mark.postgresql
def test_a_row_that_postgresql_cannot_keep_is_named(filled: str, empty: str, keys: Keys) -> None:
    with opened(filled, keys) as database, database.engine.begin() as connection:
        one = connection.execute(sa.text("SELECT id FROM account WHERE login = 'writer'")).scalar()
        connection.execute(
            sa.text("UPDATE account SET name = :name WHERE login = 'writer'"), {"name": "x" * 201}
        )
    with pytest.raises(ValueRefused, match=f"cannot keep the row {one} of account"):
        copy(filled, empty, keys)


def test_a_source_that_is_not_there_is_not_made(keys: Keys, tmp_path: Path) -> None:
    with pytest.raises(ValueRefused, match="There is no database"):
        copy(f"sqlite:///{tmp_path}/none.db", f"sqlite:///{tmp_path}/new.db", keys)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueRefused, match="must begin with"):
        copy("mysql://x/y", f"sqlite:///{tmp_path}/new.db", keys)
    with pytest.raises(ValueRefused, match="the same database"):
        copy("sqlite:///one.db", "sqlite:///one.db", keys)


def test_memory_does_not_grow_with_the_rows(sqlite_url: str, keys: Keys, tmp_path: Path) -> None:
    """Batches end by bytes too: forty files of a megabyte never lie in memory together."""
    import tracemalloc  # noqa: PLC0415

    with opened(sqlite_url, keys) as database:
        world = fill(database, 1)
        with database.engine.begin() as connection:
            files = metadata.tables["document"]
            row = connection.execute(sa.select(side.raw(files))).mappings().first()
            assert row is not None
            many = [{**row, "id": f"{n:032x}", "content": os.urandom(1_000_000)} for n in range(40)]
            for one in many:
                connection.execute(sa.insert(side.raw(files)), one)
            del many
        assert world
    tracemalloc.start()
    keys_here = _RawKeys(keys)
    copy(sqlite_url, f"sqlite:///{tmp_path}/new.db", keys_here)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30_000_000, f"{peak} bytes at once"


class _RawKeys(Keys):
    """Keys that take anything for sealed: the files of this test are noise."""

    def __init__(self, keys: Keys) -> None:
        self.__dict__.update(keys.__dict__)

    def unseal(self, sealed: bytes, place: str) -> bytes:
        return b""
