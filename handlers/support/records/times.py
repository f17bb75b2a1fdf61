"""How long the steps of a centre's plans took in a quarter (S-13), in calendar days."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from handlers.support.quarters import Quarter
from handlers.support.records.tables import (
    MeasureRow,
    PlanRow,
    ReportRow,
    ReviewRow,
    VersionRow,
)

#: What is timed, in the order of a plan's life: from intake to the head's approval, from there to
#: sending (S-9), from sending to the first report (S-11(1)), from a report to its mark (S-11(2)).
APPROVAL, DISPATCH, REPORT, REVIEW = "approval", "dispatch", "report", "review"
Span = tuple[datetime, datetime]


@dataclass(frozen=True, kw_only=True)
class Time:
    """How long one step took."""

    #: One of the four above.
    step: str
    #: How often it was taken in the quarter.
    count: int = 0
    #: Calendar days on average; None: it was never taken.
    days: float | None = None
    #: Calendar days at most.
    longest: float | None = None


def times(session: Session, centre: str, quarter: Quarter) -> tuple[Time, ...]:
    """Return how long each step took, of those that ended in a quarter. Five queries."""
    return (
        _time(APPROVAL, _approvals(session, centre, quarter)),
        _time(DISPATCH, _dispatches(session, centre, quarter)),
        _time(REPORT, _reports(session, centre, quarter)),
        _time(REVIEW, _reviews(session, centre, quarter)),
    )


def _time(step: str, spans: Iterable[Span]) -> Time:
    # A measure that was sent anew to another body may seem to have been reported before.
    days = [(end - begin).total_seconds() / 86_400 for begin, end in spans if end >= begin]
    if not days:
        return Time(step=step)
    return Time(
        step=step,
        count=len(days),
        days=round(sum(days) / len(days), 1),
        longest=round(max(days), 1),
    )


def _within(moment: Any, quarter: Quarter) -> tuple[Any, Any]:
    return moment >= quarter.begins, moment < quarter.ends


def _spans(session: Session, query: Any) -> list[Span]:
    return [(begin, end) for begin, end in session.execute(query)]


def _approvals(session: Session, centre: str, quarter: Quarter) -> list[Span]:
    query = select(PlanRow.opened_at, PlanRow.approved_at).where(
        PlanRow.centre == centre, *_within(PlanRow.approved_at, quarter)
    )
    return _spans(session, query)


def _dispatches(session: Session, centre: str, quarter: Quarter) -> list[Span]:
    """Return approval and sending; an approval is that of the version which stood at sending."""
    query = select(MeasureRow.plan, MeasureRow.sent_at).where(
        MeasureRow.centre == centre,
        MeasureRow.before == "",
        *_within(MeasureRow.sent_at, quarter),
    )
    rows = session.execute(query).all()
    approved = _approved(session, {plan for plan, _ in rows})
    found: list[Span] = []
    for plan, sent in rows:
        moments = approved.get(plan, [])
        place = bisect_right(moments, sent) if sent else 0
        if place and sent:
            found.append((moments[place - 1], sent))
    return found


def _approved(session: Session, plans: Iterable[str]) -> dict[str, Sequence[datetime]]:
    query = (
        select(VersionRow.plan, VersionRow.decided_at)
        .where(VersionRow.plan.in_(list(plans)), VersionRow.decision == "approve")
        .order_by(VersionRow.decided_at)
    )
    found: dict[str, list[datetime]] = {}
    for plan, at in session.execute(query):
        if at is not None:
            found.setdefault(plan, []).append(at)
    return dict(found)


def _reports(session: Session, centre: str, quarter: Quarter) -> list[Span]:
    query = (
        select(MeasureRow.sent_at, func.min(ReportRow.at))
        .join(MeasureRow, MeasureRow.id == ReportRow.measure)
        .where(MeasureRow.centre == centre, MeasureRow.sent_at.is_not(None))
        .group_by(MeasureRow.id, MeasureRow.sent_at)
        .having(*_within(func.min(ReportRow.at), quarter))
    )
    return _spans(session, query)


def _reviews(session: Session, centre: str, quarter: Quarter) -> list[Span]:
    query = (
        select(func.max(ReportRow.at), ReviewRow.at)
        .join(ReportRow, ReportRow.measure == ReviewRow.measure)
        .join(MeasureRow, MeasureRow.id == ReviewRow.measure)
        .where(
            MeasureRow.centre == centre,
            ReportRow.at <= ReviewRow.at,
            *_within(ReviewRow.at, quarter),
        )
        .group_by(ReviewRow.id, ReviewRow.at)
    )
    return _spans(session, query)
