"""Persons and families: written by the forms, found by IIN and by the words of a name."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine.store import blind_index
from handlers.people.facts import MemberFacts, PersonFacts, Relationship
from handlers.people.records.tables import Family, FamilyMember, Person, PersonWord, new_id


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
    # Locked, for two cases may write one person at once: the words below are taken out and put in.
    row = session.get(Person, facts.id, with_for_update=True) if facts.id else None
    if row is None:
        row = _with_iin(session, facts.iin) or _new(session, facts)
    _write(row, facts)
    session.flush()  # the words below refer to the row
    _index(session, row.id, _words(facts.surname, facts.name, facts.patronymic))
    return _facts(row)


def _with_iin(session: Session, iin: str | None) -> Person | None:
    if not iin:
        return None
    query = select(Person).where(Person.iin_index == blind_index(iin))
    return session.scalar(query.with_for_update())


def _new(session: Session, facts: PersonFacts) -> Person:
    """Insert a person; one that another transaction has just inserted is that one."""
    row = Person(id=facts.id or new_id())
    _write(row, facts)
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        known = _with_iin(session, facts.iin)
        if known is None:
            raise
        return known
    return row


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
