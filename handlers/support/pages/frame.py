"""What the pages of this package share: eyes, offices, the plan asked for, words of tasks."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine.errors import NotFound
from engine.model.text import Text, text
from engine.services import organisations
from engine.web import rendering, state
from handlers.support import rights
from handlers.support.offices import CENTRE
from handlers.support.pages.drawing import Eye
from handlers.support.records import PlanState, seen
from handlers.support.records.desks import Step

#: A plan's number.
NUMBER = re.compile(r"Ж-\d{2}-\d{5,9}", re.ASCII)
#: What a centre's people have to do, by element; in the words of somebody who waits for it.
TASKS: Mapping[str, Text] = {
    "intake": text("task:intake"),
    "plan": text("task:plan"),
    "approval": text("task:approval"),
    "approval_plain": text("task:approval"),
    "amendment": text("task:amendment"),
    "amendment_approval": text("task:amendment_approval"),
    "amendment_approval_plain": text("task:amendment_approval"),
    "takeover": text("task:takeover"),
    "completion": text("task:completion"),
    "choose_body": text("task:choose_body"),
    "answer": text("task:answer"),
    "work_answer": text("task:answer"),
    "transfer": text("task:transfer"),
    "review": text("task:review"),
    "followup": text("task:followup"),
    "acceptance": text("task:acceptance"),
    "work": text("task:work"),
    "escalation": text("task:escalation"),
}
#: Where a plan is, as people say it.
STATES: Mapping[PlanState, Text] = {
    PlanState.INTAKE: text("plan:intake"),
    PlanState.DRAFTING: text("plan:drafting"),
    PlanState.APPROVAL: text("plan:approval"),
    PlanState.RUNNING: text("plan:running"),
    PlanState.MOVED: text("plan:moved"),
    PlanState.COMPLETED: text("plan:completed"),
    PlanState.CLOSED: text("plan:closed"),
    PlanState.NOT_OPENED: text("plan:not_opened"),
}


def eye(uow: Any) -> Eye:
    """Return whose eyes read."""
    return Eye(language=state.language(), now=state.now(), calendar=state.working_calendar(uow))


def no_plan() -> NotFound:
    """Return the error for an unknown plan and for a foreign one alike."""
    return NotFound(text("There is no such plan, or it is not yours to see"))


def board(uow: Any, number: str) -> seen.Board:
    """Return the plan asked for as the actor sees it; `NotFound`."""
    found = seen.board(uow.session, state.actor(), known(number))
    if found is None:
        raise no_plan()
    return found


def known(number: str) -> str:
    """Return a plan's number; `NotFound` for what cannot be one, before a database is asked."""
    if not NUMBER.fullmatch(number):
        raise no_plan()
    return number


def centres() -> list[tuple[str, str]]:
    """Return code and name of the actor's centres."""
    codes = sorted(rights.reach(state.actor()).centres)
    return [(one, rendering.office_name(one, state.language())) for one in codes]


def all_centres(uow: Any) -> list[tuple[str, str]]:
    """Return code and name of every centre there is, by name."""
    found = [one for one in organisations.list_organisations(uow) if one.kind == CENTRE]
    names = ((one.code, rendering.pick(one.names, state.language())) for one in found)
    return sorted(names, key=lambda one: one[1])


def task_words(element: str) -> str:
    """Say what is to be done at an element; the element's id if it is nobody's of ours."""
    return state.said(TASKS[element]) if element in TASKS else element


def mine(steps: Sequence[Step]) -> list[Step]:
    """Return the open tasks that wait for who is signed in, the most urgent first."""
    return [one for one in steps if one.is_for(state.actor())]
