"""Why offices returned an application, and what was done about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.store import new_id
from handlers.kandas.records.tables import RemarkRow


@dataclass(frozen=True, kw_only=True)
class Remark:
    """Why an application was returned."""

    #: Remark id.
    id: str
    #: Round in which it was made, from 1.
    round: int
    #: Office that made it: ``mobility_origin``, ``leo_origin``, ``leo_settlement``, ``director``.
    office: str
    #: Part of the application.
    field: str
    #: The remark.
    said: str
    #: Who made it.
    by: str
    #: When (UTC).
    at: datetime
    #: What was done about it; empty: nothing yet.
    answer: str = ""
    #: When it was answered (UTC).
    answered_at: datetime | None = None


def remark(
    session: Session,
    case_number: str,
    *,
    round: int,
    office: str,
    found: Sequence[tuple[str, str]],
    by: str,
    at: datetime,
) -> None:
    """Write remarks: pairs of the part they are about and what is said."""
    for position, (about, said) in enumerate(found):
        session.add(
            RemarkRow(
                id=new_id(at),
                case_number=case_number,
                round=round,
                office=office,
                field=about,
                said=said,
                by=by,
                at=at,
                position=position,
            )
        )


def _remark(row: RemarkRow) -> Remark:
    return Remark(
        id=row.id,
        round=row.round,
        office=row.office,
        field=row.field,
        said=row.said,
        by=row.by,
        at=row.at,
        answer=row.answer,
        answered_at=row.answered_at,
    )


def remarks(session: Session, case_number: str, *, open_only: bool = False) -> list[Remark]:
    """Return remarks, oldest first; those nobody answered yet with `open_only`."""
    query = (
        select(RemarkRow)
        .where(RemarkRow.case_number == case_number)
        .order_by(RemarkRow.at, RemarkRow.position)
    )
    if open_only:
        query = query.where(RemarkRow.answered_at.is_(None))
    return [_remark(row) for row in session.scalars(query)]


def answer_remarks(
    session: Session, case_number: str, answers: Mapping[str, str], at: datetime
) -> None:
    """Write what was done about remarks: id → answer."""
    query = select(RemarkRow).where(
        RemarkRow.case_number == case_number, RemarkRow.id.in_(list(answers))
    )
    for row in session.scalars(query):
        row.answer, row.answered_at = answers[row.id], at
