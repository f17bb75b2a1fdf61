"""Service tasks of a plan and its measures that are the engine's and the records' own business."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import BaseModel

from engine.handling import BpmnError, Call, Desk, Waiting, handler
from engine.model.people import Candidate
from handlers.support import cases, offices, records
from handlers.support.forms.base import item
from handlers.support.records import Measure, MeasureState, Plan, PlanState

#: BPMN error: nobody at the body can take the measure (S-9, B-09).
NOBODY = "nobody"
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


class Sending(BaseModel):
    """A measure that goes to its body."""

    #: Measure id.
    id: str
    #: End of its term (UTC).
    due: datetime


@handler("support.measure.send")
def send(sending: Sending, call: Call) -> None:
    """Send a measure to its body, within two working days of the approval (S-9).

    BPMN error ``nobody`` if no active account can take it there.
    """
    with call.records() as session:
        found = _measure(session, sending.id)
        able = records.employees(session, offices.BODY_SPECIALIST, found.body)
    if not able:
        raise BpmnError(NOBODY)

    def act(desk: Desk) -> None:
        records.sent(desk.session, found.id, due=sending.due, at=call.now)
        desk.tell("support_sent", candidates=[Candidate(offices.BODY_SPECIALIST, found.body)])

    call.at_desk(act)


def _measure(session: Any, wanted: str) -> Measure:
    found = records.measure(session, wanted)
    if found is None:
        raise LookupError("the case has no measure")
    return found


class Late(BaseModel):
    """A body that is late."""

    #: Measure id.
    id: str
    #: The body.
    body: str
    #: Centre that leads the plan.
    centre: str


@handler("support.measure.overdue")
def overdue(late: Late, call: Call) -> None:
    """Tell body and centre that an acceptance or a report is late; again every working day."""
    body = Candidate(offices.BODY_SPECIALIST, late.body)
    told = [body, offices.head_of(late.body), Candidate(offices.SPECIALIST, late.centre)]
    call.at_desk(_telling("support_late", told))


def _telling(kind: str, told: list[Candidate]) -> Callable[[Desk], None]:
    def act(desk: Desk) -> None:
        desk.tell(kind, candidates=told)

    return act


class Above(BaseModel):
    """Whom a late or much returned measure is brought before."""

    #: Measure id.
    id: str
    #: ``role@organisation`` above the body.
    superior: str
    #: Centre that leads the plan.
    centre: str


@handler("support.measure.superior")
def tell_superior(late: Above, call: Call) -> None:
    """Tell the body's superior that five working days after the term there is no report."""
    told = [Candidate.parse(late.superior), offices.head_of(late.centre)]
    call.at_desk(_telling("support_superior", told))


@handler("support.measure.escalated")
def escalate(late: Above, call: Call) -> None:
    """Tell the centre's head, the body's head and superior that a measure came back too often.

    B-10: after two rounds.
    """

    def act(desk: Desk) -> None:
        found = _measure(desk.session, late.id)
        records.escalated(desk.session, found.id, call.now)
        above = [Candidate.parse(late.superior), offices.head_of(late.centre)]
        desk.tell("support_escalated", candidates=[*above, offices.head_of(found.body)])

    call.at_desk(act)


class Withdrawal(BaseModel):
    """A measure that is taken out of the plan."""

    #: Measure id.
    id: str
    #: Why, if the records do not say; never personal.
    reason: str = ""


@handler("support.measure.withdrawn")
def withdraw(gone: Withdrawal, call: Call) -> None:
    """Mark a measure as withdrawn and tell its body that nothing more is to be done."""

    def act(desk: Desk) -> None:
        found = _measure(desk.session, gone.id)
        why = gone.reason or _amended_why(desk.session, found)
        records.close(desk.session, found.id, MeasureState.WITHDRAWN, at=call.now, reason=why)
        desk.tell("support_withdrawn", candidates=[Candidate(offices.BODY_SPECIALIST, found.body)])

    call.at_desk(act)


def _amended_why(session: Any, found: Measure) -> str:
    """Return the reason of the amendment that withdrew a measure; empty: another cause."""
    for one in reversed(records.amendments(session, found.plan)):
        if any(act.get("id") == found.id and act.get("act") == "withdraw" for act in one.acts):
            return one.reason
    return ""


class Applying(BaseModel):
    """An amendment that the head approved."""

    #: Amendment id.
    amendment: str


@handler("support.amendment.apply")
def apply(approved: Applying, call: Call) -> None:
    """Carry out an amendment: only the cases of the measures it touches are told, no others.

    A measure that is over by now stays as it is.
    """

    def act(desk: Desk) -> None:
        found = records.amendment(desk.session, approved.amendment)
        if found is None or not records.applied(desk.session, found.id, call.now):
            return
        for one in found.acts:
            if one.get("act") != "add":
                _amend(desk, one)

    call.at_desk(act)


def _amend(desk: Desk, act: Any) -> None:
    session, kind = desk.session, str(act["act"])
    found = _measure(session, str(act["id"]))
    if not found.open:
        return
    term = str(act.get("term") or "")
    if kind == "transfer":
        records.set_body(session, found.id, str(act["body"]))
    if kind == "change":
        records.change_words(
            session, found.id, title=str(act["title"]), expected=str(act["expected"])
        )
    if term:
        day = date.fromisoformat(term)
        records.set_term(session, found.id, days=None, term=day)
        records.set_due(session, found.id, desk.day_end(day))
    if kind == "change":
        desk.tell("support_changed", candidates=[Candidate(offices.BODY_SPECIALIST, found.body)])
    _told(desk, kind, _measure(session, found.id), moved=bool(term))


def _told(desk: Desk, kind: str, found: Measure, *, moved: bool) -> None:
    """Send the measure's case what changed; the case of one that is over does not wait for it."""
    carried = item(found)
    payload = {
        "act": kind,
        "body": carried["body"] if kind == "transfer" else None,
        "superior": carried["superior"] if kind == "transfer" else None,
        "days": None,
        "term": carried["term"] if moved else None,
    }
    desk.publish("support.measure.amended", correlation=found.id, payload=payload, ttl=timedelta(0))


class Death(BaseModel):
    """A member who has died."""

    #: Person id.
    person: str


@handler("support.measures.of_deceased")
def withdraw_of_deceased(gone: Death, call: Call) -> None:
    """Withdraw the open measures for a member who has died; those of the others go on.

    Whoever leads the plan is told what nobody else sees to: that nobody is left in the family, or
    nobody on file who represents its children.
    """

    def act(desk: Desk) -> None:
        for one in records.measures(desk.session, call.business_key):
            if one.open and one.person == gone.person:
                _told(desk, "withdraw", one, moved=False)
        plan = records.plan(desk.session, call.business_key)
        if plan is not None:
            _left(desk, plan, gone.person)

    call.at_desk(act)


def _left(desk: Desk, plan: Plan, gone: str) -> None:
    """Tell what a death leaves open: a plan for nobody, children without a representative."""
    family = records.members(desk.session, plan.number)
    head = offices.head_of(plan.centre)
    if all(one.deceased for one in family):
        desk.tell("support_nobody_left", candidates=[head])
        return
    represented = any(one.represents and one.person.id == gone for one in family)
    children = any(one.child and not one.deceased for one in family)
    if represented and children and records.guardian(family) is None:
        told = [Candidate(offices.SPECIALIST, plan.centre), head]
        desk.tell("support_no_guardian", candidates=told)


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
