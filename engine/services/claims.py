"""Claims: who works on which due job, and for how long. See `engine.store.jobs` for the states."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from engine.model.retry import Retry
from engine.model.steps import JobKind
from engine.services.context import Context, UnitOfWork
from engine.store.jobs import JobRow

#: Plan of a job that names none: timers, messages, calls, reminders.
OWN_PLAN = Retry.parse("PT5S,PT30S,PT2M,PT10M,PT30M")
#: What an executor does by itself.
WITHOUT_HANDLER = [kind for kind in JobKind if kind is not JobKind.HANDLER]


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A job as its executor has it."""

    #: Job id.
    id: str
    #: What it stands for.
    kind: JobKind
    #: Instance id; empty: it starts an instance.
    instance_id: str
    #: Definition of which it starts an instance; empty otherwise.
    definition_id: str
    #: Business key of the instance.
    business_key: str
    #: Element id.
    element: str
    #: Token it acts on (hexadecimal); may be empty.
    token: str
    #: External topic, name of a message, key of a called process.
    topic: str
    #: When it was due (UTC), before any retry.
    due: datetime
    #: This attempt, from 1.
    attempt: int
    #: Attempts in all.
    max_attempts: int
    #: Its own plan of retries; empty: the handler's.
    retry: str
    #: Same for every attempt.
    idempotency_key: str
    #: Who claimed it.
    owner: str
    #: Correlation id of the request that caused it; may be empty.
    request: str = ""
    #: Inputs of a handler; what a call, a message or a timer needs to know.
    payload: Mapping[str, Any] = field(default_factory=dict)


def plan(text: str) -> Retry:
    """Return the plan a text stands for; the engine's own if it is empty or, stored, not a plan."""
    try:
        return Retry.parse(text) if text else OWN_PLAN
    except ValueError:
        return OWN_PLAN


def any_due(uow: UnitOfWork, ctx: Context) -> bool:
    """Tell whether there is something to claim; locks nothing, may be asked every second."""
    return uow.jobs.any_due(ctx.due_now(uow))


def claim(
    uow: UnitOfWork, ctx: Context, owner: str, *, limit: int, handlers: int, lease: timedelta
) -> list[Claimed]:
    """Lease due jobs to an executor: at most `limit`, at most `handlers` for a handler."""
    now = ctx.due_now(uow)
    rows = []
    if handlers:
        rows += uow.jobs.claim(owner, now, lease, handlers, kinds=[JobKind.HANDLER])
    if limit > len(rows):
        rows += uow.jobs.claim(owner, now, lease, limit - len(rows), kinds=WITHOUT_HANDLER)
    rows.sort(key=lambda row: (row.due_at, row.id))
    return [_claimed(uow, row) for row in rows]


def _due(row: JobRow) -> datetime:
    """Return when it was due at first: a retry has moved the row's own moment."""
    told = row.payload.get("due") if row.kind is JobKind.TIMER else None
    return told if isinstance(told, datetime) else row.due_at


def _claimed(uow: UnitOfWork, row: JobRow) -> Claimed:
    case = uow.instances.find(row.instance_id) if row.instance_id else None
    return Claimed(
        id=row.id,
        kind=row.kind,
        instance_id=row.instance_id or "",
        definition_id=row.definition_id or "",
        business_key=case.business_key if case else "",
        element=row.element,
        token=row.token,
        topic=row.topic,
        due=_due(row),
        attempt=row.attempts,
        max_attempts=row.max_attempts,
        retry=row.retry,
        idempotency_key=row.idempotency_key,
        owner=row.locked_by,
        request=row.request,
        payload=row.payload,
    )


def renew(uow: UnitOfWork, ctx: Context, job_id: str, owner: str, lease: timedelta) -> bool:
    """Lengthen a lease; False if it is lost. One job a transaction: no two locks, no deadlock."""
    return uow.jobs.renew(job_id, owner, ctx.due_now(uow) + lease)


def give_back(uow: UnitOfWork, job_id: str, owner: str) -> None:
    """Give a job back as if it had not been tried: its executor stops, or lost a lock."""
    uow.jobs.unclaim(job_id, owner)


def give_back_all_but(uow: UnitOfWork, owner: str, held: Collection[str]) -> int:
    """Give back what an executor has claimed and does not know of; return how many.

    The attempt stays counted, as it does when a lease runs out.
    """
    return uow.jobs.drop_all_but(owner, held)
