"""What a change of the working calendar does to deadlines: who is affected, and working them out.

Two ways to the same answer. A whole installation is looked at by rows (`reckoning`): only terms
that run over a changed day. One case is worked out from its live state, as its steps would do it.
A deadline that a person set is never moved.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine import bpmn
from engine.errors import Conflict
from engine.model.calendar import WorkingCalendar
from engine.model.people import Actor
from engine.model.text import text
from engine.services import access, calendar, ending, history
from engine.services.cockpit import calling, dues, stamps
from engine.services.cockpit.operations import Change, Done, Operation, Preview, Subject, Wish
from engine.services.cockpit.reckoning import (
    SAME,
    Edited,
    Reckoner,
    Shift,
    made,
    of_state,
    read,
)
from engine.services.cockpit.taskdues import said
from engine.services.context import Context, UnitOfWork

#: Rows that are read at once.
CHUNK = 2000


@dataclass(frozen=True, kw_only=True)
class Survey:
    """A part of what is affected."""

    #: Deadlines that change.
    shifts: tuple[Shift, ...]
    #: Open terms that were looked at.
    examined: int
    #: Where to go on; empty: that was all.
    next: str


def survey(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    change: Edited,
    *,
    after: str = "",
    size: int = CHUNK,
    reckoner: Reckoner | None = None,
) -> Survey:
    """Look at the next `size` open terms that run over the days (admin of everything).

    Tasks first, then timers; go on with `Survey.next` until it is empty. Whoever asks for several
    parts in one transaction hands over one `reckoner`.
    """
    access.everywhere(uow, actor)
    kind, _, mark = after.partition(":")
    timer = kind == "timer"
    listed = uow.terms.timers if timer else uow.terms.tasks
    rows = listed(change.first, change.last, mark, size)
    reckoner = reckoner or Reckoner(uow, ctx, change)
    found = tuple(reckoner.shifts(rows, timer=timer))
    following = f"{'timer' if timer else 'task'}:{rows[-1].id}" if len(rows) == size else ""
    if not following and not timer:
        following = "timer:"
    return Survey(shifts=found, examined=len(rows), next=following)


def walk(
    uow: UnitOfWork, ctx: Context, actor: Actor, query: Mapping[str, str], after: str, size: int
) -> Sequence[tuple[str, str]]:
    """Return cases whose deadlines a change of the calendar moves: see `selecting.Walk`.

    ``days`` says of each changed day whether it was worked before.
    """
    access.everywhere(uow, actor)
    were = read(query.get("days", ""))
    if not were:
        return []
    change = made(uow, ctx, were)
    reckoner = Reckoner(uow, ctx, change)
    found: list[tuple[str, str]] = []
    while len(found) < size:
        wanted = min(size - len(found), CHUNK)
        cases = uow.terms.cases(change.first, change.last, after, wanted)
        found += _affected(uow, reckoner, change, cases)
        if len(cases) < wanted:
            break
        after = cases[-1][0]
    return found


def _affected(
    uow: UnitOfWork, reckoner: "Reckoner", change: Edited, cases: Sequence[tuple[str, str]]
) -> list[tuple[str, str]]:
    ids = [case for case, _ in cases]
    if not ids:
        return []
    moved = {
        one.case
        for timer, listed in ((False, uow.terms.tasks_of), (True, uow.terms.timers_of))
        for one in reckoner.shifts(listed(ids, change.first, change.last), timer=timer)
    }
    return [(case, number) for case, number in cases if case in moved]


# One case.


def of_case(
    uow: UnitOfWork, ctx: Context, row: Any, state: bytes, days: WorkingCalendar
) -> list[tuple[Shift, bpmn.Deadline]]:
    """Return the deadlines of a case that its expressions put elsewhere than they are."""
    kept = uow.terms.by_hand(row.id)
    due = {task.id: task.due for task in uow.tasks.open_of(row.id)}
    found = []
    for one in of_state(uow, ctx, row, state, days):
        token = one.token.hex
        before = _timer_due(uow, row.id, token) if one.timer else due.get(token)
        if token in kept or before is None or one.due is None or abs(one.due - before) < SAME:
            continue
        found.append((_moved(row, one, before, one.due), one))
    return found


def _timer_due(uow: UnitOfWork, case: str, token: str) -> datetime | None:
    job = uow.terms.timer_of(case, token)
    if job is None or job.state not in {"ready", "suspended"}:
        return None
    found: datetime = job.due_at
    return found


def _moved(row: Any, one: bpmn.Deadline, before: datetime, after: datetime) -> Shift:
    return Shift(
        timer=one.timer,
        token=one.token.hex,
        element=one.element,
        case=row.id,
        number=row.business_key,
        definition=row.definition_id,
        process=row.process,
        before=before,
        after=after,
    )


def _look(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
    own = calling.case(uow, wish.subject)
    goes_on = own.status in ending.OPEN
    shifts = (
        of_case(uow, ctx, own, uow.instances.state(own.id), calendar.load(uow, ctx))
        if goes_on
        else []
    )
    return Preview(
        name=calling.case_name(uow, ctx, own),
        changes=tuple(_change(uow, ctx, own, shift) for shift, _ in shifts),
        warnings=tuple(_warnings(ctx, [shift for shift, _ in shifts])),
        refusals=() if goes_on else (ending.ENDED,),
        stamp=stamps.cases(uow, [own.id]).get(own.id, ""),
    )


def _change(uow: UnitOfWork, ctx: Context, own: Any, shift: Shift) -> Change:
    step = calling.step(uow, ctx, own, shift.element)
    return Change(
        what=text("Timer {step}", step=step) if shift.timer else text("Task {step}", step=step),
        before=said(shift.before),
        after=said(shift.after),
        element=shift.element,
    )


def _warnings(ctx: Context, shifts: Iterable[Shift]) -> Iterator[Any]:
    now = ctx.now()
    over = sum(1 for one in shifts if one.after <= now)
    if over:
        yield text("{n} of the new moments are over: what is due then is due now.", n=over)


def _recompute(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    held = uow.instances.lock(wish.subject)
    if held is None:
        raise access.no_case()
    if held.status not in ending.OPEN:
        raise Conflict(ending.ENDED)
    days = calendar.at_version(uow, ctx, held.calendar_version)
    found = of_case(uow, ctx, held, held.state, days)
    undo = _apply(uow, ctx, held, found)
    if found:
        detail = {"count": len(found)}
        history.note(uow, ctx, actor, held.id, "deadlines-recomputed", detail, reason=wish.reason)
    return Done(undo=undo, told={"deadlines": len(found)})


def _apply(
    uow: UnitOfWork, ctx: Context, held: Any, found: Sequence[tuple[Shift, bpmn.Deadline]]
) -> dict[str, object]:
    """Set them all; return what puts them back."""
    tasks = [(shift, one) for shift, one in found if not one.timer]
    timers = {shift.token: shift.after for shift, _ in found if shift.timer}
    given = {shift.token: one.given for shift, one in tasks}
    dues.move_timers(uow, ctx, held, timers, by_hand=False, given=given)
    undo: dict[str, object] = {
        "timers": {shift.token: shift.before for shift, _ in found if shift.timer},
        "tasks": {shift.token: shift.before for shift, _ in tasks},
        "reminders": {shift.token: uow.terms.reminder(shift.token) for shift, _ in tasks},
        "now": {shift.token: shift.after for shift, _ in found},
        "given": {shift.token: _given(uow, shift.token, one.given) for shift, one in tasks},
    }
    for shift, one in tasks:
        _set_task(uow, shift, one)
    return undo


def _given(uow: UnitOfWork, task: str, anew: Mapping[str, object]) -> dict[str, object]:
    """Return the inputs of a task, as they are, that are made anew."""
    row = uow.tasks.find(task) if anew else None
    local = row[0].local if row is not None else {}
    return {name: local[name] for name in anew if name in local}


def _with(uow: UnitOfWork, task: str, given: Mapping[str, object]) -> dict[str, object] | None:
    """Return a task's local variables with other inputs; None: they stay."""
    row = uow.tasks.find(task) if given else None
    return {**row[0].local, **given} if row is not None else None


