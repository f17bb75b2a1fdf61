"""Measures of a plan: what is to be done, by whom, until when, and where it stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine.store import new_id
from handlers.people import records as people
from handlers.people.facts import PersonFacts
from handlers.support.offices import place_of
from handlers.support.records.plans import plan_row
from handlers.support.records.tables import MeasureRow, PlanRow


class MeasureState(StrEnum):
    """Where a measure is.

    ``planned`` → ``sent`` → ``in_work`` → ``review`` → ``done`` | ``impossible`` | ``refused``;
    a review may lead to ``returned`` and again to ``review``. ``withdrawn`` ends it from
    everywhere, ``carried`` waits for the new centre of a family that moved. Late is
    no state: see `Measure.late`.
    """

    PLANNED = "planned"
    SENT = "sent"
    IN_WORK = "in_work"
    REVIEW = "review"
    RETURNED = "returned"
    DONE = "done"
    IMPOSSIBLE = "impossible"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    CARRIED = "carried"


#: States in which a measure is over (B-12).
CLOSED = frozenset(
    {MeasureState.DONE, MeasureState.IMPOSSIBLE, MeasureState.REFUSED, MeasureState.WITHDRAWN}
)
#: States in which its body has something to do.
WITH_BODY = frozenset({MeasureState.SENT, MeasureState.IN_WORK, MeasureState.RETURNED})
#: States that a plan's completion waits for.
OPEN = frozenset(set(MeasureState) - CLOSED)


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A measure as it stands."""

    #: Id; does not tell the plan.
    id: str
    #: Plan number.
    plan: str
    #: Place in the plan, from 1.
    place: int
    #: Business key of its case, e.g. ``Ж-26-00122/3``.
    number: str
    #: Version of the plan with which it came.
    version: int
    #: Centre that leads the plan.
    centre: str
    #: Person whom it is for; empty: the whole family.
    person: str
    #: Whether it is for a child.
    child: bool
    #: Field, a key of `handlers.support.offices.FIELDS`.
    field: str
    #: Body that does it.
    body: str
    #: Code of the public service; empty: none.
    service: str
    #: What is to be done.
    title: str
    #: Expected result.
    expected: str
    #: Term of the service in working days from sending; None: the centre set a day.
    days: int | None
    #: Day set by the centre; None: the register's term counts.
    term: date | None
    #: Where it is.
    state: MeasureState
    #: When it was sent (UTC); None: not yet.
    sent_at: datetime | None
    #: When the body accepted it (UTC).
    accepted_at: datetime | None
    #: End of its term (UTC).
    due: datetime | None
    #: When it was reported in the round that counts (UTC).
    reported_at: datetime | None
    #: When the centre marked how it ended (UTC).
    closed_at: datetime | None
    #: How often it was returned for rework.
    rounds: int
    #: When it was escalated (UTC).
    escalated_at: datetime | None
    #: Whether its report came after its term.
    was_late: bool
    #: Why it is impossible, refused or withdrawn.
    reason: str
    #: Body that had it before; empty: never transferred.
    before: str

    @property
    def open(self) -> bool:
        """Tell whether the plan still waits for it."""
        return self.state in OPEN

    def late(self, now: datetime) -> bool:
        """Tell whether its body is past the term now, or reported after it."""
        waits = self.state in WITH_BODY and self.due is not None and self.due < now
        return waits or self.was_late


@dataclass(frozen=True, kw_only=True)
class NewMeasure:
    """A measure as the plan's form says it."""

    #: Id of the measure it was before; empty: new.
    id: str = ""
    #: Person whom it is for; empty: the whole family.
    person: str
    #: Whether that is a child.
    child: bool
    #: Body that does it.
    body: str
    #: Code of the public service; empty: none.
    service: str
    #: What is to be done.
    title: str
    #: Expected result.
    expected: str
    #: Day set by the centre; None: the register's term counts.
    term: date | None


