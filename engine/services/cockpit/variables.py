"""Variables of a case, set and removed by an administrator: typed, checked, kept in history.

A value must be of the type that the diagram gives the variable, and fit whatever ahead of the case
reads it: the check of a deployment is done once more, as if the variable were of the new type
(`engine.bpmn.whatif`). History keeps the old and the new value sealed beside the act.

What was asked of a handler already stays as it was asked, and so do deadlines and candidates that
were worked out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from engine import bpmn
from engine.bpmn import whatif
from engine.errors import Conflict, FormRefused, ValueRefused
from engine.model.acts import SetVariables
from engine.model.people import Actor
from engine.model.text import Text, text
from engine.services import access, ending, stepping
from engine.services.cockpit import fields, mendable, stamps
from engine.services.cockpit.mendable import Mendable
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
from engine.services.recording import Submission

# --- looking --------------------------------------------------------------------------------------


def look(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
    """Tell the old and the new value; `FormRefused` for one that does not fit, with the element."""
    case, blank = _blank(uow, ctx, actor, wish)
    if "value" not in wish.params or blank.refusals:
        return blank
    scope, name, value = (
        fields.scope_of(case, wish.params),
        fields.name_of(wish.params),
        wish.params.get("value"),
    )
    _refuse_misfit(uow, ctx, case, scope, name, value)
    change = Change(
        what=name,
        before=fields.shown_of(scope.values, name),
        after=fields.shown(value),
        element=scope.element,
    )
    warnings = tuple(_warnings(case, scope, name))
    return replace(blank, changes=(change,), warnings=warnings)


def look_removal(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
    """Tell what is removed, and who ahead reads it."""
    case, blank = _blank(uow, ctx, actor, wish)
    if not wish.params or blank.refusals:
        return blank
    scope, name = fields.scope_of(case, wish.params), fields.name_of(wish.params)
    _refuse_missing(scope, name)
    change = Change(
        what=name,
        before=fields.shown_of(scope.values, name),
        after=text("is removed"),
        element=scope.element,
    )
    warnings = tuple(_needed(uow, ctx, case, scope, name))
    return replace(blank, changes=(change,), warnings=warnings)


def _blank(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> tuple[Mendable, Preview]:
    case = mendable.look(uow, ctx, actor, wish.subject)
    there = [] if case.outline or not case.open else fields.scopes(case)
    return case, Preview(
        name=case.row.business_key,
        stamp=str(case.row.revision),
        choices=fields.choices(case, there),
        given=fields.given(there, wish.params),
        refusals=tuple(_barred(case)),
    )


def _barred(case: Mendable) -> Iterator[Text]:
    if not case.open:
        yield ending.ENDED
    elif case.outline:
        yield text("What is in this case is not for an administrator's eyes")


# --- does it fit? ---------------------------------------------------------------------------------


def _standing(case: Mendable) -> list[str]:
    return [one.element for one in bpmn.overview(case.definition, case.state)]


def _refuse_misfit(
    uow: UnitOfWork,
    ctx: Context,
    case: Mendable,
    scope: bpmn.Named,
    name: str,
    value: object,
) -> None:
    """Raise `FormRefused` at the field for a value of another type than the diagram needs."""
    standing = [scope.element] if scope.element else _standing(case)
    found = mendable.misfits(uow, ctx, case, name, value, standing)
    if found:
        told = misfitting(case, found)
        raise FormRefused(told[0], {"value": told})


def misfitting(case: Mendable, found: Sequence[whatif.Misfit]) -> list[Text]:
    """Say which elements need another type, and why."""
    return [
        text(
            "It does not fit {element}: {reason}",
            element=case.name(one.element),
            reason=one.message,
        )
        for one in found
    ]


def _refuse_missing(scope: bpmn.Named, name: str) -> None:
    if name not in scope.values:
        said = text("There is no variable {name} here", name=name)
        raise FormRefused(said, {"name": [said]})


def _warnings(case: Mendable, scope: bpmn.Named, name: str) -> Iterator[Text]:
    if name not in scope.values:
        yield text("{name} is not set so far: it is a new variable", name=name)
    asked = case.process.elements
    for token in bpmn.overview(case.definition, case.state):
        if token.active and token.element in asked and asked[token.element].topic:
            yield text(
                "The handler of {element} was asked already, with what was set then",
                element=case.name(token.element),
            )


def _needed(
    uow: UnitOfWork, ctx: Context, case: Mendable, scope: bpmn.Named, name: str
) -> Iterator[Text]:
    standing = [scope.element] if scope.element else _standing(case)
    for element in mendable.readers(uow, ctx, case, name, standing):
        yield text("{element} reads {name}", element=case.name(element), name=name)


# --- acting ---------------------------------------------------------------------------------------


def act(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    """Set a variable; see `Operation.act`. `FormRefused` for a value that does not fit."""
    case = _mine(uow, ctx, actor, wish)
    if "value" not in wish.params:
        said = text("Say which value it is to have")
        raise FormRefused(said, {"value": [said]})
    scope, name, value = (
        fields.scope_of(case, wish.params),
        fields.name_of(wish.params),
        wish.params["value"],
    )
    _refuse_misfit(uow, ctx, case, scope, name, value)
    made = SetVariables(token=scope.token, values={name: value})
    return _done(uow, ctx, actor, wish, case, scope, made, {"after": value})


def remove(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    """Remove a variable."""
    case = _mine(uow, ctx, actor, wish)
    scope, name = fields.scope_of(case, wish.params), fields.name_of(wish.params)
    _refuse_missing(scope, name)
    made = SetVariables(token=scope.token, removed=(name,))
    return _done(uow, ctx, actor, wish, case, scope, made, {})


def _mine(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Mendable:
    case = mendable.look(uow, ctx, actor, wish.subject)
    mendable.refuse_ended(case)
    if case.outline:
        raise ValueRefused(text("What is in this case is not for an administrator's eyes"))
    return case


def _done(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    wish: Wish,
    case: Mendable,
    scope: bpmn.Named,
    made: SetVariables,
    after: Mapping[str, object],
) -> Done:
    name = fields.name_of(wish.params)
    before = {"before": scope.values[name]} if name in scope.values else {}
    told: dict[str, Any] = {"variable": name, "scope": scope.element}
    why = Submission(
        reason=wish.reason.strip(), told=told, element=scope.element, sealed={**before, **after}
    )
    held = uow.instances.lock(wish.subject)
    if held is None:
        raise access.no_case()
    stepping.mend(uow, ctx, actor, held, made, why)
    if scope.token is not None:
        _tell_tasks(uow, case)
    return Done(told=told, undo={**_place(wish.params), **before, **_now(after)})


def _place(params: Params) -> dict[str, object]:
    return {"scope": params.get("scope", ""), "name": fields.name_of(params)}


def _now(after: Mapping[str, object]) -> dict[str, object]:
    return {"now": after["after"]} if "after" in after else {}


def _tell_tasks(uow: UnitOfWork, case: Mendable) -> None:
    """Have the forms of open tasks show what their local variables are now."""
    state = uow.instances.state(case.row.id)
    for task in uow.tasks.open_of(case.row.id):
        local = dict(bpmn.seen(case.definition, state, UUID(hex=task.id)))
        if local != dict(task.local):
            uow.tasks.set_local(task.id, local)


def undo(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    """Give a variable its old value again; `Conflict` if it has got another one since."""
    case = _mine(uow, ctx, actor, wish)
    scope, name, params = (
        fields.scope_of(case, wish.params),
        fields.name_of(wish.params),
        wish.params,
    )
    there = {"now": scope.values[name]} if name in scope.values else {}
    if there != {key: value for key, value in params.items() if key == "now"}:
        raise Conflict(text("{name} has changed since; it stays as it is", name=name))
    if "before" in params:
        made = SetVariables(token=scope.token, values={name: params["before"]})
        return _done(uow, ctx, actor, wish, case, scope, made, {"after": params["before"]})
    made = SetVariables(token=scope.token, removed=(name,))
    return _done(uow, ctx, actor, wish, case, scope, made, {})


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="set-variable",
        subject=Subject.CASE,
        title=text("Change a variable"),
        about=text(
            "The case goes by the new value from now on. What was asked or worked out before stays."
        ),
        read=fields.read,
        look=look,
        act=act,
        stamps=stamps.cases,
        undo=undo,
    ),
    Operation(
        name="remove-variable",
        subject=Subject.CASE,
        title=text("Remove a variable"),
        about=text("The case goes on as if it had never been set."),
        read=fields.read_removal,
        look=look_removal,
        act=remove,
        stamps=stamps.cases,
        undo=undo,
    ),
)
