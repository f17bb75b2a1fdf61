"""One end of a copy: a database that nobody else works with, as raw rows in the order of its keys.

Whoever else has it open is found without his help, whatever release he runs: SQLite leaves WAL only
for whoever is alone with the file, PostgreSQL lists its connections. Both ends then stay closed to
others until the copy is over: an exclusive lock on the file, locks on PostgreSQL's tables.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from sqlalchemy import (
    Connection,
    CursorResult,
    Engine,
    LargeBinary,
    NullPool,
    Row,
    StaticPool,
    String,
    Table,
    TableClause,
    Text,
    collate,
    column,
    create_engine,
    exc,
    func,
    select,
    table,
    tuple_,
)
from sqlalchemy import text as sql
from sqlalchemy.types import TypeEngine

from engine.errors import Unavailable, ValueRefused
from engine.model.text import Text as Sentence
from engine.model.text import text
from engine.store import values
from engine.store.reach import SCHEMES, parsed
from engine.store.tables import metadata
from engine.store.types import Encrypted, Json

Key = tuple[Any, ...]
#: Seconds for connections of somebody who just stopped, or was killed, to be gone.
PATIENCE = 5.0
#: Rows of a table with files that are held in memory at once.
FEW = 8
#: Tells copies of this program from other advisory locks.
_LOCK = 0x5A484F4C

SERVED = text(
    "{database} is in use ({who}); stop the servers and workers on it, then start the copy again"
)


def raw_type(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return the type with which a column's value is moved unopened."""
    if isinstance(kind, Encrypted):
        return LargeBinary()
    return Text() if isinstance(kind, Json) else kind


@cache
def raw(found: Table) -> TableClause:
    """Return a table whose values come as they stand."""
    return table(found.name, *[column(one.name, raw_type(one.type)) for one in found.columns])


def tables() -> list[Table]:
    """Return all tables, each after those it refers to."""
    return list(metadata.sorted_tables)


def _plain(value: object) -> object:
    if isinstance(value, bytes | memoryview):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def digest(row: Sequence[Any]) -> bytes:
    """Return the digest of a row's values, the same on both kinds of database."""
    return hashlib.sha256(values.canonical([_plain(value) for value in row])).digest()


class Side:
    """A connection to one end, with the statements that a copy needs."""

    def __init__(self, connection: Connection, name: str) -> None:
        """Take a connection that nobody else uses; the name shows in sentences."""
        self.connection = connection
        self.dialect = connection.dialect.name
        self.name = name
        self._reading: list[CursorResult[Any]] = []

    def stop_reading(self) -> None:
        """Close what is still being read: SQLite keeps a file locked for a statement half read."""
        while self._reading:
            self._reading.pop().close()

    def order(self, found: Table) -> list[Any]:
        """Return the columns of the key, in an order that both kinds of database agree on."""
        keys = [raw(found).c[one.name] for one in found.primary_key.columns]
        if self.dialect == "sqlite":
            return keys
        return [collate(key, "C") if isinstance(key.type, String) else key for key in keys]

    def rows(self, found: Table, after: Key | None = None, size: int = 500) -> Iterator[Row[Any]]:
        """Yield rows in the order of the key, a few at a time; from behind a key on."""
        order = self.order(found)
        statement = select(raw(found)).order_by(*order)
        if after is not None:
            statement = statement.where(tuple_(*order) > tuple_(*after))
        blobs = any(isinstance(raw_type(one.type), LargeBinary) for one in found.columns)
        options = {"yield_per": min(size, FEW) if blobs else size}
        result = self.connection.execute(statement, execution_options=options)
        self._reading.append(result)
        yield from result
        self._reading.remove(result)

    def last(self, found: Table) -> Key | None:
        """Return the greatest key; None: no rows."""
        order = self.order(found)
        newest = select(*order).order_by(*[one.desc() for one in order]).limit(1)
        row = self.connection.execute(newest).first()
        return None if row is None else tuple(row)

    def count(self, found: Table) -> int:
        """Return how many rows a table has."""
        return int(
            self.connection.execute(select(func.count()).select_from(raw(found))).scalar_one()
        )


def named(url: str) -> str:
    """Return an address as it may be shown: without its password."""
    return parsed(url).render_as_string(hide_password=True)


def path_of(url: str) -> Path:
    """Return the file of a SQLite address; `ValueRefused` for none."""
    found = parsed(url).database
    if not found or found == ":memory:":
        raise ValueRefused(text("SQLite needs a file: sqlite:///path/to/file.db"))
    return Path(found).absolute()


def kind_of(url: str) -> str:
    """Return ``sqlite`` or ``postgresql``; `ValueRefused` for an address that is neither."""
    found = parsed(url).get_backend_name()
    if found not in {"sqlite", "postgresql"}:
        raise ValueRefused(SCHEMES)
    return found


