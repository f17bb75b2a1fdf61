"""What administrators do to incidents: note, assign, close; what all acts on incidents share.

An incident of a job is over as soon as the job is tried again; that of a person's act, which has no
job, when somebody says so, or the person's next attempt succeeds.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from engine.errors import Conflict, FormRefused, NotFound
from engine.model.people import ADMIN, Actor
from engine.model.text import Text, text
from engine.services import access, accounts, history, signing_in
from engine.services.cockpit import calling, incidents, typed
from engine.services.cockpit.operations import (
    Change,
    Done,
    Operation,
    Params,
    Preview,
    Subject,
    Wish,
    unchanged,
)
from engine.services.context import Context, UnitOfWork

#: Longest note.
NOTE = 4000


def over(uow: UnitOfWork, row: Any) -> Text | None:
    """Return who dealt with an incident and when; None: nobody did yet."""
    if row.resolved_at is None:
        return None
    who = uow.accounts.names([row.resolved_by]).get(row.resolved_by, row.resolved_by)
    if row.resolution in {"retried", "changed"}:
        return text("{name} tried this again on {at}", name=who, at=row.resolved_at)
    return text("{name} dealt with this on {at}", name=who, at=row.resolved_at)


def why_not_again(uow: UnitOfWork, row: Any) -> Text | None:
    """Return why a job cannot be tried again; None: it can, also if its incident was closed."""
    if row.job_state == "dead" and row.resolution == "closed":
        return None
    said = over(uow, row)
    if said is not None:
        return said
    return None if row.job_state == "dead" else text("There is nothing to try again")


def locked(uow: UnitOfWork, incident_id: str) -> Any:
    """Lock an incident with its job, and return it; `Conflict` unless the job is given up."""
    row = next(iter(uow.failures.locked([incident_id])), None)
    said = text("There is nothing to try again") if row is None else why_not_again(uow, row)
    if said is not None:
        raise Conflict(said)
    return row


def stamps(uow: UnitOfWork, subjects: Sequence[str]) -> Mapping[str, str]:
    """Return what changes with each act on an incident or its job."""
    return uow.failures.stamps(subjects)


#: An operation on incidents.
operation = partial(Operation, subject=Subject.INCIDENT, stamps=stamps)


def seen(
    uow: UnitOfWork,
    ctx: Context,
    row: Any,
    *changes: Change,
    refusal: Text | None = None,
    warnings: Sequence[Text] = (),
    **more: Any,
) -> Preview:
    """Return a preview of an act on an incident."""
    return Preview(
        name=calling.place(
            uow, ctx, row.business_key, (row.definition_id, row.process, row.element)
        ),
        changes=changes,
        warnings=tuple(warnings),
        refusals=(refusal,) if refusal else (),
        stamp=stamps(uow, [row.id]).get(row.id, ""),
        **more,
    )


def note(
    uow: UnitOfWork, actor: Actor, ids: Sequence[str], kind: str, now: datetime, **body: Any
) -> None:
    """Write the same note at some incidents."""
    uow.failures.note(ids, kind=kind, author=actor.account, name=actor.name, body={**body}, at=now)


def settle(
    uow: UnitOfWork, actor: Actor, row: Any, resolution: str, now: datetime, **body: Any
) -> None:
    """Resolve all that a job failed of, with a note at each."""
    ids = sorted({row.id, *uow.failures.of_jobs([row.job_id] if row.job_id else [])})
    close(uow, actor, ids, resolution, now, **body)


def close(
    uow: UnitOfWork, actor: Actor, ids: Sequence[str], resolution: str, now: datetime, **body: Any
) -> None:
    """Resolve incidents, with the same note at each."""
    uow.failures.resolve(ids, actor.account or actor.name, now, resolution)
    note(uow, actor, ids, resolution, now, **body)


def tell(
    uow: UnitOfWork, ctx: Context, actor: Actor, row: Any, what: str, wish: Wish, **detail: Any
) -> None:
    """Write an act on an incident or a job into the history of the case, if there is one."""
    if row.instance_id:
        history.note(
            uow,
            ctx,
            actor,
            row.instance_id,
            what,
            detail,
            element=row.element,
            reason=wish.reason.strip(),
        )


def waits(uow: UnitOfWork, row: Any) -> list[Text]:
    """Return why a job that is ready would wait all the same."""
    found = []
    if row.status == "suspended":
        found.append(text("The case is suspended: it waits until the case is resumed"))
    if row.topic in uow.pauses.topics():
        found.append(text("The handler is paused: it waits until the handler goes on"))
    return found


def _read_note(said: Mapping[str, str]) -> Params:
    words = said.get("note", "").strip()
    if not words:
        raise typed.refuse("note", text("Write the note."))
    if len(words) > NOTE:
        raise typed.refuse("note", text("At most {most} characters", most=NOTE))
    return {"note": words}


def _look_note(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
    row = incidents.find(uow, actor, wish.subject)
    words = wish.params.get("note")
    changes = (Change(what=text("Note"), after=str(words)),) if words else ()
    return seen(uow, ctx, row, *changes)


def _annotate(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    incidents.find(uow, actor, wish.subject)
    words = str(wish.params["note"])
    note(uow, actor, [wish.subject], "note", ctx.due_now(uow), text=words)
    return Done()


def _read_assignee(said: Mapping[str, str]) -> Params:
    return {"assignee": said.get("assignee", "").strip()[:32]}


def admins(uow: UnitOfWork, row: Any) -> dict[str, str]:
    """Return the names of the administrators who may act on an incident, by account."""
    found = {}
    for one in accounts.list_accounts(uow):
        if one.active and any(held.role == ADMIN for held in one.memberships):
            whom = signing_in.load(uow, one.id)
            hers = access.administers(uow, whom, row.instance_id) if row.instance_id else True
            found.update({one.id: one.name} if hers else {})
    return found


def _look_assign(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
    row = incidents.find(uow, actor, wish.subject)
    known = admins(uow, row)
    to = str(wish.params.get("assignee", row.assignee))
    if to and to not in known:
        raise typed.refuse("assignee", text("Choose one of the administrators."))
    before = uow.accounts.names([row.assignee]).get(row.assignee, "")
    changed = to != row.assignee
    change = Change(what=text("Looks after it"), before=before, after=known.get(to, ""))
    return seen(
        uow,
        ctx,
        row,
        *((change,) if changed else ()),
        refusal=over(uow, row),
        choices={"assignee": tuple(known.items())},
        given={"assignee": row.assignee or actor.account},
    )


def _admin(uow: UnitOfWork, row: Any, account: str) -> str:
    """Return the name of one administrator who may act on an incident; `FormRefused`."""
    try:
        whom = signing_in.load(uow, account)
    except NotFound:
        whom = Actor()
    hers = not row.instance_id or access.administers(uow, whom, row.instance_id)
    if not (whom.holds(ADMIN) and hers):
        raise typed.refuse("assignee", text("Choose one of the administrators."))
    return whom.name


def _assign(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    row = incidents.find(uow, actor, wish.subject)
    to = str(wish.params.get("assignee", ""))
    name = _admin(uow, row, to) if to else ""
    if not uow.failures.assign(row.id, to):
        raise Conflict(over(uow, uow.failures.find(row.id)) or text("There is no such incident"))
    words = wish.reason.strip()
    body = {"text": words, "assignee": name}
    note(uow, actor, [row.id], "assigned", ctx.due_now(uow), **body)
    return Done(undo={"assignee": row.assignee, "now": to}, told={"to": to})


def _unassign(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    unchanged(incidents.find(uow, actor, wish.subject).assignee, wish)
    try:
        return _assign(uow, ctx, actor, wish)
    except FormRefused as gone:
        raise Conflict(text("Choose one of the administrators.")) from gone


def _look_resolve(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
    row = incidents.find(uow, actor, wish.subject)
    change = Change(what=text("Incident"), before=text("still open"), after=text("closed"))
    dead = row.job_state == "dead"
    warning = text("The job stays given up: the case does not go on by this alone")
    refusal = over(uow, row)
    changes = () if refusal else (change,)
    return seen(uow, ctx, row, *changes, refusal=refusal, warnings=[warning] if dead else [])


def _resolve(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    row, now = incidents.find(uow, actor, wish.subject), ctx.due_now(uow)
    if not uow.failures.resolve([row.id], actor.account or actor.name, now, "closed"):
        raise Conflict(over(uow, uow.failures.find(row.id)) or text("There is no such incident"))
    note(uow, actor, [row.id], "closed", now, text=wish.reason.strip())
    tell(uow, ctx, actor, row, "resolved", wish, incident=row.id)
    return Done()


ANNOTATE = operation(
    name="annotate",
    title=text("Write a note"),
    about=text("It stands at the incident, encrypted, for administrators only."),
    read=_read_note,
    look=_look_note,
    act=_annotate,
    reasoned=False,
)
ASSIGN = operation(
    name="assign",
    title=text("Say who looks after it"),
    about=text("Others see that somebody does; they may still act on it."),
    read=_read_assignee,
    look=_look_assign,
    act=_assign,
    undo=_unassign,
)
RESOLVE = operation(
    name="resolve",
    title=text("Close without trying again"),
    about=text("For what was dealt with elsewhere; nothing else happens."),
    look=_look_resolve,
    act=_resolve,
)

OPERATIONS = (ASSIGN, ANNOTATE, RESOLVE)
