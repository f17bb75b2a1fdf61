"""A measure at its body: sent, late, escalated, withdrawn (S-9 … S-11)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from engine.handling import BpmnError, Call, Desk, handler
from engine.model.people import Candidate
from handlers.support import offices, records
from handlers.support.records import Measure, MeasureState

#: BPMN error: nobody at the body can take the measure (S-9, B-09).
NOBODY = "nobody"


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
        found = measure_of(session, sending.id)
        able = records.employees(session, offices.BODY_SPECIALIST, found.body)
    if not able:
        raise BpmnError(NOBODY)

    def act(desk: Desk) -> None:
        records.sent(desk.session, found.id, due=sending.due, at=call.now)
        desk.tell("support_sent", candidates=[Candidate(offices.BODY_SPECIALIST, found.body)])

    call.at_desk(act)


def measure_of(session: Any, wanted: str) -> Measure:
    """Return a measure by its id; `LookupError` if there is none."""
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
        found = measure_of(desk.session, late.id)
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
        found = measure_of(desk.session, gone.id)
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
