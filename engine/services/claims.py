"""Claims: who works on which due job, and for how long. See `engine.store.jobs` for the states."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from engine.model.retry import Retry
from engine.model.steps import JobKind
from engine.services.context import Context, UnitOfWork
from engine.services.views import StrangerView
from engine.store.jobs import JobRow

#: So long a handler may be due before it is said that nobody has it: another process, which does,
#: takes it within a second or two.
PATIENCE = timedelta(minutes=1)
#: Plan of a job that names none: timers, messages, calls, reminders.
OWN_PLAN = Retry.parse("PT5S,PT30S,PT2M,PT10M,PT30M")
#: Topic of the jobs that work batches of administrators' acts off. They are claimed as handlers
#: are: an executor of a release that knows no batches leaves them alone.
BATCHES = "engine.batch"


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
    #: Whether its payload cannot be read; it is empty then.
    damaged: bool = False
    #: Inputs of a handler; what a call, a message or a timer needs to know.
    payload: Mapping[str, Any] = field(default_factory=dict)


def plan(text: str) -> Retry:
    """Return the plan a text stands for; the engine's own if it is empty or, stored, not a plan."""
    try:
        return Retry.parse(text) if text else OWN_PLAN
    except ValueError:
        return OWN_PLAN


def known(ctx: Context) -> frozenset[str]:
    """Return the topics that this process has handlers for, and that of batches."""
    return frozenset(ctx.extensions.handlers) | {BATCHES}


def any_due(
    uow: UnitOfWork, ctx: Context, *, handlers: bool = True, but: Collection[str] = ()
) -> bool:
    """Tell whether there is something to claim; locks nothing, may be asked every second.

    Without `handlers`, or for topics in `but` and those that nobody here knows, those of handlers
    do not count.
    """
    return uow.jobs.any_due(ctx.due_now(uow), known(ctx).difference(but) if handlers else ())


def unknown_due(uow: UnitOfWork, ctx: Context) -> list[str]:
    """Return the topics of handlers that nobody has taken and that this process has not.

    Of the first thousand due ones: it may be asked every minute.
    """
    due = uow.jobs.topics_due(ctx.due_now(uow) - PATIENCE)
    return [topic for topic in due if topic not in known(ctx)]


def strangers(
    uow: UnitOfWork, ctx: Context, instance_id: str = "", *, size: int = 50
) -> tuple[StrangerView, ...]:
    """Return the steps, of one case or of all, that wait for a handler which is not installed here.

    Longest first. Where several processes share a database another one may know it: so what became
    due a moment ago is not among them.
    """
    now = ctx.due_now(uow) - PATIENCE
    return tuple(
        StrangerView(
            instance_id=row.instance_id,
            business_key=row.business_key,
            element=row.element,
            topic=row.topic,
            since=row.due_at,
        )
        for row in uow.jobs.strangers(now, known(ctx), size, instance_id)
    )


def claim(
    uow: UnitOfWork,
    ctx: Context,
    owner: str,
    *,
    limit: int,
    handlers: int,
    lease: timedelta,
    but: Collection[str] = (),
) -> list[Claimed]:
    """Lease due jobs to an executor: at most `limit`, at most `handlers` for a handler.

    A job of a topic in `but`, or one that nobody here knows, stays where it is, for who does. What
    an executor did not get done within its lease is due again.
    """
    now = ctx.due_now(uow)
    uow.jobs.recover(now)
    rows = []
    if handlers:
        rows += uow.jobs.claim_handlers(owner, now, lease, handlers, known(ctx).difference(but))
    if limit > len(rows):
        rows += uow.jobs.claim_others(owner, now, lease, limit - len(rows))
    rows.sort(key=lambda row: (row.due_at, row.id))
    return [_claimed(row) for row in rows]


def _due(row: JobRow) -> datetime:
    """Return when it was due at first: a retry has moved the row's own moment."""
    told = row.payload.get("due") if row.kind is JobKind.TIMER else None
    return told if isinstance(told, datetime) else row.due_at


def _claimed(row: JobRow) -> Claimed:
    return Claimed(
        id=row.id,
        kind=row.kind,
        instance_id=row.instance_id or "",
        definition_id=row.definition_id or "",
        business_key=row.business_key,
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
        damaged=row.damaged,
        payload=row.payload,
    )


def renew(
    uow: UnitOfWork, ctx: Context, job_ids: Sequence[str], owner: str, lease: timedelta
) -> set[str]:
    """Lengthen leases, waiting for nobody; return whose could be. Caller commits.

    One that is missing is lost, or somebody is changing it at this moment: then it may be renewed
    the next time.
    """
    return uow.jobs.renew(job_ids, owner, ctx.due_now(uow) + lease)


def give_back(uow: UnitOfWork, job_ids: Sequence[str], owner: str) -> None:
    """Give jobs back as if they had not been tried: their executor stops, or lost a lock."""
    uow.jobs.give_back(job_ids, owner)


def give_back_all_but(uow: UnitOfWork, owner: str, held: Collection[str]) -> int:
    """Give back what an executor has claimed and does not know of; return how many.

    The attempt stays counted, as it does when a lease runs out.
    """
    return uow.jobs.drop_all_but(owner, held)
