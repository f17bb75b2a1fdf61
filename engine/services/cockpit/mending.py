"""Incidents of handlers mended by hand: with other inputs, or with the answer itself."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from engine.errors import Conflict, NotFound, Refused, ValueRefused
from engine.handling import Handler
from engine.model.acts import FinishHandler
from engine.model.people import Actor
from engine.model.text import Text, text
from engine.services import stepping
from engine.services.cockpit import incidents, retrying
from engine.services.cockpit.incidentacts import (
    locked,
    operation,
    seen,
    settle,
    tell,
    waits,
    why_not_again,
)
from engine.services.cockpit.operations import Change, Done, Params, Preview, Wish
from engine.services.cockpit.typed import moment_or_none
from engine.services.cockpit.typing_in import FIELD, asked, typed, values_of
from engine.services.cockpit.veiling import veiled
from engine.services.context import Context, UnitOfWork
from engine.store.ids import new_id

_NOTHING = text("This handler takes nothing that could be changed")
_NOT_HERS = text("What is in this case is not for an administrator's eyes")


def _read(said: Mapping[str, str]) -> Params:
    """Keep what was typed as text: which type each field has, its handler says."""
    at = moment_or_none(said, "at")
    given = {name: value for name, value in said.items() if name.startswith(FIELD)}
    return {"typed": given, **({"at": at} if at else {})}


def _typed(wish: Wish) -> Mapping[str, str]:
    found = wish.params.get("typed")
    return found if isinstance(found, Mapping) else {}


def _after(model: type[BaseModel], before: Mapping[str, Any], wish: Wish) -> dict[str, Any]:
    """Return the values with what was typed; a veiled field that was left empty is unchanged."""
    veils = {one.name for one in asked(model, before) if veiled(one.value) != one.value}
    said = _typed(wish).items()
    return values_of(model, before, {k: v for k, v in said if v.strip() or k not in veils})


def _handler(ctx: Context, row: Any) -> Handler | None:
    return ctx.extensions.handler_of(row.topic) if row.kind == "handler" else None


def _why_not(
    uow: UnitOfWork, ctx: Context, actor: Actor, row: Any, handler: Handler | None
) -> Text | None:
    if incidents.outlined(uow, ctx, actor, row):
        return _NOT_HERS
    said = why_not_again(uow, row)
    if said is None and handler is None:
        return text("This process does not know the handler, or no handler was at work")
    return said


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return fields that differ, as they are typed: name, before, after."""
    return [
        (key, typed(before[key]) if key in before else "", typed(after[key]))
        for key in after
        if key not in before or before[key] != after[key]
    ]


def _shown(changes: list[tuple[str, str, str]]) -> list[Change]:
    return [Change(what=veiled(name), before=veiled(a), after=veiled(b)) for name, a, b in changes]


