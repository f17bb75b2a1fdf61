"""Jobs as administrators see them: lists by state, one of them; how lists are walked.

What can be done to one stands in `engine.services.cockpit.jobacts`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.errors import NotFound
from engine.model.people import Actor
from engine.model.steps import JobKind
from engine.model.text import Text, text, unpacked
from engine.services import access, claims
from engine.services.cockpit import calling
from engine.services.cockpit.incidents import attempts_of
from engine.services.cockpit.incidentviews import Attempt
from engine.services.context import Context, UnitOfWork
from engine.services.cursors import cursor, position
from engine.store.joblists import JobQuery, Lane

__all__ = ["JobDetail", "JobPage", "JobRow", "Lane", "detail", "page", "walk"]

#: Rows of a page.
PAGE = 50
#: So late a due job is nothing out of the ordinary.
PUNCTUAL = timedelta(seconds=5)

KINDS: Mapping[JobKind, Text] = {
    JobKind.TIMER: text("timer"),
    JobKind.HANDLER: text("handler"),
    JobKind.MESSAGE: text("message"),
    JobKind.CALL: text("called process"),
    JobKind.REMINDER: text("reminder"),
    JobKind.SUBSTITUTION: text("substitution"),
    JobKind.ACTIVATION: text("deployment takes effect"),
}


@dataclass(frozen=True, kw_only=True)
class JobRow:
    """A job in a list."""

    #: Job id.
    id: str
    #: What it stands for; None: a release to come made it.
    kind: JobKind | None
    #: Handler, message or called process; may be empty.
    topic: str
    #: Element id, and its names by language.
    element: str
    names: Mapping[str, str]
    #: Case and its number; empty: it is of none, or starts one.
    instance_id: str
    business_key: str
    #: Key of the process; may be empty.
    process: str
    #: ready | claimed | done | dead | cancelled | suspended.
    state: str
    #: When it is due (UTC).
    due: datetime
    #: How long it has been due; None: it is not, or is over.
    late: timedelta | None
    #: Attempts so far, and how many there may be.
    attempts: int
    max_attempts: int
    #: Last failure; None: none.
    error: Text | None
    #: Executor that has it, since when, and until when unless it says so again (UTC).
    executor: str
    since: datetime | None
    lease: datetime | None
    #: When it was over, and how long the last attempt took.
    finished: datetime | None
    took: timedelta | None
    #: When it was made (UTC).
    created: datetime
    #: Whether its handler is paused.
    paused: bool


@dataclass(frozen=True, kw_only=True)
class JobPage:
    """A page of jobs."""

    #: Its rows.
    rows: tuple[JobRow, ...]
    #: How many match; counting stops at `engine.store.joblists.CAP`. None: it was not counted.
    total: int | None
    #: Cursor of the next page; empty: this is the last.
    after: str


@dataclass(frozen=True, kw_only=True)
class JobDetail:
    """Everything about one job, without what it works with."""

    #: The job.
    row: JobRow
    #: Failed attempts, newest first.
    attempts: tuple[Attempt, ...]
    #: What repetitions are told by outside.
    idempotency_key: str
    #: Correlation id of the request that caused it; may be empty.
    request: str
    #: Its open incidents.
    incidents: tuple[str, ...]


def query_of(uow: UnitOfWork, ctx: Context, actor: Actor, said: Mapping[str, str]) -> JobQuery:
    """Read what a list's address says; what cannot be read asks for nothing."""
    lane, kind = said.get("state", ""), said.get("kind", "")
    return JobQuery(
        lane=Lane(lane) if lane in {one.value for one in Lane} else Lane.DUE,
        kind=JobKind(kind) if kind in {one.value for one in JobKind} else None,
        topic=said.get("handler", "")[:255],
        process=said.get("process", "")[:255],
        case=said.get("case", "")[:32],
        executor=said.get("executor", "")[:100],
        now=ctx.due_now(uow),
        offices=access.reach(uow, actor),
    )


