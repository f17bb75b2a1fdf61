"""The database: the only place that opens connections and begins transactions.

SQLite: WAL, ``synchronous=FULL``, foreign keys, ``BEGIN IMMEDIATE`` behind one queue of writers.
The driver's own idea of transactions lost 806 of 1,200 updates without an error, a deferred BEGIN
failed 873 times. Reading has an engine of its own, read-only, that never waits for a writer.

PostgreSQL: READ COMMITTED for writers, who lock the instance's row; readers get a snapshot.
"""

import select
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    QueuePool,
    create_engine,
    event,
    exc,
)

from engine.errors import Unavailable, ValueRefused
from engine.model.text import text as sentence
from engine.store.audit import chain
from engine.store.branches import is_current
from engine.store.crypto import Keys, ring
from engine.store.faults import mapped
from engine.store.queue import queue_of
from engine.store.reach import SCHEMES, parsed
from engine.store.work import UnitOfWork
from engine.watching import points

#: Seconds a writer waits for its turn, and SQLite for other processes.
PATIENCE = 30.0
#: Seconds that somebody waits for a connection when all are in use: a person waits for a page, and
#: is told to come back; an executor asks again by itself.
POOL_PATIENCE = 5.0
#: How a connection to PostgreSQL finds out that its server is gone without a word (a cable, a
#: machine that lost its power): seconds, but for the last, which is milliseconds. Without these
#: the system's own apply: two minutes until a connection is refused, eleven until one is dead.
_NOTICE = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "3",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}

#: Compiling a statement takes longer than any of ours: a list among a million tasks took 31 ms with
#: it and 20 without (p95). No blank in it: libpq reads a plus in an address as a plus.
_PLAIN = {"options": "-cjit=off"}


def _prepare_sqlite(engine: Engine, *, writing: bool) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.create_function("chain", 2, chain, deterministic=True)
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA busy_timeout={int(PATIENCE * 1000)}")
        if writing:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        start = "BEGIN IMMEDIATE" if writing else "BEGIN"
        try:
            connection.connection.cursor().execute(start)
        except sqlite3.OperationalError as problem:
            raise Unavailable(sentence("The database is busy; please try again")) from problem


def _sqlite_engine(path: Path, *, writing: bool) -> Engine:
    # A file that was there and is gone is not made anew: what was kept would look like nothing.
    mode = ("rw" if path.exists() else "rwc") if writing else "ro"
    uri = f"file:{path.as_posix()}?mode={mode}"
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(uri, uri=True, check_same_thread=False),
        poolclass=QueuePool,
        pool_size=20,
        max_overflow=20,
        pool_timeout=POOL_PATIENCE,
        hide_parameters=True,
    )
    _prepare_sqlite(engine, writing=writing)
    return engine


def _refuse_dead(connection: Any, _record: object, _proxy: object) -> None:
    """Have the pool drop a connection that its server has closed, and all that are as old.

    A server that stops says so; what it said lies in the socket, where a living idle connection
    has nothing. So after a restart nobody meets a dead connection, at the cost of one system call
    (2 microseconds; SQLAlchemy's `pool_pre_ping` would be a statement more for each transaction).
    """
    gone = connection.closed
    if not gone:
        poll = select.poll()
        poll.register(connection.pgconn.socket, select.POLLIN)
        gone = bool(poll.poll(0))
    if gone:
        raise exc.InvalidatePoolError("the server has closed this connection")


def _postgres_engine(url: URL, *, writing: bool) -> Engine:
    wanted = {**_NOTICE, **_PLAIN}
    ours = {name: value for name, value in wanted.items() if name not in url.query}
    whole = url.set(drivername="postgresql+psycopg").update_query_dict(ours)
    level = "READ COMMITTED" if writing else "REPEATABLE READ"
    engine = create_engine(
        whole,
        isolation_level=level,
        pool_size=20,
        max_overflow=20,
        pool_timeout=POOL_PATIENCE,
        hide_parameters=True,
    )
    event.listen(engine, "checkout", _refuse_dead)
    return engine if writing else engine.execution_options(postgresql_readonly=True)


