"""What administrators do to jobs: suspend, resume, change when they are done.

A job that is held (`suspended`) stays where it is, whatever its moment, until somebody lets it go;
one that an executor has at this moment can only be waited for.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from engine.errors import Conflict
from engine.model.people import Actor
from engine.model.steps import JobKind
from engine.model.text import Text, text
from engine.services.cockpit import calling, dues, incidentacts, typed
from engine.services.cockpit.jobs import find
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


def stamps(uow: UnitOfWork, subjects: Sequence[str]) -> Mapping[str, str]:
    """Return what changes with each act on a job and each attempt."""
    return uow.joblists.stamps(subjects)


def _seen(uow: UnitOfWork, ctx: Context, row: Any, *changes: Change, **more: Any) -> Preview:
    refusal = more.pop("refusal", None)
    return Preview(
        name=calling.place(
            uow,
            ctx,
            row.business_key or row.starts,
            (row.pinned, row.process or row.starts, row.element),
        ),
        changes=() if refusal else changes,
        refusals=(refusal,) if refusal else (),
        stamp=stamps(uow, [row.id]).get(row.id, ""),
        **more,
    )


def _why_not(row: Any, *wanted: str) -> Text | None:
    """Return why an act for other states cannot be done; None: it can."""
    if row.state in wanted:
        return None
    said = {
        "claimed": text("An executor has it at this moment; wait until it is done"),
        "dead": text("It is given up: deal with its incident"),
        "suspended": text("It is suspended already"),
        "ready": text("It is not suspended"),
    }
    return said.get(row.state, text("It is over"))


def _tell(uow: UnitOfWork, ctx: Context, actor: Actor, row: Any, what: str, wish: Wish) -> None:
    incidentacts.tell(uow, ctx, actor, row, what, wish, job=row.id)


def _gone(uow: UnitOfWork, actor: Actor, wish: Wish) -> Conflict:
    """Return why a job is not any more what it was a moment ago."""
    return Conflict(_why_not(find(uow, actor, wish.subject)) or text("It is over"))


def _look_hold(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
    row = find(uow, actor, wish.subject)
    change = Change(what=text("Job"), before=text("ready"), after=text("suspended"))
    return _seen(uow, ctx, row, change, refusal=_why_not(row, "ready"))


def _hold(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    row = find(uow, actor, wish.subject)
    if not uow.joblists.hold(row.id):
        raise _gone(uow, actor, wish)
    _tell(uow, ctx, actor, row, "job-suspended", wish)
    return Done(undo={})


def _look_let_go(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
    row = find(uow, actor, wish.subject)
    change = Change(what=text("Job"), before=text("suspended"), after=text("ready"))
    due = Change(what=text("Due"), after=text("{at}", at=row.due_at))
    return _seen(uow, ctx, row, change, due, refusal=_why_not(row, "suspended"))


def _let_go(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    row = find(uow, actor, wish.subject)
    if not uow.joblists.let_go(row.id):
        raise _gone(uow, actor, wish)
    _tell(uow, ctx, actor, row, "job-resumed", wish)
    ctx.bell.ring(uow)
    return Done(undo={})


def _read_due(said: Mapping[str, str]) -> Params:
    return {"at": typed.moment(said, "at")}


def _fits(row: Any, *, timer: bool) -> Text | None:
    said = _why_not(row, "ready", "suspended")
    if said is None and (row.kind == JobKind.TIMER.value) != timer:
        said = text("This is no timer") if timer else text("This is a timer; change its deadline")
    return said


def _looking(*, timer: bool) -> Any:
    def look(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
        row = find(uow, actor, wish.subject)
        at = wish.params.get("at")
        changes = (_moved(row, at),) if isinstance(at, datetime) else ()
        over = isinstance(at, datetime) and at <= ctx.due_now(uow)
        said = text("This moment is over: it is done as soon as you change it")
        return _seen(
            uow,
            ctx,
            row,
            *changes,
            refusal=_fits(row, timer=timer),
            warnings=(said,) if over else (),
            given={"at": typed.written(row.due_at)},
        )

    return look


def _moved(row: Any, at: datetime) -> Change:
    before, after = text("{at}", at=row.due_at), text("{at}", at=at)
    return Change(what=text("Due"), before=before, after=after)


def _moving(what: str, *, timer: bool) -> Any:
    def act(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
        row, at = find(uow, actor, wish.subject), wish.params["at"]
        said = _fits(row, timer=timer)
        if said is not None or not isinstance(at, datetime):
            raise Conflict(said or text("It is over"))
        unchanged(row.due_at, wish)
        by_hand = timer and bool(wish.params.get("by_hand", True))
        if not _move(uow, ctx, row, at, by_hand=by_hand):
            raise _gone(uow, actor, wish)
        _tell(uow, ctx, actor, row, what, wish)
        ctx.bell.ring(uow)
        undo = {"at": row.due_at, "by_hand": row.due_by_hand, "now": at}
        return Done(undo=undo, told={"at": at.isoformat()})

    return act


def _move(uow: UnitOfWork, ctx: Context, row: Any, at: datetime, *, by_hand: bool) -> bool:
    """Have a job be due at another moment; a timer of a case in its live state, too."""
    if row.kind != JobKind.TIMER.value or not row.instance_id:
        return uow.joblists.postpone(row.id, at, by_hand=by_hand)
    held = uow.instances.lock(row.instance_id)
    if held is None:
        return False
    dues.move_timers(uow, ctx, held, {row.token: at}, by_hand=by_hand)
    return True


operation = partial(Operation, subject=Subject.JOB, stamps=stamps)
_postpone = _moving("job-postponed", timer=False)
_move_timer = _moving("timer-moved", timer=True)

SUSPEND = operation(
    name="suspend",
    title=text("Suspend the job"),
    about=text("It stays where it is until somebody resumes it; the rest of the case goes on."),
    look=_look_hold,
    act=_hold,
    undo=_let_go,
)
RESUME = operation(
    name="resume",
    title=text("Resume the job"),
    about=text("It is done when it is due; at once if that moment is over."),
    look=_look_let_go,
    act=_let_go,
    undo=_hold,
)
RETRY_AT = operation(
    name="retry-at",
    title=text("Change when it is tried"),
    about=text("The next attempt begins at the moment you name, in the country's time."),
    read=_read_due,
    look=_looking(timer=False),
    act=_postpone,
    undo=_postpone,
)
CHANGE_DEADLINE = operation(
    name="change-deadline",
    title=text("Change when the timer fires"),
    about=text("It fires at the moment you name; no change of the working calendar moves it."),
    read=_read_due,
    look=_looking(timer=True),
    act=_move_timer,
    undo=_move_timer,
)

OPERATIONS = (SUSPEND, RESUME, RETRY_AT, CHANGE_DEADLINE)
