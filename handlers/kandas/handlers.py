"""Service tasks of the approval chain that are the engine's and the records' own business."""

from collections.abc import Sequence
from datetime import date

from pydantic import BaseModel

from engine.handling import Call, Desk, Waiting, handler
from engine.model.people import Candidate
from engine.model.text import text
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
    # The order names no system for these two: only a copy proves them.
    education, death = ["education"], ["death"]
    return Facts(
        identity=kinds.of("identity", needed=True, left_open=query.identity),
        marriage=kinds.of("marriage", needed=married, left_open=query.civil),
        marriage_date=_day(content.get("marriage_date")),
        marriage_abroad=bool(content.get("marriage_abroad")),
        birth=kinds.of("birth", needed=bool(minors), left_open=query.civil),
        first_birth=min((born for born in minors.values()), default=None),
        births_abroad=bool(abroad & set(minors)),
        death=kinds.of("death", needed=bool(content.get("child_died")), left_open=death),
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


class ReworkNote(BaseModel):
    """A return, as `processes/kandas/return.dmn` decided it."""

    #: Who gets it back.
    back: str
    #: Offices on the way that are told.
    inform: list[str] = []
    #: Office that returned it.
    returned_by: str
    #: Round so far.
    round: int
    #: Offices of the case.
    offices: dict[str, str]


#: Office in the decision table → role and office of the case that are told.
HEADS = {
    "career_centre": ("career_specialist", "origin_cc"),
    "mobility_origin": ("mobility_head", "origin_mc"),
    "leo_origin": ("leo_head", "origin_leo"),
}


@handler("kandas.rework.note")
def note_rework(note: ReworkNote, call: Call) -> None:
    """Count the round and tell the offices on the way.

    K-9, K-10 (A-05), K-13 (A-07).
    """

    def act(desk: Desk) -> None:
        records.update(desk.session, call.business_key, round=note.round + 1)
        told = [_candidate(HEADS[office], note.offices) for office in note.inform]
        desk.tell("kandas_rework", candidates=told)
        desk.tell("returned", candidates=[_candidate(HEADS[note.back], note.offices)])

    call.at_desk(act)


def _candidate(held: tuple[str, str], offices: dict[str, str]) -> Candidate:
    role, office = held
    return Candidate(role, offices[office])


#: Why signatures are void; translated where it is shown.
CHANGED = text("The data of the application were changed")


class VoidCommand(BaseModel):
    """Which version takes the place of the one that was signed."""

    #: Number of the new version.
    version: int


@handler("kandas.signatures.void")
def void_signatures(command: VoidCommand, call: Call) -> None:
    """Void all signatures: the data they stand under have changed.

    The chain signs the new version from K-8 on.
    """
    call.at_desk(_voided)


def _voided(desk: Desk) -> None:
    desk.void_signatures(CHANGED.msgid)


class Overdue(BaseModel):
    """A missed term."""

    #: Element id of the task.
    task: str
    #: ``role@organisation`` of the head of the office that has it.
    head: str
    #: ``role@organisation`` of the head of the next office.
    next: str


@handler("kandas.deadline.overdue")
def overdue(late: Overdue, call: Call) -> None:
    """Tell the person, the head and the next office's head that a term was missed.

    Digest §10. Told again at the end of each working day until the task is done.
    """
    heads = [Candidate.parse(late.head), Candidate.parse(late.next)]

    def act(desk: Desk) -> None:
        for waiting in desk.open_tasks():
            if waiting.element == late.task:
                _tell_late(desk, waiting, heads)

    call.at_desk(act)


def _tell_late(desk: Desk, waiting: Waiting, heads: Sequence[Candidate]) -> None:
    own = [] if waiting.assignee else list(waiting.candidates)
    accounts = [waiting.assignee] if waiting.assignee else []
    desk.tell("kandas_overdue", accounts=accounts, candidates=[*own, *heads], task=waiting.task)


class Everybody(BaseModel):
    """The offices of the case."""

    #: By their part in it.
    offices: dict[str, str]


@handler("kandas.deadline.total")
def total_overdue(case: Everybody, call: Call) -> None:
    """Tell the heads of all offices that the nine working days are over."""
    heads = [Candidate("supervisor", found) for found in case.offices.values() if found]
    call.at_desk(lambda desk: _tell(desk, "kandas_total", heads))


def _tell(desk: Desk, kind: str, candidates: Sequence[Candidate]) -> None:
    desk.tell(kind, candidates=candidates)


@handler("kandas.contact.unreachable")
def unreachable(case: Everybody, call: Call) -> None:
    """Tell the career centre that accepted the application that its family cannot be reached.

    A-09: it knows them best and has other ways to ask.
    """
    told = [
        Candidate("career_specialist", case.offices["origin_cc"]),
        Candidate("supervisor", case.offices["dest_mc"]),
    ]
    call.at_desk(lambda desk: _tell(desk, "kandas_unreachable", told))


#: Outcome → what the offices are told (`handlers.kandas.face.NOTICES`).
ENDED = {
    "withdrawn": "kandas_withdrawn",
    "unreachable": "kandas_given_up",
    "unemployed": "kandas_unemployed",
}


class Closing(BaseModel):
    """How a case ends."""

    #: ``withdrawn``, ``unreachable`` or ``unemployed``.
    outcome: str
    #: The offices of the case.
    offices: dict[str, str]


@handler("kandas.case.close")
def close(closing: Closing, call: Call) -> None:
    """Write the outcome and tell the offices concerned.

    A-09; for K-18 the mobility centre, to which the draft decision went.
    """
    offices = closing.offices
    told = [Candidate("career_specialist", offices["origin_cc"])]
    if offices.get("dest_mc"):
        told.append(Candidate("mobility_specialist", offices["dest_mc"]))

    def act(desk: Desk) -> None:
        records.settle(desk.session, call.business_key, closing.outcome)
        desk.tell(ENDED.get(closing.outcome, "completed"), candidates=told)

    call.at_desk(act)
