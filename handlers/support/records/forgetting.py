"""Forgetting plans whose time to be kept is over."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from handlers.support.records.tables import (
    AmendmentRow,
    FollowUpRow,
    MeasureRow,
    MemberRow,
    MoveRow,
    PlanRow,
    QuestionRow,
    ReportRow,
    ReviewRow,
    RiskRow,
    SignalRow,
    VersionRow,
)

_ON_MEASURES = (ReportRow, ReviewRow, QuestionRow)
_ON_PLANS = (
    MeasureRow,
    MemberRow,
    VersionRow,
    AmendmentRow,
    RiskRow,
    MoveRow,
    FollowUpRow,
    SignalRow,
)


def forget(session: Session, numbers: Sequence[str]) -> None:
    """Delete plans with members, versions, measures and all that was reported on them."""
    measures = select(MeasureRow.id).where(MeasureRow.plan.in_(numbers))
    for row in _ON_MEASURES:
        session.execute(delete(row).where(row.measure.in_(measures)))
    for one in _ON_PLANS:
        session.execute(delete(one).where(one.plan.in_(numbers)))
    session.execute(delete(PlanRow).where(PlanRow.number.in_(numbers)))
