"""Backups: a whole installation in one file, documents included, keys not.

SQLite is copied page by page while it is being served. PostgreSQL is dumped by its own ``pg_dump``
where there is one, otherwise row by row from one snapshot into a SQLite file. A file is either
whole or not there: it is written beside its place and then renamed.
"""

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, create_engine, exc, inspect

from engine.errors import Unavailable, ValueRefused
from engine.model.text import text
from engine.store import migrate
from engine.store.crypto import Keys
from engine.store.faults import mapped
from engine.store.moving.copying import BATCH, Told, copy, copy_open
from engine.store.moving.keycheck import check_keys
from engine.store.moving.side import (
    Side,
    kind_of,
    named,
    path_of,
    postgres_engine,
    sqlite_engine,
)
from engine.store.reach import parsed

#: How the two kinds of file begin.
_SQLITE, _DUMP = b"SQLite format 3\0", b"PGDMP"
#: Pages of SQLite copied at once; writers get their turn between.
PAGES = 1000
#: Hears how much of how much is done.
Heard = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Backup:
    """A file that was written, or brought back."""

    #: Where it is.
    file: Path
    #: ``sqlite`` or ``pg_dump``.
    kind: str
    #: Bytes.
    size: int


def backup(url: str, file: Path, keys: Keys, heard: Heard = lambda _done, _of: None) -> Backup:
    """Write a backup of a database that may be in use; it is readable by its owner only.

    Raises `ValueRefused` for a file that is there already, a database that is not there, or keys
    that do not open it: a backup that nobody can open is none. `OSError` if the disk refuses.
    """
    if file.exists():
        raise ValueRefused(text("{file} is there already; name another file", file=file))
    with _beside(file) as part, mapped():
        if kind_of(url) == "sqlite":
            kind = _pages(path_of(url), part, heard)
        elif _dumps(url):
            kind = _dump(url, part)
        else:
            kind = _rows(url, part, keys, heard)
        _look_through(part, keys) if kind == "sqlite" else _check_postgres(url, keys)
        part.replace(file)
    return Backup(file=file, kind=kind, size=file.stat().st_size)


@contextmanager
def _beside(file: Path) -> Iterator[Path]:
    """Yield a place for a file that is not whole yet; nothing stays there."""
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield part
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            part.with_name(part.name + suffix).unlink(missing_ok=True)


def _pages(path: Path, part: Path, heard: Heard) -> str:
    if not path.is_file():
        raise ValueRefused(text("There is no database {database}", database=path))
    try:
        with (
            closing(sqlite3.connect(f"file:{path.as_posix()}?mode=ro", uri=True)) as here,
            closing(sqlite3.connect(part)) as there,
        ):
            here.backup(
                there,
                pages=PAGES,
                progress=lambda _status, rest, of: heard(of - rest, of),
                sleep=0.005,
            )
            there.execute("PRAGMA journal_mode=DELETE")  # one whole file, no log beside it
    except sqlite3.DatabaseError as problem:
        raise Unavailable(
            text("{file} cannot be copied: {reason}", file=path, reason=problem)
        ) from problem
    return "sqlite"


