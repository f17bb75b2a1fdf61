"""Sending a message or a signal to a case by hand.

A message goes to one token that waits for it, whatever its correlation key says; a signal to all
tokens of this one case that wait for it. If nobody waits, a message can be kept for some days: the
first element of the case that waits for it gets it.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from engine.errors import Conflict, TaskClosed
from engine.model.people import Actor
from engine.model.text import Text, text
from engine.services import ending, history, messages
from engine.services.cockpit import calling, stamps, typed
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
from engine.services.views import CaseState

#: For how many days a message can be kept.
DAYS = 365
NAMELESS = text("Say what the message is called.")
UNKNOWN = text("Say what the signal is called.")
SUSPENDED = text("The case is suspended by an administrator")


def _days(said: Mapping[str, str]) -> Params:
    written = said.get("days", "").strip()
    if not written:
        return {"days": 0}
    if not (written.isascii() and written.isdigit()) or not 1 <= int(written[:9]) <= DAYS:
        raise typed.refuse("days", text("Write a number of days between 1 and {most}.", most=DAYS))
    return {"days": int(written)}


def _read_message(said: Mapping[str, str]) -> Params:
    return typed.all_of(
        (
            lambda: {"name": typed.needed(said, "name", NAMELESS)},
            lambda: {"token": said.get("token", "")[:32]},
            lambda: _days(said),
            lambda: typed.payload(said),
        )
    )


def _read_signal(said: Mapping[str, str]) -> Params:
    return typed.all_of(
        (
            lambda: {"name": typed.needed(said, "name", UNKNOWN)},
            lambda: typed.payload(said),
        )
    )


def _waits(uow: UnitOfWork, case: str, kind: str, wish: Wish) -> list[Any]:
    """Return who waits for what is named, of all tokens or of the one that was chosen."""
    token = wish.params.get("token")
    return [
        one
        for one in uow.subscriptions.of_case(case)
        if one.kind == kind
        and one.name == wish.params.get("name")
        and (not token or one.token == token)
    ]


def _standing(own: Any) -> tuple[Text, ...]:
    if own.status not in ending.OPEN:
        return (ending.ENDED,)
    return (SUSPENDED,) if own.status == CaseState.SUSPENDED.value else ()


def _brings(wish: Wish) -> list[Change]:
    found = wish.params.get("payload")
    told = found if isinstance(found, dict) else {}
    return [
        Change(what=text("variable {name}", name=name), after=str(value))
        for name, value in told.items()
    ]


def _choices(uow: UnitOfWork, ctx: Context, own: Any, kind: str) -> Mapping[str, Sequence[Any]]:
    waits = [one for one in uow.subscriptions.of_case(own.id) if one.kind == kind]
    return {
        "token": [
            (
                one.token,
                text(
                    "{step}: {name}",
                    step=calling.step(uow, ctx, own, one.element),
                    name=one.name,
                ),
            )
            for one in waits
        ],
        "name": [(name, name) for name in sorted({one.name for one in waits})],
        "type": list(typed.KIND_NAMES.items()),
    }


def _seen(uow: UnitOfWork, ctx: Context, own: Any, kind: str, wish: Wish) -> Preview:
    waits = _waits(uow, own.id, kind, wish) if wish.params else []
    reached = waits if kind == "signal" else waits[:1]
    changes = [
        Change(
            what=calling.step(uow, ctx, own, one.element),
            before=text("waits for {name}", name=one.name),
            after=text("goes on"),
            element=one.element,
        )
        for one in reached
    ]
    choices = _choices(uow, ctx, own, kind)
    names = choices["name"]
    return Preview(
        name=calling.case_name(uow, ctx, own),
        changes=tuple(changes + (_brings(wish) if changes else [])),
        warnings=tuple(_warned(kind, wish, waits)),
        refusals=_standing(own),
        stamp=stamps.cases(uow, [own.id]).get(own.id, ""),
        choices=choices,
        given={"name": names[0][0]} if len(names) == 1 else {},
    )


def _warned(kind: str, wish: Wish, waits: Sequence[Any]) -> list[Text]:
    if not wish.params:
        return []
    if not waits and kind == "message" and wish.params.get("days"):
        days = wish.params["days"]
        return [text("Nobody in this case waits for it; it is kept for {n} days.", n=days)]
    if not waits:
        return [text("Nobody in this case waits for it.")]
    if kind == "message" and len(waits) > 1:
        return [text("{n} tokens wait for it; choose which one gets it.", n=len(waits))]
    return []


def _look_message(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
    return _seen(uow, ctx, calling.case(uow, wish.subject), "message", wish)


def _look_signal(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
    return _seen(uow, ctx, calling.case(uow, wish.subject), "signal", wish)


def _refuse_unless_running(uow: UnitOfWork, case: str) -> Any:
    own = calling.case(uow, case)
    for refusal in _standing(own):
        raise Conflict(refusal)
    return own


def _payload(wish: Wish) -> dict[str, object]:
    found = wish.params.get("payload")
    return dict(found) if isinstance(found, dict) else {}


def _note(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish, what: str) -> None:
    detail = {"name": str(wish.params["name"])}
    history.note(uow, ctx, actor, wish.subject, what, detail, reason=wish.reason)


def _send(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    own = _refuse_unless_running(uow, wish.subject)
    waits = _waits(uow, own.id, "message", wish)
    days, name = wish.params.get("days"), str(wish.params["name"])
    if len(waits) > 1:
        raise typed.refuse("token", text("Choose which of them gets it."))
    if not waits and not days:
        raise typed.refuse("name", text("Nobody in this case waits for it."))
    ctx.witness.told(uow, actor, name, own.business_key, _payload(wish))
    if waits:
        _note(uow, ctx, actor, wish, "message-sent")
        messages.deliver(uow, ctx, actor, waits[0], _payload(wish))
        return Done(told={"name": name, "element": waits[0].element})
    _note(uow, ctx, actor, wish, "message-kept")
    address = (name, "", own.business_key)
    messages.keep(uow, ctx, actor, address, _payload(wish), timedelta(days=int(str(days))))
    return Done(told={"name": name, "days": days})


def _signal(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    own = _refuse_unless_running(uow, wish.subject)
    waits = _waits(uow, own.id, "signal", wish)
    if not waits:
        raise typed.refuse("name", text("Nobody in this case waits for it."))
    _note(uow, ctx, actor, wish, "signal-sent")
    reached = 0
    for one in waits:
        try:
            messages.deliver(uow, ctx, actor, one, _payload(wish))
        except TaskClosed:
            # An earlier delivery of this very signal ended the wait, or the case.
            continue
        reached += 1
    return Done(told={"name": str(wish.params["name"]), "tokens": reached})


OPERATIONS = (
    Operation(
        name="send-message",
        subject=Subject.CASE,
        title=text("Send a message"),
        about=text("One token of this case that waits for it gets it; no other case does."),
        read=_read_message,
        look=_look_message,
        act=_send,
        stamps=stamps.cases,
    ),
    Operation(
        name="send-signal",
        subject=Subject.CASE,
        title=text("Send a signal"),
        about=text("All tokens of this case that wait for it get it; no other case hears it."),
        read=_read_signal,
        look=_look_signal,
        act=_signal,
        stamps=stamps.cases,
    ),
)