def _set_task(uow: UnitOfWork, shift: Shift, one: bpmn.Deadline) -> None:
    local = _with(uow, shift.token, one.given)
    uow.terms.set_task(shift.token, shift.after, shift.before, by_hand=False, local=local)
    if one.follow_up is not None:
        uow.terms.set_reminder(shift.token, one.follow_up)


def _undo(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    """Put back what is still as it was worked out; what a person set since stays."""
    held = uow.instances.lock(wish.subject)
    if held is None:
        raise access.no_case()
    same = _unchanged(uow, held.id, _moments(wish, "now"))
    timers, tasks, reminders = (
        {token: due for token, due in _moments(wish, name).items() if token in same}
        for name in ("timers", "tasks", "reminders")
    )
    kept = wish.params.get("given")
    given = {one: kept[one] for one in tasks if one in kept} if isinstance(kept, dict) else {}
    dues.move_timers(uow, ctx, held, timers, by_hand=False, given=given)
    for token, due in tasks.items():
        local = _with(uow, token, given.get(token, {}))
        uow.terms.set_task(token, due, due, by_hand=False, local=local)
    for token, due in reminders.items():
        uow.terms.set_reminder(token, due)
    detail = {"count": len(timers) + len(tasks)}
    history.note(uow, ctx, actor, held.id, "deadlines-recomputed", detail, reason=wish.reason)
    return Done(told={"deadlines": len(timers) + len(tasks)})


def _unchanged(uow: UnitOfWork, case: str, now: Mapping[str, datetime]) -> frozenset[str]:
    """Return the tokens that are due as they were put; `Conflict` if nothing of it stands."""
    hand = uow.terms.by_hand(case)
    due = {task.id: task.due for task in uow.tasks.open_of(case)}
    same = set()
    for token, after in now.items():
        there = due[token] if token in due else _timer_due(uow, case, token)
        if token not in hand and there is not None and abs(there - after) < SAME:
            same.add(token)
    if now and not same:
        raise Conflict(text("All these deadlines have changed since; they stay as they are"))
    return frozenset(same)


def _moments(wish: Wish, name: str) -> dict[str, datetime]:
    found = wish.params.get(name)
    items = found.items() if isinstance(found, dict) else ()
    return {str(token): due for token, due in items if isinstance(due, datetime)}


OPERATIONS = (
    Operation(
        name="recompute-deadlines",
        subject=Subject.CASE,
        title=text("Work the deadlines out again"),
        about=text("By the working calendar as it is now; what a person set stays as it is."),
        look=_look,
        act=_recompute,
        undo=_undo,
        stamps=stamps.cases,
    ),
)
