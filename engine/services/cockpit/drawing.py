"""Drawing a batch: which subjects it will touch, each with its stamp, and what is seen of each.

A person waits for the first few hundred; executors draw and look at the rest, a page of rows in
each transaction. Looking reads, and writes what it saw in a short transaction of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

from engine.errors import Conflict, NotFound
from engine.model.people import Actor
from engine.model.text import Text, packed, text
from engine.services import access
from engine.services.cockpit import lists
from engine.services.cockpit.batches import enqueue
from engine.services.cockpit.batchlooks import as_batch, locked, looked, operation_of, row_of
from engine.services.cockpit.batchviews import FAILED, Outcome, State
from engine.services.cockpit.operations import Operation
from engine.services.cockpit.selecting import Selection
from engine.services.context import Context, Database, UnitOfWork
from engine.store.batches import Drawn

#: Rows that are written in one transaction.
AT_ONCE = 500
#: Rows that are looked at before what was seen is written.
LOOKED = 50
#: Seconds that a person waits for what was drawn to be looked at; an executor does the rest.
PATIENCE = 0.4


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What somebody wants a batch of."""

    #: What is to be done to each.
    operation: Operation
    #: What was typed beside it, as it was typed.
    typed: Mapping[str, str]
    #: To whom.
    selection: Selection


# --- from a list ------------------------------------------------------------------------------


def draw(uow: UnitOfWork, ctx: Context, actor: Actor, wanted: Wanted) -> str:
    """Write down what a batch will touch; return its id (admin). Caller commits, then `look`s.

    What is more than five hundred an executor draws. Raises `FormRefused` for what was typed, and
    `NotFound` for a list that has no subjects of this kind.
    """
    access.admin(actor)
    wanted.operation.read(wanted.typed)
    chosen = wanted.selection
    if lists.listing(chosen.list).subject is not wanted.operation.subject:
        raise NotFound(text("There is no such act"))
    kept = {"list": chosen.list, "query": dict(chosen.query), "everything": chosen.everything}
    made = _add(uow, ctx, actor, wanted, _said(chosen), {**kept, "ids": list(chosen.ids)})
    _begin(uow, ctx, actor, made)
    return made


def _said(chosen: Selection) -> Text:
    title = lists.listing(chosen.list).title
    if chosen.ids:
        return text("{list}: chosen one by one", list=title)
    if chosen.everything:
        return text("{list}: all there are", list=title)
    return text("{list}: all that match", list=title)


def _add(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    wanted: Wanted,
    said: Text,
    selection: Mapping[str, Any],
    *,
    parent: str | None = None,
    way: str = "",
) -> str:
    return uow.batches.add(
        ctx.now(),
        operation=wanted.operation.name,
        subject=wanted.operation.subject.value,
        params=dict(wanted.typed),
        selection=dict(selection),
        said=packed(said),
        made_by=actor.account,
        made_name=actor.name,
        parent_id=parent,
        way=way,
    )


def _begin(uow: UnitOfWork, ctx: Context, actor: Actor, batch_id: str) -> None:
    if not draw_more(uow, ctx, actor, batch_id):
        enqueue(uow, ctx, batch_id, 1)


def draw_more(uow: UnitOfWork, ctx: Context, actor: Actor, batch_id: str) -> bool:
    """Draw the next few hundred; tell whether that was all. Caller commits."""
    row = uow.batches.lock(batch_id)
    if row is None or row.state != State.DRAWING.value:
        return True
    found, cursor = _next(uow, ctx, actor, row)
    stamps = operation_of(row).stamps(uow, [one.subject for one in found]) if found else {}
    stamped = [replace(one, stamp=stamps.get(one.subject, "")) for one in found]
    uow.batches.draw(batch_id, row.total + 1, stamped)
    state = State.DRAWING if cursor else State.DRAWN
    uow.batches.change(
        batch_id, total=row.total + len(found), cursor=cursor or row.cursor, state=state.value
    )
    return not cursor


def _next(uow: UnitOfWork, ctx: Context, actor: Actor, row: Any) -> tuple[Sequence[Drawn], str]:
    """Return what is drawn next, and where what follows begins; empty: nothing follows."""
    chosen = row.selection
    if chosen.get("of"):
        return _of_batch(uow, row, chosen)
    if chosen["ids"]:
        ticked = chosen["ids"]
        return [Drawn(subject=one, label="", stamp="") for one in ticked], ""
    walk = lists.listing(chosen["list"]).walk
    found = walk(uow, ctx, actor, chosen["query"], row.cursor, AT_ONCE)
    drawn = [Drawn(subject=one, label=label, stamp="") for one, label in found]
    return drawn, found[-1][0] if len(found) == AT_ONCE else ""


