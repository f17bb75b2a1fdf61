"""Counts for whoever watches an installation. Each reads an index of what is open, up to a cap.

The states are written out in the statements, not sent as values: so a plan that PostgreSQL keeps
still sees that the partial index fits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal_column, select
from sqlalchemy import text as sql

from engine.errors import Unavailable
from engine.model.text import text
from engine.store.repository import Repository
from engine.store.scopes import OPEN
from engine.store.tables import (
    account,
    executor,
    handler_pause,
    incident,
    job,
    organisation,
    user_task,
)
from engine.store.work import UnitOfWork

#: Where counting stops.
CAP = 100_000


@dataclass(frozen=True, kw_only=True)
class JobCounts:
    """Open jobs."""

    #: Ready and due.
    due: int
    #: Ready, due later.
    waiting: int
    #: With an executor.
    claimed: int
    #: Claimed, and the lease has run out.
    expired: int
    #: When the oldest due one was due (UTC); None: none is.
    oldest: datetime | None
    #: Ready and due, but their handler is paused: they are neither due nor late.
    paused: int = 0


@dataclass(frozen=True, kw_only=True)
class TaskCounts:
    """Open tasks of offices of one kind."""

    #: All.
    open: int
    #: Of these, past their term.
    late: int


def _is(state: str) -> ColumnElement[bool]:
    # From the code's own words, never from outside.
    return job.c.state == literal_column(f"'{state}'")


def _capped(rows: Select[Any]) -> Select[Any]:
    return select(func.count()).select_from(rows.limit(CAP).subquery())


class Gauges(Repository):
    """Looks and changes nothing."""

    def __init__(self, uow: UnitOfWork) -> None:
        """Work in this transaction."""
        super().__init__(uow)
        self.uow = uow

    def _count(self, rows: Select[Any]) -> int:
        found: int = self._uow.execute(_capped(rows)).scalar_one()
        return found

    def jobs(self, now: datetime) -> JobCounts:
        """Count open jobs at a moment; six looks at partial indexes, and one at the pauses."""
        every = select(job.c.due_at).where(_is("ready"))
        resting = self._resting()
        # Where no handler is paused, which is nearly always, the index alone is read.
        ready = every.where(~resting) if resting is not None else every
        claimed = select(job.c.locked_until).where(_is("claimed"))
        oldest = ready.order_by(job.c.due_at, job.c.id).limit(1)
        first = self._uow.execute(oldest).scalar()
        return JobCounts(
            due=self._count(ready.where(job.c.due_at <= now)),
            waiting=self._count(ready.where(job.c.due_at > now)),
            claimed=self._count(claimed),
            expired=self._count(claimed.where(job.c.locked_until < now)),
            oldest=first if first is not None and first <= now else None,
            paused=0 if resting is None else self._count(every.where(resting, job.c.due_at <= now)),
        )

    def _resting(self) -> ColumnElement[bool] | None:
        """Return the condition on jobs that their handler is paused; None: no handler is."""
        topics = sorted(self._uow.execute(select(handler_pause.c.topic)).scalars())
        paused = job.c.topic.in_(topics) & (job.c.kind == literal_column("'handler'"))
        return paused if topics else None

    def pauses(self) -> Sequence[Any]:
        """Return the topics that are paused, with since when and until when."""
        columns = (handler_pause.c.topic, handler_pause.c.since, handler_pause.c.until)
        return self._uow.execute(select(*columns).order_by(handler_pause.c.topic)).all()

    def silent(self, since: datetime) -> Sequence[Any]:
        """Return the processes that have not ended and were not heard of since a moment."""
        found = select(executor).where(executor.c.stopped_at.is_(None), executor.c.seen_at < since)
        return self._uow.execute(found.order_by(executor.c.id)).all()

    def dead(self) -> int:
        """Count the jobs whose attempts are used up."""
        return self._count(select(job.c.id).where(_is("dead")))

    def incidents(self) -> int:
        """Count the open incidents."""
        return self._count(select(incident.c.id).where(incident.c.resolved_at.is_(None)))

    def tasks(self, now: datetime) -> Mapping[str, TaskCounts]:
        """Count open tasks by kind of office: one walk over the index of what is open."""
        late = func.sum(case((user_task.c.due_at <= now, 1), else_=0))
        office = user_task.c.organisation
        rows = self._uow.execute(
            select(office, func.count().label("open"), late.label("late"))
            .where(OPEN)
            .group_by(office)
        )
        kinds = {one.code: one.kind for one in self._uow.execute(select(organisation))}
        found: dict[str, tuple[int, int]] = {}
        for row in rows.all():
            kind = kinds.get(row.organisation, "?")
            open_, overdue = found.get(kind, (0, 0))
            found[kind] = (open_ + row.open, overdue + int(row.late))
        return {kind: TaskCounts(open=one[0], late=one[1]) for kind, one in found.items()}

    def locks_waiting(self) -> int | None:
        """Count the locks that somebody waits for; None where the database does not tell."""
        if self._uow.dialect != "postgresql":
            return None
        asked = sql("SELECT count(*) FROM pg_locks WHERE NOT granted")
        found: int = self._uow.execute(asked).scalar_one()
        return found

    def setting(self, name: str) -> str:
        """Return how the database itself is set: a pragma of SQLite, a setting of PostgreSQL."""
        if self._uow.dialect == "postgresql":
            asked = sql("SELECT current_setting(:name, true)").bindparams(name=name)
        else:
            asked = sql(f"PRAGMA {name}")
        found = self._uow.execute(asked).scalar()
        return "" if found is None else str(found)

    def recovering(self) -> bool:
        """Tell whether this PostgreSQL is a replica that cannot be written."""
        if self._uow.dialect != "postgresql":
            return False
        return bool(self._uow.execute(sql("SELECT pg_is_in_recovery()")).scalar())

    def workers(self) -> int:
        """Count the workers of this PostgreSQL that were heard of in the last minute."""
        if not self._uow.execute(sql("SELECT to_regclass('procrastinate_workers')")).scalar():
            return 0
        heard = "last_heartbeat > now() - interval '1 minute'"
        asked = sql(f"SELECT count(*) FROM procrastinate_workers WHERE {heard}")  # noqa: S608
        return int(self._uow.execute(asked).scalar_one())

    def clients(self) -> int:
        """Count the connections of this PostgreSQL server that are open, whoever has them."""
        asked = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        return int(self._uow.execute(sql(asked)).scalar_one())

    def most_clients(self) -> int:
        """Return how many connections this PostgreSQL server gives to others than its operator."""
        kept = int(self.setting("superuser_reserved_connections") or 0)
        return int(self.setting("max_connections") or 0) - kept

    def unseal_one(self) -> bool:
        """Unseal what accounts hold; False if there is no account. `Unavailable`: wrong keys.

        A blind index is compared too: with a wrong index key nobody would be found any more.
        """
        whole, found = select(account.c.iin, account.c.iin_index), None
        # The first and the last: keys may have been changed between them.
        for order in (account.c.id, account.c.id.desc()):
            found = self._uow.execute(whole.order_by(order).limit(1)).first()
            if found and found.iin and self.uow.keys.blind(found.iin) != found.iin_index:
                raise Unavailable(
                    text("The index key is not the one this database was written with")
                )
        return found is not None
