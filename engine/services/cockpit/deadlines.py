"""What a change of the working calendar does to deadlines: who is affected, and working them out.

Two ways to the same answer. A whole installation is looked at by rows: only terms that run over a
changed day, their expressions evaluated with the calendar before and after, each once for what
arrived on one day with the same values. One case is worked out from its live state, as its steps
would do it. A deadline that a person set is never moved.
"""

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from engine import bpmn
from engine.errors import Conflict, ExpressionError
from engine.model.calendar import ZONE, WorkingCalendar
from engine.model.people import Actor
from engine.model.text import text
from engine.services import access, bundles, calendar, ending, history
from engine.services.cockpit import calling, dues, stamps
from engine.services.cockpit.operations import Change, Done, Operation, Preview, Subject, Wish
from engine.services.cockpit.tasks import said
from engine.services.context import Context, UnitOfWork

#: Moments nearer than this are the same: databases keep fewer digits.
SAME = timedelta(seconds=1)
#: Rows that are read at once.
CHUNK = 2000
#: Days that one change names.
MOST = 60
#: What evaluating an expression of a diagram may raise for one case's values.
FAILS = (ExpressionError, ArithmeticError, LookupError, TypeError, ValueError)


@dataclass(frozen=True, kw_only=True)
class Shift:
    """A deadline that changes."""

    #: Whether it is a timer's; otherwise a task's.
    timer: bool
    #: Token, hexadecimal: a task's is its id.
    token: str
    #: Element id.
    element: str
    #: Case id, and its number.
    case: str
    number: str
    #: Definition id and process of the case.
    definition: str
    process: str
    #: Moment (UTC) as it is and as it would be.
    before: datetime
    after: datetime


@dataclass(frozen=True, kw_only=True)
class Edited:
    """A change of the working calendar."""

    #: Before and after.
    before: WorkingCalendar
    after: WorkingCalendar
    #: The days.
    days: tuple[date, ...]

    @property
    def first(self) -> datetime:
        """Return the beginning (UTC) of the first day."""
        return datetime.combine(min(self.days), time(), ZONE).astimezone(UTC)

    @property
    def last(self) -> datetime:
        """Return the end (UTC) of the last day."""
        return datetime.combine(max(self.days) + timedelta(days=1), time(), ZONE).astimezone(UTC)


@dataclass(frozen=True, kw_only=True)
class Survey:
    """A part of what is affected."""

    #: Deadlines that change.
    shifts: tuple[Shift, ...]
    #: Open terms that were looked at.
    examined: int
    #: Where to go on; empty: that was all.
    next: str


def edited(uow: UnitOfWork, ctx: Context, days: Mapping[date, bool]) -> Edited:
    """Return what setting some days would change: whether each is worked."""
    now = calendar.load(uow, ctx)
    return Edited(before=now, after=now.with_days(days), days=tuple(sorted(days)))


def made(uow: UnitOfWork, ctx: Context, were: Mapping[date, bool]) -> Edited:
    """Return what a change that is made already changed: whether each day was worked before."""
    now = calendar.load(uow, ctx)
    return Edited(before=now.with_days(were), after=now, days=tuple(sorted(were)))


def written(days: Mapping[date, bool]) -> str:
    """Write days into an address: ``2026-12-31:1,2027-01-02:0``."""
    return ",".join(f"{day.isoformat()}:{int(works)}" for day, works in sorted(days.items()))


def read(said_days: str) -> dict[date, bool]:
    """Read what `written` wrote; what is none is left out."""
    found: dict[date, bool] = {}
    for one in said_days.split(",")[:MOST]:
        day, _, works = one.partition(":")
        try:
            found[date.fromisoformat(day)] = works == "1"
        except ValueError:
            continue
    return found


# By rows.


