"""Plans, their members and versions. What pages read is in `handlers.support.records.seen`."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import bindparam, insert, select
from sqlalchemy import update as update_rows
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine.store import new_id
from handlers.support.records.tables import MemberRow, MoveRow, NumberRow, PlanRow

Values = Mapping[str, object]

#: Counts a year's number up and returns it; the row stays locked until the transaction ends.
_NEXT = (
    update_rows(NumberRow)
    .where(NumberRow.year == bindparam("wanted"))
    .values(last=NumberRow.last + 1)
    .returning(NumberRow.last)
    .execution_options(synchronize_session=False)
)


class PlanState(StrEnum):
    """Where a plan is.

    ``intake`` → ``drafting`` → ``approval`` → ``running`` → ``completed``. A returned or continued
    plan goes back to ``drafting``, a family that moves leads to ``moved``; ``closed`` ends it from
    everywhere, ``not_opened`` from the intake.
    """

    INTAKE = "intake"
    DRAFTING = "drafting"
    APPROVAL = "approval"
    RUNNING = "running"
    MOVED = "moved"
    COMPLETED = "completed"
    CLOSED = "closed"
    NOT_OPENED = "not_opened"


#: What a new plan for the same family does not take over from the earlier one.
LEFT_BEHIND = frozenset({"status_before", "status_after", "note", "continued", "previous"})
#: States of plans that are over.
OVER = frozenset({PlanState.COMPLETED, PlanState.CLOSED, PlanState.NOT_OPENED})


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A plan as it stands."""

    #: Number, e.g. ``Ж-26-00122``.
    number: str
    #: Centre that leads it.
    centre: str
    #: Region of the centre.
    region: str
    #: Where it is.
    state: PlanState
    #: The intake form's values.
    content: Values
    #: ``centre``, ``family_card`` or ``relapse``.
    source: str
    #: Id of the signal; empty: none.
    signal: str
    #: Number of the finished plan it follows; empty: none.
    previous: str
    #: Account id of who leads it; empty: nobody yet.
    specialist: str
    #: Number of the latest version; 0: none yet.
    version: int
    #: People in the family.
    heads: int
    #: Children among them.
    children: int
    #: When it was opened (UTC).
    opened_at: datetime
    #: When a version was first approved (UTC).
    approved_at: datetime | None
    #: Day of the mark of completion (S-12).
    completed_on: date | None
    #: ``full`` or ``exceptions``; empty: not completed.
    result: str
    #: When it ended (UTC).
    ended_at: datetime | None
    #: How it ended; empty: open.
    outcome: str
    #: Why it was closed.
    reason: str


@dataclass(frozen=True, kw_only=True)
class Move:
    """A family's move to another centre."""

    #: Centre that had the plan.
    origin: str
    #: Centre that has it now.
    destination: str
    #: Why.
    reason: str
    #: Who entered it.
    by: str
    #: When (UTC).
    at: datetime
    #: When the new centre took it over (UTC).
    taken_at: datetime | None


def next_number(session: Session, year: int) -> str:
    """Return the next plan number of a year, e.g. ``Ж-26-00122``; plans opened at once wait."""
    last = session.scalar(_NEXT, {"wanted": year})
    if last is None:
        _first(session, year)
        last = session.scalar(_NEXT, {"wanted": year})
    return f"Ж-{year % 100:02d}-{last:05d}"


def _first(session: Session, year: int) -> None:
    # Two centres may open the year's first plan at once: the loser's row is there already.
    with suppress(IntegrityError), session.begin_nested():
        session.execute(insert(NumberRow).values(year=year, last=0))


def wait_for_numbers(session: Session, year: int) -> None:
    """Wait until nobody else is opening a plan, and have others wait until this transaction ends.

    For who looks whether a family has a plan and opens one if not: both in one turn.
    """
    query = select(NumberRow.last).where(NumberRow.year == year).with_for_update()
    if session.scalar(query) is None:
        _first(session, year)
        session.scalar(query)


def begin(
    session: Session,
    number: str,
    centre: str,
    region: str,
    at: datetime,
    *,
    source: str = "centre",
    signal: str = "",
    previous: str = "",
    content: Values | None = None,
) -> None:
    """Open the record of a plan (S-2)."""
    row = PlanRow(
        number=number,
        centre=centre,
        region=region,
        state=PlanState.INTAKE,
        content=dict(content or {}),
        source=source,
        signal=signal,
        previous=previous,
        opened_at=at,
    )
    session.add(row)
    session.flush()  # rows of this step refer to it


