"""Batches: an operation on everything that was chosen, fixed and looked at before it begins.

`draw` writes down which subjects it is, each with the stamp of its state; nothing is added to them
later. `start` lets executors work it off (`engine.services.cockpit.running`), `stop` and `go_on`
hold it up. What changed after it was drawn is left as it is, and listed. `again` makes a batch of
just those that failed, `undo` one that takes back what was done.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from engine.errors import Conflict, FormRefused, NotFound, ZholdamaError
from engine.model.people import Actor
from engine.model.steps import JobKind
from engine.model.text import Text, Words, packed, text, unpacked
from engine.services import access, audit, claims
from engine.services.cockpit import catalogue, lists, operations
from engine.services.cockpit.batchviews import (
    FAILED,
    Batch,
    Cause,
    Outcome,
    Page,
    Report,
    Row,
    State,
)
from engine.services.cockpit.operations import Operation, Params, Said, Subject, Wish
from engine.services.cockpit.selecting import Selection
from engine.services.context import Context, UnitOfWork
from engine.store.batches import Drawn
from engine.store.jobs import NewJob

#: Rows that are written or looked at in one transaction.
AT_ONCE = 500
#: Rows drawn while the person waits; an executor draws the rest.
DRAWN_AT_ONCE = 2000
#: Rows that an executor looks at in one transaction.
LOOKED = 50
#: Seconds that a person waits for what was drawn to be looked at; an executor does the rest.
LOOKED_AT_ONCE = 0.4
#: More than these ask for the number to be typed before they begin.
MANY = 1000
#: Jobs that work one batch off: so many executors may share it.
WIDTH = {"postgresql": 2, "sqlite": 1}
#: What takes a batch back is called like the operation, with this behind it.
UNDOING = "-undo"
#: Causes that are counted one by one.
_CAUSES = 50


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What somebody wants a batch of."""

    #: What is to be done to each.
    operation: Operation
    #: What was typed beside it, as it was typed.
    typed: Mapping[str, str]
    #: To whom.
    selection: Selection


# --- drawing ----------------------------------------------------------------------------------


def draw(uow: UnitOfWork, ctx: Context, actor: Actor, wanted: Wanted) -> str:
    """Write down what a batch will touch; return its id (admin). Caller commits.

    What is more than two thousand an executor draws. Raises `FormRefused` for what was typed, and
    `NotFound` for a list that has no subjects of this kind.
    """
    access.admin(actor)
    wanted.operation.read(wanted.typed)
    chosen = wanted.selection
    if lists.listing(chosen.list).subject is not wanted.operation.subject:
        raise NotFound(text("There is no such act"))
    kept = {"list": chosen.list, "query": dict(chosen.query), "everything": chosen.everything}
    made = _add(uow, ctx, actor, wanted.operation, wanted.typed, selection=kept, said=_said(chosen))
    if chosen.ids:
        _write(
            uow, wanted.operation, made, [Drawn(subject=i, label="", stamp="") for i in chosen.ids]
        )
        _drawn(uow, made)
    else:
        for _ in range(DRAWN_AT_ONCE // AT_ONCE):
            if draw_more(uow, ctx, actor, made):
                break
    _look_at_once(uow, ctx, actor, made)
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
    operation: Operation,
    typed: Mapping[str, str],
    *,
    said: Text,
    selection: Mapping[str, Any] | None = None,
    parent: str | None = None,
    way: str = "",
) -> str:
    return uow.batches.add(
        ctx.now(),
        operation=operation.name,
        subject=operation.subject.value,
        params=dict(typed),
        selection=selection,
        said=packed(said),
        made_by=actor.account,
        made_name=actor.name,
        parent_id=parent,
        way=way,
    )


def draw_more(uow: UnitOfWork, ctx: Context, actor: Actor, batch_id: str) -> bool:
    """Draw the next few hundred; tell whether that was all. Caller commits."""
    row = uow.batches.lock(batch_id)
    if row is None or row.state != State.DRAWING.value:
        return True
    chosen = row.selection
    walk = lists.listing(chosen["list"]).walk
    found = walk(uow, ctx, actor, chosen["query"], row.cursor, AT_ONCE)
    drawn = [Drawn(subject=one, label=label, stamp="") for one, label in found]
    _write(uow, _operation(row), batch_id, drawn, row.total)
    if found:
        uow.batches.change(batch_id, cursor=found[-1][0])
    if len(found) < AT_ONCE:
        _drawn(uow, batch_id)
        return True
    return False


