"""The database and the unit of work: the only place that opens, commits and rolls back.

SQLite: WAL, ``synchronous=FULL``, foreign keys, ``BEGIN IMMEDIATE`` behind one queue of writers.
The driver's own idea of transactions lost 806 of 1,200 updates without an error, a deferred BEGIN
failed 873 times. Reading has an engine of its own, read-only, that never waits for a writer.

PostgreSQL: READ COMMITTED for writers, who lock the instance's row; readers get a snapshot.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    CursorResult,
    Engine,
    Executable,
    QueuePool,
    create_engine,
    event,
    make_url,
    select,
)
from sqlalchemy.orm import Session

from engine.errors import Unavailable, ValueRefused
from engine.model.text import text as sentence
from engine.store.accounts import Accounts
from engine.store.audit import Audit, chain
from engine.store.calendar import Calendar
from engine.store.cases import Comments, Documents, Events, Incidents, Signatures
from engine.store.crypto import Keys, ring
from engine.store.definitions import Definitions
from engine.store.drafts import Drafts
from engine.store.faults import mapped
from engine.store.inbox import Inbox
from engine.store.instances import Instances
from engine.store.jobs import Jobs
from engine.store.messages import Messages, Subscriptions
from engine.store.moments import database_now
from engine.store.notifications import Notifications
from engine.store.organisations import Organisations
from engine.store.queue import queue_of
from engine.store.settings import Settings
from engine.store.strips import Strips
from engine.store.tasks import Tasks

#: Seconds a writer waits for its turn, and SQLite for other processes.
PATIENCE = 30.0

_NOW = select(database_now())

Rows = Sequence[Mapping[str, Any]] | Mapping[str, Any]


class UnitOfWork:
    """One transaction. Leaving it without `commit` rolls back. Not for two threads."""

    def __init__(self, connection: Connection, keys: Keys, database_id: str) -> None:
        """Use a connection that is inside a transaction."""
        self.connection = connection
        self.keys = keys
        #: Tells databases apart that one process uses: part of every cache's key.
        self.database_id = database_id
        self.dialect = connection.dialect.name
        self._session: Session | None = None
        self._afterwards: list[Callable[[], None]] = []

    @property
    def session(self) -> Session:
        """Return the session for `records` modules: the same transaction."""
        if self._session is None:
            self._session = Session(bind=self.connection, expire_on_commit=False)
        return self._session

    def execute(self, statement: Executable, values: Rows | None = None) -> CursorResult[Any]:
        """Run a statement; errors of the database become ours."""
        with mapped():
            return self.connection.execute(statement, values)

    def commit(self) -> None:
        """Make it durable, then do what was left for afterwards."""
        with mapped():
            if self._session is not None:
                self._session.flush()
            self.audit.flush()
            self.connection.commit()
        for act in self._afterwards:
            act()
        self._afterwards.clear()

    def rollback(self) -> None:
        """Undo everything since the beginning."""
        self._afterwards.clear()
        self.audit.forget()
        if self._session is not None:
            self._session.close()
            self._session = None
        if not self.connection.invalidated:
            self.connection.rollback()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo only the inner part if it raises; the error goes on."""
        if self._session is not None:
            self._session.flush()
        with self.connection.begin_nested():
            yield

    def after_commit(self, act: Callable[[], None]) -> None:
        """Have something done once it is durable, e.g. wake an executor; not after a rollback."""
        self._afterwards.append(act)

    def database_now(self) -> datetime:
        """Return the database's clock, UTC."""
        moment: datetime = self.execute(_NOW).scalar_one()
        return moment

    @cached_property
    def accounts(self) -> Accounts:
        """Accounts and memberships."""
        return Accounts(self)

    @cached_property
    def audit(self) -> Audit:
        """The hash chain."""
        return Audit(self)

    @cached_property
    def calendar(self) -> Calendar:
        """Exceptions of the working calendar."""
        return Calendar(self)

    @cached_property
    def comments(self) -> Comments:
        """Comments and remarks."""
        return Comments(self)

    @cached_property
    def definitions(self) -> Definitions:
        """Deployments, definitions, resources."""
        return Definitions(self)

    @cached_property
    def documents(self) -> Documents:
        """Files."""
        return Documents(self)

    @cached_property
    def drafts(self) -> Drafts:
        """What was typed and not sent."""
        return Drafts(self)

    @cached_property
    def events(self) -> Events:
        """History."""
        return Events(self)

    @cached_property
    def incidents(self) -> Incidents:
        """What failed and waits for an administrator."""
        return Incidents(self)

    @cached_property
    def inbox(self) -> Inbox:
        """Lists of tasks."""
        return Inbox(self)

    @cached_property
    def instances(self) -> Instances:
        """Cases."""
        return Instances(self)

    @cached_property
    def jobs(self) -> Jobs:
        """Timers, handlers, calls, messages, reminders."""
        return Jobs(self)

    @cached_property
    def messages(self) -> Messages:
        """Buffered messages."""
        return Messages(self)

    @cached_property
    def notifications(self) -> Notifications:
        """What people were told."""
        return Notifications(self)

    @cached_property
    def organisations(self) -> Organisations:
        """Offices."""
        return Organisations(self)

    @cached_property
    def settings(self) -> Settings:
        """Named values."""
        return Settings(self)

    @cached_property
    def signatures(self) -> Signatures:
        """Signatures."""
        return Signatures(self)

    @cached_property
    def strips(self) -> Strips:
        """Sums for strips and lists."""
        return Strips(self)

    @cached_property
    def subscriptions(self) -> Subscriptions:
        """Messages and signals waited for."""
        return Subscriptions(self)

    @cached_property
    def tasks(self) -> Tasks:
        """User tasks."""
        return Tasks(self)


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
    uri = f"file:{path.as_posix()}?mode={'rwc' if writing else 'ro'}"
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(uri, uri=True, check_same_thread=False),
        poolclass=QueuePool,
        pool_size=20,
        max_overflow=20,
        pool_timeout=PATIENCE,
    )
    _prepare_sqlite(engine, writing=writing)
    return engine