def _plan(row: PlanRow) -> Plan:
    return Plan(
        number=row.number,
        centre=row.centre,
        region=row.region,
        state=PlanState(row.state),
        content=row.content,
        source=row.source,
        signal=row.signal,
        previous=row.previous,
        specialist=row.specialist,
        version=row.version,
        heads=row.heads,
        children=row.children,
        opened_at=row.opened_at,
        approved_at=row.approved_at,
        completed_on=date.fromisoformat(row.completed_on) if row.completed_on else None,
        result=row.result,
        ended_at=row.ended_at,
        outcome=row.outcome,
        reason=row.reason,
    )


def plan_row(session: Session, number: str, *, lock: bool = False) -> PlanRow:
    """Return the row of a plan; `LookupError` if there is none."""
    row = session.get(PlanRow, number, with_for_update=lock or None)
    if row is None:
        raise LookupError(f"no plan {number}")
    return row


def plan(session: Session, number: str) -> Plan | None:
    """Return a plan; None if there is none."""
    row = session.get(PlanRow, number)
    return _plan(row) if row else None


def plans(session: Session, numbers: Iterable[str]) -> Mapping[str, Plan]:
    """Return plans by number, in one query."""
    rows = session.scalars(select(PlanRow).where(PlanRow.number.in_(list(numbers))))
    return {row.number: _plan(row) for row in rows}


def after(session: Session, number: str) -> str:
    """Return the number of the plan that followed a finished one; empty: none did."""
    query = select(PlanRow.number).where(PlanRow.previous == number).order_by(PlanRow.number)
    return session.scalar(query.limit(1)) or ""


def save_intake(session: Session, number: str, values: Values, specialist: str) -> None:
    """Write what was written down at intake and who leads the plan."""
    row = plan_row(session, number)
    row.content, row.specialist = dict(values), specialist
    row.previous = str(values.get("previous") or "") or row.previous


def set_state(session: Session, number: str, state: PlanState) -> None:
    """Write where a plan is."""
    plan_row(session, number).state = state


def settle(
    session: Session, number: str, state: PlanState, *, outcome: str, at: datetime, reason: str = ""
) -> None:
    """Write how a plan ended and free its members for another one; the first outcome stands."""
    row = plan_row(session, number)
    if row.ended_at is not None:
        return
    row.state, row.outcome, row.ended_at = state, outcome, at
    row.reason = reason or row.reason
    session.execute(update_rows(MemberRow).where(MemberRow.plan == number).values(open=False))


def mark_completed(session: Session, number: str, *, on: date, result: str) -> None:
    """Write the mark of completion with its day (S-12) and the result (B-12)."""
    row = plan_row(session, number)
    row.completed_on, row.result = on.isoformat(), result


def note_reason(session: Session, number: str, reason: str) -> None:
    """Write why a plan is about to be closed; messages carry no text of people."""
    plan_row(session, number).reason = reason


def ask_move(session: Session, number: str, *, to: str, reason: str, by: str, at: datetime) -> None:
    """Write that a family moves to another centre."""
    row = MoveRow(
        id=new_id(at),
        plan=number,
        origin=plan_row(session, number).centre,
        destination=to,
        reason=reason,
        by=by,
        at=at,
    )
    session.add(row)


def hand_over(session: Session, number: str, *, to: str, region: str) -> None:
    """Give a plan to another centre; it has no leading specialist until one takes it over."""
    row = plan_row(session, number)
    row.centre, row.region, row.specialist, row.state = to, region, "", PlanState.MOVED


def take_over(session: Session, number: str, *, specialist: str, by: str, at: datetime) -> None:
    """Write who took a plan over in the new centre."""
    row = plan_row(session, number)
    row.specialist, row.state = specialist, PlanState.DRAFTING
    query = select(MoveRow).where(MoveRow.plan == number, MoveRow.taken_at.is_(None))
    for move in session.scalars(query):
        move.taken_by, move.taken_at = by, at


def moves(session: Session, number: str) -> list[Move]:
    """Return the moves of a plan, oldest first."""
    query = select(MoveRow).where(MoveRow.plan == number).order_by(MoveRow.id)
    return [
        Move(
            origin=row.origin,
            destination=row.destination,
            reason=row.reason,
            by=row.by,
            at=row.at,
            taken_at=row.taken_at,
        )
        for row in session.scalars(query)
    ]
