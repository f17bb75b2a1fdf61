"""Forgetting the people of cases whose time to be kept is over."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from handlers.people.records.tables import (
    Consent,
    Contact,
    Family,
    FamilyMember,
    Person,
    PersonWord,
    RegistryAnswer,
)


def forget_families(session: Session, case_numbers: Sequence[str]) -> None:
    """Delete the families of cases, what registries answered, and people who are in no other."""
    for row in (RegistryAnswer, Consent):
        session.execute(delete(row).where(row.case_number.in_(case_numbers)))
    families = select(Family.id).where(Family.case_number.in_(case_numbers))
    mine = select(FamilyMember.person_id).where(FamilyMember.family_id.in_(families))
    people = set(session.scalars(mine))
    session.execute(delete(FamilyMember).where(FamilyMember.family_id.in_(families)))
    session.execute(delete(Family).where(Family.case_number.in_(case_numbers)))
    _forget_people(session, people)


def _forget_people(session: Session, people: set[str]) -> None:
    others = set(
        session.scalars(select(FamilyMember.person_id).where(FamilyMember.person_id.in_(people)))
    )
    asked = select(RegistryAnswer.person_id).where(RegistryAnswer.person_id.in_(people))
    agreed = select(Consent.person_id).where(Consent.person_id.in_(people))
    gone = people - others - set(session.scalars(asked)) - set(session.scalars(agreed))
    for row in (PersonWord, Contact):
        session.execute(delete(row).where(row.person_id.in_(gone)))
    session.execute(delete(Person).where(Person.id.in_(gone)))
