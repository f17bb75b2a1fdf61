"""What pages show of a case, as plain data: answers, remarks, changes, people, acts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engine.i18n import translate
from engine.model.calendar import ZONE
from engine.model.text import Text, text
from handlers.kandas import content, records, regions
from handlers.kandas.content import Change
from handlers.kandas.records import Application
from handlers.people import records as people
from handlers.people.facts import AnswerFacts, Difference, MemberFacts, Relationship
from handlers.people.iin import masked

#: Outside systems as people call them.
SYSTEMS: Mapping[str, Text] = {
    "gbd_fl": text("State database «Individuals»"),
    "civil_registry": text("Civil registry system"),
    "guardianship": text("Guardianship system"),
    "supreme_court": text("Supreme Court system"),
    "family_card": text("Digital family card"),
    "migration_portal": text("Portal of migration services"),
    "mobile_app": text("Mobile application"),
    "labour_exchange": text("Electronic labour exchange"),
    "labour_market": text("Labour Market system"),
}
#: Outcomes of a question, as people say them.
OUTCOMES: Mapping[str, Text] = {
    "found": text("Confirmed"),
    "not_found": text("No record found"),
    "mismatch": text("There are differences"),
    "not_asked": text("Nothing to ask about"),
    "unavailable": text("The system does not answer"),
    "malformed": text("The answer cannot be read"),
    "other_person": text("The answer is about another person"),
    "wrong_signature": text("The signature of the answer does not hold"),
    "refused": text("The system refused the question"),
}
RELATIONSHIPS: Mapping[Relationship, Text] = {
    Relationship.APPLICANT: text("applicant"),
    Relationship.SPOUSE: text("spouse"),
    Relationship.PARENT: text("parent"),
    Relationship.SPOUSE_PARENT: text("spouse’s parent"),
    Relationship.CHILD: text("child"),
    Relationship.ADOPTED_CHILD: text("adopted child"),
    Relationship.CHILD_FAMILY: text("member of a child’s family"),
    Relationship.SIBLING: text("sibling"),
}
#: What only a registry's answer calls a field.
FIELDS: Mapping[str, Text] = {
    **content.LABELS,
    "relative.parent": text("A parent who is not in the application"),
    "relative.child": text("A child who is not in the application"),
    "ward": text("A ward who is not in the application"),
}
#: Parts of the application that a remark may be about.
PARTS: Mapping[str, Text] = {
    "general": text("The application as a whole"),
    "applicant": text("Applicant"),
    "members": text("Family members"),
    "contacts": text("Contacts"),
    "origin_address": text("Address"),
    "destination": text("Region and locality of settlement"),
    "marriage": text("Marriage"),
    "scans": text("Scans of documents"),
    "consent": text("Consent"),
    "text": text("Text of the decision"),
}


#: What who talks with the family has to have at hand.
REACHED = ("phone", "email", "messenger", "origin_address", "destination_locality")
_SCHEMES = {"phone": "tel:", "email": "mailto:"}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One difference, ready to be read."""

    #: Whose and what.
    about: str
    #: As in the application, or as it was.
    old: str
    #: As in the registry, or as it is.
    new: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A registry's answer."""

    #: Answer id.
    id: str
    #: System.
    system: str
    #: What it said, in a word.
    outcome: str
    #: What differs.
    lines: tuple[Line, ...]
    #: Whether a person must look: a difference, or a fault.
    attention: bool
    #: When it answered (UTC).
    at: datetime
    #: Local time to the second.
    clock: str


@dataclass(frozen=True, kw_only=True)
class Said:
    """A remark with its answer."""

    #: What it is about.
    about: str
    #: The remark.
    said: str
    #: Who made it.
    by: str
    #: When (UTC).
    at: datetime
    #: What was done; empty: nothing yet.
    answer: str
    #: When (UTC).
    answered: datetime | None


@dataclass(frozen=True, kw_only=True)
class Round:
    """What happened in a round of rework."""

    #: Round that ended with the remarks, from 1.
    number: int
    #: Remarks.
    remarks: tuple[Said, ...]


@dataclass(frozen=True, kw_only=True)
class Reach:
    """A way to reach the family, or a place it names."""

    #: What it is called.
    label: str
    #: Number, address or name.
    said: str
    #: What a press on it opens: a call, a letter; may be empty.
    href: str


@dataclass(frozen=True, kw_only=True)
class Member:
    """A person of the family."""

    #: Name.
    name: str
    #: What she or he is to the applicant.
    relationship: str
    #: Date of birth.
    born: date | None
    #: Last digits of the IIN.
    iin: str
    #: Citizenship code.
    citizenship: str
    #: What the registries know otherwise; empty: nothing.
    differs: str


