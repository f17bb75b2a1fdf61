"""What was reported, asked, answered and said to a measure; how a plan was changed; risks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.store import new_id
from handlers.support.records.tables import (
    AmendmentRow,
    FollowUpRow,
    QuestionRow,
    ReportRow,
    ReviewRow,
    RiskRow,
)


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a body reported (S-11(1))."""

    #: Report id.
    id: str
    #: Measure id.
    measure: str
    #: Round, from 1.
    round: int
    #: ``report``, ``impossible`` or ``refused_by_person``.
    outcome: str
    #: Body that reported.
    body: str
    #: What was done, or why it was not.
    said: str
    #: Document ids.
    documents: tuple[str, ...]
    #: Results on risks (S-11(4)); restricted.
    risks: str
    #: Whether it came after the term.
    late: bool
    #: Who reported.
    by: str
    #: When (UTC).
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Review:
    """What the centre said to a report (S-11(2), (3))."""

    #: Measure id.
    measure: str
    #: Round, from 1.
    round: int
    #: ``accept`` or ``return``.
    decision: str
    #: Why it was returned, or a note.
    reason: str
    #: Who.
    by: str
    #: When (UTC).
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a body asked back."""

    #: Question id.
    id: str
    #: Measure id.
    measure: str
    #: ``ask``, ``not_ours``, or ``escalation``: how a body's head means to go on.
    kind: str
    #: The question.
    asked: str
    #: Who asked.
    asked_by: str
    #: When (UTC).
    asked_at: datetime
    #: The answer; empty: none yet.
    answer: str
    #: Who answered.
    answered_by: str
    #: When (UTC).
    answered_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Amendment:
    """A change to a running plan."""

    #: Amendment id.
    id: str
    #: Plan number.
    plan: str
    #: Version that it makes.
    version: int
    #: The acts: ``{"act": add | change | withdraw | transfer, "measure": id, …}``.
    acts: tuple[Mapping[str, object], ...]
    #: Why.
    reason: str
    #: Who.
    by: str
    #: When (UTC).
    at: datetime
    #: When it took effect (UTC); None: not approved.
    applied_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Risk:
    """A risk of a person (S-4.7). Restricted."""

    #: Person id.
    person: str
    #: ``offence``, ``victimisation`` or ``relapse``.
    kind: str
    #: ``low``, ``medium`` or ``high``.
    level: str
    #: Note.
    note: str
    #: Who wrote it down.
    by: str
    #: When (UTC).
    at: datetime


@dataclass(frozen=True, kw_only=True)
class FollowUp:
    """A look at a family some months after the plan."""

    #: Months after completion.
    months: int
    #: ``stable``, ``at_risk`` or ``relapsed``.
    result: str
    #: Note.
    note: str
    #: Who.
    by: str
    #: When (UTC).
    at: datetime
    #: Number of the plan opened because of it; empty: none.
    opened: str


def report(
    session: Session,
    measure: str,
    *,
    round: int,
    outcome: str,
    body: str,
    said: str,
    documents: Sequence[str],
    risks: str,
    late: bool,
    by: str,
    at: datetime,
) -> None:
    """Write a report."""
    row = ReportRow(
        id=new_id(at),
        measure=measure,
        round=round,
        outcome=outcome,
        body=body,
        said=said,
        documents=list(documents),
        risks=risks,
        late=late,
        by=by,
        at=at,
    )
    session.add(row)


def reports(session: Session, measures: Iterable[str]) -> list[Report]:
    """Return the reports on some measures, oldest first."""
    query = select(ReportRow).where(ReportRow.measure.in_(list(measures))).order_by(ReportRow.id)
    return [
        Report(
            id=row.id,
            measure=row.measure,
            round=row.round,
            outcome=row.outcome,
            body=row.body,
            said=row.said,
            documents=tuple(row.documents),
            risks=row.risks,
            late=row.late,
            by=row.by,
            at=row.at,
        )
        for row in session.scalars(query)
    ]


def review(
    session: Session,
    measure: str,
    *,
    round: int,
    decision: str,
    reason: str,
    by: str,
    at: datetime,
) -> None:
    """Write what the centre said to a report."""
    row = ReviewRow(
        id=new_id(at),
        measure=measure,
        round=round,
        decision=decision,
        reason=reason,
        by=by,
        at=at,
    )
    session.add(row)


def reviews(session: Session, measures: Iterable[str]) -> list[Review]:
    """Return what the centre said to reports on some measures, oldest first."""
    query = select(ReviewRow).where(ReviewRow.measure.in_(list(measures))).order_by(ReviewRow.id)
    return [
        Review(
            measure=row.measure,
            round=row.round,
            decision=row.decision,
            reason=row.reason,
            by=row.by,
            at=row.at,
        )
        for row in session.scalars(query)
    ]


def ask(session: Session, measure: str, *, kind: str, asked: str, by: str, at: datetime) -> None:
    """Write what a body asks back, or why it says that a measure is not its business."""
    row = QuestionRow(
        id=new_id(at), measure=measure, kind=kind, asked=asked, asked_by=by, asked_at=at
    )
    session.add(row)


def answer(session: Session, question: str, *, said: str, by: str, at: datetime) -> None:
    """Write the answer to a question."""
    row = session.get(QuestionRow, question)
    if row is None:
        raise LookupError(f"no question {question}")
    row.answer, row.answered_by, row.answered_at = said, by, at


def questions(session: Session, measures: Iterable[str]) -> list[Question]:
    """Return the questions on some measures, oldest first."""
    query = (
        select(QuestionRow).where(QuestionRow.measure.in_(list(measures))).order_by(QuestionRow.id)
    )
    return [
        Question(
            id=row.id,
            measure=row.measure,
            kind=row.kind,
            asked=row.asked,
            asked_by=row.asked_by,
            asked_at=row.asked_at,
            answer=row.answer,
            answered_by=row.answered_by,
            answered_at=row.answered_at,
        )
        for row in session.scalars(query)
    ]


def open_question(session: Session, measure: str) -> Question | None:
    """Return the latest question of a measure that nobody answered yet."""
    found = [one for one in questions(session, [measure]) if one.answered_at is None]
    return found[-1] if found else None


def amend(
    session: Session,
    plan: str,
    *,
    version: int,
    acts: Sequence[Mapping[str, object]],
    reason: str,
    by: str,
    at: datetime,
) -> str:
    """Write a change to a running plan; return its id."""
    row = AmendmentRow(
        id=new_id(at),
        plan=plan,
        version=version,
        acts=[dict(one) for one in acts],
        reason=reason,
        by=by,
        at=at,
    )
    session.add(row)
    return row.id


def _amendment(row: AmendmentRow) -> Amendment:
    return Amendment(
        id=row.id,
        plan=row.plan,
        version=row.version,
        acts=tuple(row.acts),
        reason=row.reason,
        by=row.by,
        at=row.at,
        applied_at=row.applied_at,
    )


def amendment(session: Session, wanted: str) -> Amendment | None:
    """Return a change by id; None if there is none."""
    row = session.get(AmendmentRow, wanted)
    return _amendment(row) if row else None


def amendments(session: Session, plan: str) -> list[Amendment]:
    """Return the changes to a plan, oldest first."""
    query = select(AmendmentRow).where(AmendmentRow.plan == plan).order_by(AmendmentRow.id)
    return [_amendment(row) for row in session.scalars(query)]


def applied(session: Session, wanted: str, at: datetime) -> bool:
    """Write that a change took effect; False: it had already."""
    row = session.get(AmendmentRow, wanted)
    if row is None:
        raise LookupError(f"no amendment {wanted}")
    first = row.applied_at is None
    row.applied_at = row.applied_at or at
    return first


def save_risks(
    session: Session, plan: str, found: Sequence[Mapping[str, str]], *, by: str, at: datetime
) -> None:
    """Write risks: ``person``, ``kind``, ``level``, ``note``; those written before stay."""
    known = {(one.person, one.kind, one.level, one.note) for one in risks(session, plan)}
    for one in found:
        said = {key: one.get(key, "") for key in ("kind", "level", "note")}
        if (one.get("person", ""), *said.values()) not in known:
            session.add(
                RiskRow(
                    id=new_id(at),
                    plan=plan,
                    person=one.get("person", ""),
                    content=said,
                    by=by,
                    at=at,
                )
            )


def risks(session: Session, plan: str, person: str | None = None) -> list[Risk]:
    """Return the risks of a plan's people, or of one. Ask `handlers.support.rights` first."""
    query = select(RiskRow).where(RiskRow.plan == plan).order_by(RiskRow.id)
    if person is not None:
        query = query.where(RiskRow.person == person)
    return [
        Risk(person=row.person, by=row.by, at=row.at, **row.content)
        for row in session.scalars(query)
    ]


def follow_up(
    session: Session, plan: str, months: int, *, result: str, note: str, by: str, at: datetime
) -> None:
    """Write how a family does some months after its plan (B-13)."""
    row = session.get(FollowUpRow, (plan, months)) or FollowUpRow(plan=plan, months=months)
    row.result, row.note, row.by, row.at = result, note, by, at
    session.add(row)


def relapsed(session: Session, plan: str, opened: str) -> None:
    """Write which plan was opened because a family fell back."""
    query = select(FollowUpRow).where(FollowUpRow.plan == plan, FollowUpRow.result == "relapsed")
    for row in session.scalars(query.order_by(FollowUpRow.months.desc()).limit(1)):
        row.opened = opened


def follow_ups(session: Session, plan: str) -> list[FollowUp]:
    """Return the looks at a family after its plan, in order."""
    query = select(FollowUpRow).where(FollowUpRow.plan == plan).order_by(FollowUpRow.months)
    return [
        FollowUp(
            months=row.months,
            result=row.result,
            note=row.note,
            by=row.by,
            at=row.at,
            opened=row.opened,
        )
        for row in session.scalars(query)
    ]
