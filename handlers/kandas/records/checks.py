"""What the offices explained and found: the consultation of K-5, the checks of the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.store import new_id
from handlers.kandas.records.tables import CheckRow, ConsultationRow


@dataclass(frozen=True, kw_only=True)
class Consultation:
    """The primary consultation."""

    #: Keys of the topics explained, as in the form.
    topics: tuple[str, ...]
    #: Local date; None: not said.
    held_on: date | None
    #: Note.
    note: str
    #: Who explained.
    officer: str


@dataclass(frozen=True, kw_only=True)
class Check:
    """What an office wrote down at a step."""

    #: Element id of the step.
    step: str
    #: Round of rework, from 1.
    round: int
    #: The values of the step's form.
    found: Mapping[str, object]
    #: Who.
    by: str
    #: When (UTC).
    at: datetime


def consult(
    session: Session, case_number: str, *, topics: Sequence[str], on: str, note: str, officer: str
) -> None:
    """Write the primary consultation (K-5)."""
    row = session.get(ConsultationRow, case_number) or ConsultationRow(case_number=case_number)
    row.topics, row.held_on, row.note, row.officer = list(topics), on, note, officer
    session.add(row)


def save_check(
    session: Session,
    case_number: str,
    *,
    step: str,
    round: int,
    found: Mapping[str, object],
    by: str,
    at: datetime,
) -> None:
    """Write what an office checked and found."""
    row = CheckRow(
        id=new_id(at),
        case_number=case_number,
        step=step,
        round=round,
        found=dict(found),
        by=by,
        at=at,
    )
    session.add(row)


def consultation(session: Session, case_number: str) -> Consultation | None:
    """Return the primary consultation; None until it was held."""
    row = session.get(ConsultationRow, case_number)
    if row is None:
        return None
    return Consultation(
        topics=tuple(row.topics),
        held_on=date.fromisoformat(row.held_on[:10]) if row.held_on else None,
        note=row.note,
        officer=row.officer,
    )


def checks(session: Session, case_number: str) -> list[Check]:
    """Return what was written down, oldest first, every round of it."""
    query = select(CheckRow).where(CheckRow.case_number == case_number).order_by(CheckRow.id)
    return [
        Check(step=row.step, round=row.round, found=row.found, by=row.by, at=row.at)
        for row in session.scalars(query)
    ]
