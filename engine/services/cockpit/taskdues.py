"""Another deadline for an open task, with its reminder and the timers that are due with it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from engine import bpmn
from engine.model.people import Actor
from engine.model.text import Text, text
from engine.services import access, calendar, completing, history
from engine.services.cockpit import calling, dues, typed
from engine.services.cockpit.operations import (
    Change,
    Done,
    Operation,
    Params,
    Preview,
    Subject,
    Wish,
)
from engine.services.cockpit.tasks import (
    Seen,
    closed,
    name_of,
    refuse_changed,
    refuse_closed,
    seen_of,
    stamp,
    stamps,
)
from engine.services.context import Context, UnitOfWork
from engine.store.tasks import TaskRow

NONE = text("no deadline")


def _read_due(said: Mapping[str, str]) -> Params:
    return {"due": typed.moment(said, "due")}


def _due(ctx: Context, wish: Wish) -> datetime | None:
    found = wish.params.get("due")
    if not isinstance(found, datetime):
        return None
    if found <= ctx.now():
        raise typed.refuse("due", text("This moment is over."))
    return found


def _reminder(uow: UnitOfWork, ctx: Context, seen: Seen, due: datetime) -> datetime | None:
    """Return when half of the new time is over; None: no reminder is to come."""
    if uow.terms.reminder(seen.task.id) is None:
        return None
    return calendar.load(uow, ctx).halfway(seen.task.created_at, due)


def _twins(uow: UnitOfWork, ctx: Context, seen: Seen) -> list[Any]:
    """Return the jobs of the boundary timers that are due when the task is."""
    definition = dues.definition_of(uow, ctx, seen.case)
    wanted = bpmn.twins(definition, seen.task.element)
    if not wanted:
        return []
    beside = bpmn.beside(definition, uow.instances.state(seen.case.id), seen.task.id)
    return [
        job
        for token, element in beside.items()
        if element in wanted
        and (job := uow.terms.timer_of(seen.case.id, token)) is not None
        and _is_twin(job, seen.task)
    ]


def _is_twin(job: Any, task: TaskRow) -> bool:
    """Tell whether a timer is still due with the task: one that went round is due later."""
    return task.due is not None and abs((job.due_at - task.due).total_seconds()) < 1


def _moves(uow: UnitOfWork, ctx: Context, seen: Seen, due: datetime) -> Iterator[Change]:
    before = said(seen.task.due)
    yield Change(what=text("Deadline"), before=before, after=said(due), element=seen.task.element)
    reminder = _reminder(uow, ctx, seen, due)
    if reminder is not None:
        now = uow.terms.reminder(seen.task.id)
        yield Change(what=text("Reminder"), before=said(now), after=said(reminder))
    for job in _twins(uow, ctx, seen):
        what = text("Timer {step}", step=calling.step(uow, ctx, seen.case, job.element))
        yield Change(what=what, before=said(job.due_at), after=said(due), element=job.element)


def said(when: datetime | None) -> Text:
    """Return a moment as a preview tells it."""
    return NONE if when is None else text("{moment}", moment=when)


def _look_due(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
    seen = seen_of(uow, wish)
    due = _due(ctx, wish)
    refusals = closed(seen)
    return Preview(
        name=name_of(uow, ctx, seen),
        changes=() if due is None or refusals else tuple(_moves(uow, ctx, seen, due)),
        warnings=(text("A change of the working calendar does not move it any more."),),
        refusals=refusals,
        stamp=stamp(uow, wish),
        given={"due": typed.written(seen.task.due)},
    )


def _change_due(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    seen = seen_of(uow, wish)
    refuse_closed(seen)
    due = _due(ctx, wish)
    if due is None:
        raise typed.refuse("due", text("Write day and time, for example 31.12.2026 18:00."))
    undo = {
        "due": seen.task.due,
        "now": due,
        "reminder": uow.terms.reminder(seen.task.id),
        "by_hand": uow.terms.is_by_hand(seen.task.id),
        "timers": {job.token: job.due_at for job in _twins(uow, ctx, seen)},
    }
    timers = dict.fromkeys(undo["timers"], due) if isinstance(undo["timers"], dict) else {}
    _set(uow, ctx, seen, due, timers, _reminder(uow, ctx, seen, due), by_hand=True)
    _note_due(uow, ctx, actor, wish, seen)
    return Done(undo=undo, told={"element": seen.task.element, "due": due.isoformat()})


def _set(
    uow: UnitOfWork,
    ctx: Context,
    seen: Seen,
    due: datetime | None,
    timers: Mapping[str, datetime],
    reminder: datetime | None,
    *,
    by_hand: bool,
) -> None:
    held = uow.instances.lock(seen.case.id)
    if held is None:
        raise access.no_case()
    dues.move_timers(uow, ctx, held, timers, by_hand=by_hand)
    if not uow.terms.set_task(seen.task.id, due, seen.task.created_at, by_hand=by_hand):
        raise completing.closed()
    if reminder is not None:
        uow.terms.set_reminder(seen.task.id, reminder)


def _note_due(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish, seen: Seen) -> None:
    history.note(
        uow,
        ctx,
        actor,
        seen.case.id,
        "deadline-changed",
        element=seen.task.element,
        token=seen.task.id,
        reason=wish.reason,
    )


def _undo_due(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    seen = seen_of(uow, wish)
    refuse_closed(seen)
    refuse_changed(uow, ctx, seen, unchanged=seen.task.due == wish.params.get("now"))
    timers, due, reminder = (wish.params.get(name) for name in ("timers", "due", "reminder"))
    _set(
        uow,
        ctx,
        seen,
        due if isinstance(due, datetime) else None,
        timers if isinstance(timers, dict) else {},
        reminder if isinstance(reminder, datetime) else None,
        by_hand=bool(wish.params.get("by_hand")),
    )
    _note_due(uow, ctx, actor, wish, seen)
    return Done(told={"element": seen.task.element})


OPERATIONS = (
    Operation(
        name="change-deadline",
        subject=Subject.TASK,
        title=text("Change the deadline of the task"),
        about=text("Its reminder moves, and so does a timer that is due with it."),
        read=_read_due,
        look=_look_due,
        act=_change_due,
        undo=_undo_due,
        stamps=stamps,
    ),
)