class Database:
    """A database and its keys. One per process; safe to share between threads."""

    def __init__(
        self, url: str, keys: Keys, *, read_only: bool = False, aside: bool = False
    ) -> None:
        """Open lazily. `url`: ``sqlite:///path`` or ``postgresql://…``; else `ValueRefused`.

        One that stands `aside` of the process's own (a rehearsal) keeps its keys to itself.
        """
        self.url = parsed(url)
        self.id = self.url.render_as_string()
        self.keys = keys
        self.dialect = self.url.get_backend_name()
        if self.dialect not in {"sqlite", "postgresql"}:
            raise ValueRefused(SCHEMES)
        self.engine = self._engine(writing=not read_only)
        self.reader = self._engine(writing=False)
        # SQLite asks nobody over a wire, and its driver would forget how it begins transactions.
        single = {"isolation_level": "AUTOCOMMIT"} if self.dialect == "postgresql" else {}
        self._glances = self.reader.execution_options(**single)
        for engine in (self.engine, self.reader):
            event.listen(engine, "before_cursor_execute", points.on_statement)
        if not aside:
            ring.install(keys)

    @staticmethod
    def file_of(url: str) -> Path | None:
        """Return the file that a database's address names; None: it is on a server."""
        name = parsed(url).database if url.startswith("sqlite") else None
        return Path(name) if name else None

    def _engine(self, *, writing: bool) -> Engine:
        if self.dialect == "postgresql":
            return _postgres_engine(self.url, writing=writing)
        if not self.url.database or self.url.database == ":memory:":
            raise ValueRefused(sentence("SQLite needs a file: sqlite:///path/to/file.db"))
        return _sqlite_engine(Path(self.url.database).absolute(), writing=writing)

    def _turn(self) -> AbstractContextManager[None]:
        if self.dialect == "postgresql":
            return nullcontext()
        return queue_of(str(Path(str(self.url.database)).absolute())).turn(PATIENCE)

    @contextmanager
    def begin(self) -> Iterator[UnitOfWork]:
        """Open a unit of work that may write; leaving without `commit` rolls back."""
        with self._turn(), self._unit(self.engine) as uow:
            yield uow

    @contextmanager
    def reading(self) -> Iterator[UnitOfWork]:
        """Open a unit of work that only reads, one snapshot for all its statements."""
        with self._unit(self.reader) as uow:
            yield uow

    @contextmanager
    def glance(self) -> Iterator[UnitOfWork]:
        """Open a unit of work for one statement that only reads.

        PostgreSQL gets it alone, without BEGIN and ROLLBACK around it: three ways to the server
        less for what every request asks. Several statements would not see one snapshot.
        """
        with self._unit(self._glances) as uow:
            yield uow

    @contextmanager
    def _unit(self, engine: Engine) -> Iterator[UnitOfWork]:
        with ring.using(self.keys), mapped(), engine.connect() as connection:
            connection.begin()
            uow = UnitOfWork(connection, self.keys, self.id)
            try:
                yield uow
            finally:
                uow.rollback()

    def upgrade(self) -> None:
        """Bring the schema to the newest version, all packages' branches."""
        from engine.store import migrate  # noqa: PLC0415  alembic: 0.1 s, 10 MB

        with self._turn(), mapped():
            migrate.upgrade(self.engine)

    def check_schema(self) -> None:
        """Raise `Unavailable` unless the schema is the one this program was written for."""
        with mapped():
            if not is_current(self.engine):
                from engine.store import migrate  # noqa: PLC0415  alembic: 0.1 s, 10 MB

                migrate.check(self.engine)

    def connections(self) -> dict[str, int]:
        """Return how many connections are in use, by pool; each has 40 at most."""
        pools = {"writing": self.engine.pool, "reading": self.reader.pool}
        return {
            name: pool.checkedout() for name, pool in pools.items() if isinstance(pool, QueuePool)
        }

    def close(self) -> None:
        """Close all connections; SQLite is one whole file then, to be copied as it is."""
        # The last connection to close brings its log into the file, and a reader cannot.
        self.reader.dispose()
        self.engine.dispose()