def to_measure(row: MeasureRow) -> Measure:
    """Return a row as plain data."""
    return Measure(
        id=row.id,
        plan=row.plan,
        place=row.place,
        number=row.number,
        version=row.version,
        centre=row.centre,
        person=row.person,
        child=row.child,
        field=row.field,
        body=row.body,
        service=row.service,
        title=row.title,
        expected=row.expected,
        days=row.days,
        term=date.fromisoformat(row.term) if row.term else None,
        state=MeasureState(row.state),
        sent_at=row.sent_at,
        accepted_at=row.accepted_at,
        due=row.due,
        reported_at=row.reported_at,
        closed_at=row.closed_at,
        rounds=row.rounds,
        escalated_at=row.escalated_at,
        was_late=row.was_late,
        reason=row.reason,
        before=row.before,
    )


def measure_row(session: Session, wanted: str, *, lock: bool = False) -> MeasureRow:
    """Return the row of a measure; `LookupError` if there is none."""
    row = session.get(MeasureRow, wanted, with_for_update=lock or None)
    if row is None:
        raise LookupError(f"no measure {wanted}")
    return row


def measure(session: Session, wanted: str) -> Measure | None:
    """Return a measure by id; None if there is none."""
    row = session.get(MeasureRow, wanted)
    return to_measure(row) if row else None


def measure_by_number(session: Session, number: str) -> Measure | None:
    """Return a measure by the business key of its case; None if there is none."""
    row = session.scalar(select(MeasureRow).where(MeasureRow.number == number))
    return to_measure(row) if row else None


def measures(session: Session, plan: str) -> list[Measure]:
    """Return the measures of a plan: those for children first (S-7.2), then by place."""
    query = (
        select(MeasureRow)
        .where(MeasureRow.plan == plan)
        .order_by(MeasureRow.child.desc(), MeasureRow.place)
    )
    return [to_measure(row) for row in session.scalars(query)]


def measures_by_number(session: Session, numbers: Iterable[str]) -> Mapping[str, Measure]:
    """Return measures by the business keys of their cases, in one query."""
    query = select(MeasureRow).where(MeasureRow.number.in_(list(numbers)))
    return {row.number: to_measure(row) for row in session.scalars(query)}


def measures_of_people(session: Session, plans: Iterable[str], words: str) -> list[str]:
    """Return the numbers of measures, in some plans, for a person whom these words name.

    Measures for the whole family count for who turned to the centre.
    """
    numbers = list(plans)
    query = select(MeasureRow.number, MeasureRow.plan, MeasureRow.person).where(
        MeasureRow.plan.in_(numbers)
    )
    named = {
        (plan, one.person.id, place)
        for plan, family in people.families(session, numbers).items()
        for place, one in enumerate(family)
        if _is_named(one.person, words)
    }
    persons = {(plan, person) for plan, person, _ in named}
    first = {plan for plan, _, place in named if place == 0}
    return [
        row.number
        for row in session.execute(query)
        if (row.plan, row.person) in persons or (not row.person and row.plan in first)
    ]


def _is_named(found: PersonFacts, words: str) -> bool:
    said = words.strip()
    if said.isdigit():
        return found.iin == said
    own = {word.casefold() for word in found.full_name.split()}
    return {word.casefold() for word in said.split()} <= own


def plan_measures(
    session: Session, plan: str, found: Iterable[NewMeasure], version: int, at: datetime
) -> list[Measure]:
    """Write measures as planned; those with an id stand where they stood. Return them in order."""
    held = plan_row(session, plan, lock=True)
    written = [_planned(session, held, one, version, at) for one in found]
    session.flush()  # later reads of this step see them
    return [to_measure(row) for row in written]


def _planned(
    session: Session, held: PlanRow, found: NewMeasure, version: int, at: datetime
) -> MeasureRow:
    row = session.get(MeasureRow, found.id) if found.id else None
    if row is None:
        held.last_measure += 1
        row = MeasureRow(
            id=new_id(at),
            plan=held.number,
            place=held.last_measure,
            number=f"{held.number}/{held.last_measure}",
            version=version,
        )
        session.add(row)
    row.centre, row.region = held.centre, held.region
    row.person, row.child, row.service = found.person, found.child, found.service
    row.field, row.body = found.body.split(".")[1], found.body
    row.title, row.expected = found.title, found.expected
    row.term, row.days = found.term.isoformat() if found.term else "", None
    row.state, row.sent_at, row.due = MeasureState.PLANNED, None, None
    return row


