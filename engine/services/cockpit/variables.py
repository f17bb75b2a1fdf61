"""Variables of a case, set and removed by an administrator: typed, checked, kept in history.

A value must be of the type that the diagram gives the variable, and fit whatever ahead of the case
reads it: the check of a deployment is done once more, as if the variable were of the new type
(`engine.bpmn.whatif`). History keeps the old and the new value sealed beside the act.

What was asked of a handler already stays as it was asked, and so do deadlines and candidates that
were worked out.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from engine import bpmn
from engine.bpmn import whatif
from engine.bpmn.naming import OWN
from engine.errors import Conflict, FormRefused, ValueRefused
from engine.model.acts import SetVariables
from engine.model.people import Actor
from engine.model.text import Text, text
from engine.services import shapes, stepping
from engine.services.cockpit import kinds, mendable, stamps
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
from engine.services.cockpit.veiling import veiled, veiled_value
from engine.services.context import Context, UnitOfWork
from engine.services.recording import Submission

#: Longest name of a variable.
LONGEST = 100
#: How a value is written in a preview at most, characters.
SHOWN = 200
_NAME = re.compile(r"[^\W\d]\w*")


# --- the form -------------------------------------------------------------------------------------


def read(said: Mapping[str, str]) -> Params:
    """Read the form: ``scope`` (token, empty: the case), ``name``, ``kind``, ``value``.

    Without the last two it is only asked which value the variable has.
    """
    params, errors = _named(said)
    if not errors and "kind" not in said and "value" not in said:
        return params
    try:
        params["value"] = kinds.read(said.get("kind", ""), said.get("value", ""))
    except ValueRefused as refused:
        field = "value" if said.get("kind", "") in kinds.NAMES else "kind"
        errors[field] = [refused.text]
    if errors:
        raise FormRefused(text("The form is not complete"), errors)
    return params


def read_removal(said: Mapping[str, str]) -> Params:
    """Read the form: ``scope``, ``name``."""
    params, errors = _named(said)
    if errors:
        raise FormRefused(text("The form is not complete"), errors)
    return params


def _named(said: Mapping[str, str]) -> tuple[dict[str, object], dict[str, Sequence[Text]]]:
    params: dict[str, object] = {name: said.get(name, "").strip() for name in ("scope", "name")}
    errors: dict[str, Sequence[Text]] = {}
    name = str(params["name"])
    if not _NAME.fullmatch(name) or len(name) > LONGEST:
        errors["name"] = [
            text("A name is letters, digits and _, and begins with a letter.")
            if name
            else text("Choose a variable, or name a new one")
        ]
    if params["scope"] and _token(str(params["scope"])) is None:
        errors["scope"] = [text("There is no such token")]
    return params, errors


def _token(written: str) -> UUID | None:
    try:
        return UUID(hex=written)
    except ValueError:
        return None


# --- looking --------------------------------------------------------------------------------------


def scopes(case: Mendable) -> list[bpmn.Named]:
    """Return the variables of a case as they are, its own first, then those of its tokens."""
    return bpmn.scopes(case.definition, case.state)


def look(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
    """Tell the old and the new value; `FormRefused` for one that does not fit, with the element."""
    case, blank = _blank(uow, ctx, actor, wish)
    if "value" not in wish.params or blank.refusals:
        return blank
    scope, name, value = _scope(case, wish.params), _name(wish.params), wish.params.get("value")
    _refuse_misfit(uow, ctx, case, scope, name, value)
    change = Change(
        what=name, before=_shown(scope.values, name), after=shown(value), element=scope.element
    )
    return _filled(blank, change, _warnings(case, scope, name))


def look_removal(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
    """Tell what is removed, and who ahead reads it."""
    case, blank = _blank(uow, ctx, actor, wish)
    if not wish.params or blank.refusals:
        return blank
    scope, name = _scope(case, wish.params), _name(wish.params)
    _refuse_missing(scope, name)
    change = Change(
        what=name,
        before=_shown(scope.values, name),
        after=text("is removed"),
        element=scope.element,
    )
    return _filled(blank, change, _needed(uow, ctx, case, scope, name))


def _blank(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> tuple[Mendable, Preview]:
    case = mendable.look(uow, ctx, actor, wish.subject)
    there = [] if case.outline or not case.open else scopes(case)
    return case, Preview(
        name=case.row.business_key,
        stamp=str(case.row.revision),
        choices=_choices(case, there),
        given=_given(there, wish.params),
        refusals=tuple(_barred(case)),
    )


def _barred(case: Mendable) -> Iterator[Text]:
    if not case.open:
        yield text("The case has ended")
    elif case.outline:
        yield text("What is in this case is not for an administrator's eyes")


def _filled(blank: Preview, change: Change, warnings: Iterator[Text]) -> Preview:
    return Preview(
        name=blank.name,
        stamp=blank.stamp,
        choices=blank.choices,
        given=blank.given,
        changes=(change,),
        warnings=tuple(warnings),
    )


def _choices(
    case: Mendable, there: Sequence[bpmn.Named]
) -> Mapping[str, Sequence[tuple[str, Said]]]:
    own: list[tuple[str, Said]] = [("", text("The case"))]
    names = sorted({name for one in there for name in one.values} - OWN)
    return {
        "scope": own + [(one.token.hex, case.name(one.element)) for one in there if one.token],
        "name": [(name, name) for name in names],
        "kind": list(kinds.NAMES.items()),
    }


def _given(there: Sequence[bpmn.Named], params: Params) -> Mapping[str, str]:
    """Return kind and value as they are, of the variable that is asked for; not of a veiled one."""
    scope = next((one for one in there if _is(one, params)), None)
    name = str(params.get("name", ""))
    if scope is None or name not in scope.values:
        return {}
    value = scope.values[name]
    said = {"kind": kinds.kind_of(value)}
    return said if veiled_value(value) != value else {**said, "value": kinds.written(value)}


def _is(one: bpmn.Named, params: Params) -> bool:
    return (one.token.hex if one.token else "") == params.get("scope", "")


def _scope(case: Mendable, params: Params) -> bpmn.Named:
    found = next((one for one in scopes(case) if _is(one, params)), None)
    if found is None:
        said = text("There are no variables of its own at this place any more")
        raise FormRefused(said, {"scope": [said]})
    if found.token is not None and _name(params) in OWN:
        said = text("{name} is the engine's own: it counts with it", name=_name(params))
        raise FormRefused(said, {"name": [said]})
    return found


def _name(params: Params) -> str:
    return str(params["name"])


def _shown(there: Mapping[str, object], name: str) -> Said:
    return shown(there[name]) if name in there else ""


def shown(value: object) -> str:
    """Return a value as a preview shows it: as FEEL, shortened, without what may be an IIN."""
    said = veiled(kinds.in_feel(veiled_value(value)))
    return said if len(said) <= SHOWN else f"{said[:SHOWN]}…"


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
    if value is None:
        return
    diagrams, key = mendable.together(uow, ctx, case.definition_id), case.process.key
    standing = [scope.element] if scope.element else _standing(case)
    among = whatif.ahead_of(diagrams, key, standing)
    found = whatif.misfits(diagrams, key, name, shapes.value_kind(value), among)
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
    diagrams, key = mendable.together(uow, ctx, case.definition_id), case.process.key
    standing = [scope.element] if scope.element else _standing(case)
    for element in sorted(whatif.ahead_of(diagrams, key, standing)):
        if name in whatif.needs(diagrams, key, element, ()):
            yield text("{element} reads {name}", element=case.name(element), name=name)


# --- acting ---------------------------------------------------------------------------------------


def act(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    """Set a variable; see `Operation.act`. `FormRefused` for a value that does not fit."""
    case = _mine(uow, ctx, actor, wish)
    if "value" not in wish.params:
        said = text("Say which value it is to have")
        raise FormRefused(said, {"value": [said]})
    scope, name, value = _scope(case, wish.params), _name(wish.params), wish.params["value"]
    _refuse_misfit(uow, ctx, case, scope, name, value)
    made = SetVariables(token=scope.token, values={name: value})
    return _done(uow, ctx, actor, wish, case, scope, made, {"after": value})


def remove(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    """Remove a variable."""
    case = _mine(uow, ctx, actor, wish)
    scope, name = _scope(case, wish.params), _name(wish.params)
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
    name = _name(wish.params)
    before = {"before": scope.values[name]} if name in scope.values else {}
    told: dict[str, Any] = {"variable": name, "scope": scope.element}
    why = Submission(
        reason=wish.reason.strip(), told=told, element=scope.element, sealed={**before, **after}
    )
    held = uow.instances.lock(wish.subject)
    if held is None:
        raise ValueRefused(text("There is no such case"))
    stepping.mend(uow, ctx, actor, held, made, why)
    if scope.token is not None:
        _tell_tasks(uow, case)
    return Done(told=told, undo={**_place(wish.params), **before, **_now(after)})


def _place(params: Params) -> dict[str, object]:
    return {"scope": params.get("scope", ""), "name": _name(params)}


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
    scope, name, params = _scope(case, wish.params), _name(wish.params), wish.params
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
        read=read,
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
        read=read_removal,
        look=look_removal,
        act=remove,
        stamps=stamps.cases,
        undo=undo,
    ),
)
