"""The tables: application with versions, scans, remarks, checks, contact, offers, move, plan."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.store import Base, Encrypted, Json, UtcDateTime

#: Length of a case number.
NUMBER = String(40)


def case_key() -> Any:
    """Return the column that ties a row to its case."""
    return mapped_column(NUMBER, ForeignKey("kandas_application.case_number"), index=True)


class NumberRow(Base):
    """The last case number given out in a year."""

    __tablename__ = "kandas_number"

    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int]


class ApplicationRow(Base):
    """A family's application as it stands now."""

    __tablename__ = "kandas_application"

    case_number: Mapped[str] = mapped_column(NUMBER, primary_key=True)
    origin_centre: Mapped[str] = mapped_column(String(40))
    destination: Mapped[str] = mapped_column(String(2), default="")
    #: The form's values, the people's included: what the next version is made of.
    content: Mapped[dict[str, object]] = mapped_column(
        Encrypted("kandas_application.content", "json")
    )
    version: Mapped[int] = mapped_column(default=0)
    round: Mapped[int] = mapped_column(default=1)
    heads: Mapped[int] = mapped_column(default=1)
    portal_number: Mapped[str] = mapped_column(String(60), default="")
    registered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    accepted_by: Mapped[str] = mapped_column(String(200), default="")
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String(20), default="")
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)


class VersionRow(Base):
    """A version of an application, frozen: what the offices sign."""

    __tablename__ = "kandas_version"

    case_number: Mapped[str] = mapped_column(
        NUMBER, ForeignKey("kandas_application.case_number"), primary_key=True
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    digest: Mapped[str] = mapped_column(String(64))
    document: Mapped[bytes] = mapped_column(Encrypted("kandas_version.document", "bytes"))
    content: Mapped[dict[str, object]] = mapped_column(Encrypted("kandas_version.content", "json"))
    #: Documents: ``[{"kind", "document", "digest"}]``.
    documents: Mapped[list[dict[str, str]]] = mapped_column(Json)
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ScanRow(Base):
    """A document attached to an application as a scan."""

    __tablename__ = "kandas_scan"

    case_number: Mapped[str] = mapped_column(
        NUMBER, ForeignKey("kandas_application.case_number"), primary_key=True
    )
    document_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    #: Id of the person whose document it is; empty: nobody's in particular.
    person: Mapped[str] = mapped_column(String(32), default="", server_default="")
    round: Mapped[int]


class ConsultationRow(Base):
    """The primary consultation of K-5."""

    __tablename__ = "kandas_consultation"

    case_number: Mapped[str] = mapped_column(
        NUMBER, ForeignKey("kandas_application.case_number"), primary_key=True
    )
    topics: Mapped[list[str]] = mapped_column(Json)
    held_on: Mapped[str] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(Encrypted("kandas_consultation.note"))
    officer: Mapped[str] = mapped_column(String(200))


class RemarkRow(Base):
    """A remark with which an office returned the application, and the answer to it."""

    __tablename__ = "kandas_remark"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_number: Mapped[str] = case_key()
    round: Mapped[int]
    office: Mapped[str] = mapped_column(String(20))
    field: Mapped[str] = mapped_column(String(40))
    said: Mapped[str] = mapped_column(Encrypted("kandas_remark.said"))
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    answer: Mapped[str] = mapped_column(Encrypted("kandas_remark.answer"), default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    position: Mapped[int]


class CheckRow(Base):
    """What an office checked and found: K-9, K-10, K-12, K-15."""

    __tablename__ = "kandas_check"
    __table_args__ = (Index("ix_kandas_check_case", "case_number", "step"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_number: Mapped[str] = mapped_column(NUMBER, ForeignKey("kandas_application.case_number"))
    step: Mapped[str] = mapped_column(String(40))
    round: Mapped[int]
    found: Mapped[dict[str, object]] = mapped_column(Encrypted("kandas_check.found", "json"))
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ContactRow(Base):
    """An attempt to reach the kandas (K-14)."""

    __tablename__ = "kandas_contact_attempt"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_number: Mapped[str] = case_key()
    channel: Mapped[str] = mapped_column(String(20))
    held_on: Mapped[str] = mapped_column(String(10))
    result: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Encrypted("kandas_contact_attempt.note"))
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class OfferRow(Base):
    """A vacancy offered (K-16)."""

    __tablename__ = "kandas_offer"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_number: Mapped[str] = case_key()
    place: Mapped[int]
    position: Mapped[str] = mapped_column(String(200))
    employer: Mapped[str] = mapped_column(String(200))
    locality: Mapped[str] = mapped_column(String(200))
    pay: Mapped[int | None]
    wanted: Mapped[bool] = mapped_column(Boolean)
    reaction: Mapped[str] = mapped_column(String(20))
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class MoveRow(Base):
    """The move as determined (K-17)."""

    __tablename__ = "kandas_move"

    case_number: Mapped[str] = mapped_column(
        NUMBER, ForeignKey("kandas_application.case_number"), primary_key=True
    )
    locality: Mapped[str] = mapped_column(String(200))
    route: Mapped[str] = mapped_column(Encrypted("kandas_move.route"))
    day: Mapped[str] = mapped_column(String(10))
    transport: Mapped[str] = mapped_column(String(10))
    heads: Mapped[int]
    terms: Mapped[str] = mapped_column(Encrypted("kandas_move.terms"))
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class DecisionRow(Base):
    """The draft decision on registration as unemployed (K-18)."""

    __tablename__ = "kandas_decision"

    case_number: Mapped[str] = mapped_column(
        NUMBER, ForeignKey("kandas_application.case_number"), primary_key=True
    )
    reason: Mapped[str] = mapped_column(String(20))
    said: Mapped[str] = mapped_column(Encrypted("kandas_decision.said"))
    #: How often it was drafted: the version that the director signs.
    version: Mapped[int]
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class PlanRow(Base):
    """The draft of the individual plan (K-19): version 0 of the plan (A-11)."""

    __tablename__ = "kandas_plan_draft"

    case_number: Mapped[str] = mapped_column(
        NUMBER, ForeignKey("kandas_application.case_number"), primary_key=True
    )
    services: Mapped[list[int]] = mapped_column(Json)
    channel: Mapped[str] = mapped_column(String(20))
    wishes: Mapped[str] = mapped_column(Encrypted("kandas_plan_draft.wishes"))
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
