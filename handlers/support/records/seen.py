"""What pages show, for one actor: every question asks `handlers.support.rights` before it reads.

What an actor may not see does not exist: None for a plan, a measure or a quarter, empty parts in
what is returned.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.model.people import Actor
from engine.model.sight import Sight
from handlers.people import records as people
from handlers.support import rights
from handlers.support.quarters import Quarter
from handlers.support.records.conclusions import Conclusion, conclusion, conclusions, of_quarter
from handlers.support.records.measures import (
    Measure,
    measure_by_number,
    measures,
)
from handlers.support.records.members import Member, guardian, members
from handlers.support.records.plans import (
    Plan,
    plan,
    plans,
)
from handlers.support.records.tables import MeasureRow, MemberRow, PlanRow
from handlers.support.records.working import (
    Amendment,
    FollowUp,
    Question,
    Report,
    Review,
    Risk,
    amendments,
    follow_ups,
    questions,
    reports,
    reviews,
    risks,
)
from handlers.support.rights import Part

#: How many rows a list of pages gives at most.
MOST = 200


@dataclass(frozen=True, kw_only=True)
class Board:
    """A plan as one actor sees it."""

    #: What the actor sees.
    parts: frozenset[Part]
    #: The plan; content and reason are empty without `Part.GROUND`.
    plan: Plan
    #: The people; empty without `Part.FAMILY`.
    members: tuple[Member, ...]
    #: The measures, children's first; texts are empty without `Part.MEASURES`.
    measures: tuple[Measure, ...]
    #: Risks; empty without `Part.RISKS`.
    risks: tuple[Risk, ...]
    #: Reports, oldest first; empty without `Part.MEASURES`.
    reports: tuple[Report, ...]
    #: What the centre said to them.
    reviews: tuple[Review, ...]
    #: Questions of the bodies.
    questions: tuple[Question, ...]
    #: Changes to the plan.
    amendments: tuple[Amendment, ...]
    #: Looks at the family after the plan.
    follow_ups: tuple[FollowUp, ...]


@dataclass(frozen=True, kw_only=True)
class Contact:
    """A person as a body needs one."""

    #: Person id.
    id: str
    #: Full name.
    name: str
    #: Date of birth.
    born: date | None
    #: Channel → value.
    reached: Mapping[str, str]
    #: Address; empty: not known.
    address: str


@dataclass(frozen=True, kw_only=True)
class MeasureSeen:
    """A measure as one actor sees it."""

    #: What the actor sees.
    parts: frozenset[Part]
    #: The measure; texts are empty without `Part.OWN_MEASURES`.
    measure: Measure
    #: For whom it is; for a measure of the whole family who turned to the centre. None: not shown.
    member: Contact | None
    #: Who represents the child it is for; None: nobody, or not shown.
    guardian: Contact | None
    #: Risks of that member; empty without `Part.MEMBER_RISKS`.
    risks: tuple[Risk, ...]
    #: Reports, oldest first; what they say of risks is empty without `Part.MEMBER_RISKS`.
    reports: tuple[Report, ...]
    #: What the centre said to them.
    reviews: tuple[Review, ...]
    #: Questions and answers.
    questions: tuple[Question, ...]


def parts_of(actor: Actor, found: Plan) -> frozenset[Part]:
    """Return what an actor sees of a plan."""
    return rights.of_plan(
        actor, centre=found.centre, region=found.region, specialist=found.specialist
    )


def board(session: Session, actor: Actor, number: str) -> Board | None:
    """Return a plan as an actor sees it; None: it does not exist for the actor."""
    found = plan(session, number)
    parts = parts_of(actor, found) if found else frozenset()
    if found is None or Part.STATES not in parts:
        return None
    whole = Part.MEASURES in parts
    own = [one if whole else silent(one) for one in measures(session, number)]
    ids = [one.id for one in own] if whole else []
    grounded = Part.GROUND in parts
    return Board(
        parts=parts,
        plan=found if grounded else replace(found, content={}, reason=""),
        members=tuple(members(session, number)) if Part.FAMILY in parts else (),
        measures=tuple(own),
        risks=tuple(risks(session, number)) if Part.RISKS in parts else (),
        reports=_reports(session, ids, parts),
        reviews=tuple(reviews(session, ids)),
        questions=tuple(questions(session, ids)),
        amendments=tuple(amendments(session, number)) if whole else (),
        follow_ups=tuple(follow_ups(session, number)) if grounded else (),
    )


def silent(found: Measure) -> Measure:
    """Return a measure without what it says of people."""
    return replace(found, person="", title="", expected="", reason="")


def _reports(session: Session, ids: Iterable[str], parts: frozenset[Part]) -> tuple[Report, ...]:
    found = reports(session, ids)
    if parts & {Part.RISKS, Part.MEMBER_RISKS}:
        return tuple(found)
    return tuple(replace(one, risks="") for one in found)


def measure_seen(session: Session, actor: Actor, number: str) -> MeasureSeen | None:
    """Return a measure by the number of its case; None: it does not exist for the actor."""
    found = measure_by_number(session, number)
    held = plan(session, found.plan) if found else None
    if found is None or held is None:
        return None
    parts = rights.of_measure(
        actor,
        centre=held.centre,
        region=held.region,
        specialist=held.specialist,
        body=found.body,
    )
    if not parts & {Part.STATES, Part.OWN_MEASURES}:
        return None
    own = Part.OWN_MEASURES in parts
    ids = [found.id] if own else []
    who, guard = _people(session, held, found) if Part.MEMBER in parts else (None, None)
    restricted = Part.MEMBER_RISKS in parts and bool(found.person)
    return MeasureSeen(
        parts=parts,
        measure=found if own else silent(found),
        member=who,
        guardian=guard,
        risks=tuple(risks(session, held.number, found.person)) if restricted else (),
        reports=_reports(session, ids, parts),
        reviews=tuple(reviews(session, ids)),
        questions=tuple(questions(session, ids)),
    )


def _people(session: Session, held: Plan, found: Measure) -> tuple[Contact | None, Contact | None]:
    family = members(session, held.number)
    if not family:
        return None, None
    by_id = {one.person.id: one for one in family}
    whom = by_id.get(found.person, family[0])
    address = str(held.content.get("address") or "")
    guard = guardian(family) if whom.child else None
    return (
        _contact(session, whom, address),
        _contact(session, guard, address) if guard is not None else None,
    )


def _contact(session: Session, found: Member, address: str) -> Contact:
    return Contact(
        id=found.person.id,
        name=found.person.full_name,
        born=found.person.born,
        reached=people.contacts(session, found.person.id),
        address=address,
    )


def conclusion_seen(session: Session, actor: Actor, number: str) -> Conclusion | None:
    """Return a centre's quarter; the region and the family-policy body see it once it was sent."""
    found = conclusion(session, number)
    return found if found is not None and _sees(actor, found) else None


