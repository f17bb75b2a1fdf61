"""The tables: plans with members, versions, measures, what was reported on them, quarters.

What is personal, and every text that somebody typed, is encrypted; a person is found by the keyed
index of the IIN. Codes, states and moments stand open: lists and indicators count them.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.store import Base, Encrypted, Json, UtcDateTime

#: Length of a business key.
NUMBER = String(50)
#: Length of an organisation's code.
OFFICE = String(40)
#: Length of an id.
ID = String(32)
#: Length of a person's name.
NAME = String(200)


def plan_key(*, primary: bool = False) -> Any:
    """Return the column that ties a row to its plan."""
    key = ForeignKey("support_plan.number")
    return mapped_column(NUMBER, key, primary_key=True) if primary else mapped_column(NUMBER, key)


def measure_key() -> Any:
    """Return the column that ties a row to its measure."""
    return mapped_column(ID, ForeignKey("support_measure.id"), index=True)


class NumberRow(Base):
    """The last number of a plan given out in a year."""

    __tablename__ = "support_number"

    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int]


class PlanRow(Base):
    """A plan as it stands now."""

    __tablename__ = "support_plan"
    __table_args__ = (
        Index("ix_support_plan_centre", "centre", "state"),
        Index("ix_support_plan_region", "region", "state"),
    )

    number: Mapped[str] = mapped_column(NUMBER, primary_key=True)
    centre: Mapped[str] = mapped_column(OFFICE)
    region: Mapped[str] = mapped_column(String(2))
    state: Mapped[str] = mapped_column(String(12))
    #: What was written down at intake.
    content: Mapped[dict[str, object]] = mapped_column(Encrypted("support_plan.content", "json"))
    #: ``centre``, ``family_card`` or ``relapse``.
    source: Mapped[str] = mapped_column(String(12))
    #: Id of the signal with which it came; empty: the family turned up.
    signal: Mapped[str] = mapped_column(String(64), default="")
    #: Number of the finished plan that this one follows (B-13).
    previous: Mapped[str] = mapped_column(NUMBER, default="", index=True)
    #: Account id of the specialist who leads it.
    specialist: Mapped[str] = mapped_column(ID, default="")
    #: Number of the latest version; 0: none yet.
    version: Mapped[int] = mapped_column(default=0)
    heads: Mapped[int] = mapped_column(default=0)
    children: Mapped[int] = mapped_column(default=0)
    #: Place of the last measure.
    last_measure: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Local day of the mark of completion (S-12).
    completed_on: Mapped[str] = mapped_column(String(10), default="")
    #: ``full`` or ``exceptions`` (B-12).
    result: Mapped[str] = mapped_column(String(12), default="")
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: How it ended, a key of `handlers.support.face.OUTCOMES`.
    outcome: Mapped[str] = mapped_column(String(24), default="")
    #: Why it was closed.
    reason: Mapped[str] = mapped_column(Encrypted("support_plan.reason"), default="")


class MemberRow(Base):
    """A person's place in a plan; the person is in `handlers.people`."""

    __tablename__ = "support_member"
    __table_args__ = (
        # One open plan per person, whichever centre writes first: the database decides.
        Index(
            "uq_support_member_open",
            "person_index",
            unique=True,
            sqlite_where=text("open"),
            postgresql_where=text("open"),
        ),
        Index("ix_support_member_person", "person"),
    )

    plan: Mapped[str] = plan_key(primary=True)
    person: Mapped[str] = mapped_column(ID, primary_key=True)
    #: Keyed index of the IIN; of the person's id while there is no IIN.
    person_index: Mapped[str] = mapped_column(String(64), index=True)
    place: Mapped[int]
    #: What the member is to the applicant, a `Relationship`.
    relation: Mapped[str] = mapped_column(String(20))
    child: Mapped[bool] = mapped_column(Boolean)
    #: On which ground the member represents the children: ``parent``, ``guardian`` …; empty: not.
    represents: Mapped[str] = mapped_column(String(20), default="")
    deceased: Mapped[bool] = mapped_column(Boolean, default=False)
    #: Whether the plan still counts as the member's one plan.
    open: Mapped[bool] = mapped_column(Boolean, default=True)


