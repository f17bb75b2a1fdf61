"""Acts on an open task: to somebody else, back to the queue, another deadline."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine import bpmn
from engine.errors import Conflict
from engine.model.people import Actor, Candidate
from engine.model.substitution import local_day
from engine.model.text import Text, text
from engine.services import access, calendar, completing, history, notifications
from engine.services import tasks as work
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
from engine.services.context import Context, UnitOfWork
from engine.services.views import TaskState
from engine.store.tasks import TaskRow

CLOSED = text("This task is already completed or withdrawn")
NOBODY = text("in the queue")
NONE = text("no deadline")


def stamps(uow: UnitOfWork, subjects: Sequence[str]) -> Mapping[str, str]:
    """Return what a task's state is: whose, until when; drafts are no change."""
    return {
        task: f"{row.status}:{row.assignee or ''}:{row.due_at.timestamp():.0f}"
        for task, row in uow.terms.standing(subjects).items()
    }


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """A task with its case."""

    #: Its row.
    task: TaskRow
    #: Row of its case.
    case: Any
    #: Who may do it.
    candidates: tuple[Candidate, ...]


def _seen(uow: UnitOfWork, wish: Wish) -> _Seen:
    found = uow.tasks.find(wish.subject)
    if found is None:
        raise access.no_task()
    task = found[0]
    return _Seen(
        task=task,
        case=calling.case(uow, task.instance_id),
        candidates=uow.tasks.candidates(task),
    )


def _name(uow: UnitOfWork, ctx: Context, seen: _Seen) -> Text:
    return text(
        "{step} · {number}",
        step=calling.step(uow, ctx, seen.case, seen.task.element),
        number=seen.task.business_key,
    )


def _closed(seen: _Seen) -> tuple[Text, ...]:
    return () if seen.task.status == TaskState.OPEN.value else (CLOSED,)


def _stamp(uow: UnitOfWork, wish: Wish) -> str:
    return stamps(uow, [wish.subject]).get(wish.subject, "")


# To somebody else, or back to the queue.


def people(uow: UnitOfWork, ctx: Context, candidates: Sequence[Candidate]) -> list[tuple[str, str]]:
    """Return who may do a task today, substitutes included: account ids and names, by name."""
    found: set[str] = set()
    for one in candidates:
        found.update(uow.accounts.holders(one))
        found.update(uow.substitutions.of_role(one, local_day(ctx.now())))
    names = uow.accounts.names(found)
    return sorted(names.items(), key=lambda pair: (pair[1], pair[0]))


def _read_account(said: Mapping[str, str]) -> Params:
    return {"account": typed.needed(said, "account", text("Choose who is to have it."), 64)}


