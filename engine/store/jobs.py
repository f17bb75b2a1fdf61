"""The `job` table: the truth about everything that is to happen later.

::

    ready ──claim──▶ claimed ──finish──▶ done
     ▲ ▲               │ ├──kill──▶ dead (an incident; `JobLists.revive` makes it ready)
     │ └──back_off─────┘ └──cancel──▶ cancelled (its token closed)
     └──hold, let_go──▶ suspended (an administrator holds it)

A claim is a lease until `locked_until`; whoever finishes must still hold it (fencing): every change
of a claimed job asks for owner and state. `now` is always `Context.due_now`: the database's clock.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Update,
    func,
    select,
    update,
)

from engine.errors import Damaged
from engine.model.steps import JobKind
from engine.store import due, values
from engine.store.ids import new_id
from engine.store.repository import Found, Repository, chunks
from engine.store.tables import job
from engine.watching import points


@dataclass(frozen=True, kw_only=True)
class JobRow:
    """A job, decrypted."""

    #: Job id.
    id: str
    #: Instance id; None: starts an instance of `definition_id`.
    instance_id: str | None
    #: Definition of a timer start event.
    definition_id: str | None
    #: Element id.
    element: str
    #: Token it acts on, hexadecimal; a reminder's is its task's.
    token: str
    #: What it stands for.
    kind: JobKind
    #: External topic, message name or called process.
    topic: str
    #: When (UTC).
    due_at: datetime
    #: ready | claimed | done | dead | cancelled | suspended.
    state: str
    #: Owner of the lease.
    locked_by: str
    #: End of the lease.
    locked_until: datetime | None
    #: Attempts so far, a running one included.
    attempts: int
    #: After so many failures: an incident.
    max_attempts: int
    #: ``R5/PT5M`` or ``PT1M,PT5M``; empty: the default.
    retry: str
    #: The same for every attempt.
    idempotency_key: str
    #: Inputs, variables or timer data.
    payload: Mapping[str, Any]
    #: Last failure, no personal data.
    last_error: str
    #: When it was made.
    created_at: datetime
    #: Correlation id of the request that caused it; may be empty.
    request: str
    #: Case number, of a job that was just claimed; empty: none, or it was not asked for.
    business_key: str = ""
    #: Whether the payload of a job that was just claimed cannot be read; it is empty then.
    damaged: bool = False


@dataclass(frozen=True, kw_only=True)
class NewJob:
    """A job to be inserted, ready at `due_at`."""

    #: What it stands for.
    kind: JobKind
    #: When (UTC).
    due_at: datetime
    #: Element id.
    element: str
    #: Token, hexadecimal; empty for none.
    token: str = ""
    #: Instance id; None with `definition_id`.
    instance_id: str | None = None
    #: Definition to start an instance of.
    definition_id: str | None = None
    #: External topic, message name or called process.
    topic: str = ""
    #: Inputs, variables or timer data.
    payload: Mapping[str, Any]
    #: Retry pattern; empty: the default.
    retry: str = ""
    #: After so many failures: an incident.
    max_attempts: int = 5
    #: Must be unique among all jobs ever; empty: the job's own id.
    idempotency_key: str = ""


class Jobs(Repository):
    """Timers, handlers, messages, calls, reminders."""

    def add(self, new: Sequence[NewJob], at: datetime) -> list[str]:
        """Insert; return the ids, in order."""
        rows = [self._new(one, at) for one in new]
        self._uow.execute(due.ADD, rows)
        return [row["id"] for row in rows]

    def _new(self, one: NewJob, at: datetime) -> dict[str, Any]:
        found = new_id(at)
        return {
            "id": found,
            "instance_id": one.instance_id,
            "definition_id": one.definition_id,
            "element": one.element,
            "token": one.token,
            "kind": one.kind.value,
            "topic": one.topic,
            "due_at": one.due_at,
            "state": "ready",
            "locked_by": "",
            "attempts": 0,
            "max_attempts": one.max_attempts,
            "retry": one.retry,
            "idempotency_key": one.idempotency_key or found,
            "payload": self._uow.keys.seal(values.dumps(one.payload), f"job.payload:{found}"),
            "last_error": "",
            "created_at": at,
            "request": points.trail().request,
        }

    def row(self, found: Found) -> JobRow:
        """Decrypt a row."""
        sealed = bytes(found.payload)
        opened = self._uow.keys.unseal(sealed, f"job.payload:{found.id}")
        return self._row(found, payload=values.loads(opened))

    def _row(self, found: Found, *, payload: Mapping[str, Any], damaged: bool = False) -> JobRow:
        return JobRow(
            id=found.id,
            instance_id=found.instance_id,
            definition_id=found.definition_id,
            element=found.element,
            token=found.token,
            kind=JobKind(found.kind),
            topic=found.topic,
            due_at=found.due_at,
            state=found.state,
            locked_by=found.locked_by,
            locked_until=found.locked_until,
            attempts=found.attempts,
            max_attempts=found.max_attempts,
            retry=found.retry,
            idempotency_key=found.idempotency_key,
            payload=payload,
            damaged=damaged,
            last_error=found.last_error,
            created_at=found.created_at,
            request=found.request,
        )

    def find(self, job_id: str) -> JobRow | None:
        """Return a job."""
        found = self._uow.execute(select(job).where(job.c.id == job_id)).first()
        return None if found is None else self.row(found)

    def lock(self, job_id: str) -> JobRow | None:
        """Lock a job's row and return it. Lock the instance first where both are needed."""
        found = self._uow.execute(due.LOCK, {"id": job_id}).first()
        return None if found is None else self.row(found)

    def claim_handlers(
        self, owner: str, now: datetime, lease: timedelta, limit: int, topics: Collection[str]
    ) -> list[JobRow]:
        """Lease due jobs of handlers for these topics to an owner; see `claim_others`.

        One at a time of each instance. Raises `Conflict` if another executor took one of the same
        instance at the same moment.
        """
        if not topics:
            return []
        return self._claim(due.CLAIM_HANDLERS, owner, now, lease, limit, topics=list(topics))

    def claim_others(self, owner: str, now: datetime, lease: timedelta, limit: int) -> list[JobRow]:
        """Lease due jobs that need no handler to an owner, earliest first.

        Two executors never get the same one: rows are skipped while locked (PostgreSQL) or nobody
        else writes (SQLite). Jobs of suspended instances wait. Counts an attempt. Jobs whose lease
        ran out are not among them: see `recover`.
        """
        return self._claim(due.CLAIM_OTHERS, owner, now, lease, limit)

    def _claim(
        self,
        statement: Update,
        owner: str,
        now: datetime,
        lease: timedelta,
        limit: int,
        **more: Any,
    ) -> list[JobRow]:
        given = {"owner": owner, "now": now, "until": now + lease, "most": limit, **more}
        found = self._uow.execute(statement, given).all()
        rows = [replace(self._readable(one), business_key=one.business_key or "") for one in found]
        return sorted(rows, key=lambda row: (row.due_at, row.id))

    def _readable(self, found: Found) -> JobRow:
        """Decrypt a row, or say that it is damaged: one must not keep the others waiting."""
        try:
            return self.row(found)
        except Damaged:
            return self._row(found, payload={}, damaged=True)

    def recover(self, now: datetime) -> int:
        """Make jobs ready again whose lease ran out; return how many. The attempt stays counted."""
        return int(self._uow.execute(due.RECOVER, {"now": now}).rowcount)

    def any_due(self, now: datetime, topics: Collection[str]) -> bool:
        """Tell whether there is anything to claim, handlers of these topics included.

        A look that locks nothing.
        """
        return bool(self._uow.execute(due.ANY_DUE, {"now": now, "topics": list(topics)}).scalar())

    def topics_due(self, now: datetime) -> list[str]:
        """Return the topics for which handlers are due, of the first thousand."""
        return list(self._uow.execute(due.TOPICS_DUE, {"now": now}).scalars())

    def strangers(
        self, now: datetime, topics: Collection[str], size: int, instance_id: str = ""
    ) -> Sequence[Found]:
        """Return the handlers that are due for other topics than these, earliest first.

        Each with its case; of one case or of all.
        """
        given = {"now": now, "topics": list(topics), "most": size}
        if instance_id:
            return self._uow.execute(due.STRANGERS_OF, {**given, "case": instance_id}).all()
        return self._uow.execute(due.STRANGERS, given).all()

    def _change(self, job_id: str, owner: str, **changes: Any) -> bool:
        done = self._uow.execute(
            update(job)
            .where(job.c.id == job_id, job.c.state == "claimed", job.c.locked_by == owner)
            .values(locked_by="", locked_until=None, **changes)
        )
        return done.rowcount == 1

    def finish(self, job_id: str, owner: str, at: datetime) -> bool:
        """Mark a claimed job done; False if the lease is no longer this owner's."""
        done = self._uow.execute(due.FINISH, {"key": job_id, "owner": owner, "at": at})
        return done.rowcount == 1

    def back_off(self, job_id: str, owner: str, due: datetime, error: str) -> bool:
        """Give a claimed job back, to be tried again at `due`; False without the lease."""
        return self._change(job_id, owner, state="ready", due_at=due, last_error=error)

    def give_back(self, job_ids: Sequence[str], owner: str) -> None:
        """Give claimed jobs back as if nothing had been tried; waits for nobody.

        What is not this owner's any more stays as it is, and so does what somebody else is changing
        at this moment: its lease runs out.
        """
        for some in chunks(job_ids):
            self._uow.execute(due.GIVE_BACK, {"ids": some, "owner": owner})

    def drop_all_but(self, owner: str, held: Collection[str]) -> int:
        """Give back what an owner has claimed except `held`, a few hundred ids; return how many."""
        done = self._uow.execute(
            update(job)
            .where(due.CLAIMED, job.c.locked_by == owner, job.c.id.not_in(sorted(held)))
            .values(state="ready", **due.NOBODYS)
        )
        return int(done.rowcount)

    def kill(self, job_id: str, owner: str, error: str) -> bool:
        """Give up on a claimed job (the caller adds an incident); False without the lease."""
        return self._change(job_id, owner, state="dead", last_error=error)

    def renew(self, job_ids: Sequence[str], owner: str, until: datetime) -> set[str]:
        """Lengthen leases; return whose could be: waits for nobody, see `give_back`."""
        renewed: set[str] = set()
        for some in chunks(job_ids):
            given = {"ids": some, "owner": owner, "until": until}
            renewed.update(self._uow.execute(due.RENEW, given).scalars())
        return renewed

    def cancel(self, tokens: Iterable[str], at: datetime, *, but: str = "") -> None:
        """Cancel the jobs of closed tokens, except the one that is being finished."""
        for some in chunks(tokens):
            self._uow.execute(due.CANCEL, {"tokens": some, "at": at, "but": but})

    def cancel_of(self, instance_id: str, at: datetime) -> None:
        """Cancel all jobs of an instance."""
        self._uow.execute(
            update(job)
            .where(job.c.instance_id == instance_id, job.c.state.in_(due.OPEN))
            .values(state="cancelled", finished_at=at, locked_by="", locked_until=None)
        )

    def cancel_starts(self, process: Sequence[str], at: datetime) -> dict[str, datetime]:
        """Cancel timer start events of these definitions: a newer version replaces them.

        Return when those were due, by element, that should have started something before `at`.
        """
        waiting = (
            job.c.definition_id.in_(process),
            job.c.instance_id.is_(None),
            job.c.state.in_(due.OPEN),
        )
        rows = [self.row(row) for row in self._uow.execute(select(job).where(*waiting)).all()]
        self._uow.execute(
            update(job)
            .where(*waiting)
            .values(state="cancelled", finished_at=at, locked_by="", locked_until=None)
        )
        return {row.element: row.payload["due"] for row in rows if row.payload["due"] <= at}

    def of_instance(self, instance_id: str) -> list[JobRow]:
        """Return all jobs of an instance, oldest first."""
        rows = self._uow.execute(
            select(job).where(job.c.instance_id == instance_id).order_by(job.c.id)
        )
        return [self.row(found) for found in rows]

    def next_due(self) -> datetime | None:
        """Return when the earliest ready job is due."""
        found: datetime | None = self._uow.execute(
            select(func.min(job.c.due_at)).where(job.c.state == "ready")
        ).scalar()
        return found

    def count(self, state: str) -> int:
        """Return how many jobs are in a state."""
        found: int = self._uow.execute(
            select(func.count()).select_from(job).where(job.c.state == state)
        ).scalar_one()
        return found
