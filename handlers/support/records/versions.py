"""Versions of a plan: frozen, then approved or returned (S-8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.support.records.plans import plan_row
from handlers.support.records.tables import VersionRow

Values = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Version:
    """A frozen version."""

    #: From 1.
    number: int
    #: Why there is it: ``first``, ``returned``, ``amendment``, ``takeover``, ``continued``.
    cause: str
    #: SHA-256 of its content, hexadecimal.
    digest: str
    #: The document that is signed.
    document: bytes
    #: What it says: ``{"measures": [...], ...}``.
    content: Values
    #: Who made it.
    by: str
    #: When (UTC).
    at: datetime
    #: ``approve`` or ``return``; empty: not decided yet.
    decision: str
    #: Why it was returned.
    remark: str
    #: Who decided.
    decided_by: str
    #: When (UTC).
    decided_at: datetime | None


def freeze(
    session: Session,
    number: str,
    version: int,
    *,
    cause: str,
    digest: str,
    document: bytes,
    content: Values,
    by: str,
    at: datetime,
) -> None:
    """Write a new version; the number must be the next one."""
    row = plan_row(session, number)
    if version != row.version + 1:
        raise ValueError(f"version {version} does not follow {row.version}")
    session.add(
        VersionRow(
            plan=number,
            number=version,
            cause=cause,
            digest=digest,
            document=document,
            content=dict(content),
            by=by,
            at=at,
        )
    )
    row.version = version


def decide(
    session: Session,
    number: str,
    version: int,
    *,
    decision: str,
    remark: str,
    by: str,
    at: datetime,
) -> None:
    """Write what the head decided on a version (S-8)."""
    row = session.get(VersionRow, (number, version))
    if row is None:
        raise LookupError(f"no version {version} of plan {number}")
    row.decision, row.remark, row.decided_by, row.decided_at = decision, remark, by, at
    if decision == "approve":
        held = plan_row(session, number)
        held.approved_at = held.approved_at or at


def _version(row: VersionRow) -> Version:
    return Version(
        number=row.number,
        cause=row.cause,
        digest=row.digest,
        document=row.document,
        content=row.content,
        by=row.by,
        at=row.at,
        decision=row.decision,
        remark=row.remark,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )


def version(session: Session, number: str, wanted: int) -> Version | None:
    """Return a version; None if it was never frozen."""
    row = session.get(VersionRow, (number, wanted))
    return _version(row) if row else None


def versions(session: Session, number: str) -> list[Version]:
    """Return all versions of a plan, the first one first."""
    query = select(VersionRow).where(VersionRow.plan == number).order_by(VersionRow.number)
    return [_version(row) for row in session.scalars(query)]