def _write(
    uow: UnitOfWork, operation: Operation, batch_id: str, rows: Sequence[Drawn], so_far: int = 0
) -> None:
    """Write rows with the stamps that their subjects have now."""
    stamps = operation.stamps(uow, [one.subject for one in rows]) if rows else {}
    stamped = [
        Drawn(
            subject=one.subject,
            label=one.label,
            stamp=stamps.get(one.subject, ""),
            origin=one.origin,
            undo=one.undo,
        )
        for one in rows
    ]
    uow.batches.draw(batch_id, so_far + 1, stamped)
    uow.batches.change(batch_id, total=so_far + len(rows))


def _drawn(uow: UnitOfWork, batch_id: str) -> None:
    uow.batches.change(batch_id, state=State.DRAWN.value)


def _look_at_once(uow: UnitOfWork, ctx: Context, actor: Actor, batch_id: str) -> None:
    """Look at what was drawn as long as the person waits; leave the rest to an executor."""
    until = monotonic() + LOOKED_AT_ONCE
    while monotonic() < until and look_on(uow, ctx, actor, batch_id, 20):
        pass
    if _batch(uow, _row(uow, batch_id)).moving:
        enqueue(uow, ctx, batch_id, 1)


def look_on(uow: UnitOfWork, ctx: Context, actor: Actor, batch_id: str, size: int) -> bool:
    """Look at the next rows of a drawn batch; tell whether there was one. Caller commits."""
    row = _row(uow, batch_id)
    if row.state != State.DRAWN.value or row.looked >= row.total:
        return False
    if row.way == "undo":
        uow.batches.change(batch_id, looked=row.total)
        return False
    act = _operation(row)
    params = act.read(row.params)
    found = uow.batches.rows(batch_id, row.looked, size)
    seen = []
    for one in found:
        label, _, why = _looked(uow, ctx, actor, act, params, one)
        seen.append((one.number, label, packed(why) if why else ""))
    uow.batches.looked(batch_id, seen)
    uow.batches.change(batch_id, looked=found[-1].number if found else row.total)
    return bool(found)


def _looked(
    uow: UnitOfWork, ctx: Context, actor: Actor, act: Operation, params: Params, row: Any
) -> tuple[str, operations.Preview | None, Text | None]:
    """Look at one subject: what it is called, what would change, why it would be refused."""
    wish = Wish(subject=row.subject_id, params=params)
    try:
        seen = operations.look(uow, ctx, actor, act, wish)
    except ZholdamaError as error:
        if not isinstance(error, operations.STAYS):
            raise
        return row.label, None, error.text
    return row.label or _label(seen.name), seen, seen.refusals[0] if seen.refusals else None


def _label(name: Said) -> str:
    if isinstance(name, Text):
        return packed(name)
    return name.kk if isinstance(name, Words) else name


# --- beginning, holding up ----------------------------------------------------------------------


def start(
    uow: UnitOfWork, ctx: Context, actor: Actor, batch_id: str, reason: str, number: str = ""
) -> None:
    """Let executors work a drawn batch off (hers, or admin of everything). Caller commits.

    `number`: how many it is, typed by who was asked twice. Raises `FormRefused` by field,
    `Conflict` if it began already.
    """
    row = locked(uow, actor, batch_id)
    if row.state != State.DRAWN.value:
        raise Conflict(text("The batch was begun already"))
    if not row.total:
        raise Conflict(text("Nothing was chosen: there is nothing to do"))
    errors: dict[str, Sequence[Text]] = {}
    if not reason.strip():
        errors["reason"] = [text("Write why; it is kept with the act.")]
    if _asks_twice(row) and "".join(number.split()) != str(row.total):
        errors["number"] = [text("Type the number {n}: so many are touched", n=row.total)]
    if errors:
        raise FormRefused(text("The form is not complete"), errors)
    uow.batches.change(batch_id, state="running", reason=reason.strip(), begun_at=ctx.now())
    _tell(uow, ctx, actor, row, "batch.start", {"total": row.total})
    enqueue(uow, ctx, batch_id, WIDTH[uow.dialect])


def stop(uow: UnitOfWork, ctx: Context, actor: Actor, batch_id: str) -> None:
    """Hold a running batch up after what is being done now. `Conflict` if it does not run."""
    row = locked(uow, actor, batch_id)
    if row.state != State.RUNNING.value:
        raise Conflict(text("The batch does not run"))
    uow.batches.change(batch_id, state=State.STOPPED.value)
    _tell(uow, ctx, actor, row, "batch.stop", {})


def go_on(uow: UnitOfWork, ctx: Context, actor: Actor, batch_id: str) -> None:
    """Let a batch go on that was held up, or that nobody works at any more. `Conflict`."""
    row = locked(uow, actor, batch_id)
    if row.state not in {State.STOPPED.value, State.RUNNING.value}:
        raise Conflict(text("The batch is not held up"))
    settled = row.done + row.refused + row.changed + row.undone
    again = {"begun_at": ctx.now(), "begun_with": settled, "trouble": ""}
    uow.batches.change(batch_id, state=State.RUNNING.value, **again)
    _tell(uow, ctx, actor, row, "batch.go-on", {})
    enqueue(uow, ctx, batch_id, WIDTH[uow.dialect])