# --- from another batch -----------------------------------------------------------------------


def again(uow: UnitOfWork, ctx: Context, actor: Actor, batch_id: str) -> str:
    """Draw a batch of just those that failed, as they are now; return its id. Caller commits."""
    row = locked(uow, actor, batch_id)
    said = text("What failed of an earlier batch")
    return _of(uow, ctx, actor, row, "undo" if row.way == "undo" else "retry", said, FAILED)


def undo(uow: UnitOfWork, ctx: Context, actor: Actor, batch_id: str) -> str:
    """Draw a batch that takes back what was done; return its id. `Conflict` if it cannot be."""
    row = locked(uow, actor, batch_id)
    if row.way == "undo" or operation_of(row).undo is None:
        raise Conflict(text("This cannot be taken back"))
    said = text("What an earlier batch did, taken back")
    return _of(uow, ctx, actor, row, "undo", said, (Outcome.DONE,))


def _of(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    row: Any,
    way: str,
    said: Text,
    outcomes: Sequence[Outcome],
) -> str:
    if row.state not in {State.FINISHED.value, State.STOPPED.value}:
        raise Conflict(text("The batch still runs; stop it first"))
    names = [one.value for one in outcomes]
    if not any(getattr(row, name) for name in names):
        raise Conflict(text("There is nothing to take of this batch"))
    nothing = Selection(list="")
    wanted = Wanted(operation=operation_of(row), typed=row.params, selection=nothing)
    chosen = {"list": "", "query": {}, "everything": False, "of": row.id, "outcomes": names}
    # What failed to be taken back is still to be taken back of the first one.
    parent = row.parent_id if way == row.way == "undo" else row.id
    made = _add(uow, ctx, actor, wanted, said, chosen, parent=parent, way=way)
    _begin(uow, ctx, actor, made)
    return made


def _of_batch(uow: UnitOfWork, row: Any, chosen: Mapping[str, Any]) -> tuple[Sequence[Drawn], str]:
    source, undoing = chosen["of"], row.way == "undo"
    after = int(row.cursor or 0)
    found = uow.batches.came_out(source, chosen["outcomes"], after, AT_ONCE)
    backs = uow.batches.undo_of(source, [one.number for one in found]) if undoing else {}
    taken = [one for one in found if not undoing or one.undoable]
    # A row of a batch that takes back is of the first one's row.
    drawn = [
        Drawn(
            subject=one.subject_id,
            label=one.label,
            stamp="",
            origin=one.origin if undoing and source != row.parent_id else one.number,
            undo=backs.get(one.number),
        )
        for one in taken
    ]
    return drawn, str(found[-1].number) if len(found) == AT_ONCE else ""


# --- looking ----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was seen of some rows."""

    #: Number, label, why it will be refused.
    rows: Sequence[tuple[int, str, str]]
    #: Number of the last one.
    last: int


def look(database: Database, ctx: Context, actor: Actor, batch_id: str) -> None:
    """Look at what was drawn as long as the person waits; leave the rest to an executor."""
    until = monotonic() + PATIENCE
    while monotonic() < until and look_on(database, ctx, actor, batch_id, 20):
        pass
    with database.begin() as uow:
        if as_batch(uow, row_of(uow, batch_id)).moving:
            enqueue(uow, ctx, batch_id, 1)
            uow.commit()


def look_on(
    database: Database, ctx: Context, actor: Actor, batch_id: str, size: int = LOOKED
) -> bool:
    """Look at the next rows of a drawn batch; tell whether there was one."""
    with database.reading() as uow:
        found = _see(uow, ctx, actor, batch_id, size)
    if found is None:
        return False
    with database.begin() as uow:
        # The batch before its rows, as everywhere: somebody may be giving it up.
        row = uow.batches.lock(batch_id)
        if row is None or row.state != State.DRAWN.value:
            return False
        uow.batches.looked(batch_id, found.rows)
        uow.batches.change(batch_id, looked=found.last)
        uow.commit()
    return True


def _see(uow: UnitOfWork, ctx: Context, actor: Actor, batch_id: str, size: int) -> Seen | None:
    row = row_of(uow, batch_id)
    if row.state != State.DRAWN.value or row.looked >= row.total:
        return None
    if row.way == "undo":
        # What an act would do to what it has done tells nothing of taking it back.
        return Seen(rows=(), last=row.total)
    act = operation_of(row)
    params = act.read(row.params)
    found = uow.batches.rows(batch_id, row.looked, size)
    rows = []
    for one in found:
        label, _, why = looked(uow, ctx, actor, act, params, one)
        rows.append((one.number, label, packed(why) if why else ""))
    return Seen(rows=rows, last=found[-1].number if found else row.total)
