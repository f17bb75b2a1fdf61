"""A change of the working calendar, and the deadlines that it moves, worked out by rows.

The expression of a deadline is evaluated with the calendar before and after, once for what arrived
on one day with the same values; where only an inner scope knows the values, from the live state.
"""

from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from engine import bpmn
from engine.errors import ExpressionError
from engine.model.calendar import ZONE, WorkingCalendar
from engine.model.substitution import begins
from engine.services import bundles, calendar
from engine.services.context import Context, UnitOfWork

#: Moments nearer than this are the same: databases keep fewer digits.
SAME = timedelta(seconds=1)
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
        return begins(min(self.days))

    @property
    def last(self) -> datetime:
        """Return the end (UTC) of the last day."""
        return begins(max(self.days) + timedelta(days=1))


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
            when = date.fromisoformat(day)
        except ValueError:
            continue
        if 2000 <= when.year <= 2100:
            found[when] = works == "1"
    return found


def of_state(
    uow: UnitOfWork, ctx: Context, row: Any, state: bytes, days: WorkingCalendar
) -> list[bpmn.Deadline]:
    """Return the deadlines of a case's live state, by a calendar."""
    bundle = bundles.of_definition(uow, ctx, row.definition_id)
    definition = bundle.definition(row.process)
    return bpmn.deadlines(definition, state, lambda at: bundle.environment(days, at))


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
                for one in of_state(self._uow, self._ctx, row, state, days)
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