def page(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    said: Mapping[str, str],
    *,
    after: str = "",
    size: int = PAGE,
    counted: bool = True,
) -> JobPage:
    """Return jobs that match an address, earliest due first, done ones newest first (admin)."""
    access.admin(actor)
    asked = query_of(uow, ctx, actor, said)
    found = uow.joblists.page(asked, position(after), size + 1)
    rows = rows_of(uow, ctx, found[:size], asked.now)
    more = ""
    if len(found) > size:
        last = rows[-1]
        moment = last.finished if asked.lane is Lane.DONE and last.finished else last.due
        more = cursor(moment, last.id)
    return JobPage(rows=rows, total=uow.joblists.count(asked) if counted else None, after=more)


def counts(uow: UnitOfWork, ctx: Context, actor: Actor) -> Mapping[Lane, int]:
    """Return how many jobs stand in each list but that of what is done (admin)."""
    access.admin(actor)
    now, offices = ctx.due_now(uow), access.reach(uow, actor)
    return {
        lane: uow.joblists.count(JobQuery(lane=lane, now=now, offices=offices))
        for lane in Lane
        if lane is not Lane.DONE
    }


def walk(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    query: Mapping[str, str],
    after: str,
    size: int,
) -> Sequence[tuple[str, str]]:
    """Return ids and names of jobs after an id, as `selecting.Walk` says (admin).

    Those of batches are left out: a batch is stopped on its own page.
    """
    access.admin(actor)
    asked = query_of(uow, ctx, actor, query)
    found = uow.joblists.walk(asked, after, size, but=claims.BATCHES)
    return [(row.id, f"{row.business_key or row.starts or '-'} · {row.element}") for row in found]


def detail(uow: UnitOfWork, ctx: Context, actor: Actor, job_id: str) -> JobDetail:
    """Return everything about one; `NotFound` for what is not hers (admin)."""
    found = find(uow, actor, job_id)
    [row] = rows_of(uow, ctx, [found], ctx.due_now(uow))
    return JobDetail(
        row=row,
        attempts=attempts_of(uow, job_id),
        idempotency_key=found.idempotency_key,
        request=found.request,
        incidents=tuple(uow.failures.of_jobs([job_id])),
    )


def find(uow: UnitOfWork, actor: Actor, job_id: str) -> Any:
    """Return the row of one that is hers to see; `NotFound` (admin)."""
    access.admin(actor)
    found = uow.joblists.find(job_id)
    if found is None:
        raise NotFound(text("There is no such job"))
    access.of_case(uow, actor, found.instance_id)
    return found


def rows_of(
    uow: UnitOfWork, ctx: Context, found: Sequence[Any], now: datetime
) -> tuple[JobRow, ...]:
    """Return rows of lists."""
    resting = uow.pauses.topics()
    return tuple(_row(uow, ctx, row, resting, now) for row in found)


def _row(uow: UnitOfWork, ctx: Context, row: Any, resting: frozenset[str], now: datetime) -> JobRow:
    process = row.process or row.starts or ""
    paused = row.kind == JobKind.HANDLER.value and row.topic in resting
    late = now - row.due_at if row.state == "ready" and not paused else None
    ended = row.finished_at if row.state == "done" else None
    return JobRow(
        id=row.id,
        kind=JobKind(row.kind) if row.kind in {one.value for one in JobKind} else None,
        topic=row.topic,
        element=row.element,
        names=calling.names_of(uow, ctx, row.pinned, process, row.element),
        instance_id=row.instance_id or "",
        business_key=row.business_key or "",
        process=process,
        state=row.state,
        due=row.due_at,
        late=late if late is not None and late > PUNCTUAL else None,
        attempts=row.attempts,
        max_attempts=row.max_attempts,
        error=unpacked(row.last_error) if row.last_error else None,
        executor=row.locked_by,
        since=row.claimed_at,
        lease=row.locked_until,
        finished=row.finished_at,
        took=max(ended - row.claimed_at, timedelta()) if ended and row.claimed_at else None,
        created=row.created_at,
        paused=paused,
    )
