"""Rows of history, and acts that take no step."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.model.people import Actor
from engine.services import audit
from engine.services.context import Context, UnitOfWork
from engine.store import blind_index, values

#: Longest that is kept sealed beside a row of history, octets.
LONGEST = 16_000


def event_row(
    instance_id: str,
    at: datetime,
    actor: Actor,
    what: str,
    element: str = "",
    token: str = "",
    detail: Mapping[str, Any] | None = None,
    reason: str = "",
    sealed: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a row of history; who acts in somebody's place is told with that person's name.

    `sealed` is what may tell of a person; of what is longer than `LONGEST` only its length is kept.
    """
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
        "reason": reason or None,
        "sealed": None if sealed is None else _bounded(sealed),
    }


def _bounded(sealed: Mapping[str, Any]) -> Mapping[str, Any]:
    length = len(values.dumps(sealed))
    return sealed if length <= LONGEST else {"length": length}


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
    reason: str = "",
) -> None:
    """Write an act that takes no step into history and audit: claims, comments, suspensions.

    `reason` is what a person wrote, and may name people: history keeps it sealed, the audit log
    its keyed digest, which tells nobody what it was and everybody with the key that it still is.
    """
    row = event_row(instance_id, ctx.now(), actor, what, element, token, detail, reason)
    uow.events.add([row])
    subject = f"task:{token}" if token else f"instance:{instance_id}"
    told = {**(detail or {}), "reason": blind_index(reason)} if reason else detail
    audit.append(uow, ctx, actor, f"case.{what}", subject, told)
