"""The unit of work: one transaction, and the repositories that work in it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable, event, select
from sqlalchemy.orm import Session

from engine.store.accounts import Accounts
from engine.store.attempts import Attempts
from engine.store.audit import Audit
from engine.store.batches import Batches
from engine.store.calendar import Calendar
from engine.store.casemigrations import CaseMigrations
from engine.store.cases import Comments, Documents, Events, Incidents, Signatures
from engine.store.crypto import Keys
from engine.store.definitions import Definitions
from engine.store.drafts import Drafts
from engine.store.executors import Executors, Pauses
from engine.store.failures import Failures
from engine.store.faults import mapped
from engine.store.heat import Heat
from engine.store.inbox import Inbox
from engine.store.inspecting import Inspecting
from engine.store.instances import Instances
from engine.store.joblists import JobLists
from engine.store.jobs import Jobs
from engine.store.lookup import Lookup
from engine.store.messages import Messages, Subscriptions
from engine.store.moments import database_now
from engine.store.notifications import Notifications
from engine.store.organisations import Organisations
from engine.store.overview import Overview
from engine.store.reachable import Reachable
from engine.store.removals import Removals
from engine.store.savedfilters import SavedFilters
from engine.store.settings import Settings
from engine.store.statistics import Statistics
from engine.store.strips import Strips
from engine.store.substitutions import Substitutions
from engine.store.tasks import Tasks
from engine.store.terms import Terms
from engine.store.trail import Trail
from engine.store.workshop import Workshop

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
        #: Acts around the commit, each once however often it was asked for.
        self._last: dict[Callable[[UnitOfWork], None], None] = {}
        self._afterwards: dict[Callable[[], None], None] = {}

    @property
    def session(self) -> Session:
        """Return the session for `records` modules: the same transaction."""
        if self._session is None:
            self._session = Session(bind=self.connection, expire_on_commit=False)
            self._keep_rows(self._session)
        return self._session

    @staticmethod
    def _keep_rows(session: Session) -> None:
        """Have a session remember its rows: a second `get` in the transaction costs no statement.

        By itself it forgets a row that nobody holds, and `records` modules hand out plain data.
        """
        held = session.info.setdefault("held", [])
        for moment in ("loaded_as_persistent", "pending_to_persistent"):
            event.listen(session, moment, lambda _, row: held.append(row))

    def execute(self, statement: Executable, values: Rows | None = None) -> CursorResult[Any]:
        """Run a statement; errors of the database become ours."""
        with mapped():
            return self.connection.execute(statement, values)

    def commit(self) -> None:
        """Make it durable, then do what was left for afterwards.

        Raises `InDoubt` if the database went away in this very moment.
        """
        with mapped():
            if self._session is not None:
                self._session.flush()
            for act in self._last:
                act(self)
            # The very last: the head of the chain is held from here to the commit.
            self.audit.flush()
        with mapped(committing=True):
            self.connection.commit()
        for afterwards in self._afterwards:
            afterwards()
        self._last.clear()
        self._afterwards.clear()

    def rollback(self) -> None:
        """Undo everything since the beginning."""
        self._last.clear()
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
        audited, last, left = self.audit.pending, self._last.copy(), self._afterwards.copy()
        try:
            with self.connection.begin_nested():
                yield
        except BaseException:
            self.audit.forget(audited)
            self._last, self._afterwards = last, left
            raise

    def before_commit(self, act: "Callable[[UnitOfWork], None]") -> None:
        """Have something written right before the commit; once, and not after a rollback."""
        self._last[act] = None

    def after_commit(self, act: Callable[[], None]) -> None:
        """Have something done once it is durable, e.g. wake an executor; not after a rollback.

        The same act asked for twice is done once.
        """
        self._afterwards[act] = None

    @property
    def driver(self) -> Any:
        """Return the driver's own connection, inside of this transaction: what a library wants."""
        return self.connection.connection.driver_connection

    def database_now(self) -> datetime:
        """Return the database's clock, UTC."""
        moment: datetime = self.execute(_NOW).scalar_one()
        return moment

    @cached_property
    def attempts(self) -> Attempts:
        """Attempts to sign in."""
        return Attempts(self)

    @cached_property
    def accounts(self) -> Accounts:
        """Accounts and memberships."""
        return Accounts(self)

    @cached_property
    def audit(self) -> Audit:
        """The hash chain."""
        return Audit(self)

    @cached_property
    def batches(self) -> Batches:
        """Acts of administrators on many subjects."""
        return Batches(self)

    @cached_property
    def calendar(self) -> Calendar:
        """Exceptions of the working calendar."""
        return Calendar(self)

    @cached_property
    def casemigrations(self) -> CaseMigrations:
        """Cases on their way to another version."""
        return CaseMigrations(self)

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
    def executors(self) -> Executors:
        """Processes that serve or work."""
        return Executors(self)

    @cached_property
    def failures(self) -> Failures:
        """Incidents as administrators look for them, notes, failed attempts."""
        return Failures(self)

    @cached_property
    def incidents(self) -> Incidents:
        """What failed and waits for an administrator."""
        return Incidents(self)

    @cached_property
    def heat(self) -> Heat:
        """Where the time of cases goes."""
        return Heat(self)

    @cached_property
    def inbox(self) -> Inbox:
        """Lists of tasks."""
        return Inbox(self)

    @cached_property
    def inspecting(self) -> Inspecting:
        """Return what the page of one case reads."""
        return Inspecting(self)

    @cached_property
    def instances(self) -> Instances:
        """Cases."""
        return Instances(self)

    @cached_property
    def joblists(self) -> JobLists:
        """Jobs as administrators look for them."""
        return JobLists(self)

    @cached_property
    def jobs(self) -> Jobs:
        """Timers, handlers, calls, messages, reminders."""
        return Jobs(self)

    @cached_property
    def lookup(self) -> Lookup:
        """The administrators' search."""
        return Lookup(self)

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
    def pauses(self) -> Pauses:
        """Handlers that are to wait."""
        return Pauses(self)

    @cached_property
    def overview(self) -> Overview:
        """Sums for administrators."""
        return Overview(self)

    @cached_property
    def reachable(self) -> Reachable:
        """Cases within somebody's reach."""
        return Reachable(self)

    @cached_property
    def removals(self) -> Removals:
        """Ended cases whose time to be kept is over."""
        return Removals(self)

    @cached_property
    def savedfilters(self) -> SavedFilters:
        """Filters that administrators keep."""
        return SavedFilters(self)

    @cached_property
    def settings(self) -> Settings:
        """Named values."""
        return Settings(self)

    @cached_property
    def signatures(self) -> Signatures:
        """Signatures."""
        return Signatures(self)

    @cached_property
    def statistics(self) -> Statistics:
        """What was done in a period, counted."""
        return Statistics(self)

    @cached_property
    def strips(self) -> Strips:
        """Sums for strips and lists."""
        return Strips(self)

    @cached_property
    def subscriptions(self) -> Subscriptions:
        """Messages and signals waited for."""
        return Subscriptions(self)

    @cached_property
    def substitutions(self) -> Substitutions:
        """Who works in whose place."""
        return Substitutions(self)

    @cached_property
    def terms(self) -> Terms:
        """Deadlines of open tasks and timers."""
        return Terms(self)

    @cached_property
    def tasks(self) -> Tasks:
        """User tasks."""
        return Tasks(self)

    @cached_property
    def trail(self) -> Trail:
        """What the audit log's subjects are called."""
        return Trail(self)

    @cached_property
    def workshop(self) -> Workshop:
        """Branches of analysts."""
        return Workshop(self)