class Reckoner:
    """Works out deadlines of rows before and after a change; remembers what is alike."""

    def __init__(self, uow: UnitOfWork, ctx: Context, change: Edited) -> None:
        """Reckon for one change, in one transaction."""
        self._uow, self._ctx, self._change = uow, ctx, change
        self._terms: dict[tuple[str, str], Mapping[str, bpmn.Term]] = {}
        self._memo: dict[object, tuple[datetime | None, datetime | None]] = {}

    def shifts(self, rows: Sequence[Any], *, timer: bool) -> Iterator[Shift]:
        """Yield what changes among rows of tasks or of timers."""
        known = [(row, term) for row in rows if (term := self._term(row)) and term.timer == timer]
        wanted = sorted({row.instance_id for row, term in known if term.names})
        variables = self._variables(wanted)
        for row, term in known:
            after = self._after(row, term, variables.get(row.instance_id, {}))
            if after is not None and abs(after - row.due_at) >= SAME:
                yield _shift(row, timer, after)

    def _term(self, row: Any) -> bpmn.Term | None:
        key = (row.definition_id, row.process)
        found = self._terms.get(key)
        if found is None:
            bundle = bundles.of_definition(self._uow, self._ctx, row.definition_id)
            found = self._terms[key] = bpmn.terms(bundle.definition(row.process))
        return found.get(row.element)

    def _variables(self, cases: Sequence[str]) -> Mapping[str, Mapping[str, object]]:
        return self._uow.terms.variables(cases) if cases else {}

    def _after(self, row: Any, term: bpmn.Term, top: Mapping[str, object]) -> datetime | None:
        """Return the new deadline; None: the change does not touch it."""
        seen: Mapping[str, object] = top
        if row.local and term.names:
            seen = ChainMap(self._uow.terms.opened(row.id, row.local), dict(top))
        if any(name not in seen for name in term.names):
            return self._exactly(row, term)
        before, after = self._both(row, term, seen)
        if term.timer and before is not None and abs(before - row.due_at) >= SAME:
            # Not as it was armed first: a cycle that went round, or what no calendar moves.
            before, after = self._round(row, term)
            if before is None or abs(before - row.due_at) >= SAME:
                return None
        return None if before is None or before == after else after

    def _both(
        self, row: Any, term: bpmn.Term, seen: Mapping[str, object]
    ) -> tuple[datetime | None, datetime | None]:
        key = _key(row, term, seen)
        found = self._memo.get(key) if key else None
        if found is None:
            found = (
                self._at(row, term, seen, self._change.before),
                self._at(row, term, seen, self._change.after),
            )
            if key:
                self._memo[key] = found
        return found

    def _env(self, row: Any, days: WorkingCalendar) -> bpmn.Environment:
        bundle = bundles.of_definition(self._uow, self._ctx, row.definition_id)
        return bundle.environment(days, row.created_at)

    def _at(
        self, row: Any, term: bpmn.Term, seen: Mapping[str, object], days: WorkingCalendar
    ) -> datetime | None:
        try:
            return term.at(seen, self._env(row, days))
        except FAILS:
            return None

    def _round(self, row: Any, term: bpmn.Term) -> tuple[datetime | None, datetime | None]:
        if "working_day_cycle" not in term.value.calls:
            return None, None
        came = row.created_at
        return self._change.before.next_close(came), self._change.after.next_close(came)

    def _exactly(self, row: Any, term: bpmn.Term) -> datetime | None:
        """Work it out from the live state: it reads what only an inner scope knows."""
        before = self._of_state(row, self._change.before)
        after = self._of_state(row, self._change.after)
        return None if before == after else after

    def _of_state(self, row: Any, days: WorkingCalendar) -> datetime | None:
        state = self._uow.instances.state(row.instance_id)
        return next(
            (
                one.due
                for one in _of_state(self._uow, self._ctx, row, state, days)
                if one.token.hex == row.token
            ),
            None,
        )


def _key(row: Any, term: bpmn.Term, seen: Mapping[str, object]) -> object:
    """Return what a deadline depends on besides the calendar; None: on the very moment."""
    if not term.by_the_day:
        return None
    there = row.created_at.astimezone(ZONE)
    values = [repr(seen[name]) for name in sorted(term.names)]
    return (row.definition_id, term.element, there.date(), there.time() >= CLOSES, *values)


#: End of a working day: what arrives later arrived on the next one.
CLOSES = WorkingCalendar().closes


def _shift(row: Any, timer: bool, after: datetime) -> Shift:
    return Shift(
        timer=timer,
        token=row.token,
        element=row.element,
        case=row.instance_id,
        number=row.business_key,
        definition=row.definition_id,
        process=row.process,
        before=row.due_at,
        after=after,
    )


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


def _of_state(
    uow: UnitOfWork, ctx: Context, row: Any, state: bytes, days: WorkingCalendar
) -> list[bpmn.Deadline]:
    bundle = bundles.of_definition(uow, ctx, row.definition_id)
    definition = bundle.definition(row.process)
    return bpmn.deadlines(definition, state, lambda at: bundle.environment(days, at))


def of_case(
    uow: UnitOfWork, ctx: Context, row: Any, state: bytes, days: WorkingCalendar
) -> list[tuple[Shift, bpmn.Deadline]]:
    """Return the deadlines of a case that its expressions put elsewhere than they are."""
    kept = uow.terms.by_hand(row.id)
    due = {task.id: task.due for task in uow.tasks.open_of(row.id)}
    found = []
    for one in _of_state(uow, ctx, row, state, days):
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
        refusals=() if goes_on else (text("This case has ended"),),
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
        raise Conflict(text("This case has ended"))
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
    }
    for shift, one in tasks:
        _set_task(uow, shift, one)
    return undo


def _set_task(uow: UnitOfWork, shift: Shift, one: bpmn.Deadline) -> None:
    row = uow.tasks.find(shift.token)
    local = None
    if one.given and row is not None:
        local = {**row[0].local, **one.given}
    uow.terms.set_task(shift.token, shift.after, shift.before, by_hand=False, local=local)
    if one.follow_up is not None:
        uow.terms.set_reminder(shift.token, one.follow_up)


def _undo(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    held = uow.instances.lock(wish.subject)
    if held is None:
        raise access.no_case()
    timers, tasks, reminders = (_moments(wish, name) for name in ("timers", "tasks", "reminders"))
    dues.move_timers(uow, ctx, held, timers, by_hand=False)
    for token, due in tasks.items():
        if not uow.terms.set_task(token, due, due, by_hand=False):
            raise Conflict(text("This task is already completed or withdrawn"))
    for token, due in reminders.items():
        uow.terms.set_reminder(token, due)
    detail = {"count": len(timers) + len(tasks)}
    history.note(uow, ctx, actor, held.id, "deadlines-recomputed", detail, reason=wish.reason)
    return Done(told={"deadlines": len(timers) + len(tasks)})


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
