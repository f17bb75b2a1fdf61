"""Rows of history, and acts that take no step."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.model.people import Actor
from engine.services import audit
from engine.services.context import Context, UnitOfWork


def event_row(
    instance_id: str,
    at: datetime,
    actor: Actor,
    what: str,
    element: str = "",
    token: str = "",
    detail: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a row of history; who acts in somebody's place is told with that person's name."""
    stead = actor.in_place_of
    told = {"in_place_of": stead.name} if stead else {}
    return {
        "instance_id": instance_id,
        "at": at,
        "what": what,
        "element": element,
        "token": token,
        "actor_kind": actor.kind.value,
        "actor": actor.account,
        "actor_name": actor.name,
        "detail": {**(detail or {}), **told},
    }


def note(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    instance_id: str,
    what: str,
    detail: Mapping[str, Any] | None = None,
    *,
    element: str = "",
    token: str = "",
) -> None:
    """Write an act that takes no step into history and audit: claims, comments, suspensions."""
    uow.events.add([event_row(instance_id, ctx.now(), actor, what, element, token, detail)])
    subject = f"task:{token}" if token else f"instance:{instance_id}"
    audit.append(uow, ctx, actor, f"case.{what}", subject, detail)
