"""Messages to waiting cases: correlation, buffering, start events."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from engine.errors import AmbiguousMessage, StartsSuspended, TaskClosed
from engine.model.acts import Deliver
from engine.model.people import Actor, ActorKind
from engine.model.text import text
from engine.services import audit, instances, stepping
from engine.services.context import Context, UnitOfWork


def publish(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    name: str,
    *,
    business_key: str = "",
    correlation: str = "",
    payload: Mapping[str, object] | None = None,
    ttl: timedelta = timedelta(0),
) -> tuple[str, ...]:
    """Deliver a message; return the ids of the cases reached (one, or none if it was buffered).

    Fits: a waiting element with this name whose correlation key is `correlation` (or, without one
    at the element, whose case has `business_key`); else a message start event. Nobody waits: kept
    for `ttl`, and delivered when somebody does. `AmbiguousMessage` if two cases fit.
    """
    said = dict(payload or {})
    if actor.kind is ActorKind.PERSON:
        ctx.witness.told(uow, actor, name, business_key, said)
    waiting = uow.subscriptions.fitting(name, correlation, business_key)
    if len({row.instance_id for row in waiting}) > 1:
        raise AmbiguousMessage(
            text("The message {name} fits more than one case", name=name),
            [row.instance_id for row in waiting],
        )
    if waiting:
        return deliver(uow, ctx, actor, waiting[0], said)
    started = _start(uow, ctx, actor, name, business_key or correlation, said)
    if not started and ttl > timedelta(0):
        keep(uow, ctx, actor, (name, correlation, business_key), said, ttl)
    return started


def deliver(
    uow: UnitOfWork, ctx: Context, actor: Actor, row: Any, payload: Mapping[str, object]
) -> tuple[str, ...]:
    """Hand a message or signal to one wait, given as its row; return the id of its case."""
    act = Deliver(token=UUID(row.token), name=row.name, payload=payload)
    stepping.advance(uow, ctx, actor, row.instance_id, act)
    return (row.instance_id,)


def _start(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    name: str,
    business_key: str,
    payload: Mapping[str, object],
) -> tuple[str, ...]:
    starts = uow.subscriptions.starts("message", name)
    if len(starts) > 1:
        raise AmbiguousMessage(
            text("The message {name} starts more than one process", name=name), []
        )
    return tuple(_started(uow, ctx, actor, row, business_key, payload) for row in starts)


def _started(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    row: Any,
    business_key: str,
    payload: Mapping[str, object],
) -> str:
    return instances.start(
        uow,
        ctx,
        actor,
        "",
        business_key,
        element=row.element,
        definition_id=row.definition_id,
        payload=payload,
    )


def keep(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    address: tuple[str, str, str],
    payload: Mapping[str, object],
    ttl: timedelta,
) -> None:
    """Keep a message for who will wait; `address` is name, correlation key, case number."""
    now = ctx.due_now(uow)
    name, correlation, business_key = address
    made = uow.messages.add(
        name=name,
        correlation=correlation,
        business_key=business_key,
        payload=payload,
        at=now,
        expires_at=now + ttl,
    )
    audit.append(uow, ctx, actor, "message.buffered", f"message:{made}", {"name": name})


def signal(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    name: str,
    payload: Mapping[str, object] | None = None,
) -> tuple[str, ...]:
    """Deliver a signal to everybody who waits for it; return the ids of the cases reached.

    A version that starts nothing at the moment is passed over, and the audit log says so.
    """
    said = dict(payload or {})
    reached = [*_signalled(uow, ctx, actor, uow.subscriptions.waiting("signal", name), said)]
    for row in uow.subscriptions.starts("signal", name):
        try:
            reached.append(_started(uow, ctx, actor, row, "", said))
        except StartsSuspended:
            subject = f"definition:{row.definition_id}"
            audit.append(uow, ctx, actor, "signal.not-started", subject, {"name": name})
    return tuple(reached)


def _signalled(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    waiting: Sequence[Any],
    payload: Mapping[str, object],
) -> list[str]:
    reached: list[str] = []
    for row in sorted(waiting, key=lambda one: (one.instance_id, one.id)):
        try:
            reached += deliver(uow, ctx, actor, row, payload)
        except TaskClosed:
            # An earlier delivery of this very signal ended the wait, e.g. two boundary events.
            continue
    return reached


def purge(uow: UnitOfWork, ctx: Context) -> int:
    """Drop messages whose time to live is over; return how many."""
    return uow.messages.purge(ctx.due_now(uow))
