"""Handlers that are not called until further notice: an outside system announced maintenance.

A pause is a row. Claims leave its topic out by the same statement that claims, in every process:
what was claimed before the pause was committed is finished, what is claimed later is none of it.
When it ends, by an administrator or by its own time, what has gathered goes `PER_SECOND`: a system
that has just come back is not flooded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.errors import Conflict
from engine.model.people import SYSTEM, Actor
from engine.model.text import text
from engine.services import audit
from engine.services.context import Context, UnitOfWork

#: Calls of one topic that begin in a second after its pause, in all processes together.
PER_SECOND = 20


@dataclass(frozen=True, kw_only=True)
class Pause:
    """A topic that is paused."""

    #: Topic.
    topic: str
    #: Why, in the administrator's own words.
    reason: str
    #: Name of who paused it.
    who: str
    #: Since when (UTC).
    since: datetime
    #: When it ends by itself (UTC); None: when somebody ends it.
    until: datetime | None


def paused(uow: UnitOfWork) -> Mapping[str, Pause]:
    """Return all pauses by topic."""
    return {row.topic: _pause(row) for row in uow.pauses.all()}


def _pause(row: Any) -> Pause:
    return Pause(
        topic=row.topic,
        reason=row.reason,
        who=row.author_name,
        since=row.since,
        until=row.until,
    )


def begin(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    topic: str,
    reason: str,
    until: datetime | None = None,
) -> None:
    """Pause a topic; `Conflict` if it is paused. Caller audits and commits."""
    known = uow.pauses.lock(topic)
    if known is not None:
        raise Conflict(text("{name} has paused this handler", name=known.author_name))
    row = {
        "topic": topic,
        "reason": reason,
        "author": actor.account,
        "author_name": actor.name,
        "since": ctx.due_now(uow),
        "until": until,
    }
    uow.pauses.add(row)


def end(uow: UnitOfWork, ctx: Context, topic: str) -> int:
    """Let a topic go; return how many calls wait. `Conflict` if it is not paused."""
    if not uow.pauses.end(topic):
        raise Conflict(text("This handler is not paused"))
    waiting = uow.pauses.spread(topic, ctx.due_now(uow), PER_SECOND)
    ctx.bell.ring(uow)
    return waiting


def end_over(uow: UnitOfWork, ctx: Context) -> None:
    """End the pauses whose time is over, each with a row of audit. Caller commits."""
    for topic in uow.pauses.over(ctx.due_now(uow)):
        if uow.pauses.lock(topic) is not None:
            waiting = end(uow, ctx, topic)
            audit.append(uow, ctx, SYSTEM, "handler.resume", f"handler:{topic}", {"calls": waiting})
