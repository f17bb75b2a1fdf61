"""Civil registry (АХАЖ): acts of birth, marriage and death, K-6.

No interface is published: the JSON contract of `handlers.registries.contract`, service ``acts``.
Electronic acts begin on days that the order names (A-30): birth 13 August 2007, death 1 May 2008,
marriage 1 June 2008 (its year is inferred; all three are settings). An earlier or foreign act is
asked for as a scan.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal

from engine.handling import Call, handler
from handlers.people import records
from handlers.people.facts import Difference, MemberFacts, PersonFacts, Relationship
from handlers.registries.asking import (
    RETRY,
    Query,
    Settled,
    age,
    attempt,
    family,
    keep,
    settings_of,
    settled,
)
from handlers.registries.base import Outcome, RegistryFault, Reply
from handlers.registries.contract import JsonClient, Wire

SYSTEM = "civil_registry"
#: First day of electronic acts by kind; settings ``registries.civil_registry.<kind>_since``.
SINCE: Mapping[str, date] = {
    "birth": date(2007, 8, 13),
    "marriage": date(2008, 6, 1),
    "death": date(2008, 5, 1),
}
ADULT = 18
CHILDREN = (Relationship.CHILD, Relationship.ADOPTED_CHILD)


class Act(Wire):
    """An act of civil status."""

    #: Its kind.
    kind: Literal["birth", "marriage", "death"]
    #: IIN of the person concerned: the child, a spouse, the deceased.
    iin: str
    #: IIN of the other spouse, or of the child's parent.
    other: str = ""
    #: Number of the record.
    number: str
    #: Date of the record.
    on: date
    #: Country of registration, ISO 3166-1 alpha-3.
    country: str = "KAZ"


class ActsRequest(Wire):
    """Which acts are wanted."""

    #: IINs of everybody concerned.
    iins: list[str]
    #: Kind → first day of registration.
    since: dict[str, date]


class Acts(Wire):
    """What the registry holds about these people."""

    #: IINs of the question, as the registry understood it.
    iins: list[str]
    #: The acts.
    acts: list[Act]


class Client(JsonClient):
    """The registry by the JSON contract."""

    system = SYSTEM

    def since(self, kind: str) -> date:
        """Return the first day of electronic acts of a kind (A-30)."""
        return self._settings.date(f"civil_registry.{kind}_since", SINCE[kind])

    def acts(
        self,
        iins: Sequence[str],
        key: str,
        at: datetime,
        first: Mapping[str, date] | None = None,
    ) -> Reply[Acts]:
        """Ask for all acts about people in one question; `at` is UTC.

        `first` overrides the first day of electronic acts by kind.
        """
        since = {kind: self.since(kind) for kind in SINCE} | dict(first or {})
        wanted = ActsRequest(iins=list(iins), since=since)
        reply = self._ask(wanted, Acts, service="acts", key=key, at=at)
        if reply.value is not None:
            about = {person for act in reply.value.acts for person in (act.iin, act.other)} - {""}
            if reply.value.iins != wanted.iins or not about <= set(iins):
                raise RegistryFault(Outcome.OTHER_PERSON, reply.exchange)
        return reply


class ActsQuery(Query):
    """First days of electronic acts, where the case keeps its own (A-30); else the settings'."""

    #: Births.
    birth_from: date | None = None
    #: Marriages.
    marriage_from: date | None = None
    #: Deaths.
    death_from: date | None = None
    #: Ids of children who died; not of the family that moves.
    deceased: list[str] | None = None

    def first(self) -> dict[str, date]:
        """Return what was said, by kind."""
        said = {
            "birth": self.birth_from,
            "marriage": self.marriage_from,
            "death": self.death_from,
        }
        return {kind: day for kind, day in said.items() if day}


class ActsAnswer(Settled):
    """What the registry said, without personal data."""

    #: Whether the marriage of applicant and spouse is recorded.
    married: bool = False
    #: How many of the minor children have an act of birth.
    births: int = 0


def minors(people: Sequence[MemberFacts], today: date) -> list[PersonFacts]:
    """Return the applicant's children under 18, whose certificates of birth are wanted (K-6.4)."""
    children = [found.person for found in people if found.relationship in CHILDREN]
    return [child for child in children if child.born and age(child.born, today) < ADULT]


def _spouse(people: Sequence[MemberFacts]) -> PersonFacts | None:
    found = (one.person for one in people if one.relationship is Relationship.SPOUSE)
    return next(found, None)


def _married(acts: Sequence[Act], one: PersonFacts, other: PersonFacts) -> bool:
    pair = {one.iin, other.iin}
    return any(act.kind == "marriage" and {act.iin, act.other} == pair for act in acts)


def _deaths(acts: Sequence[Act], people: Sequence[MemberFacts]) -> list[Difference]:
    died = {act.iin: act.on for act in acts if act.kind == "death"}
    return [
        Difference(
            person=one.person.id, field="died", here="", there=died[one.person.iin].isoformat()
        )
        for one in people
        if one.person.iin in died
    ]


def _dead(call: Call, ids: Sequence[str]) -> list[PersonFacts]:
    """Read the children who died; the session is closed before anybody is asked (law 2)."""
    with call.records() as session:
        found = [records.person(session, one) for one in ids]
    return [one for one in found if one is not None]


def judge(
    people: Sequence[MemberFacts],
    dead: Sequence[PersonFacts],
    acts: Sequence[Act],
    today: date,
) -> tuple[list[str], list[Difference]]:
    """Return which scans are still needed, and what the registry knows otherwise."""
    scans: list[str] = []
    spouse = _spouse(people)
    if spouse is not None and not _married(acts, people[0].person, spouse):
        scans.append("marriage")
    born = {act.iin for act in acts if act.kind == "birth"}
    scans += [f"birth:{one.id}" for one in minors(people, today) if one.iin not in born]
    died = {act.iin for act in acts if act.kind == "death"}
    scans += [f"death:{one.id}" for one in dead if one.iin not in died]
    return scans, _deaths(acts, people)


@handler("registries.civil_registry.acts", retry=RETRY)
def acts(query: ActsQuery, call: Call) -> ActsAnswer:
    """Ask the civil registry for the family's acts: marriage, births of minors, deaths of children.

    K-6, A-30. ``scans`` names what has to be attached: ``marriage``, ``birth:<person id>``,
    ``death:<person id>``.
    """
    people, dead, today = family(call), _dead(call, query.deceased or []), call.now.date()
    known_people = [*(one.person for one in people), *dead]
    iins = [one.iin for one in known_people if one.iin]
    reply = attempt(
        call,
        query.patience,
        lambda: Client(settings_of(call)).acts(iins, call.idempotency_key, call.now, query.first()),
    )
    fault = reply.outcome if isinstance(reply, RegistryFault) else ""
    known = [] if isinstance(reply, RegistryFault) or reply.value is None else reply.value.acts
    scans, differences = judge(people, dead, known, today)
    told = settled(scans, differences, fault)
    keep(call, SYSTEM, told.outcome, reply.exchange, differences=differences)
    return ActsAnswer(
        **told.model_dump(),
        married=_spouse(people) is not None and "marriage" not in scans,
        births=len(
            {one.iin for one in minors(people, today)}
            & {act.iin for act in known if act.kind == "birth"}
        ),
    )