def _given(model: type[BaseModel], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a preview says of the fields: what stands in each, what may be chosen.

    A field that may hold an IIN is empty.
    """
    fields = asked(model, known)
    return {
        "given": {one.name: one.value if veiled(one.value) == one.value else "" for one in fields},
        "choices": {one.name: [(c, c) for c in one.choices] for one in fields if one.choices},
    }


def _inputs(uow: UnitOfWork, row: Any) -> Mapping[str, Any]:
    found = uow.jobs.find(row.job_id)
    if found is None:
        raise NotFound(text("There is no such incident"))
    return found.payload


# Other inputs.


def _look_with(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
    row, now = incidents.find(uow, actor, wish.subject), ctx.due_now(uow)
    handler = _handler(ctx, row)
    refusal = _why_not(uow, ctx, actor, row, handler)
    if refusal or handler is None:
        return seen(uow, ctx, row, refusal=refusal)
    before = _inputs(uow, row)
    more = _given(handler.takes, before)
    if not more["given"]:
        return seen(uow, ctx, row, refusal=_NOTHING)
    changed = _changes(before, _after(handler.takes, before, wish))
    again = retrying.changes(row, retrying.due_of(wish, now), now) if changed else ()
    return seen(uow, ctx, row, *_shown(changed), *again, warnings=waits(uow, row), **more)


def _retry_with(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    row, now = locked(uow, wish.subject), ctx.due_now(uow)
    handler = _known(uow, ctx, actor, row)
    before = _inputs(uow, row)
    after = _after(handler.takes, before, wish)
    changed = _changes(before, after)
    if not changed:
        raise Refused(text("Nothing was changed; to repeat it as it was, try it again"))
    due = retrying.due_of(wish, now)
    # Another question wants another key: under the old one a system repeats its old answer.
    uow.joblists.change_input(row.job_id, after, new_id(now))
    uow.joblists.revive([row.job_id], due)
    words = wish.reason.strip()
    settle(uow, actor, row, "changed", now, text=words, due=due, changes=changed)
    fields = sorted(name for name, _, _ in changed)
    tell(
        uow, ctx, actor, row, "inputs-changed", wish, incident=row.id, job=row.job_id, fields=fields
    )
    ctx.bell.ring(uow)
    return Done(told={"job": row.job_id, "fields": fields})


def _known(uow: UnitOfWork, ctx: Context, actor: Actor, row: Any) -> Handler:
    if incidents.outlined(uow, ctx, actor, row):
        raise ValueRefused(_NOT_HERS)
    found = _handler(ctx, row)
    if found is None:
        raise Conflict(text("This process does not know the handler, or no handler was at work"))
    return found


# By hand.


def _look_by_hand(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
    row = incidents.find(uow, actor, wish.subject)
    handler = _handler(ctx, row)
    refusal = _why_not(uow, ctx, actor, row, handler)
    if row.status == "suspended" and refusal is None:
        refusal = text("The case is suspended; resume it first")
    if refusal or handler is None:
        return seen(uow, ctx, row, refusal=refusal)
    more = _given(handler.gives, {}) if handler.gives else {}
    token = Change(what=text("Token"), before=text("stands"), after=text("goes on"))
    warnings = [text("What the handler itself writes down besides its answer is not written")]
    if handler.gives and not _typed(wish):
        return seen(uow, ctx, row, warnings=warnings, **more)
    outputs = _outputs(handler, wish)
    shown = _shown(_changes({}, outputs))
    return seen(uow, ctx, row, *shown, token, warnings=warnings, **more)


def _outputs(handler: Handler, wish: Wish) -> dict[str, Any]:
    return values_of(handler.gives, {}, _typed(wish)) if handler.gives else {}


def _complete(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    row, now = locked(uow, wish.subject), ctx.due_now(uow)
    outputs = _outputs(_known(uow, ctx, actor, row), wish)
    job = uow.jobs.find(row.job_id)
    held = uow.instances.lock(row.instance_id)
    if job is None or held is None or not uow.joblists.close(row.job_id, ctx.now()):
        raise Conflict(text("Somebody has dealt with this meanwhile"))
    changed = _changes({}, outputs)
    settle(uow, actor, row, "by-hand", now, text=wish.reason.strip(), changes=changed)
    tell(uow, ctx, actor, row, "by-hand", wish, incident=row.id, job=row.job_id)
    stepping.take(uow, ctx, actor, held, FinishHandler(token=UUID(job.token), outputs=outputs))
    ctx.bell.ring(uow)
    return Done(told={"job": row.job_id})


RETRY_WITH = operation(
    name="retry-with",
    title=text("Change the inputs and try again"),
    about=text("What the handler is asked is changed; the old values are kept, encrypted."),
    read=_read,
    look=_look_with,
    act=_retry_with,
)
BY_HAND = operation(
    name="complete-by-hand",
    title=text("Complete by hand"),
    about=text("You give the answer that the handler could not get, and the case goes on with it."),
    read=_read,
    look=_look_by_hand,
    act=_complete,
    grave=True,
)

OPERATIONS = (RETRY_WITH, BY_HAND)
