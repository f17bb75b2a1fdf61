"""What changes a running plan: an amendment, a death in the family."""

from datetime import date, timedelta
from typing import Any

from pydantic import BaseModel

from engine.handling import Call, Desk, handler, sends
from engine.model.people import Candidate
from handlers.support import offices, records
from handlers.support.forms.base import item
from handlers.support.handlers.measures import measure_of
from handlers.support.records import Measure, Plan

sends(
    "support.measure.amended",
    {"act": "string", "body": "string", "superior": "string", "days": "number", "term": "string"},
)


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
    found = measure_of(session, str(act["id"]))
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
    _told(desk, kind, measure_of(session, found.id), moved=bool(term))


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