def drop(uow: UnitOfWork, ctx: Context, actor: Actor, batch_id: str) -> None:
    """Forget a batch that was never begun; nothing was touched. `Conflict` if it was."""
    row = locked(uow, actor, batch_id)
    if row.state not in {State.DRAWING.value, State.DRAWN.value}:
        raise Conflict(text("The batch was begun already"))
    uow.batches.remove(batch_id)


def enqueue(uow: UnitOfWork, ctx: Context, batch_id: str, width: int) -> None:
    """See that so many jobs work a batch off; they are claimed as those of handlers are."""
    missing = width - uow.batches.jobs_alive(batch_id)
    if missing > 0:
        now = ctx.due_now(uow)
        one = NewJob(
            kind=JobKind.HANDLER,
            due_at=now,
            element="",
            token=batch_id,
            topic=claims.BATCHES,
            payload={},
            max_attempts=claims.OWN_PLAN.max_attempts,
        )
        uow.jobs.add([one] * missing, now)
    ctx.bell.ring(uow)


def _tell(
    uow: UnitOfWork, ctx: Context, actor: Actor, row: Any, act: str, told: Mapping[str, object]
) -> None:
    about = {"operation": f"{row.subject}.{row.operation}", **told}
    audit.append(uow, ctx, actor, act, f"batch:{row.id}", about)


# --- of what came out ---------------------------------------------------------------------------


def again(uow: UnitOfWork, ctx: Context, actor: Actor, batch_id: str) -> str:
    """Draw a batch of just those that failed, as they are now; return its id. Caller commits."""
    row = locked(uow, actor, batch_id)
    said = text("What failed of an earlier batch")
    return _of(uow, ctx, actor, row, "undo" if row.way == "undo" else "retry", FAILED, said)


def undo(uow: UnitOfWork, ctx: Context, actor: Actor, batch_id: str) -> str:
    """Draw a batch that takes back what was done; return its id. `Conflict` if it cannot be."""
    row = locked(uow, actor, batch_id)
    if row.way == "undo" or _operation(row).undo is None:
        raise Conflict(text("This cannot be taken back"))
    said = text("What an earlier batch did, taken back")
    return _of(uow, ctx, actor, row, "undo", (Outcome.DONE,), said)


def _of(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    row: Any,
    way: str,
    outcomes: Sequence[Outcome],
    said: Text,
) -> str:
    if row.state not in {State.FINISHED.value, State.STOPPED.value}:
        raise Conflict(text("The batch still runs; stop it first"))
    act = _operation(row)
    # What failed to be taken back is still to be taken back of the first one.
    parent = row.parent_id if way == row.way == "undo" else row.id
    made = _add(uow, ctx, actor, act, row.params, said=said, parent=parent, way=way)
    drawn = 0
    for rows in _pages(uow, row.id, [one.value for one in outcomes]):
        taken = [one for one in rows if way != "undo" or one.undoable]
        backs = uow.batches.undo_of(row.id, [o.number for o in taken]) if way == "undo" else {}
        fresh = [_taken(one, way == row.way == "undo", backs) for one in taken]
        _write(uow, act, made, fresh, drawn)
        drawn += len(fresh)
    if not drawn:
        raise Conflict(text("There is nothing to take of this batch"))
    _drawn(uow, made)
    _look_at_once(uow, ctx, actor, made)
    return made


def _taken(row: Any, of_first: bool, backs: Mapping[int, Mapping[str, Any]]) -> Drawn:
    origin = row.origin if of_first and row.origin else row.number
    undo_ = backs.get(row.number)
    return Drawn(subject=row.subject_id, label=row.label, stamp="", origin=origin, undo=undo_)


def _pages(uow: UnitOfWork, batch_id: str, outcomes: Sequence[str]) -> Any:
    for outcome in outcomes:
        after = 0
        while rows := uow.batches.of_outcome(batch_id, outcome, after, AT_ONCE):
            yield rows
            after = rows[-1].number


# --- looking ------------------------------------------------------------------------------------


def show(uow: UnitOfWork, actor: Actor, batch_id: str) -> Report:
    """Return a batch with how far it is; `NotFound` for another administrator's of a region."""
    row = seen(uow, actor, batch_id)
    causes = tuple(
        Cause(said=unpacked(one.cause), outcome=Outcome(one.outcome), rows=one.n)
        for one in uow.batches.causes(batch_id, _CAUSES)
    )
    children = tuple(_batch(uow, one) for one in uow.batches.children(batch_id))
    return Report(batch=_batch(uow, row), causes=causes, children=children)


