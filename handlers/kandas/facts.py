"""What is known of each document before anybody is asked for a copy (K-6, A-30, A-31)."""

from collections.abc import Sequence
from datetime import date

from pydantic import BaseModel

from engine.handling import Call, handler
from handlers.kandas import records
from handlers.kandas.records import Application
from handlers.people import records as people
from handlers.people.facts import MemberFacts, Relationship

#: Answers that need no scan, in the terms of `processes/kandas/documents.dmn`.
NONE, KNOWN, UNKNOWN, ATTACHED = "none", "known", "unknown", "attached"
ADULT = 18
CHILDREN = (Relationship.CHILD, Relationship.ADOPTED_CHILD)


class FactsQuery(BaseModel):
    """Which scans each registry left open; None: it has not answered."""

    #: GBD FL.
    identity: list[str] | None = None
    #: Civil registry.
    civil: list[str] | None = None
    #: Guardianship.
    guardianship: list[str] | None = None
    #: Supreme Court.
    adoption: list[str] | None = None


class Facts(BaseModel):
    """What is known of each kind of document: ``none``, ``known``, ``unknown``, ``attached``."""

    #: Identity documents of everybody.
    identity: str
    #: Marriage certificate.
    marriage: str
    #: Day of the marriage.
    marriage_date: date | None
    #: Whether it was registered abroad.
    marriage_abroad: bool
    #: Birth certificates of minors.
    birth: str
    #: Day on which the oldest of them was born.
    first_birth: date | None
    #: Whether one of them was born abroad.
    births_abroad: bool
    #: Death certificate of a child.
    death: str
    #: Day of death.
    death_date: date | None
    #: Education document of the spouse.
    education: str
    #: Guardianship documents.
    guardianship: str
    #: Decisions on adoption.
    adoption: str


class FactsAnswer(BaseModel):
    """For the decision table. No personal data but three dates."""

    #: By kind.
    facts: Facts


class _Kinds:
    """Tells the state of a kind of document from what is needed, answered and attached."""

    def __init__(self, attached: Sequence[str]) -> None:
        self._attached = attached

    def of(self, kind: str, *, needed: bool, left_open: list[str] | None) -> str:
        """Return one of the four words."""
        if not needed:
            return NONE
        if kind in self._attached:
            return ATTACHED
        if left_open is None or any(one.split(":")[0] == kind for one in left_open):
            return UNKNOWN
        return KNOWN


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _day(value: object) -> date | None:
    return date.fromisoformat(str(value)[:10]) if value else None


def _facts(
    query: FactsQuery,
    found: Application,
    family: Sequence[MemberFacts],
    attached: Sequence[str],
    today: date,
) -> Facts:
    kinds, content = _Kinds(attached), found.content
    rows = content.get("members")
    members = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    relations = {member.relationship for member in family}
    minors = {
        member.person.id: member.person.born
        for member in family
        if member.relationship in CHILDREN
        and member.person.born
        and _age(member.person.born, today) < ADULT
    }
    abroad = {str(row.get("person")) for row in members if row.get("born_abroad")}
    married = Relationship.SPOUSE in relations
    # The order names no system for this one: only a copy proves it. A foreign act is in none.
    education = ["education"]
    civil_death = ["death"] if content.get("death_abroad") else query.civil
    return Facts(
        identity=kinds.of("identity", needed=True, left_open=query.identity),
        marriage=kinds.of("marriage", needed=married, left_open=query.civil),
        marriage_date=_day(content.get("marriage_date")),
        marriage_abroad=bool(content.get("marriage_abroad")),
        birth=kinds.of("birth", needed=bool(minors), left_open=query.civil),
        first_birth=min((born for born in minors.values()), default=None),
        births_abroad=bool(abroad & set(minors)),
        death=kinds.of("death", needed=bool(content.get("child_died")), left_open=civil_death),
        death_date=_day(content.get("death_date")),
        education=kinds.of("education", needed=married, left_open=education),
        guardianship=kinds.of(
            "guardianship",
            needed=any(row.get("ward") for row in members),
            left_open=query.guardianship,
        ),
        adoption=kinds.of(
            "adoption",
            needed=Relationship.ADOPTED_CHILD in relations,
            left_open=query.adoption,
        ),
    )


@handler("kandas.documents.facts")
def documents_facts(query: FactsQuery, call: Call) -> FactsAnswer:
    """Gather for the decision table what registries and scans have settled already.

    K-6, A-31. A registry that has not answered yet settles nothing.
    """
    with call.records() as session:
        found = records.application(session, call.business_key)
        family = people.family(session, call.business_key)
        attached = tuple(records.scans(session, call.business_key))
    if found is None:
        raise LookupError("the case has no application")
    return FactsAnswer(facts=_facts(query, found, family, attached, call.now.date()))