def _look_reassign(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
    seen = _seen(uow, wish)
    fitting = people(uow, ctx, seen.candidates)
    wanted = str(wish.params.get("account", ""))
    name = dict(fitting).get(wanted, "")
    if wanted and not name:
        raise typed.refuse("account", text("This person does not have the role for the task"))
    changes: tuple[Change, ...] = ()
    if name and wanted != seen.task.assignee:
        before = seen.task.assignee_name or NOBODY
        changes = (Change(what=text("Who has it"), before=before, after=name),)
    return Preview(
        name=_name(uow, ctx, seen),
        changes=changes,
        warnings=_typing(seen),
        refusals=_closed(seen),
        stamp=_stamp(uow, wish),
        choices={"account": [one for one in fitting if one[0] != seen.task.assignee]},
    )


def _typing(seen: _Seen) -> tuple[Text, ...]:
    if seen.task.draft is None:
        return ()
    return (text("What was typed so far stays with the task."),)


def _reassign(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    seen = _seen(uow, wish)
    _refuse_closed(seen)
    return _given(uow, ctx, actor, wish, seen, str(wish.params["account"]))


def _given(
    uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish, seen: _Seen, account: str
) -> Done:
    found = [(seen.task, seen.candidates)]
    work.give(uow, ctx, actor, found, account or None, reason=wish.reason)
    case, task, had = seen.task.instance_id, seen.task.id, seen.task.assignee
    if account and account != had:
        notifications.tell(uow, ctx, "assigned", accounts=[account], instance_id=case, task_id=task)
    if had and account != had:
        notifications.tell(uow, ctx, "taken_back", accounts=[had], instance_id=case)
    undo = {"account": had, "now": account}
    return Done(undo=undo, told={"element": seen.task.element})


def _refuse_closed(seen: _Seen) -> None:
    if _closed(seen):
        raise completing.closed()


def _look_release(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
    seen = _seen(uow, wish)
    refusals = _closed(seen)
    if not refusals and not seen.task.assignee:
        refusals = (text("Nobody has it; it is in the queue"),)
    what = text("Who has it")
    return Preview(
        name=_name(uow, ctx, seen),
        changes=()
        if refusals
        else (Change(what=what, before=seen.task.assignee_name, after=NOBODY),),
        warnings=_typing(seen),
        refusals=refusals,
        stamp=_stamp(uow, wish),
    )


def _release(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    seen = _seen(uow, wish)
    _refuse_closed(seen)
    if not seen.task.assignee:
        raise Conflict(text("Nobody has it; it is in the queue"))
    return _given(uow, ctx, actor, wish, seen, "")


def _give_back(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    seen = _seen(uow, wish)
    _refuse_closed(seen)
    _refuse_changed(uow, ctx, seen, unchanged=seen.task.assignee == wish.params.get("now"))
    return _given(uow, ctx, actor, wish, seen, str(wish.params["account"]))


def _refuse_changed(uow: UnitOfWork, ctx: Context, seen: _Seen, *, unchanged: bool) -> None:
    """Raise `Conflict` unless a task is as the act that is taken back left it."""
    if not unchanged:
        name = _name(uow, ctx, seen)
        raise Conflict(text("{name} has changed since; it stays as it is", name=name))


# Another deadline.


def _read_due(said: Mapping[str, str]) -> Params:
    return {"due": typed.moment(said, "due")}


def _due(ctx: Context, wish: Wish) -> datetime | None:
    found = wish.params.get("due")
    if not isinstance(found, datetime):
        return None
    if found <= ctx.now():
        raise typed.refuse("due", text("This moment is over."))
    return found


def _reminder(uow: UnitOfWork, ctx: Context, seen: _Seen, due: datetime) -> datetime | None:
    """Return when half of the new time is over; None: no reminder is to come."""
    if uow.terms.reminder(seen.task.id) is None:
        return None
    return calendar.load(uow, ctx).halfway(seen.task.created_at, due)


def _twins(uow: UnitOfWork, ctx: Context, seen: _Seen) -> list[Any]:
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


def _moves(uow: UnitOfWork, ctx: Context, seen: _Seen, due: datetime) -> Iterator[Change]:
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
    seen = _seen(uow, wish)
    due = _due(ctx, wish)
    refusals = _closed(seen)
    return Preview(
        name=_name(uow, ctx, seen),
        changes=() if due is None or refusals else tuple(_moves(uow, ctx, seen, due)),
        warnings=(text("A change of the working calendar does not move it any more."),),
        refusals=refusals,
        stamp=_stamp(uow, wish),
        given={"due": typed.written(seen.task.due)},
    )


def _change_due(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    seen = _seen(uow, wish)
    _refuse_closed(seen)
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
    seen: _Seen,
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


def _note_due(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish, seen: _Seen) -> None:
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
    seen = _seen(uow, wish)
    _refuse_closed(seen)
    _refuse_changed(uow, ctx, seen, unchanged=seen.task.due == wish.params.get("now"))
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
        name="reassign",
        subject=Subject.TASK,
        title=text("Give the task to somebody else"),
        about=text("Only to who holds the role; both people are told."),
        read=_read_account,
        look=_look_reassign,
        act=_reassign,
        undo=_give_back,
        stamps=stamps,
    ),
    Operation(
        name="release",
        subject=Subject.TASK,
        title=text("Give the task back to the queue"),
        about=text("Anybody who holds the role can take it then."),
        look=_look_release,
        act=_release,
        undo=_give_back,
        stamps=stamps,
    ),
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