def _postgres_engine(url: URL, *, writing: bool) -> Engine:
    whole = url.set(drivername="postgresql+psycopg")
    level = "READ COMMITTED" if writing else "REPEATABLE READ"
    engine = create_engine(
        whole, isolation_level=level, pool_size=20, max_overflow=20, pool_timeout=PATIENCE
    )
    return engine if writing else engine.execution_options(postgresql_readonly=True)


class Database:
    """A database and its keys. One per process; safe to share between threads."""

    def __init__(self, url: str, keys: Keys, *, read_only: bool = False) -> None:
        """Open lazily. `url`: ``sqlite:///path`` or ``postgresql://…``; else `ValueRefused`."""
        self.url = make_url(url)
        self.id = self.url.render_as_string()
        self.keys = keys
        self.dialect = self.url.get_backend_name()
        if self.dialect not in {"sqlite", "postgresql"}:
            raise ValueRefused(
                sentence("The database's address must begin with sqlite:/// or postgresql://")
            )
        self.engine = self._engine(writing=not read_only)
        self.reader = self._engine(writing=False)
        ring.install(keys)

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
    def _unit(self, engine: Engine) -> Iterator[UnitOfWork]:
        with mapped(), engine.connect() as connection:
            connection.begin()
            uow = UnitOfWork(connection, self.keys, self.id)
            try:
                yield uow
            finally:
                uow.rollback()

    def upgrade(self) -> None:
        """Bring the schema to the newest version, all packages' branches."""
        from engine.store import migrate  # noqa: PLC0415  (alembic costs 80 ms of start-up)

        with self._turn(), mapped():
            migrate.upgrade(self.engine)

    def check_schema(self) -> None:
        """Raise `Unavailable` unless the schema is the one this program was written for."""
        from engine.store import migrate  # noqa: PLC0415

        with mapped():
            migrate.check(self.engine)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()
        self.reader.dispose()
