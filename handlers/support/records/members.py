"""The people of a plan: written at intake, one open plan each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine.store import blind_index
from handlers.people import records as people
from handlers.people.facts import PersonFacts, Relationship
from handlers.support.records.plans import PlanState, plan_row
from handlers.support.records.tables import MemberRow, PlanRow


@dataclass(frozen=True, kw_only=True)
class Member:
    """A person in a plan."""

    #: The person.
    person: PersonFacts
    #: What the person is to the applicant.
    relation: Relationship
    #: Under 18 when it was written down.
    child: bool
    #: On which ground the person represents the children; empty: not.
    represents: str
    #: Whether the person has died since.
    deceased: bool


@dataclass(frozen=True, kw_only=True)
class NewMember:
    """A person to be written into a plan."""

    #: Person id.
    person: str
    #: IIN; empty: none yet.
    iin: str
    #: What the person is to the applicant.
    relation: Relationship
    #: Under 18.
    child: bool
    #: On which ground the person represents the children; empty: not.
    represents: str = ""


@dataclass(frozen=True, kw_only=True)
class OpenPlan:
    """A plan that a person has already."""

    #: Its number.
    plan: str
    #: Centre that leads it.
    centre: str
    #: Person id.
    person: str


class AlreadyOpen(Exception):
    """Another plan of the same person was opened at the same moment."""


def save_members(session: Session, number: str, found: Sequence[NewMember]) -> None:
    """Write who belongs to a plan, the applicant first.

    Raises `AlreadyOpen` if one of them has come into an open plan at this very moment: the unique
    index decides between two centres (`open_plans` names the earlier one).
    """
    people.save_family(session, number, [(one.person, one.relation) for one in found])
    session.execute(delete(MemberRow).where(MemberRow.plan == number))
    rows = [
        MemberRow(
            plan=number,
            person=one.person,
            person_index=blind_index(one.iin or one.person),
            place=place,
            relation=one.relation.value,
            child=one.child,
            represents=one.represents,
        )
        for place, one in enumerate(found)
    ]
    try:
        with session.begin_nested():
            session.add_all(rows)
            session.flush()
    except IntegrityError as taken:
        raise AlreadyOpen(number) from taken
    row = plan_row(session, number)
    row.heads, row.children = len(found), sum(one.child for one in found)


def members(session: Session, number: str) -> list[Member]:
    """Return the people of a plan, the applicant first."""
    return members_of(session, [number]).get(number, [])


def members_of(session: Session, numbers: Iterable[str]) -> Mapping[str, list[Member]]:
    """Return the people of many plans by number, in two queries."""
    wanted = list(numbers)
    families = people.families(session, wanted)
    known = {
        (plan_number, one.person.id): one.person
        for plan_number, family in families.items()
        for one in family
    }
    query = (
        select(MemberRow)
        .where(MemberRow.plan.in_(wanted))
        .order_by(MemberRow.plan, MemberRow.place)
    )
    found: dict[str, list[Member]] = {}
    for row in session.scalars(query):
        found.setdefault(row.plan, []).append(
            Member(
                person=known[row.plan, row.person],
                relation=Relationship(row.relation),
                child=row.child,
                represents=row.represents,
                deceased=row.deceased,
            )
        )
    return found


def guardian(found: Sequence[Member]) -> Member | None:
    """Return who represents the children of a plan; None: nobody is on file."""
    able = (one for one in found if one.represents and not one.child and not one.deceased)
    return next(able, None)


def open_plans(
    session: Session, iins: Iterable[str], *, besides: str = ""
) -> Mapping[str, OpenPlan]:
    """Return open plans by IIN, for those IINs that have one; one query."""
    index = {blind_index(iin): iin for iin in iins if iin}
    query = (
        select(MemberRow.person_index, MemberRow.plan, MemberRow.person, PlanRow.centre)
        .join(PlanRow, PlanRow.number == MemberRow.plan)
        .where(
            MemberRow.person_index.in_(list(index)),
            MemberRow.open.is_(True),
            MemberRow.plan != besides,
        )
    )
    return {
        index[row.person_index]: OpenPlan(plan=row.plan, centre=row.centre, person=row.person)
        for row in session.execute(query)
    }


def finished_plan(session: Session, iin: str) -> str:
    """Return the number of a person's latest completed plan; empty: there is none (B-13)."""
    query = (
        select(PlanRow.number)
        .join(MemberRow, MemberRow.plan == PlanRow.number)
        .where(
            MemberRow.person_index == blind_index(iin),
            PlanRow.state == PlanState.COMPLETED,
        )
        .order_by(PlanRow.ended_at.desc(), PlanRow.number.desc())
        .limit(1)
    )
    return session.scalar(query) or ""


def died(session: Session, number: str, person: str) -> None:
    """Write that a member has died."""
    row = session.get(MemberRow, (number, person))
    if row is None:
        raise LookupError(f"nobody with this id in plan {number}")
    row.deceased = True
