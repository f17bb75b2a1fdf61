"""Moving a token of a case to another element: ahead, aside, or back to where it has been.

The engine does it (`engine.bpmn.moving`): what waits at the old place is withdrawn as by an event
that interrupts. A task that opens again at the element it was withdrawn from goes on where it was,
if it is offered to the same people; otherwise what was typed and not sent is lost with it.

It cannot be taken back as such: what was withdrawn is gone. Whoever regrets it moves back.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine import bpmn
from engine.errors import FormRefused, Refused, StepFailed, TaskClosed
from engine.model.acts import MoveToken
from engine.model.people import Actor
from engine.model.steps import Step
from engine.model.text import Text, text
from engine.services import access, ending, stepping
from engine.services.cockpit import incidentacts, mendable, stamps, typed
from engine.services.cockpit.mendable import Mendable
from engine.services.cockpit.operations import (
    Change,
    Done,
    Operation,
    Params,
    Preview,
    Said,
    Subject,
    Wish,
)
from engine.services.context import Context, UnitOfWork
from engine.services.recording import Submission

#: How a target is taken: the element is entered, or the token goes on behind it.
ENTERED, BEHIND = "entered", "behind"
MODES: Sequence[tuple[str, Text]] = (
    (ENTERED, text("The element begins anew")),
    (BEHIND, text("The case goes on behind it")),
)
#: Rows of history that tell where the case has been.
WINDOW = 1000
#: What stands in the way of a step, and leaves the case as it is.
_STAYS = (Refused, StepFailed, TaskClosed)


def read(said: Mapping[str, str]) -> Params:
    """Read the form: ``token`` (hexadecimal) or ``from`` (an element), ``target``, ``mode``."""
    params = {name: said.get(name, "").strip() for name in ("token", "from", "target", "mode")}
    errors: dict[str, Sequence[Text]] = {}
    if not params["target"]:
        errors["target"] = [text("Choose where to")]
    if params["mode"] not in {"", ENTERED, BEHIND}:
        errors["mode"] = [text("Choose how it is taken")]
    if params["token"] and typed.token(params["token"]) is None:
        errors["token"] = [text("There is no such token")]
    if errors:
        raise FormRefused(text("The form is not complete"), errors)
    return params


def standing(case: Mendable) -> list[bpmn.OpenToken]:
    """Return the tokens that can be moved, the newest last."""
    found = (one for one in bpmn.overview(case.definition, case.state) if one.flows)
    return sorted(found, key=lambda one: (one.since, one.element, one.token.hex))


def chosen(tokens: Sequence[bpmn.OpenToken], params: Params) -> bpmn.OpenToken:
    """Return the token that is meant: named, or the only one, or the only one at an element.

    Raises `TaskClosed` if it is gone, `FormRefused` if several could be meant.
    """
    named, element = params.get("token"), params.get("from")
    if named:
        fits = [one for one in tokens if one.token.hex == named]
    elif element:
        fits = [one for one in tokens if one.element == element]
    else:
        fits = list(tokens)
    if not fits:
        raise TaskClosed(text("The token is not there any more"))
    if len(fits) > 1:
        said = text("Several tokens are there; choose one")
        raise FormRefused(said, {"token": [said]})
    return fits[0]


# --- looking --------------------------------------------------------------------------------------


def look(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
    """Tell what a move would close and open, and why it cannot be; `FormRefused` by field."""
    case = mendable.look(uow, ctx, actor, wish.subject)
    choices = _choices(uow, case)
    preview = Preview(
        name=case.row.business_key,
        stamp=str(case.row.revision),
        choices=choices,
        given=_given(choices),
        refusals=() if case.open else (ending.ENDED,),
    )
    if not wish.params or not case.open:
        return preview
    return _tried(uow, ctx, case, wish.params, preview)


def _tried(
    uow: UnitOfWork, ctx: Context, case: Mendable, params: Params, preview: Preview
) -> Preview:
    try:
        token = chosen(standing(case), params)
        act = _act(token, params)
        state, step = bpmn.advance(case.definition, case.state, act, case.env)
    except FormRefused:
        raise
    except _STAYS as refused:
        return replace(preview, refusals=(refused.text,))
    return replace(
        preview,
        changes=(_moves(case, token, act), *mendable.changes(uow, case, step)),
        warnings=tuple(_warnings(uow, ctx, case, act, state, step)),
    )


def _moves(case: Mendable, token: bpmn.OpenToken, act: MoveToken) -> Change:
    target = case.name(act.target)
    after = text("behind {element}", element=target) if act.behind else target
    return Change(what=text("Token"), before=case.name(token.element), after=after)


def _act(token: bpmn.OpenToken, params: Params) -> MoveToken:
    behind = params.get("mode") == BEHIND
    return MoveToken(token=token.token, target=str(params["target"]), behind=behind)


def _warnings(
    uow: UnitOfWork, ctx: Context, case: Mendable, act: MoveToken, state: bytes, step: Step
) -> Iterator[Text]:
    yield from mendable.moved_tasks(uow, case, step)
    before = bpmn.twice(case.definition, case.state)
    for element in sorted(bpmn.twice(case.definition, state) - before):
        yield text(
            "Two tokens could come to {element}: what comes behind it would be done twice",
            element=case.name(element),
        )
    if not act.behind:
        yield from mendable.unset(uow, ctx, case, act.target, step.variables)


# --- what can be chosen ---------------------------------------------------------------------------


def _choices(uow: UnitOfWork, case: Mendable) -> Mapping[str, Sequence[tuple[str, Said]]]:
    tokens = standing(case) if case.open else []
    found = [one for token in tokens for one in _aims(case, token)]
    aims = {one.element: False for one in found} | {
        one.element: True for one in found if one.enters
    }
    return {
        "token": [(one.token.hex, _since(case, one)) for one in tokens],
        "target": list(targets(uow, case, aims)),
        "mode": MODES,
        "from": [(one, case.name(one)) for one in dict.fromkeys(t.element for t in tokens)],
    }


def _aims(case: Mendable, token: bpmn.OpenToken) -> list[bpmn.Aim]:
    return bpmn.aims(case.definition, case.state, token.token)


def _given(choices: Mapping[str, Sequence[tuple[str, Said]]]) -> Mapping[str, str]:
    only = choices["token"][0][0] if len(choices["token"]) == 1 else ""
    return {"token": only, "mode": ENTERED}


def _since(case: Mendable, token: bpmn.OpenToken) -> Text:
    return text("{element}, since {at}", element=case.name(token.element), at=token.since)


def targets(
    uow: UnitOfWork, case: Mendable, aims: Mapping[str, bool]
) -> Iterator[tuple[str, Said]]:
    """Yield elements with what they are called: those the case passed first, the newest of them.

    `aims` tells of each whether it can be entered; what cannot says so.
    """
    passed: dict[str, Any] = {}
    for row in uow.inspecting.window(case.row.id, WINDOW):
        if row.what in {"entered", "left"} and row.element in aims:
            passed.setdefault(row.element, row.at)
    for element, at in passed.items():
        name = _aimed(case, element, enters=aims[element])
        yield element, text("{element} — was there {at}", element=name, at=at)
    for element in case.process.elements:
        if element in aims and element not in passed:
            yield element, _aimed(case, element, enters=aims[element])


def _aimed(case: Mendable, element: str, *, enters: bool) -> Said:
    name = case.name(element)
    return name if enters else text("{element} (only behind it)", element=name)


# --- acting ---------------------------------------------------------------------------------------


def act(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    """Move the token; see `Operation.act`."""
    held = uow.instances.lock(wish.subject)
    if held is None:
        raise access.no_case()
    case = mendable.look(uow, ctx, actor, wish.subject)
    mendable.refuse_ended(case)
    token = chosen(standing(case), wish.params)
    moving = _act(token, wish.params)
    told = {
        "from": token.element,
        "to": moving.target,
        "mode": BEHIND if moving.behind else ENTERED,
    }
    why = Submission(reason=wish.reason.strip(), told=told, element=token.element)
    step = stepping.mend(uow, ctx, actor, held, moving, why)
    settle_incidents(uow, ctx, actor, held.id, token.element, step, why.reason)
    return Done(told=told)


def settle_incidents(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    instance_id: str,
    element: str,
    step: Step,
    reason: str,
) -> None:
    """Mark as resolved what failed at a place that nothing stands at any more."""
    over: list[str] = []
    gone = {token.hex for token in step.closed}
    for row in uow.incidents.open(instance_id, size=10_000):
        job = uow.jobs.find(row.job_id) if row.job_id else None
        if job.token in gone if job is not None else row.element == element:
            over.append(row.id)
    incidentacts.close(uow, actor, over, "moved", ctx.now(), text=reason)


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="move-token",
        subject=Subject.CASE,
        title=text("Move the token"),
        about=text(
            "The case goes on from another element: ahead, aside, or back to where it has been."
            " What waits at the old place is withdrawn; who regrets it moves back."
        ),
        read=read,
        look=look,
        act=act,
        stamps=stamps.cases,
    ),
)
