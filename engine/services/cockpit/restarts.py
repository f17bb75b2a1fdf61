"""Beginning a case anew at one of its elements: what has ended or failed, or went quite wrong.

It is a new instance of the same process with the same number, linked with the old one by the
history of both; the old one is cancelled if it still runs. It begins with the variables the old one
had at the end, and with what is typed beside them. What the domain keeps of the case (records,
documents) is under the case's number, and stays.

A case that another one called is not begun anew by itself: its caller waits for the old one, or has
long gone on without it. Who wants that begins the caller anew at its call.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine import bpmn
from engine.errors import FormRefused, NotFound, Refused, StepFailed, ValueRefused, ZholdamaError
from engine.model.people import Actor
from engine.model.text import Text, text
from engine.services import ending, history, instances
from engine.services.cockpit import fields, incidentacts, kinds, mendable, stamps, tokens, variables
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

#: The version it begins on: the one it ran on, or the newest.
SAME, NEWEST = "same", "newest"
#: Variables that the form offers to set.
LINES = 3

#: More incidents than a case has.
_ALL = 100_000


# --- the form -------------------------------------------------------------------------------------


def read(said: Mapping[str, str]) -> Params:
    """Read ``target``, ``mode``, ``version`` and ``name-1``, ``kind-1``, ``value-1`` and so on."""
    params: dict[str, object] = {
        name: said.get(name, "").strip() for name in ("target", "mode", "version")
    }
    errors: dict[str, Sequence[Text]] = {}
    if not params["target"]:
        errors["target"] = [text("Choose where it begins")]
    if params["mode"] not in {"", tokens.ENTERED, tokens.BEHIND}:
        errors["mode"] = [text("Choose how it is taken")]
    if params["version"] not in {"", SAME, NEWEST}:
        errors["version"] = [text("Choose a version")]
    params["values"], params["places"], wrong = _lines(said)
    errors |= wrong
    if errors:
        raise FormRefused(text("The form is not complete"), errors)
    return params


def _lines(
    said: Mapping[str, str],
) -> tuple[dict[str, object], dict[str, int], dict[str, Sequence[Text]]]:
    """Return values by name, on which line each of them stands, and the errors by field."""
    found: dict[str, object] = {}
    places: dict[str, int] = {}
    errors: dict[str, Sequence[Text]] = {}
    for number in range(1, LINES + 1):
        line = {key: said.get(f"{key}-{number}", "") for key in ("name", "kind", "value")}
        if not line["name"].strip() and not line["value"].strip():
            continue
        try:
            read_ = fields.read({**line, "kind": line["kind"] or "text"})
            name = str(read_["name"])
            found[name], places[name] = read_["value"], number
        except FormRefused as refused:
            errors |= {f"{field}-{number}": one for field, one in refused.errors.items()}
    return found, places, errors


# --- looking --------------------------------------------------------------------------------------


def look(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
    """Tell what would be open in the new case, and what becomes of the old one."""
    case = mendable.look(uow, ctx, actor, wish.subject)
    preview = Preview(
        name=case.row.business_key,
        stamp=str(case.row.revision),
        choices=_choices(uow, case),
        given={"mode": tokens.ENTERED, "version": SAME},
        refusals=tuple(_barred(uow, ctx, case.row)),
    )
    if not wish.params or preview.refusals:
        return preview
    return _tried(uow, ctx, case, wish.params, preview)


def _tried(
    uow: UnitOfWork, ctx: Context, case: Mendable, params: Params, preview: Preview
) -> Preview:
    onto = _onto(uow, ctx, case, params)
    values = _values(uow, ctx, case, onto, params)
    try:
        state, step = _begun(onto, params, values)
    except (Refused, StepFailed) as refused:
        return replace(preview, refusals=(refused.text,))
    old = Change(what=text("The case as it was"), before=text("runs"), after=text("is cancelled"))
    new = mendable.changes(uow, replace(onto, state=state), step)
    return replace(
        preview,
        changes=(*([old] if case.open else []), *new),
        warnings=tuple(_warnings(uow, ctx, case, onto, params, values)),
    )


def _begun(onto: Mendable, params: Params, values: Mapping[str, object]) -> tuple[bytes, Any]:
    behind = params.get("mode") == tokens.BEHIND
    return bpmn.start_at(onto.definition, values, onto.env, str(params["target"]), behind=behind)


def _warnings(
    uow: UnitOfWork,
    ctx: Context,
    case: Mendable,
    onto: Mendable,
    params: Params,
    values: Mapping[str, object],
) -> Iterator[Text]:
    yield text("Records, documents and signatures of the case stay as they are")
    if case.open and len(tokens.standing(case)) > 1:
        yield text("What ran at the same time elsewhere in the old case does not begin again")
    if params.get("mode") != tokens.BEHIND:
        yield from mendable.unset(uow, ctx, onto, str(params["target"]), values)


def _barred(uow: UnitOfWork, ctx: Context, row: Any) -> Iterator[Text]:
    """Yield why it cannot be begun anew whatever is typed."""
    if not row.parent_id:
        return
    try:
        instances.refuse_if_waited_for(uow, ctx, row)
    except ZholdamaError:
        yield text(
            "Another case called this one and waits for it; move the token of that case, or begin"
            " that one anew"
        )
        return
    yield text("Another case called this one and has gone on; begin that one anew")


def _choices(uow: UnitOfWork, case: Mendable) -> Mapping[str, Sequence[tuple[str, Said]]]:
    aims = {one.element: one.enters for one in bpmn.begins(case.definition)}
    own, newest = uow.definitions.find(case.row.definition_id), _newest(uow, case)
    versions: list[tuple[str, Said]] = []
    standing = dict.fromkeys(t.element for t in tokens.standing(case)) if case.open else {}
    if own is not None:
        versions.append((SAME, text("Version {number}, on which it ran", number=own.version)))
    if own is not None and newest.id != own.id:
        versions.append((NEWEST, text("Version {number}, the newest", number=newest.version)))
    return {
        "target": list(tokens.targets(uow, case, aims)),
        "mode": tokens.MODES,
        "version": versions,
        "kind": list(kinds.NAMES.items()),
        "from": [(one, case.name(one)) for one in standing],
    }


# --- onto which version, with what ----------------------------------------------------------------


def _newest(uow: UnitOfWork, case: Mendable) -> Any:
    row = uow.definitions.latest(case.row.process)
    if row is None:
        raise NotFound(text("There is no such version of a process"))
    return row


def _onto(uow: UnitOfWork, ctx: Context, case: Mendable, params: Params) -> Mendable:
    """Return the case as if it were on the version that it is to begin on."""
    if params.get("version") != NEWEST:
        return case
    return mendable.onto(uow, ctx, case, _newest(uow, case).id)


def _values(
    uow: UnitOfWork, ctx: Context, case: Mendable, onto: Mendable, params: Params
) -> dict[str, object]:
    """Return the variables it begins with; `FormRefused` for a typed one that does not fit."""
    typed, places = _mapping(params, "values"), _mapping(params, "places")
    if case.outline and typed:
        said = text("What is in this case is not for an administrator's eyes")
        raise FormRefused(said, {_field(places, name): [said] for name in typed})
    _refuse_misfits(uow, ctx, onto, params, typed, places)
    return {**uow.instances.variables(case.row.id), **typed}


def _mapping(params: Params, name: str) -> Mapping[str, object]:
    found = params.get(name)
    return found if isinstance(found, Mapping) else {}


def _field(places: Mapping[str, object], name: str) -> str:
    return f"value-{places.get(name, 1)}"


def _refuse_misfits(
    uow: UnitOfWork,
    ctx: Context,
    onto: Mendable,
    params: Params,
    typed: Mapping[str, object],
    places: Mapping[str, object],
) -> None:
    errors: dict[str, Sequence[Text]] = {}
    for name, value in typed.items():
        found = mendable.misfits(uow, ctx, onto, name, value, [str(params["target"])])
        if found:
            errors[_field(places, name)] = variables.misfitting(onto, found)
    if errors:
        raise FormRefused(text("The form is not complete"), errors)


# --- acting ---------------------------------------------------------------------------------------


def act(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    """Begin the case anew; see `Operation.act`."""
    case = mendable.look(uow, ctx, actor, wish.subject)
    for barred in _barred(uow, ctx, case.row):
        raise ValueRefused(barred)
    onto = _onto(uow, ctx, case, wish.params)
    values, reason = _values(uow, ctx, case, onto, wish.params), wish.reason.strip()
    target, behind = str(wish.params["target"]), wish.params.get("mode") == tokens.BEHIND
    _over(uow, ctx, actor, case, reason)
    why = Submission(reason=reason, told={"instead_of": case.row.id, "at": target})
    made = instances.start(
        uow,
        ctx,
        actor,
        case.row.process,
        case.row.business_key,
        values,
        definition_id=onto.definition_id,
        at=instances.Place(element=target, behind=behind, why=why),
    )
    told = {"as": made, "at": target}
    history.note(uow, ctx, actor, case.row.id, "restarted", told, reason=reason)
    return Done(told=told)


def _over(uow: UnitOfWork, ctx: Context, actor: Actor, case: Mendable, reason: str) -> None:
    """See that nothing of the old case goes on, or asks for an administrator any more."""
    if case.open:
        ending.withdraw(uow, ctx, actor, case.row.id, reason)
    else:
        ids = [row.id for row in uow.incidents.open(case.row.id, size=_ALL)]
        incidentacts.close(uow, actor, ids, "restarted", ctx.now(), text=reason)


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="restart",
        subject=Subject.CASE,
        title=text("Begin anew from an element"),
        about=text(
            "A new instance with the same number begins at an element, with the variables of this"
            " one. If this one still runs, it is cancelled."
        ),
        read=read,
        look=look,
        act=act,
        stamps=stamps.cases,
        grave=True,
    ),
)
