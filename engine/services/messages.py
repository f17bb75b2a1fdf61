"""Messages to waiting cases: correlation, buffering, start events."""

from collections.abc import Mapping
from datetime import timedelta

from engine.model.people import Actor
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
    on either side, whose case has `business_key`); else a message start event. Nobody waits: kept
    for `ttl`, and delivered when somebody does. `AmbiguousMessage` if two cases fit.
    """
    raise NotImplementedError


def signal(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    name: str,
    payload: Mapping[str, object] | None = None,
) -> tuple[str, ...]:
    """Deliver a signal to everybody who waits for it; return the ids of the cases reached."""
    raise NotImplementedError