def drop_planned(session: Session, plan: str, keep: Iterable[str]) -> None:
    """Delete measures that were planned, never sent, and are in the plan no longer."""
    session.execute(
        delete(MeasureRow).where(
            MeasureRow.plan == plan,
            MeasureRow.state == MeasureState.PLANNED,
            MeasureRow.sent_at.is_(None),
            MeasureRow.id.not_in(list(keep)),
        )
    )
    session.expire_all()


def drop_measure(session: Session, wanted: str) -> None:
    """Delete a measure that was planned and never sent."""
    row = session.get(MeasureRow, wanted)
    if row is not None and row.sent_at is None and row.state == MeasureState.PLANNED:
        session.delete(row)
        session.flush()  # later reads of this step miss it


def change_words(session: Session, wanted: str, *, title: str, expected: str) -> None:
    """Write what is to be done and expected of a measure now."""
    row = measure_row(session, wanted)
    row.title, row.expected = title or row.title, expected or row.expected


def set_due(session: Session, wanted: str, due: datetime) -> None:
    """Write when a measure's term ends now (UTC)."""
    measure_row(session, wanted).due = due


def set_term(session: Session, wanted: str, *, days: int | None, term: date | None) -> None:
    """Write the term that the register gives, or the centre set (S-10, B-07)."""
    row = measure_row(session, wanted)
    row.days, row.term = days, term.isoformat() if term else ""


def set_body(session: Session, wanted: str, body: str) -> None:
    """Give a measure to another body."""
    row = measure_row(session, wanted)
    if row.body != body:
        row.before, row.body, row.field = row.body, body, body.split(".")[1]
        row.accepted_at = None


def sent(session: Session, wanted: str, *, due: datetime, at: datetime) -> None:
    """Write that a measure was sent, and when its term ends (S-9)."""
    row = measure_row(session, wanted)
    row.sent_at, row.due, row.state = at, due, MeasureState.SENT


def move_to(
    session: Session, wanted: str, state: MeasureState, *, at: datetime | None = None
) -> None:
    """Write where a measure is; `at` where the state has a moment of its own."""
    row = measure_row(session, wanted)
    row.state = state
    if state is MeasureState.IN_WORK:
        row.accepted_at = row.accepted_at or at
    elif state is MeasureState.RETURNED:
        row.rounds += 1
    elif state is MeasureState.CARRIED:
        row.due = None


def reported(session: Session, wanted: str, *, at: datetime) -> bool:
    """Write that a report came; return whether it was late.

    The term that counts for lateness is the plan's (S-11(1)); a rework inside of it is in time.
    """
    row = measure_row(session, wanted)
    late = row.due is not None and at > row.due
    row.state, row.reported_at = MeasureState.REVIEW, at
    # The first report decides: rework after a report in time doesn't make the measure late.
    row.was_late = row.was_late or (late and row.rounds == 0)
    return late


def close(
    session: Session, wanted: str, state: MeasureState, *, at: datetime, reason: str = ""
) -> None:
    """Write how a measure ended; one that has ended stays as it is."""
    row = measure_row(session, wanted)
    if MeasureState(row.state) in CLOSED:
        return
    row.state, row.closed_at, row.reason = state, at, reason or row.reason


def escalated(session: Session, wanted: str, at: datetime) -> None:
    """Write that a measure was escalated (B-10); the first time counts."""
    row = measure_row(session, wanted)
    row.escalated_at = row.escalated_at or at


def withdraw_all(session: Session, plan: str, reason: str, at: datetime) -> list[Measure]:
    """Withdraw what is open in a plan that is closed; return what was withdrawn."""
    found = [one for one in measures(session, plan) if one.open]
    for one in found:
        close(session, one.id, MeasureState.WITHDRAWN, at=at, reason=reason)
    return found


def carry(session: Session, plan: str, centre: str) -> list[Measure]:
    """Take a plan's open measures along to another centre (the family moved); return them."""
    found = [one for one in measures(session, plan) if one.open]
    for one in found:
        row = measure_row(session, one.id)
        row.centre, row.region = centre, place_of(centre)
        move_to(session, one.id, MeasureState.CARRIED)
    return found
