"""Conclusions on the quarters of centres: written, approved, sent (S-14)."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine.store.tables import instance
from handlers.support.quarters import Quarter, parse
from handlers.support.records.indicators import Indicators, read_indicators
from handlers.support.records.tables import (
    ConclusionRow,
    PlanRow,
)

Values = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Conclusion:
    """A centre's conclusion on a quarter."""

    #: Business key.
    number: str
    #: Centre.
    centre: str
    #: Region.
    region: str
    #: Quarter, e.g. ``2026-4``.
    quarter: str
    #: The numbers; None: not gathered yet.
    indicators: Indicators | None
    #: When they were gathered (UTC).
    gathered_at: datetime | None
    #: The form's values.
    content: Values
    #: Version, from 1; 0: not written yet.
    version: int
    #: Who wrote it.
    by: str
    #: When (UTC).
    at: datetime | None
    #: Why the head gave it back.
    remark: str
    #: Who approved it.
    approved_by: str
    #: When (UTC).
    approved_at: datetime | None
    #: When it went to the family-policy body (UTC).
    sent_at: datetime | None
    #: What that body wrote back.
    answer: str
    #: Who read it there.
    read_by: str
    #: When (UTC).
    read_at: datetime | None


def centres_at_work(session: Session, quarter: Quarter) -> list[str]:
    """Return the centres that had a plan in a quarter, or opened one in it."""
    query = (
        select(PlanRow.centre)
        .where(
            PlanRow.opened_at < quarter.ends,
            or_(PlanRow.ended_at.is_(None), PlanRow.ended_at >= quarter.begins),
        )
        .distinct()
        .order_by(PlanRow.centre)
    )
    return list(session.scalars(query))


def open_quarter(
    session: Session, number: str, *, centre: str, region: str, quarter: Quarter
) -> bool:
    """Open the record of a centre's quarter; False: it is there already."""
    if session.get(ConclusionRow, number) is not None:
        return False
    row = ConclusionRow(
        number=number,
        centre=centre,
        region=region,
        quarter=str(quarter),
        indicators={},
        content={},
    )
    session.add(row)
    session.flush()  # a second centre of this step must find it
    return True


def save_indicators(session: Session, number: str, found: Indicators, at: datetime) -> None:
    """Write the numbers of a quarter; gathered once, they stay as they were."""
    row = _row(session, number)
    if row.gathered_at is None:
        row.indicators, row.gathered_at = asdict(found), at


def _row(session: Session, number: str) -> ConclusionRow:
    row = session.get(ConclusionRow, number)
    if row is None:
        raise LookupError(f"no quarter {number}")
    return row


def _conclusion(row: ConclusionRow) -> Conclusion:
    return Conclusion(
        number=row.number,
        centre=row.centre,
        region=row.region,
        quarter=row.quarter,
        indicators=read_indicators(row.indicators),
        gathered_at=row.gathered_at,
        content=row.content,
        version=row.version,
        by=row.by,
        at=row.at,
        remark=row.remark,
        approved_by=row.approved_by,
        approved_at=row.approved_at,
        sent_at=row.sent_at,
        answer=row.answer,
        read_by=row.read_by,
        read_at=row.read_at,
    )


def conclusion(session: Session, number: str) -> Conclusion | None:
    """Return a centre's quarter; None if it was not opened."""
    row = session.get(ConclusionRow, number)
    return _conclusion(row) if row else None


def case_of(session: Session, number: str) -> str:
    """Return the id of the case of a centre's quarter; empty if it was never started."""
    query = (
        select(instance.c.id)
        .where(instance.c.business_key == number)
        .order_by(instance.c.started_at.desc(), instance.c.id.desc())
    )
    return session.scalar(query.limit(1)) or ""


def conclusions(session: Session, numbers: Iterable[str]) -> Mapping[str, Conclusion]:
    """Return quarters by business key, in one query."""
    rows = session.scalars(select(ConclusionRow).where(ConclusionRow.number.in_(list(numbers))))
    return {row.number: _conclusion(row) for row in rows}


def of_quarter(session: Session, quarter: Quarter, region: str = "") -> list[Conclusion]:
    """Return all centres' conclusions of a quarter, of one region or of all."""
    query = select(ConclusionRow).where(ConclusionRow.quarter == str(quarter))
    if region:
        query = query.where(ConclusionRow.region == region)
    return [_conclusion(row) for row in session.scalars(query.order_by(ConclusionRow.centre))]


def earlier(session: Session, centre: str, before: str, limit: int = 4) -> list[Conclusion]:
    """Return a centre's quarters before one, the newest first: for the lines of a chart."""
    query = select(ConclusionRow).where(ConclusionRow.centre == centre)
    found = [_conclusion(row) for row in session.scalars(query)]
    past = [one for one in found if parse(one.quarter) < parse(before)]
    return sorted(past, key=lambda one: parse(one.quarter), reverse=True)[:limit]


def write_conclusion(
    session: Session, number: str, content: Values, *, by: str, at: datetime
) -> int:
    """Write the conclusion; return its version, from 1."""
    row = _row(session, number)
    row.content, row.by, row.at, row.remark = dict(content), by, at, ""
    row.version += 1
    return row.version


def judge_conclusion(
    session: Session, number: str, *, approved: bool, remark: str, by: str, at: datetime
) -> None:
    """Write what the head said to the conclusion."""
    row = _row(session, number)
    row.remark = remark
    if approved:
        row.approved_by, row.approved_at = by, at


def send_conclusion(session: Session, number: str, at: datetime) -> None:
    """Write that the conclusion went to the family-policy body (S-14); the first time counts."""
    row = _row(session, number)
    row.sent_at = row.sent_at or at


def read_conclusion(session: Session, number: str, *, answer: str, by: str, at: datetime) -> None:
    """Write that the family-policy body read it, and its answer."""
    row = _row(session, number)
    row.answer, row.read_by, row.read_at = answer, by, at
