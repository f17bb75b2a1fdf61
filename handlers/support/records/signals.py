"""Signals of the digital family card: kept once each, whatever became of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.store import blind_index
from handlers.support.records.tables import SignalRow


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
    iin: str,
    content: Mapping[str, object],
    state: str,
    plan: str,
    at: datetime,
) -> None:
    """Write a signal. `IntegrityError` of the store if another transaction has just done so."""
    row = SignalRow(
        id=wanted,
        centre=centre,
        person_index=blind_index(iin),
        content=dict(content),
        state=state,
        plan=plan,
        at=at,
    )
    session.add(row)
    session.flush()  # two deliveries of one signal: the second must fail before it opens a plan


def signals(session: Session, centre: str, limit: int = 50) -> list[Signal]:
    """Return a centre's latest signals, newest first."""
    query = (
        select(SignalRow)
        .where(SignalRow.centre == centre)
        .order_by(SignalRow.at.desc(), SignalRow.id)
        .limit(limit)
    )
    return [_signal(row) for row in session.scalars(query)]