def _tool(name: str, url: str, *arguments: str) -> None:
    """Run a tool of PostgreSQL; the password goes by the environment, never on the command line."""
    found = parsed(url)
    plain = found.set(drivername="postgresql", password=None).render_as_string()
    environment = dict(os.environ)
    if found.password:
        environment["PGPASSWORD"] = str(found.password)
    done = subprocess.run(  # noqa: S603  (arguments are ours)
        [shutil.which(name) or name, *arguments, f"--dbname={plain}"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip() or "?").splitlines()[0]
        raise Unavailable(text("{tool} failed: {reason}", tool=name, reason=said))


def _dumps(url: str) -> bool:
    """Tell whether there is a ``pg_dump`` as new as the server: it refuses a newer one."""
    tool = shutil.which("pg_dump")
    if tool is None:
        return False
    asked = [tool, "--version"]  # a program that we looked up by its name
    said = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603
    found = re.search(r"(\d+)\.", said.stdout)
    engine = postgres_engine(url)
    try:
        with engine.connect() as connection:
            number = connection.exec_driver_sql("SHOW server_version_num").scalar_one()
    finally:
        engine.dispose()
    return found is not None and int(found[1]) >= int(str(number)) // 10_000


def _dump(url: str, part: Path) -> str:
    _tool("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={part}")
    return "pg_dump"


def _rows(url: str, part: Path, keys: Keys, heard: Heard) -> str:
    engine = postgres_engine(url)
    try:
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            copy_open(Side(connection, named(url)), f"sqlite:///{part}", keys, _quietly(heard))
    finally:
        engine.dispose()
    return "sqlite"


def _quietly(heard: Heard) -> Told:
    return lambda _table, done, of: heard(done, of)


def _check_postgres(url: str, keys: Keys) -> None:
    engine = postgres_engine(url)
    try:
        with engine.connect() as connection:
            check_keys(connection, keys, named(url))
    finally:
        engine.dispose()


def _look_through(part: Path, keys: Keys) -> None:
    """Refuse a SQLite file that is damaged, or that these keys do not open."""
    engine = sqlite_engine(part, mode="rw")
    try:
        with engine.connect() as connection:
            said = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
            if said != "ok":
                raise _damaged(part, said)
            check_keys(connection, keys, str(part))
    except exc.DatabaseError as problem:
        raise _damaged(part, problem.orig) from problem
    finally:
        engine.dispose()


def _damaged(part: Path, reason: object) -> ValueRefused:
    return ValueRefused(text("The file is damaged ({file}): {reason}", file=part, reason=reason))


def restore(file: Path, url: str, keys: Keys, heard: Heard = lambda _done, _of: None) -> Backup:
    """Bring a backup back into a database that is empty or not there, and its schema up to date.

    A SQLite file goes into either kind; a dump only into PostgreSQL, by ``pg_restore``. Raises
    `ValueRefused` for a target that holds data, a file that is no backup or is damaged, keys that
    do not open it; nothing is changed then.
    """
    kind = _kind(file)
    if kind == "pg_dump":
        _restore_dump(file, url, keys)
    else:
        _restore_sqlite(file, url, keys, heard)
    return Backup(file=file, kind=kind, size=file.stat().st_size)


def _kind(file: Path) -> str:
    with file.open("rb") as opened:
        begins = opened.read(len(_SQLITE))
    if begins == _SQLITE:
        return "sqlite"
    if begins.startswith(_DUMP):
        return "pg_dump"
    raise ValueRefused(text("{file} is no backup of Zholdama", file=file))


def _restore_sqlite(file: Path, url: str, keys: Keys, heard: Heard) -> None:
    if kind_of(url) == "sqlite":
        target = path_of(url)
        if target.exists():
            raise _holds_data(url)
        target.parent.mkdir(parents=True, exist_ok=True)
        with _beside(target) as part:
            _stage(file, part, keys, heard)
            part.replace(target)
        return
    with _beside(file) as part:
        _stage(file, part, keys, lambda _done, _of: None)
        copy(f"sqlite:///{part}", url, keys, batch=BATCH, told=_quietly(heard))


def _stage(file: Path, part: Path, keys: Keys, heard: Heard) -> None:
    """Copy a backup, look it through, bring its schema up to date; the file stays as it is."""
    _pages(file, part, heard)
    engine = sqlite_engine(part, mode="rw")
    try:
        with mapped(), engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                raise ValueRefused(text("{file} is no backup of Zholdama", file=file))
            connection.rollback()
            _upgrade(connection)
    finally:
        engine.dispose()
    _look_through(part, keys)


def _upgrade(connection: Connection) -> None:
    migrate.upgrade_on(connection)
    connection.commit()


def _restore_dump(file: Path, url: str, keys: Keys) -> None:
    if kind_of(url) != "postgresql":
        raise ValueRefused(
            text("{file} is a dump of PostgreSQL; name a PostgreSQL database", file=file)
        )
    if shutil.which("pg_restore") is None:
        raise ValueRefused(
            text("pg_restore is not on this machine; install PostgreSQL's client programs")
        )
    engine = create_engine(parsed(url).set(drivername="postgresql+psycopg"))
    try:
        with mapped():
            with engine.connect() as connection:
                if inspect(connection).get_table_names():
                    raise _holds_data(url)
            _tool(
                "pg_restore",
                url,
                "--no-owner",
                "--no-privileges",
                "--single-transaction",
                "--exit-on-error",
                str(file),
            )
            with engine.begin() as connection:
                migrate.upgrade_on(connection)
                check_keys(connection, keys, named(url))
    finally:
        engine.dispose()


def _holds_data(url: str) -> ValueRefused:
    return ValueRefused(
        text(
            "{database} is there already; a backup is restored into an empty database",
            database=named(url),
        )
    )
