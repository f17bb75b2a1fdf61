"""What registries answered, how a person is reached, what a person consented to."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from handlers.people.facts import AnswerFacts, Difference
from handlers.people.records.tables import Consent, Contact, RegistryAnswer, new_id


def save_answer(
    session: Session,
    *,
    case_number: str,
    person_id: str | None,
    system: str,
    outcome: str,
    source: str,
    request: str,
    response: str,
    differences: Iterable[Difference] = (),
    asked_at: datetime,
    answered_at: datetime,
    restricted: bool = False,
) -> str:
    """Keep a registry's answer as it came; return its id. Times in UTC.

    A restricted one is left out by `answers` and `answer_text` unless it is asked for.
    """
    row = RegistryAnswer(
        id=new_id(),
        case_number=case_number,
        person_id=person_id or None,
        system=system,
        outcome=outcome,
        source=source,
        request=request,
        response=response,
        differences=json.dumps([asdict(found) for found in differences], ensure_ascii=False),
        restricted=restricted,
        asked_at=asked_at,
        answered_at=answered_at,
    )
    session.add(row)
    return row.id


def _answer(row: RegistryAnswer) -> AnswerFacts:
    return AnswerFacts(
        id=row.id,
        system=row.system,
        person=row.person_id or "",
        outcome=row.outcome,
        source=row.source,
        differences=tuple(Difference(**found) for found in json.loads(row.differences)),
        asked=row.asked_at,
        answered=row.answered_at,
    )


def answers(session: Session, case_number: str, *, restricted: bool = False) -> list[AnswerFacts]:
    """Return the newest answer of each registry about each person: what differs stands first.

    With `restricted` those too that only few may see: the caller has asked whether this actor may.
    """
    query = (
        select(RegistryAnswer)
        .where(RegistryAnswer.case_number == case_number)
        .order_by(RegistryAnswer.answered_at, RegistryAnswer.id)
    )
    if not restricted:
        query = query.where(RegistryAnswer.restricted.is_(False))
    newest: dict[tuple[str, str], AnswerFacts] = {}
    for row in session.scalars(query):
        newest[row.system, row.person_id or ""] = _answer(row)
    return sorted(newest.values(), key=lambda found: (not found.differences, found.system))


def answer_text(
    session: Session, answer_id: str, *, restricted: bool = False
) -> tuple[str, str, str] | None:
    """Return case number, request and response of an answer as they went over the wire.

    None if there is none, or if it is a restricted one and `restricted` does not ask for those.
    """
    row = session.get(RegistryAnswer, answer_id)
    if row is None or (row.restricted and not restricted):
        return None
    return row.case_number, row.request, row.response


def save_contacts(session: Session, person_id: str, found: Mapping[str, str]) -> None:
    """Write a person's contacts: channel → value; empty values are left out."""
    session.execute(delete(Contact).where(Contact.person_id == person_id))
    session.add_all(
        Contact(id=new_id(), person_id=person_id, channel=channel, value=value)
        for channel, value in found.items()
        if value
    )


def contacts(session: Session, person_id: str) -> dict[str, str]:
    """Return a person's contacts: channel → value."""
    rows = session.scalars(select(Contact).where(Contact.person_id == person_id))
    return {row.channel: row.value for row in rows}


def give_consent(
    session: Session, *, person_id: str, case_number: str, basis: str, at: datetime
) -> None:
    """Keep that a person consented in this case; once is enough."""
    known: Any = session.scalar(
        select(Consent.id).where(Consent.person_id == person_id, Consent.case_number == case_number)
    )
    if known is None:
        row = Consent(
            id=new_id(), person_id=person_id, case_number=case_number, basis=basis, given_at=at
        )
        session.add(row)


def consented(session: Session, person_id: str, case_number: str) -> datetime | None:
    """Return when a person consented in this case (UTC); None if not."""
    return session.scalar(
        select(Consent.given_at).where(
            Consent.person_id == person_id, Consent.case_number == case_number
        )
    )
