"""What is known of each document before anybody is asked for a copy (K-6, A-30, A-31)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from pydantic import BaseModel, Field

from engine.handling import Call, handler
from handlers.kandas import records
from handlers.kandas.content import Values, lost
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
    #: First day of electronic acts of birth (A-30).
    birth_from: date | None = None
    #: The same for deaths; None: an earlier version of the diagram, whose form knew one child.
    death_from: date | None = None


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
    #: Death certificates of children.
    death: str
    #: Day on which the first of those children died whose certificate is missing.
    death_date: date | None
    #: Education document of the spouse.
    education: str
    #: Guardianship documents.
    guardianship: str
    #: Decisions on adoption.
    adoption: str
    #: Kind → ids of the people whose scan is missing, should the table ask for that kind.
    whose: dict[str, list[str]] = Field(default_factory=dict)


class FactsAnswer(BaseModel):
    """For the decision table. No personal data but ids and three dates."""

    #: By kind.
    facts: Facts


class _Kinds:
    """Tells the state of a kind of document from whose is needed, answered and attached."""

    def __init__(self, attached: Collection[tuple[str, str]]) -> None:
        self._attached = attached
        #: Kind → people whose scan is missing, should the table ask for that kind.
        self.whose: dict[str, list[str]] = {}

    def missing(self, kind: str, people: Iterable[str]) -> list[str]:
        """Return those of whom no scan of this kind is there."""
        return [one for one in people if (kind, one) not in self._attached]

    def of(
        self,
        kind: str,
        people: Sequence[str],
        left_open: Sequence[str] | None,
        also: Collection[str] = (),
    ) -> str:
        """Return one of the four words; `also` are people of whom the table may ask it anyway."""
        if not people:
            return NONE
        missing = self.missing(kind, people)
        if not missing:
            return ATTACHED
        unknown = [one for one in missing if _is_open(kind, one, left_open)]
        asked = [one for one in missing if one in unknown or one in also]
        self.whose[kind] = asked or missing
        return UNKNOWN if unknown else KNOWN


def _is_open(kind: str, person: str, left_open: Sequence[str] | None) -> bool:
    """Tell whether a registry left it open: not answered, or named the kind or the person."""
    return left_open is None or kind in left_open or f"{kind}:{person}" in left_open


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _day(value: object) -> date | None:
    return date.fromisoformat(str(value)[:10]) if value else None


class _People:
    """Whose documents the order names."""

    def __init__(self, found: Application, family: Sequence[MemberFacts], today: date) -> None:
        content, rows = found.content, found.content.get("members")
        self.rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        self.born = {one.person.id: one.person.born for one in family if one.person.born}
        young = {one for one, born in self.born.items() if _age(born, today) < ADULT}
        everybody = [one.person.id for one in family]
        self.adults = [one for one in everybody if one not in young]
        self.spouses = _of(family, Relationship.SPOUSE)
        self.couple = [everybody[0], *self.spouses] if self.spouses else []
        self.minors = [one for one in _of(family, *CHILDREN) if one in young]
        self.abroad = {str(row.get("person")) for row in self.rows if row.get("born_abroad")}
        self.dead = {str(row.get("person") or ""): row for row in lost(content)}
        self.wards = [str(row.get("person")) for row in self.rows if row.get("ward")]
        self.adopted = _of(family, Relationship.ADOPTED_CHILD)


def _of(family: Sequence[MemberFacts], *wanted: Relationship) -> list[str]:
    return [one.person.id for one in family if one.relationship in wanted]


def _named(kind: str, left_open: Sequence[str] | None) -> list[str]:
    parts = [one.partition(":") for one in left_open or ()]
    return [person for said, _, person in parts if said == kind and person]


def _foreign(dead: Mapping[str, Values], civil: Sequence[str] | None) -> list[str] | None:
    """Return what the civil registry left open, with the deaths that are in no registry of ours."""
    if civil is None:
        return None
    return [*civil, *(f"death:{one}" for one, row in dead.items() if row.get("death_abroad"))]


def _facts(
    query: FactsQuery,
    found: Application,
    family: Sequence[MemberFacts],
    attached: Collection[tuple[str, str]],
    today: date,
) -> Facts:
    kinds, content, who = _Kinds(attached), found.content, _People(found, family, today)
    births = kinds.missing("birth", who.minors)
    first = query.birth_from
    late = {one for one in births if one in who.abroad or (first and who.born[one] < first)}
    # The register may leave a minor open as well.
    identity = list(dict.fromkeys([*who.adults, *_named("identity", query.identity)]))
    died = {one: day for one, row in who.dead.items() if (day := _day(row.get("death_date")))}
    deaths = kinds.missing("death", died)
    early = {one for one in deaths if query.death_from and died[one] < query.death_from}
    states = {
        "identity": kinds.of("identity", identity, query.identity),
        "marriage": kinds.of("marriage", who.spouses[:1], query.civil),
        "birth": kinds.of("birth", who.minors, query.civil, late),
        "death": kinds.of("death", list(who.dead), _foreign(who.dead, query.civil), early),
        # The order names no system for this one: only a copy proves it.
        "education": kinds.of("education", who.couple, None),
        "guardianship": kinds.of("guardianship", who.wards, query.guardianship),
        "adoption": kinds.of("adoption", who.adopted, query.adoption),
    }
    return Facts(
        **states,
        marriage_date=_day(content.get("marriage_date")),
        marriage_abroad=bool(content.get("marriage_abroad")),
        first_birth=min((who.born[one] for one in births), default=None),
        births_abroad=bool(who.abroad & set(births)),
        death_date=min((died[one] for one in deaths), default=None),
        whose=kinds.whose,
    )


@handler("kandas.documents.facts")
def documents_facts(query: FactsQuery, call: Call) -> FactsAnswer:
    """Gather for the decision table what registries and scans have settled already.

    K-6, A-31. A registry that has not answered yet settles nothing.
    """
    with call.records() as session:
        found = records.application(session, call.business_key)
        family = people.family(session, call.business_key)
        attached = set(records.scans(session, call.business_key))
    if found is None:
        raise LookupError("the case has no application")
    return FactsAnswer(facts=_facts(query, found, family, attached, call.now.date()))