def _label(field: str, language: str) -> str:
    return translate(FIELDS.get(field, field), language)


def _value(field: str, said: str, language: str) -> str:
    """Return a value as people write it."""
    if not said:
        return "—"
    if field in {"origin_region", "destination_region"}:
        return regions.name(said, language)
    if field in {"born", "marriage_date", "death_date"}:
        return f"{date.fromisoformat(said[:10]):%d.%m.%Y}"
    if field in {"iin", "deceased_iin"}:
        return masked(said)
    if field == "relationship" and said in {one.value for one in RELATIONSHIPS}:
        return translate(RELATIONSHIPS[Relationship(said)], language)
    words = {"true": text("yes"), "male": text("male"), "female": text("female")}
    return translate(words[said], language) if said in words else said


def _line(about: Iterable[str], field: str, old: str, new: str, language: str) -> Line:
    parts = [part for part in (*about, _label(field, language)) if part]
    return Line(
        about=", ".join(parts),
        old=_value(field, old, language),
        new=_value(field, new, language),
    )


def _difference(found: Difference, names: Mapping[str, str], language: str) -> Line:
    return _line([names.get(found.person, "")], found.field, found.here, found.there, language)


def _answer(found: AnswerFacts, names: Mapping[str, str], language: str) -> Answer:
    # That nobody is under guardianship is an answer; an act or a person not found is not.
    fine = {"found", "not_asked"} | ({"not_found"} if found.system == "guardianship" else set())
    system = translate(SYSTEMS.get(found.system, found.system), language)
    whose = names.get(found.person, "")
    return Answer(
        id=found.id,
        system=f"{system}: {whose}" if whose else system,
        outcome=translate(OUTCOMES.get(found.outcome, found.outcome), language),
        lines=tuple(_difference(one, names, language) for one in found.differences),
        attention=bool(found.differences) or found.outcome not in fine,
        at=found.answered,
        clock=f"{found.answered.astimezone(ZONE):%H:%M:%S}",
    )


def answers(session: Any, case_number: str, language: str) -> list[Answer]:
    """Return the registries' answers: what needs a look stands first."""
    family = people.family(session, case_number)
    names = {member.person.id: member.person.full_name for member in family}
    found = [_answer(one, names, language) for one in people.answers(session, case_number)]
    return sorted(found, key=lambda one: not one.attention)


def rounds(session: Any, case_number: str, language: str) -> list[Round]:
    """Return remarks and what was done about them, the latest round first."""
    found: dict[int, list[Said]] = {}
    for one in records.remarks(session, case_number):
        said = Said(
            about=translate(PARTS.get(one.field, one.field), language),
            said=one.said,
            by=one.by,
            at=one.at,
            answer=one.answer,
            answered=one.answered_at,
        )
        found.setdefault(one.round, []).append(said)
    return [Round(number=number, remarks=tuple(found[number])) for number in sorted(found)[::-1]]


def changed(session: Any, case_number: str, language: str) -> list[Line]:
    """Return what the latest version says otherwise than the one before; empty: the first one."""
    last = records.versions(session, case_number)[-2:]
    if len(last) < 2:
        return []
    old, new = last
    found = content.changes(old.content, old.documents, new.content, new.documents)
    return [_change(one, language) for one in found]


def _change(one: Change, language: str) -> Line:
    return _line([one.whose], one.field, one.old, one.new, language)


def contacts(application: Application, language: str) -> list[Reach]:
    """Return how the family is reached and where it wants to go; what is empty is left out."""
    return [
        Reach(
            label=translate(content.LABELS[key], language),
            said=said,
            href=f"{_SCHEMES[key]}{''.join(said.split())}" if key in _SCHEMES else "",
        )
        for key in REACHED
        if (said := str(application.content.get(key) or ""))
    ]


def members(
    session: Any, family: Sequence[MemberFacts], case_number: str, language: str
) -> list[Member]:
    """Return the people of a case with what the registries know otherwise."""
    differs: dict[str, list[str]] = {}
    for answer in people.answers(session, case_number):
        for one in answer.differences:
            differs.setdefault(one.person, []).append(_label(one.field, language))
    return [
        Member(
            name=member.person.full_name,
            relationship=translate(RELATIONSHIPS[member.relationship], language),
            born=member.person.born,
            iin=masked(member.person.iin),
            citizenship=member.person.citizenship,
            differs=", ".join(differs.get(member.person.id, [])),
        )
        for member in family
    ]
