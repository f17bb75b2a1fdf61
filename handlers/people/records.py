"""Tables of persons and families. Personal columns are encrypted; IINs and names are found by HMAC.

An IIN is nullable: kandas and their children come without one, and order 170 wants it only at
registration (K-7). Nothing here knows which order a family applies under: the case number ties.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ForeignKey, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from engine.store import Base, Encrypted, UtcDateTime, blind_index
from engine.store.migrate import add_migrations
from handlers.people.facts import (
    AnswerFacts,
    Difference,
    MemberFacts,
    PersonFacts,
    Relationship,
)

add_migrations("handlers.people")


def new_id() -> str:
    """Return a random id, 32 hexadecimal digits."""
    return uuid4().hex


class Person(Base):
    """A person; one row for one human being as far as the IIN can tell."""

    __tablename__ = "person"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    iin: Mapped[str | None] = mapped_column(Encrypted("person.iin"))
    iin_index: Mapped[str | None] = mapped_column(String(64), unique=True)
    surname: Mapped[str] = mapped_column(Encrypted("person.surname"))
    name: Mapped[str] = mapped_column(Encrypted("person.name"))
    patronymic: Mapped[str] = mapped_column(Encrypted("person.patronymic"))
    born: Mapped[str | None] = mapped_column(Encrypted("person.born"))
    sex: Mapped[str] = mapped_column(String(8), default="")
    citizenship: Mapped[str] = mapped_column(String(3), default="")
    document: Mapped[str] = mapped_column(Encrypted("person.document"))
    education: Mapped[str] = mapped_column(String(40), default="")


class PersonWord(Base):
    """A word of a person's name, as a blind index: finds the person without storing the name."""

    __tablename__ = "person_word"

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    word_index: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)


class Family(Base):
    """The people of one case."""

    __tablename__ = "family"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    case_number: Mapped[str] = mapped_column(String(40), unique=True)
    members: Mapped[list["FamilyMember"]] = relationship(
        order_by="FamilyMember.position", cascade="all, delete-orphan"
    )


