"""A plan as a whole: its terms, its end, the family's move, a relapse."""

from datetime import date
from typing import Any

from pydantic import BaseModel

from engine.handling import Call, Desk, Waiting, handler
from engine.model.people import Candidate
from handlers.support import cases, offices, records
from handlers.support.forms.base import item
from handlers.support.records import PlanState

#: Outcomes with which a plan never came to be.
NEVER = frozenset({"not_in_difficulty", "no_consent", "duplicate"})


class Closing(BaseModel):
    """How a plan ends before its time."""

    #: One of `handlers.support.face.OUTCOMES`.
    outcome: str = "closed"
    #: Why, if the records do not say; never personal.
    reason: str = ""


@handler("support.plan.close")
def close(closing: Closing, call: Call) -> None:
    """Close a plan: its open measures are withdrawn, centre and bodies are told.

    Not opened at intake, refused by the family, or closed by the head with a reason.
    """
    state = PlanState.NOT_OPENED if closing.outcome in NEVER else PlanState.CLOSED

    def act(desk: Desk) -> None:
        number, session = call.business_key, desk.session
        plan = records.plan(session, number)
        if plan is None or plan.ended_at is not None:
            return
        left = records.withdraw_all(session, number, plan.reason, call.now)
        records.settle(
            session, number, state, outcome=closing.outcome, at=call.now, reason=closing.reason
        )
        bodies = {one.body for one in left if one.sent_at is not None}
        told = [Candidate(offices.BODY_SPECIALIST, body) for body in sorted(bodies)]
        if state is PlanState.CLOSED:
            told.append(Candidate(offices.SPECIALIST, plan.centre))
            desk.tell("support_closed", candidates=[*told, offices.head_of(plan.centre)])

    call.at_desk(act)


class Term(BaseModel):
    """A measure's term, as `processes/support/terms.dmn` decided it."""

    #: Measure id.
    id: str
    #: Working days from sending, by the register.
    days: int | None = None
    #: Day set by the centre.
    term: date | None = None


class Terms(BaseModel):
    """The terms of some measures."""

    #: One for each measure.
    terms: list[Term]


class Item(BaseModel):
    """A measure as the process carries it: nothing of people (law 6)."""

    #: Measure id.
    id: str
    #: Business key of its case.
    number: str
    #: Body that does it.
    body: str
    #: ``role@organisation`` of the body's superior.
    superior: str
    #: Working days from sending; None: the centre set a day.
    days: int | None
    #: Day set by the centre; None: the register's term counts.
    term: date | None


class Items(BaseModel):
    """Measures, for a call activity each."""

    #: In the order of the plan.
    measures: list[Item]


@handler("support.measures.terms")
def keep_terms(terms: Terms, call: Call) -> Items:
    """Keep the terms that the register or the centre gave (S-10, B-07); return the measures."""
    with call.records() as session:
        found = [records.measure(session, one.id) for one in terms.terms]
    items = [
        Item(**item(one) | {"days": said.days, "term": said.term})
        for one, said in zip(found, terms.terms, strict=True)
        if one is not None
    ]

    def save(session: Any) -> None:
        for one in items:
            records.set_term(session, one.id, days=one.days, term=one.term)

    call.on_finish(save)
    return Items(measures=items)


class Moving(BaseModel):
    """Where a family has moved."""

    #: The new centre.
    to: str


class Moved(BaseModel):
    """Who leads the plan now."""

    #: The centre.
    centre: str
    #: Its region.
    region: str
    #: ``role@organisation`` of its head.
    head: str


@handler("support.plan.handover")
def hand_over(moving: Moving, call: Call) -> Moved:
    """Hand a plan over to the centre where the family lives now: its open measures go along."""
    region = offices.place_of(moving.to)

    def act(desk: Desk) -> None:
        left = records.carry(desk.session, call.business_key, moving.to)
        records.hand_over(desk.session, call.business_key, to=moving.to, region=region)
        bodies = sorted({one.body for one in left if one.sent_at is not None})
        bodies_told = [Candidate(offices.BODY_SPECIALIST, body) for body in bodies]
        desk.tell("support_left", candidates=bodies_told)
        desk.tell("support_moved", candidates=[Candidate(offices.SPECIALIST, moving.to)])

    call.at_desk(act)
    return Moved(centre=moving.to, region=region, head=str(offices.head_of(moving.to)))


class Nothing(BaseModel):
    """A task without inputs: all it needs is in the records."""


class Completed(BaseModel):
    """A completed plan."""

    #: ``full`` or ``exceptions`` (B-12).
    result: str
    #: Day of the mark (S-12).
    completed_on: date


@handler("support.plan.complete")
def complete(nothing: Nothing, call: Call) -> Completed:
    """End a plan with the mark that the centre set, and free its people for another (S-12)."""
    with call.records() as session:
        plan = records.plan(session, call.business_key)
    if plan is None or plan.completed_on is None:
        raise LookupError("the plan has no mark of completion")

    def act(desk: Desk) -> None:
        records.settle(
            desk.session,
            plan.number,
            PlanState.COMPLETED,
            outcome="completed",
            at=call.now,
        )
        desk.tell("support_completed", candidates=[offices.head_of(plan.centre)])

    call.at_desk(act)
    return Completed(result=plan.result, completed_on=plan.completed_on)


class Relapse(BaseModel):
    """A family that fell back."""

    #: Number of the finished plan.
    plan: str


@handler("support.plan.relapse")
def relapse(fallen: Relapse, call: Call) -> None:
    """Open a new plan linked to the finished one (B-13), unless the family has one by now."""

    def act(desk: Desk) -> None:
        session = desk.session
        family = records.members(session, fallen.plan)
        iins = [one.person.iin for one in family if one.person.iin]
        if records.after(session, fallen.plan) or records.open_plans(session, iins):
            return
        new, old = cases.relapse(session, fallen.plan, call.now)
        records.relapsed(session, fallen.plan, new)
        known = cases.variables(new, old.centre, call.settings)
        desk.publish("support.detected", business_key=new, payload=known)
        desk.tell("support_relapsed", candidates=[offices.head_of(old.centre)])

    call.at_desk(act)


class Missed(BaseModel):
    """A missed term of the centre."""

    #: Element ids of the tasks that share the term, separated by commas.
    task: str
    #: ``role@organisation`` of the head.
    head: str
    #: ``role@organisation`` above.
    next: str


@handler("support.deadline.overdue")
def centre_overdue(late: Missed, call: Call) -> None:
    """Tell the person, the head and the superior that the centre missed a term."""
    heads = [Candidate.parse(late.head), Candidate.parse(late.next)]
    elements = {one.strip() for one in late.task.split(",")}

    def act(desk: Desk) -> None:
        for waiting in desk.open_tasks():
            if waiting.element in elements:
                _tell_late(desk, waiting, heads)

    call.at_desk(act)


def _tell_late(desk: Desk, waiting: Waiting, heads: list[Candidate]) -> None:
    own = [] if waiting.assignee else list(waiting.candidates)
    accounts = [waiting.assignee] if waiting.assignee else []
    desk.tell("support_overdue", accounts=accounts, candidates=[*own, *heads], task=waiting.task)