class VersionRow(Base):
    """A version of a plan, frozen: what the head approves (S-8)."""

    __tablename__ = "support_version"

    plan: Mapped[str] = plan_key(primary=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    #: Why: ``first``, ``returned``, ``amendment``, ``takeover`` or ``continued``.
    cause: Mapped[str] = mapped_column(String(12))
    digest: Mapped[str] = mapped_column(String(64))
    document: Mapped[bytes] = mapped_column(Encrypted("support_version.document", "bytes"))
    content: Mapped[dict[str, object]] = mapped_column(Encrypted("support_version.content", "json"))
    by: Mapped[str] = mapped_column(NAME)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: ``approve`` or ``return``; empty: not decided yet.
    decision: Mapped[str] = mapped_column(String(12), default="")
    remark: Mapped[str] = mapped_column(Encrypted("support_version.remark"), default="")
    decided_by: Mapped[str] = mapped_column(NAME, default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MeasureRow(Base):
    """A measure of a plan."""

    __tablename__ = "support_measure"
    __table_args__ = (
        Index("uq_support_measure_number", "number", unique=True),
        Index("ix_support_measure_plan", "plan", "place"),
        Index("ix_support_measure_body", "body", "state", "due"),
        Index("ix_support_measure_centre", "centre", "state", "due"),
        Index("ix_support_measure_region", "region", "state", "due"),
        Index("ix_support_measure_closed", "centre", "closed_at"),
        # Overviews count off these alone: rows carry sealed texts and are wide.
        Index("ix_support_measure_load", "centre", "body", "state", "due", "plan"),
        Index("ix_support_measure_roll", "region", "centre", "body", "state", "due"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    plan: Mapped[str] = plan_key()
    #: Place in the plan, from 1; never used twice.
    place: Mapped[int]
    #: Business key of its case, e.g. ``Ж-26-00122/3``.
    number: Mapped[str] = mapped_column(NUMBER)
    #: Version with which it came.
    version: Mapped[int]
    #: The centre that leads the plan, and its region: what overviews count by.
    centre: Mapped[str] = mapped_column(OFFICE)
    region: Mapped[str] = mapped_column(String(2))
    #: Person whom it is for; empty: the whole family.
    person: Mapped[str] = mapped_column(ID, default="")
    child: Mapped[bool] = mapped_column(Boolean, default=False)
    field: Mapped[str] = mapped_column(String(12))
    body: Mapped[str] = mapped_column(OFFICE)
    #: Code of the public service; empty: no public service.
    service: Mapped[str] = mapped_column(String(40), default="")
    title: Mapped[str] = mapped_column(Encrypted("support_measure.title"))
    expected: Mapped[str] = mapped_column(Encrypted("support_measure.expected"))
    #: Term of the service, working days from sending; None: the centre set a day.
    days: Mapped[int | None]
    #: Local day set by the centre; empty: the register's term counts.
    term: Mapped[str] = mapped_column(String(10), default="")
    state: Mapped[str] = mapped_column(String(12))
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: End of the term (UTC); None until it was sent.
    due: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: First report of the round that counts.
    reported_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When the centre marked how it ended (S-11).
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: How often it was returned.
    rounds: Mapped[int] = mapped_column(default=0)
    escalated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Whether it was reported, or stays unreported, after its term.
    was_late: Mapped[bool] = mapped_column(Boolean, default=False)
    #: Why it is impossible, refused or withdrawn.
    reason: Mapped[str] = mapped_column(Encrypted("support_measure.reason"), default="")
    #: Body that had it before; empty: never transferred.
    before: Mapped[str] = mapped_column(OFFICE, default="")


class ReportRow(Base):
    """What a body reported on a measure (S-11(1))."""

    __tablename__ = "support_report"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    measure: Mapped[str] = measure_key()
    round: Mapped[int]
    #: ``report``, ``impossible`` or ``refused_by_person``.
    outcome: Mapped[str] = mapped_column(String(20))
    body: Mapped[str] = mapped_column(OFFICE)
    said: Mapped[str] = mapped_column(Encrypted("support_report.said"))
    documents: Mapped[list[str]] = mapped_column(Json)
    #: Results on social and behavioural risks (S-11(4)); restricted.
    risks: Mapped[str] = mapped_column(Encrypted("support_report.risks"), default="")
    late: Mapped[bool] = mapped_column(Boolean)
    by: Mapped[str] = mapped_column(NAME)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReviewRow(Base):
    """What the centre said to a report (S-11(2), (3))."""

    __tablename__ = "support_review"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    measure: Mapped[str] = measure_key()
    round: Mapped[int]
    #: ``accept`` or ``return``.
    decision: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(Encrypted("support_review.reason"))
    by: Mapped[str] = mapped_column(NAME)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class QuestionRow(Base):
    """What a body asked back, or why it says that a measure is not its business (S-10)."""

    __tablename__ = "support_question"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    measure: Mapped[str] = measure_key()
    #: ``ask``, ``not_ours``, or ``escalation``: how a body's head means to go on.
    kind: Mapped[str] = mapped_column(String(12))
    asked: Mapped[str] = mapped_column(Encrypted("support_question.asked"))
    asked_by: Mapped[str] = mapped_column(NAME)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answer: Mapped[str] = mapped_column(Encrypted("support_question.answer"), default="")
    answered_by: Mapped[str] = mapped_column(NAME, default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AmendmentRow(Base):
    """A change to a running plan."""

    __tablename__ = "support_amendment"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    plan: Mapped[str] = mapped_column(NUMBER, ForeignKey("support_plan.number"), index=True)
    #: Version that it makes.
    version: Mapped[int]
    #: The acts: ``[{"act", "measure", …}]``.
    acts: Mapped[list[dict[str, object]]] = mapped_column(
        Encrypted("support_amendment.acts", "json")
    )
    reason: Mapped[str] = mapped_column(Encrypted("support_amendment.reason"))
    by: Mapped[str] = mapped_column(NAME)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RiskRow(Base):
    """A risk of a person: offence, victimisation, relapse (S-4.7). Restricted."""

    __tablename__ = "support_risk"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    plan: Mapped[str] = mapped_column(NUMBER, ForeignKey("support_plan.number"), index=True)
    person: Mapped[str] = mapped_column(ID)
    #: ``{"kind", "level", "note"}``.
    content: Mapped[dict[str, str]] = mapped_column(Encrypted("support_risk.content", "json"))
    by: Mapped[str] = mapped_column(NAME)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class MoveRow(Base):
    """A family that moved to another centre with its plan."""

    __tablename__ = "support_move"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    plan: Mapped[str] = mapped_column(NUMBER, ForeignKey("support_plan.number"), index=True)
    origin: Mapped[str] = mapped_column(OFFICE)
    destination: Mapped[str] = mapped_column(OFFICE)
    reason: Mapped[str] = mapped_column(Encrypted("support_move.reason"))
    by: Mapped[str] = mapped_column(NAME)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_by: Mapped[str] = mapped_column(NAME, default="")
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignalRow(Base):
    """A signal of the digital family card that a family may be in difficulty."""

    __tablename__ = "support_signal"
    __table_args__ = (Index("ix_support_signal_centre", "centre", "state"),)

    #: Id that the card gave it.
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    centre: Mapped[str] = mapped_column(OFFICE)
    #: Keyed indexes of the IINs it names.
    people: Mapped[list[str]] = mapped_column(Json)
    content: Mapped[dict[str, object]] = mapped_column(Encrypted("support_signal.content", "json"))
    #: ``accepted``: a plan was opened; ``duplicate``: there is one already.
    state: Mapped[str] = mapped_column(String(12))
    #: The plan opened, or the one that is there already.
    plan: Mapped[str] = mapped_column(NUMBER)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ConclusionRow(Base):
    """A centre's quarter: indicators (S-13) and conclusion (S-14)."""

    __tablename__ = "support_conclusion"
    __table_args__ = (
        Index("uq_support_conclusion", "quarter", "centre", unique=True),
        Index("ix_support_conclusion_region", "region", "quarter"),
    )

    #: Business key, e.g. ``Т-26-4-fsc.47.1``.
    number: Mapped[str] = mapped_column(NUMBER, primary_key=True)
    centre: Mapped[str] = mapped_column(OFFICE)
    region: Mapped[str] = mapped_column(String(2))
    #: E.g. ``2026-4``.
    quarter: Mapped[str] = mapped_column(String(6))
    #: Numbers only; empty until they were gathered.
    indicators: Mapped[dict[str, object]] = mapped_column(Json)
    gathered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: ``{"effect", "shortcomings", "proposals", …}`` as typed.
    content: Mapped[dict[str, object]] = mapped_column(
        Encrypted("support_conclusion.content", "json")
    )
    version: Mapped[int] = mapped_column(default=0)
    by: Mapped[str] = mapped_column(NAME, default="")
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    remark: Mapped[str] = mapped_column(Encrypted("support_conclusion.remark"), default="")
    approved_by: Mapped[str] = mapped_column(NAME, default="")
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: What the family-policy body wrote back.
    answer: Mapped[str] = mapped_column(Encrypted("support_conclusion.answer"), default="")
    read_by: Mapped[str] = mapped_column(NAME, default="")
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class FollowUpRow(Base):
    """A look at a family some months after the plan (B-13)."""

    __tablename__ = "support_followup"

    plan: Mapped[str] = plan_key(primary=True)
    months: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    #: ``stable``, ``at_risk`` or ``relapsed``.
    result: Mapped[str] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(Encrypted("support_followup.note"))
    by: Mapped[str] = mapped_column(NAME)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Number of the plan opened because of it; empty: none.
    opened: Mapped[str] = mapped_column(NUMBER, default="")