class FamilyMember(Base):
    """A person's place in a family; the applicant stands at position 0."""

    __tablename__ = "family_member"

    family_id: Mapped[str] = mapped_column(ForeignKey("family.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    relation: Mapped[str] = mapped_column(String(20))
    position: Mapped[int]
    person: Mapped[Person] = relationship(lazy="joined")


class Contact(Base):
    """A way to reach a person."""

    __tablename__ = "contact"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    value: Mapped[str] = mapped_column(Encrypted("contact.value"))


class Consent(Base):
    """A person's consent to the collection and processing of personal data."""

    __tablename__ = "consent"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    case_number: Mapped[str] = mapped_column(String(40), index=True)
    basis: Mapped[str] = mapped_column(String(80))
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RegistryAnswer(Base):
    """What a registry was asked and what it answered, word for word, with times and source."""

    __tablename__ = "registry_answer"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    case_number: Mapped[str] = mapped_column(String(40), index=True)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    system: Mapped[str] = mapped_column(String(40))
    outcome: Mapped[str] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(String(20))
    request: Mapped[str] = mapped_column(Encrypted("registry_answer.request"))
    response: Mapped[str] = mapped_column(Encrypted("registry_answer.response"))
    differences: Mapped[str] = mapped_column(Encrypted("registry_answer.differences"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)


def _words(*parts: str) -> set[str]:
    return {word.casefold() for part in parts for word in part.split() if word}


def _facts(row: Person) -> PersonFacts:
    return PersonFacts(
        id=row.id,
        surname=row.surname,
        name=row.name,
        patronymic=row.patronymic,
        iin=row.iin,
        born=date.fromisoformat(row.born) if row.born else None,
        sex=row.sex,
        citizenship=row.citizenship,
        document=row.document,
        education=row.education,
    )


def person(session: Session, person_id: str) -> PersonFacts | None:
    """Return a person; None if there is none with this id."""
    row = session.get(Person, person_id)
    return _facts(row) if row else None


def person_by_iin(session: Session, iin: str) -> PersonFacts | None:
    """Return the person with this IIN; None if there is none."""
    row = session.scalar(select(Person).where(Person.iin_index == blind_index(iin)))
    return _facts(row) if row else None


def save_person(session: Session, facts: PersonFacts) -> PersonFacts:
    """Write a person: the one with this id, else with this IIN, else a new one."""
    row = session.get(Person, facts.id) if facts.id else None
    if row is None and facts.iin:
        row = session.scalar(select(Person).where(Person.iin_index == blind_index(facts.iin)))
    if row is None:
        row = Person(id=facts.id or new_id())
        session.add(row)
    _write(row, facts)
    session.flush()  # the words below refer to the row
    _index(session, row.id, _words(facts.surname, facts.name, facts.patronymic))
    return _facts(row)


def _write(row: Person, facts: PersonFacts) -> None:
    row.iin = facts.iin or None
    row.iin_index = blind_index(facts.iin) if facts.iin else None
    row.surname, row.name, row.patronymic = facts.surname, facts.name, facts.patronymic
    row.born = facts.born.isoformat() if facts.born else None
    row.sex, row.citizenship = facts.sex, facts.citizenship
    row.document, row.education = facts.document, facts.education


def _index(session: Session, person_id: str, words: set[str]) -> None:
    session.execute(delete(PersonWord).where(PersonWord.person_id == person_id))
    session.add_all(
        PersonWord(person_id=person_id, word_index=blind_index(word)) for word in sorted(words)
    )


def _family(session: Session, case_number: str) -> Family | None:
    return session.scalar(select(Family).where(Family.case_number == case_number))


def family(session: Session, case_number: str) -> list[MemberFacts]:
    """Return the people of a case, the applicant first; empty if the case has none yet."""
    row = _family(session, case_number)
    if row is None:
        return []
    return [
        MemberFacts(person=_facts(member.person), relationship=Relationship(member.relation))
        for member in row.members
    ]


def families(session: Session, case_numbers: Iterable[str]) -> Mapping[str, list[MemberFacts]]:
    """Return the people of many cases by case number, in one query."""
    query = (
        select(Family.case_number, FamilyMember)
        .join(FamilyMember, FamilyMember.family_id == Family.id)
        .where(Family.case_number.in_(list(case_numbers)))
        .order_by(Family.case_number, FamilyMember.position)
    )
    found: dict[str, list[MemberFacts]] = {}
    for case_number, member in session.execute(query):
        facts = MemberFacts(
            person=_facts(member.person), relationship=Relationship(member.relation)
        )
        found.setdefault(case_number, []).append(facts)
    return found


def save_family(
    session: Session, case_number: str, members: Sequence[tuple[str, Relationship]]
) -> None:
    """Write who belongs to a case: person ids with what they are to the applicant, in order."""
    row = _family(session, case_number)
    if row is None:
        row = Family(id=new_id(), case_number=case_number)
        session.add(row)
        session.flush()  # members refer to the row
    known = {member.person_id: member for member in row.members}
    kept: list[FamilyMember] = []
    for position, (person_id, relation) in enumerate(members):
        member = known.get(person_id) or FamilyMember(person_id=person_id)
        member.relation, member.position = relation.value, position
        kept.append(member)
    row.members = kept
    session.flush()  # later reads of this step see the family


def cases_of(session: Session, words: str, limit: int = 200) -> list[str]:
    """Return numbers of cases with a person of this IIN, or of all these words in one name."""
    query = select(Family.case_number).join(FamilyMember, FamilyMember.family_id == Family.id)
    if words.strip().isdigit():
        query = query.join(Person, Person.id == FamilyMember.person_id)
        query = query.where(Person.iin_index == blind_index(words.strip()))
    else:
        for word in sorted(_words(words)) or [""]:
            hit = select(PersonWord.person_id).where(PersonWord.word_index == blind_index(word))
            query = query.where(FamilyMember.person_id.in_(hit))
    return list(session.scalars(query.distinct().limit(limit)))


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
) -> str:
    """Keep a registry's answer as it came; return its id. Times in UTC."""
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


def answers(session: Session, case_number: str) -> list[AnswerFacts]:
    """Return the newest answer of each registry about each person: what differs stands first."""
    query = (
        select(RegistryAnswer)
        .where(RegistryAnswer.case_number == case_number)
        .order_by(RegistryAnswer.answered_at, RegistryAnswer.id)
    )
    newest: dict[tuple[str, str], AnswerFacts] = {}
    for row in session.scalars(query):
        newest[row.system, row.person_id or ""] = _answer(row)
    return sorted(newest.values(), key=lambda found: (not found.differences, found.system))


def answer_text(session: Session, answer_id: str) -> tuple[str, str, str] | None:
    """Return case number, request and response of an answer as they went over the wire."""
    row = session.get(RegistryAnswer, answer_id)
    return (row.case_number, row.request, row.response) if row else None


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
