"""Applications and their versions."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy import update as update_rows
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine.store.tables import document as document_table
from handlers.kandas.content import Attached, Values, digest, document
from handlers.kandas.records.tables import ApplicationRow, NumberRow, ScanRow, VersionRow

#: Counts a year's number up and returns it; the row stays locked until the transaction ends.
_NEXT = (
    update_rows(NumberRow)
    .where(NumberRow.year == bindparam("wanted"))
    .values(last=NumberRow.last + 1)
    .returning(NumberRow.last)
    .execution_options(synchronize_session=False)
)


@dataclass(frozen=True, kw_only=True)
class Application:
    """An application as it stands."""

    #: Case number.
    case_number: str
    #: Career centre to which the family turned.
    origin_centre: str
    #: Region of settlement; empty until it is known.
    destination: str
    #: The form's values.
    content: Values
    #: Number of the latest version; 0: none yet.
    version: int
    #: Round of rework, from 1.
    round: int
    #: People in the family, the applicant included.
    heads: int
    #: Registration number in the Portal; empty until K-7.
    portal_number: str
    #: When it was registered (UTC).
    registered_at: datetime | None
    #: Who accepted it.
    accepted_by: str
    #: When (UTC).
    accepted_at: datetime | None
    #: How it ended: ``plan_draft``, ``unemployed``, ``withdrawn``, ``unreachable``; empty: open.
    outcome: str


@dataclass(frozen=True, kw_only=True)
class Version:
    """A frozen version."""

    #: From 1.
    number: int
    #: SHA-256 of its content, hexadecimal.
    digest: str
    #: The document that is signed.
    document: bytes
    #: The form's values.
    content: Values
    #: Its documents.
    documents: tuple[Attached, ...]
    #: Who froze it.
    by: str
    #: When (UTC).
    at: datetime


def next_number(session: Session, year: int) -> str:
    """Return the next case number of a year, e.g. ``Қ-26-00417``; cases opened at once wait."""
    last = session.scalar(_NEXT, {"wanted": year})
    if last is None:
        # Two offices may open the year's first case at once: the loser's row is there already.
        with suppress(IntegrityError), session.begin_nested():
            session.execute(insert(NumberRow).values(year=year, last=0))
        last = session.scalar(_NEXT, {"wanted": year})
    return f"Қ-{year % 100:02d}-{last:05d}"


def begin(session: Session, case_number: str, origin_centre: str, at: datetime) -> None:
    """Open the record of a case (K-5)."""
    row = ApplicationRow(
        case_number=case_number, origin_centre=origin_centre, content={}, begun_at=at
    )
    session.add(row)
    session.flush()  # rows of this step refer to it


def _application(row: ApplicationRow) -> Application:
    return Application(
        case_number=row.case_number,
        origin_centre=row.origin_centre,
        destination=row.destination,
        content=row.content,
        version=row.version,
        round=row.round,
        heads=row.heads,
        portal_number=row.portal_number,
        registered_at=row.registered_at,
        accepted_by=row.accepted_by,
        accepted_at=row.accepted_at,
        outcome=row.outcome,
    )


def _row(session: Session, case_number: str) -> ApplicationRow:
    row = session.get(ApplicationRow, case_number)
    if row is None:
        raise LookupError(f"no application {case_number}")
    return row


def application(session: Session, case_number: str) -> Application | None:
    """Return the application of a case; None if there is none."""
    row = session.get(ApplicationRow, case_number)
    return _application(row) if row else None


def applications(session: Session, case_numbers: Iterable[str]) -> Mapping[str, Application]:
    """Return applications by case number, in one query."""
    wanted = ApplicationRow.case_number.in_(list(case_numbers))
    rows = session.scalars(select(ApplicationRow).where(wanted))
    return {row.case_number: _application(row) for row in rows}


def save_values(session: Session, case_number: str, values: Values, heads: int) -> None:
    """Write what the form says now."""
    row = _row(session, case_number)
    row.content = dict(values)
    row.destination = str(values.get("destination_region") or "")
    row.heads = heads


def update(
    session: Session,
    case_number: str,
    *,
    round: int | None = None,
    portal_number: str | None = None,
    registered_at: datetime | None = None,
    accepted: tuple[str, datetime] | None = None,
) -> None:
    """Write what became known on the way; None leaves things as they are."""
    row = _row(session, case_number)
    row.round = row.round if round is None else round
    row.portal_number = row.portal_number if portal_number is None else portal_number
    row.registered_at = row.registered_at if registered_at is None else registered_at
    if accepted is not None and row.accepted_at is None:
        row.accepted_by, row.accepted_at = accepted


def settle(session: Session, case_number: str, outcome: str) -> None:
    """Write how the case ended; the first outcome stands."""
    row = _row(session, case_number)
    row.outcome = row.outcome or outcome


def scans(session: Session, case_number: str) -> dict[tuple[str, str], list[str]]:
    """Return the attached scans: kind and person id → document ids, oldest first."""
    query = select(ScanRow).where(ScanRow.case_number == case_number).order_by(ScanRow.document_id)
    found: dict[tuple[str, str], list[str]] = {}
    for row in session.scalars(query):
        found.setdefault((row.kind, row.person), []).append(row.document_id)
    return found


def set_scans(
    session: Session,
    case_number: str,
    kind: str,
    documents: Sequence[str],
    round: int,
    person: str = "",
) -> None:
    """Write which documents of a kind are attached for a person; all others stay."""
    session.execute(
        delete(ScanRow).where(
            ScanRow.case_number == case_number, ScanRow.kind == kind, ScanRow.person == person
        )
    )
    for found in dict.fromkeys(documents):
        session.add(
            ScanRow(
                case_number=case_number, document_id=found, kind=kind, person=person, round=round
            )
        )
    session.flush()  # `attached` reads them in this step


def attached(session: Session, case_number: str) -> tuple[Attached, ...]:
    """Return the documents of an application with their digests."""
    query = (
        select(ScanRow.kind, ScanRow.person, ScanRow.document_id, document_table.c.digest)
        .join(document_table, document_table.c.id == ScanRow.document_id)
        .where(ScanRow.case_number == case_number)
        .order_by(ScanRow.kind, ScanRow.document_id)
    )
    return tuple(
        Attached(kind=kind, person=person, document=found, digest=sha256)
        for kind, person, found, sha256 in session.execute(query)
    )


def freeze(session: Session, case_number: str, number: int, by: str, at: datetime) -> Version:
    """Freeze what the application says as version `number`; before it is signed, again."""
    row = _row(session, case_number)
    documents = attached(session, case_number)
    frozen = session.get(VersionRow, (case_number, number)) or VersionRow(
        case_number=case_number, number=number
    )
    frozen.digest = digest(row.content, documents)
    frozen.document = document(case_number, number, row.content, documents)
    frozen.content = dict(row.content)
    frozen.documents = [
        {
            "kind": found.kind,
            "person": found.person,
            "document": found.document,
            "digest": found.digest,
        }
        for found in documents
    ]
    frozen.by, frozen.at = by, at
    session.add(frozen)
    row.version = number
    session.flush()  # whoever asks for the version in this step gets it
    return _version(frozen)


def _version(row: VersionRow) -> Version:
    return Version(
        number=row.number,
        digest=row.digest,
        document=row.document,
        content=row.content,
        documents=tuple(Attached(**found) for found in row.documents),
        by=row.by,
        at=row.at,
    )


def version(session: Session, case_number: str, number: int) -> Version | None:
    """Return a version; None if it was never frozen."""
    row = session.get(VersionRow, (case_number, number))
    return _version(row) if row else None


def versions(session: Session, case_number: str) -> list[Version]:
    """Return all versions, the first one first."""
    query = (
        select(VersionRow).where(VersionRow.case_number == case_number).order_by(VersionRow.number)
    )
    return [_version(row) for row in session.scalars(query)]
