"""Forgetting applications whose time to be kept is over."""

from collections.abc import Sequence

from sqlalchemy import delete
from sqlalchemy.orm import Session

from handlers.kandas.records.tables import (
    ApplicationRow,
    CheckRow,
    ConsultationRow,
    ContactRow,
    DecisionRow,
    MoveRow,
    OfferRow,
    PlanRow,
    RemarkRow,
    ScanRow,
    VersionRow,
)

#: The application itself last: the others refer to it.
_ROWS = (
    CheckRow,
    ConsultationRow,
    ContactRow,
    DecisionRow,
    MoveRow,
    OfferRow,
    PlanRow,
    RemarkRow,
    ScanRow,
    VersionRow,
    ApplicationRow,
)


def forget(session: Session, numbers: Sequence[str]) -> None:
    """Delete applications with all that was written on them."""
    for row in _ROWS:
        session.execute(delete(row).where(row.case_number.in_(numbers)))