def list_page(
    uow: UnitOfWork, actor: Actor, *, after: str = "", size: int = 50
) -> tuple[Batch, ...]:
    """Return batches newest first: her own, or everybody's for who administers everything."""
    access.admin(actor)
    mine = None if access.reach(uow, actor) is None else actor.account
    return tuple(_batch(uow, row) for row in uow.batches.page(mine, after, size))


def rows(
    uow: UnitOfWork,
    actor: Actor,
    batch_id: str,
    *,
    outcome: Outcome | None = None,
    foreseen: bool = False,
    after: int = 0,
    size: int = 50,
) -> Page:
    """Return rows by number: all, those that came out in one way, or those that will be refused."""
    seen(uow, actor, batch_id)
    store = uow.batches
    if foreseen:
        found = store.foreseen(batch_id, after, size + 1)
    elif outcome:
        found = store.of_outcome(batch_id, outcome.value, after, size + 1)
    else:
        found = store.rows(batch_id, after, size + 1)
    return _page(found, size, _shown)


def previews(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    batch_id: str,
    *,
    foreseen: bool = False,
    after: int = 0,
    size: int = 20,
) -> Page:
    """Return rows of a drawn batch with what would change, looked at now."""
    row = seen(uow, actor, batch_id)
    if row.way == "undo":
        return rows(uow, actor, batch_id, after=after, size=size)
    act = _operation(row)
    params = act.read(row.params)
    get = uow.batches.foreseen if foreseen else uow.batches.rows
    found = get(batch_id, after, size + 1)

    def shown(one: Any) -> Row:
        _, preview, why = _looked(uow, ctx, actor, act, params, one)
        return _shown(one, preview, why)

    return _page(found, size, shown)


def _page(found: Sequence[Any], size: int, shown: Callable[[Any], Row]) -> Page:
    more = found[size - 1].number if len(found) > size else 0
    return Page(rows=tuple(shown(one) for one in found[:size]), next=more)


def _shown(row: Any, preview: operations.Preview | None = None, why: Text | None = None) -> Row:
    waits = row.outcome == Outcome.WAITING.value
    told = row.cause or (row.foreseen if waits else "")
    return Row(
        number=row.number,
        subject=row.subject_id,
        label=unpacked(row.label or row.subject_id),
        outcome=Outcome(row.outcome),
        cause=why or (unpacked(told) if told else None),
        at=row.at,
        preview=preview,
    )


# --- rows ---------------------------------------------------------------------------------------


def seen(uow: UnitOfWork, actor: Actor, batch_id: str) -> Any:
    """Return a batch's row that is hers to see; `NotFound`."""
    return _hers(uow, actor, uow.batches.find(batch_id))


def locked(uow: UnitOfWork, actor: Actor, batch_id: str) -> Any:
    """Lock a batch that is hers to act on and return its row; `NotFound`."""
    return _hers(uow, actor, uow.batches.lock(batch_id))


def _hers(uow: UnitOfWork, actor: Actor, row: Any) -> Any:
    access.admin(actor)
    if row is None or (row.made_by != actor.account and access.reach(uow, actor) is not None):
        raise NotFound(text("There is no such batch"))
    return row


def _row(uow: UnitOfWork, batch_id: str) -> Any:
    row = uow.batches.find(batch_id)
    if row is None:
        raise NotFound(text("There is no such batch"))
    return row


def _operation(row: Any) -> Operation:
    return catalogue.operation(Subject(row.subject), row.operation)


def _asks_twice(row: Any) -> bool:
    everything = bool(row.selection and row.selection["everything"])
    return everything or row.total > MANY or _operation(row).grave


def _batch(uow: UnitOfWork, row: Any) -> Batch:
    chosen = row.selection or {"list": "", "query": {}}
    waits = row.state in {State.DRAWN.value, State.RUNNING.value, State.STOPPED.value}
    return Batch(
        id=row.id,
        operation=_operation(row),
        params=row.params,
        reason=row.reason or "",
        said=unpacked(row.said),
        list=chosen["list"],
        query=Selection(list=chosen["list"], query=chosen["query"]).written,
        asks_twice=_asks_twice(row),
        by=row.made_by,
        who=row.made_name,
        made=row.made_at,
        state=State(row.state),
        parent=row.parent_id or "",
        way=row.way,
        total=row.total,
        looked=row.looked,
        foreseen=uow.batches.count_foreseen(row.id) if waits else 0,
        done=row.done,
        refused=row.refused,
        changed=row.changed,
        undone=row.undone,
        begun=row.begun_at,
        begun_with=row.begun_with,
        finished=row.finished_at,
        trouble=unpacked(row.trouble) if row.trouble else None,
    )
