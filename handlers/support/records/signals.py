"""Signals of the digital family card: kept once each, whatever became of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine.store import blind_index
from handlers.support.records.plans import PlanState
from handlers.support.records.tables import PlanRow, SignalRow


@dataclass(frozen=True, kw_only=True)
class Signal:
    """A signal that a family may be in difficulty."""

    #: Id that the card gave it.
    id: str
    #: Centre that has to look.
    centre: str
    #: What the card said of person and family.
    content: Mapping[str, object]
    #: ``accepted`` or ``duplicate``.
    state: str
    #: The plan opened, or the one that is there already.
    plan: str
    #: When it came (UTC).
    at: datetime


def _signal(row: SignalRow) -> Signal:
    return Signal(
        id=row.id,
        centre=row.centre,
        content=row.content,
        state=row.state,
        plan=row.plan,
        at=row.at,
    )


def signal(session: Session, wanted: str) -> Signal | None:
    """Return a signal by the id that the card gave it; None: it never came."""
    row = session.get(SignalRow, wanted)
    return _signal(row) if row else None


def keep_signal(
    session: Session,
    wanted: str,
    *,
    centre: str,
    iins: Iterable[str],
    content: Mapping[str, object],
    state: str,
    plan: str,
    at: datetime,
) -> bool:
    """Write a signal; False if it is there, or another transaction has just written it."""
    if session.get(SignalRow, wanted) is not None:
        return False
    row = SignalRow(
        id=wanted,
        centre=centre,
        people=[blind_index(iin) for iin in iins],
        content=dict(content),
        state=state,
        plan=plan,
        at=at,
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        return False
    return True


def signalled_plan(session: Session, iins: Iterable[str]) -> str:
    """Return the plan at intake that an earlier signal about one of these people opened.

    Empty if there is none. Plans at intake are few: who is in one is known only from its signal.
    """
    wanted = {blind_index(iin) for iin in iins}
    query = (
        select(SignalRow)
        .join(PlanRow, PlanRow.number == SignalRow.plan)
        .where(PlanRow.state == PlanState.INTAKE, SignalRow.state == "accepted")
    )
    found = (row.plan for row in session.scalars(query) if wanted.intersection(row.people))
    return next(found, "")


def signals(session: Session, centre: str, limit: int = 50) -> list[Signal]:
    """Return a centre's latest signals, newest first."""
    query = (
        select(SignalRow)
        .where(SignalRow.centre == centre)
        .order_by(SignalRow.at.desc(), SignalRow.id)
        .limit(limit)
    )
    return [_signal(row) for row in session.scalars(query)]


def noted(session: Session, plan: str) -> list[Signal]:
    """Return the signals that opened a plan or came while it was open, oldest first."""
    query = select(SignalRow).where(SignalRow.plan == plan).order_by(SignalRow.at, SignalRow.id)
    return [_signal(row) for row in session.scalars(query)]
