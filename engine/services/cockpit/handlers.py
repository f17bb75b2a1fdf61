"""Handlers as administrators see them: what they do, whether they fail, and their pauses."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.errors import NotFound
from engine.model.people import Actor
from engine.model.text import Text, text
from engine.services import access, claims, pauses
from engine.services.cockpit import typed
from engine.services.cockpit.jobs import JobRow, rows_of
from engine.services.cockpit.operations import (
    Change,
    Done,
    Operation,
    Params,
    Preview,
    Subject,
    Wish,
)
from engine.services.context import Context, UnitOfWork
from engine.services.pauses import PER_SECOND, Pause
from engine.store.executors import SILENT
from engine.store.joblists import JobQuery, Lane

__all__ = ["OPERATIONS", "ExecutorRow", "HandlerRow", "executors", "handlers"]

#: Calls of so long are summed up.
HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class HandlerRow:
    """A handler, and how its calls went in the last hour."""

    #: Topic.
    topic: str
    #: Whether this process has it.
    known: bool
    #: Calls that were done, attempts that failed, in the last hour.
    calls: int = 0
    failures: int = 0
    #: Time that 95 of 100 calls took at most; None: there was none.
    p95: timedelta | None = None
    #: Jobs that are due, or wait for the end of its pause; that will be due or tried again; that
    #: run, that are given up, that are held.
    waiting: int = 0
    later: int = 0
    running: int = 0
    dead: int = 0
    held: int = 0
    #: Its pause; None: it goes.
    pause: Pause | None = None


@dataclass(frozen=True, kw_only=True)
class ExecutorRow:
    """A process that serves or works."""

    #: As it stands at the jobs that it has.
    id: str
    #: Machine and process id.
    host: str
    pid: int
    #: web | worker; empty: it holds jobs and never said what it is.
    kind: str
    #: Whether it does jobs.
    works: bool
    #: Version of the program.
    release: str
    #: When it began, when it was last heard of, when it ended in order (UTC).
    started: datetime | None
    seen: datetime | None
    stopped: datetime | None
    #: Whether it was heard of in the last moments.
    alive: bool
    #: Topics that it has handlers for.
    topics: tuple[str, ...] = ()
    #: What it does now, oldest first.
    jobs: tuple[JobRow, ...] = ()


def handlers(uow: UnitOfWork, ctx: Context, actor: Actor) -> tuple[HandlerRow, ...]:
    """Return all handlers that this process has, or jobs wait for; those paused first (admin)."""
    access.everywhere(uow, actor)
    now = ctx.due_now(uow)
    since = now - HOUR
    sums = {state: uow.joblists.by_topic(state) for state in ("ready", "claimed", "dead")}
    sums["suspended"] = uow.joblists.by_topic("suspended")
    sums["due"] = uow.joblists.by_topic("ready", now)
    failed, resting = uow.failures.failures_since(since), pauses.paused(uow)
    times = _times(uow.joblists.calls(since))
    topics = {
        *ctx.extensions.handlers,
        *resting,
        *times,
        *(one for many in sums.values() for one in many),
    }
    # A batch is no handler: it is stopped on its own page.
    topics.discard(claims.BATCHES)
    rows = [
        _handler(ctx, topic, sums, failed.get(topic, 0), times.get(topic, []), resting.get(topic))
        for topic in topics
    ]
    return tuple(sorted(rows, key=lambda row: (row.pause is None, row.topic)))


def _handler(
    ctx: Context,
    topic: str,
    sums: Mapping[str, Mapping[str, int]],
    failed: int,
    times: list[timedelta | None],
    pause: Pause | None,
) -> HandlerRow:
    timed = sorted(one for one in times if one is not None)
    ready = sums["ready"].get(topic, 0)
    waiting = ready if pause else sums["due"].get(topic, 0)
    return HandlerRow(
        topic=topic,
        known=ctx.extensions.handler_of(topic) is not None,
        calls=len(times),
        failures=failed,
        p95=timed[max(0, -(-len(timed) * 95 // 100) - 1)] if timed else None,
        waiting=waiting,
        later=max(0, ready - waiting),
        running=sums["claimed"].get(topic, 0),
        dead=sums["dead"].get(topic, 0),
        held=sums["suspended"].get(topic, 0),
        pause=pause,
    )


def _times(rows: Sequence[Any]) -> dict[str, list[timedelta | None]]:
    """Return what calls took by topic, from claim to record; None: a release did not say."""
    found: defaultdict[str, list[timedelta | None]] = defaultdict(list)
    for row in rows:
        took = row.finished_at - row.claimed_at if row.claimed_at else None
        found[row.topic].append(took if took is None else max(took, timedelta()))
    return found


def executors(uow: UnitOfWork, ctx: Context, actor: Actor) -> tuple[ExecutorRow, ...]:
    """Return all processes that were heard of, with what each does; the living first (admin)."""
    access.everywhere(uow, actor)
    # Signs of life go by the database's own clock, a demo's shift apart: see `jobs.presence`.
    now, due = uow.database_now(), ctx.due_now(uow)
    busy: defaultdict[str, list[JobRow]] = defaultdict(list)
    for row in rows_of(uow, ctx, uow.joblists.claimed(), due):
        busy[row.executor].append(row)
    found = [_executor(row, now, busy.pop(row.id, [])) for row in uow.executors.all()]
    found += [_stranger(name, held) for name, held in sorted(busy.items())]
    return tuple(sorted(found, key=lambda row: (not row.alive, row.kind, row.id)))


def _executor(row: Any, now: datetime, busy: Sequence[JobRow]) -> ExecutorRow:
    return ExecutorRow(
        id=row.id,
        host=row.host,
        pid=row.pid,
        kind=row.kind,
        works=row.works,
        release=row.release,
        started=row.started_at,
        seen=row.seen_at,
        stopped=row.stopped_at,
        alive=row.stopped_at is None and now - row.seen_at < SILENT,
        topics=tuple(row.topics),
        jobs=tuple(busy),
    )


def _stranger(name: str, busy: Sequence[JobRow]) -> ExecutorRow:
    """Return a process that holds jobs without having said that it is there: an older release."""
    return ExecutorRow(
        id=name,
        host="",
        pid=0,
        kind="",
        works=True,
        release="",
        started=None,
        seen=None,
        stopped=None,
        alive=True,
        jobs=tuple(busy),
    )


# Pauses.


def stamps(uow: UnitOfWork, subjects: Sequence[str]) -> Mapping[str, str]:
    """Return whether and since when topics are paused."""
    known = pauses.paused(uow)
    return {
        topic: known[topic].since.isoformat() if topic in known else "goes" for topic in subjects
    }


def _known(uow: UnitOfWork, ctx: Context, topic: str) -> None:
    """Raise `NotFound` for a topic that nobody ever heard of."""
    here = ctx.extensions.handler_of(topic) is not None
    if topic == claims.BATCHES or not (
        here or uow.joblists.knows(topic) or uow.pauses.find(topic) is not None
    ):
        raise NotFound(text("There is no such handler"))


def _seen(uow: UnitOfWork, topic: str, *changes: Change, **more: Any) -> Preview:
    refusal = more.pop("refusal", None)
    return Preview(
        name=topic,
        changes=() if refusal else changes,
        refusals=(refusal,) if refusal else (),
        stamp=stamps(uow, [topic])[topic],
        **more,
    )


def _read_pause(said: Mapping[str, str]) -> Params:
    until = typed.moment_or_none(said, "until")
    return {"until": until} if until else {}


def _until(wish: Wish, now: datetime) -> datetime | None:
    until = wish.params.get("until")
    if isinstance(until, datetime) and until <= now:
        raise typed.refuse("until", text("This moment is over."))
    return until if isinstance(until, datetime) else None


def _paused_by(pause: Pause) -> Text:
    return text("{name} has paused this handler", name=pause.who)


def _jobs_of(uow: UnitOfWork, ctx: Context, topic: str, lane: Lane) -> int:
    return uow.joblists.count(JobQuery(lane=lane, topic=topic, now=ctx.due_now(uow)))


def _look_pause(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
    topic = wish.subject
    _known(uow, ctx, topic)
    until = _until(wish, ctx.due_now(uow))
    known = pauses.paused(uow).get(topic)
    after = text("paused until {at}", at=until) if until else text("paused")
    changes = [Change(what=text("Handler"), before=text("goes"), after=after)]
    running = _jobs_of(uow, ctx, topic, Lane.RUNNING)
    if running:
        said = text("{n} are finished as usual", n=running)
        changes.append(Change(what=text("Calls under way"), after=said))
    due = _jobs_of(uow, ctx, topic, Lane.DUE)
    if due:
        changes.append(Change(what=text("Calls that are due"), after=text("{n} wait", n=due)))
    warnings = () if until else (text("Nobody resumes it by itself: think of it, or name a time"),)
    refusal = _paused_by(known) if known else None
    return _seen(uow, topic, *changes, refusal=refusal, warnings=warnings)


def _pause(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    _known(uow, ctx, wish.subject)
    until = _until(wish, ctx.due_now(uow))
    pauses.begin(uow, ctx, actor, wish.subject, wish.reason.strip(), until)
    return Done(undo={}, told={"until": until.isoformat() if until else ""})


def _look_resume(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
    topic = wish.subject
    _known(uow, ctx, topic)
    known = pauses.paused(uow).get(topic)
    if known is None:
        return _seen(uow, topic, refusal=text("This handler is not paused"))
    waiting = _jobs_of(uow, ctx, topic, Lane.PAUSED)
    seconds = waiting // PER_SECOND
    said = text(
        "{n} begin, {most} in a second: {s} s in all", n=waiting, most=PER_SECOND, s=seconds
    )
    changes = [Change(what=text("Handler"), before=text("paused"), after=text("goes"))]
    if waiting:
        changes.append(Change(what=text("Calls that waited"), after=said))
    return _seen(uow, topic, *changes)


def _resume(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    return Done(told={"calls": pauses.end(uow, ctx, wish.subject)})


PAUSE = Operation(
    name="pause",
    subject=Subject.HANDLER,
    title=text("Pause the handler"),
    about=text(
        "No executor begins a call of it any more; calls under way are finished, all others wait"
        " and lose no attempt."
    ),
    read=_read_pause,
    look=_look_pause,
    act=_pause,
    undo=_resume,
    stamps=stamps,
)
RESUME = Operation(
    name="resume",
    subject=Subject.HANDLER,
    title=text("Let the handler go on"),
    about=text("What has gathered goes one after another, so that the system is not flooded."),
    look=_look_resume,
    act=_resume,
    stamps=stamps,
)

OPERATIONS = (PAUSE, RESUME)
