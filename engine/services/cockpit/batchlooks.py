"""Batches as pages show them, and which are hers to see."""

from collections.abc import Callable, Sequence
from typing import Any

from engine.errors import Damaged, NotFound
from engine.model.people import Actor
from engine.model.text import Text, Words, packed, text, unpacked
from engine.services import access
from engine.services.cockpit import catalogue, operations
from engine.services.cockpit.batchviews import Batch, Cause, Outcome, Page, Report, Row, State
from engine.services.cockpit.operations import Operation, Params, Said, Subject, Wish
from engine.services.context import Context, UnitOfWork

#: More than these ask for the number to be typed before they begin.
MANY = 1000
#: Letters of what a row's subject is called.
LABEL = 255
#: Causes that are counted one by one.
_CAUSES = 50


def show(uow: UnitOfWork, actor: Actor, batch_id: str) -> Report:
    """Return a batch with how far it is; `NotFound` for another administrator's of a region."""
    row = seen(uow, actor, batch_id)
    causes = tuple(
        Cause(said=unpacked(one.cause), outcome=Outcome(one.outcome), rows=one.n)
        for one in uow.batches.causes(batch_id, _CAUSES)
    )
    children = tuple(as_batch(uow, one) for one in uow.batches.children(batch_id))
    return Report(batch=as_batch(uow, row, counted=True), causes=causes, children=children)


def progress(uow: UnitOfWork, actor: Actor, batch_id: str) -> Batch:
    """Return how far a batch is, off its own row: a page asks each second. `NotFound`."""
    return as_batch(uow, seen(uow, actor, batch_id))


def list_page(
    uow: UnitOfWork, actor: Actor, *, after: str = "", size: int = 50
) -> tuple[Batch, ...]:
    """Return batches newest first: her own, or everybody's for who administers everything."""
    access.admin(actor)
    mine = None if access.reach(uow, actor) is None else actor.account
    return tuple(as_batch(uow, row) for row in uow.batches.page(mine, after, size))


def rows(
    uow: UnitOfWork,
    actor: Actor,
    batch_id: str,
    *,
    outcome: Outcome | None = None,
    after: int = 0,
    size: int = 50,
) -> Page:
    """Return rows by number: all, or those that came out in one way."""
    seen(uow, actor, batch_id)
    if outcome:
        found = uow.batches.came_out(batch_id, [outcome.value], after, size + 1)
    else:
        found = uow.batches.rows(batch_id, after, size + 1)
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
    act = operation_of(row)
    params = act.read(row.params)
    get = uow.batches.foreseen if foreseen else uow.batches.rows
    found = get(batch_id, after, size + 1)

    def shown(one: Any) -> Row:
        _, preview, why = looked(uow, ctx, actor, act, params, one)
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


def row_of(uow: UnitOfWork, batch_id: str) -> Any:
    """Return a batch's row, whoever asks; `NotFound`."""
    row = uow.batches.find(batch_id)
    if row is None:
        raise NotFound(text("There is no such batch"))
    return row


def operation_of(row: Any) -> Operation:
    """Return what a batch does."""
    return catalogue.operation(Subject(row.subject), row.operation)


def asks_twice(row: Any) -> bool:
    """Tell whether starting it asks for the number: very many, no filter, or no way back."""
    everything = bool(row.selection and row.selection["everything"])
    return everything or row.total > MANY or operation_of(row).grave


def as_batch(uow: UnitOfWork, row: Any, *, counted: bool = False) -> Batch:
    """Return a batch as pages show it; `counted`: with how many of a drawn one will be refused.

    That counts its rows, as does nothing else.
    """
    drawn = row.state == State.DRAWN.value
    return Batch(
        id=row.id,
        operation=operation_of(row),
        reason=row.reason or "",
        said=unpacked(row.said),
        asks_twice=asks_twice(row),
        who=row.made_name,
        made=row.made_at,
        state=State(row.state),
        parent=row.parent_id or "",
        way=row.way,
        total=row.total,
        looked=row.looked,
        foreseen=uow.batches.count_foreseen(row.id) if counted and drawn else 0,
        done=row.done,
        refused=row.refused,
        changed=row.changed,
        undone=row.undone,
        begun=row.begun_at,
        begun_with=row.begun_with,
        finished=row.finished_at,
        trouble=unpacked(row.trouble) if row.trouble else None,
    )


def looked(
    uow: UnitOfWork, ctx: Context, actor: Actor, act: Operation, params: Params, row: Any
) -> tuple[str, operations.Preview | None, Text | None]:
    """Look at one subject: what it is called, what would change, why it would be refused."""
    wish = Wish(subject=row.subject_id, params=params)
    try:
        seen = operations.look(uow, ctx, actor, act, wish)
    except (*operations.STAYS, Damaged) as error:
        return row.label, None, error.text
    return row.label or _label(seen.name), seen, seen.refusals[0] if seen.refusals else None


def _label(name: Said) -> str:
    if isinstance(name, Text):
        # Half of a packed sentence could not be read again: then its words stand in Kazakh alone.
        brief = {key: one.kk if isinstance(one, Words) else one for key, one in name.params.items()}
        said = next(
            (s for s in (packed(name), packed(Text(name.msgid, brief))) if len(s) <= LABEL), ""
        )
        return said or str(name)[:LABEL]
    return name.kk if isinstance(name, Words) else name