def until(try_: Callable[[], Sentence | str], said: Sentence, database: str) -> None:
    """Try until nobody is named who is in the way; `Unavailable` names him."""
    end = monotonic() + PATIENCE
    while who := try_():
        if monotonic() > end:
            raise Unavailable(Sentence(said.msgid, {"database": database, "who": who}))
        sleep(0.1)


def sqlite_engine(path: Path, *, mode: str) -> Engine:
    """Return an engine with one connection; ``mode`` is ``ro``, ``rw`` or ``rwc``."""

    def connect() -> sqlite3.Connection:
        found = sqlite3.connect(
            f"file:{path.as_posix()}?mode={mode}", uri=True, check_same_thread=False, timeout=1
        )
        found.isolation_level = None
        return found

    return create_engine("sqlite://", creator=connect, poolclass=StaticPool, hide_parameters=True)


def postgres_engine(url: str) -> Engine:
    """Return an engine that closes what it opened."""
    whole = parsed(url).set(drivername="postgresql+psycopg")
    return create_engine(
        whole,
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"application_name": "zholdama copy"},
    )


@contextmanager
def alone(url: str, *, writing: bool) -> Iterator[Side]:
    """Open an end for this copy alone; `Unavailable` names who has it open besides.

    Writing: commits are the caller's. Reading: one snapshot, in which nothing can change.
    """
    opening = _alone_sqlite if kind_of(url) == "sqlite" else _alone_postgres
    with opening(url, writing=writing) as side:
        yield side


@contextmanager
def _alone_sqlite(url: str, *, writing: bool) -> Iterator[Side]:
    path, name = path_of(url), named(url)
    if not writing and not path.is_file():
        raise ValueRefused(text("There is no database {database}", database=name))
    engine = sqlite_engine(path, mode="rwc" if writing else "rw")
    connection = engine.connect()
    side = Side(connection, name)
    try:
        until(lambda: _leaves_wal(connection), SERVED, name)
        connection.exec_driver_sql("PRAGMA synchronous=FULL")
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        yield side
    finally:
        side.stop_reading()
        connection.rollback()
        _back_to_wal(connection)
        connection.close()
        engine.dispose()


def _leaves_wal(connection: Connection) -> Sentence | str:
    """Take the file for this connection alone; return who else has it, empty: nobody."""
    try:
        connection.exec_driver_sql("PRAGMA locking_mode=EXCLUSIVE")
        connection.exec_driver_sql("PRAGMA journal_mode=DELETE")
        connection.exec_driver_sql("BEGIN EXCLUSIVE")
        connection.exec_driver_sql("COMMIT")  # the lock stays: that is what the mode means
    except exc.OperationalError as problem:
        if "locked" not in str(problem.orig) and "busy" not in str(problem.orig):
            raise
        return text("another process")
    return ""


def _back_to_wal(connection: Connection) -> None:
    try:
        connection.exec_driver_sql("PRAGMA locking_mode=NORMAL")
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    except exc.OperationalError:
        return  # whoever opens it next for writing does the same


_OTHERS = sql(
    "SELECT string_agg(coalesce(nullif(application_name, ''), 'process') || ' ' || pid, ', ')"
    " FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND backend_type = 'client backend'"
)


@contextmanager
def _alone_postgres(url: str, *, writing: bool) -> Iterator[Side]:
    engine = postgres_engine(url)
    level = "READ COMMITTED" if writing else "REPEATABLE READ"
    connection = engine.connect().execution_options(isolation_level=level)
    side = Side(connection, named(url))
    try:
        until(lambda: _others(connection), SERVED, side.name)
        if not writing:
            _close_to_writers(connection)
        yield side
    finally:
        side.stop_reading()
        connection.rollback()
        connection.close()
        engine.dispose()


def _others(connection: Connection) -> Sentence | str:
    """Take the lock of copies; return who else is connected, empty: nobody."""
    held = connection.execute(sql("SELECT pg_try_advisory_lock(:one)"), {"one": _LOCK}).scalar_one()
    found = connection.execute(_OTHERS).scalar_one()
    connection.rollback()  # the advisory lock is the session's, and stays
    return str(found or "") or ("" if held else text("another copy"))


def _close_to_writers(connection: Connection) -> None:
    """Lock all tables before the snapshot is taken: nothing can be written that it does not see."""
    there = sql("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    found = set(connection.execute(there).scalars())
    connection.rollback()
    names = ", ".join(f'"{one.name}"' for one in tables() if one.name in found)
    if names:
        connection.execute(sql(f"LOCK TABLE {names} IN SHARE MODE"))