def conclusions_seen(session: Session, actor: Actor, quarter: Quarter) -> list[Conclusion]:
    """Return the conclusions of a quarter that an actor sees: a region's roll-up (S-14)."""
    return [one for one in of_quarter(session, quarter) if _sees(actor, one)]


def _sees(actor: Actor, found: Conclusion) -> bool:
    known = rights.reach(actor)
    sent = found.sent_at is not None
    return found.centre in known.centres or (
        sent and (found.region in known.regions or known.policy)
    )


def plans_of_person(session: Session, actor: Actor, person: str) -> list[Plan]:
    """Return a person's plans, the newest first, that the actor sees with names."""
    query = select(MemberRow.plan).where(MemberRow.person == person)
    found = plans(session, session.scalars(query))
    return [
        one for _, one in sorted(found.items(), reverse=True) if Part.FAMILY in parts_of(actor, one)
    ]


def plan_sights(session: Session, actor: Actor, numbers: Iterable[str]) -> Mapping[str, Sight]:
    """Return how much of the plans' cases an actor sees, by plan number; nothing is decrypted."""
    query = select(PlanRow.number, PlanRow.centre, PlanRow.region, PlanRow.specialist).where(
        PlanRow.number.in_(list(numbers))
    )
    return {
        row.number: rights.sight(
            rights.of_plan(actor, centre=row.centre, region=row.region, specialist=row.specialist)
        )
        for row in session.execute(query)
    }


def measure_sights(session: Session, actor: Actor, numbers: Iterable[str]) -> Mapping[str, Sight]:
    """Return how much of the measures' cases an actor sees, by the measures' numbers."""
    query = (
        select(
            MeasureRow.number,
            MeasureRow.body,
            PlanRow.centre,
            PlanRow.region,
            PlanRow.specialist,
        )
        .join(PlanRow, PlanRow.number == MeasureRow.plan)
        .where(MeasureRow.number.in_(list(numbers)))
    )
    return {
        row.number: rights.sight(
            rights.of_measure(
                actor,
                centre=row.centre,
                region=row.region,
                specialist=row.specialist,
                body=row.body,
            )
        )
        for row in session.execute(query)
    }


def quarter_sights(session: Session, actor: Actor, numbers: Iterable[str]) -> Mapping[str, Sight]:
    """Return how much of the quarters' cases an actor sees, by number."""
    known = rights.reach(actor)

    def less(one: Conclusion) -> Sight:
        hers = known.admin or one.region in known.administered
        return Sight.OUTLINE if hers else Sight.SENT

    return {
        number: Sight.WHOLE if _sees(actor, one) else less(one)
        for number, one in conclusions(session, numbers).items()
    }
