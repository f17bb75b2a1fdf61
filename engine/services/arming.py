"""Start events that wait: armed for a version that takes effect, disarmed for the one before."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from engine import bpmn
from engine.bpmn.formulas import formula
from engine.model.elements import Trigger
from engine.model.steps import JobKind
from engine.services import calendar
from engine.services.context import Context, UnitOfWork
from engine.store.jobs import NewJob
from engine.store.messages import NewSubscription


def hand_over(
    uow: UnitOfWork,
    ctx: Context,
    before: Sequence[str],
    definition_id: str,
    triggers: Sequence[Trigger],
) -> None:
    """Disarm the version before (definition ids, at most one) and arm the new one.

    A timer that is due and has not fired yet is not lost by that, it starts the new version.
    """
    overdue = disarm(uow, ctx, before)
    for trigger in triggers:
        _arm(uow, ctx, definition_id, trigger, overdue.get(trigger.element))


def disarm(uow: UnitOfWork, ctx: Context, definitions: Sequence[str]) -> Mapping[str, datetime]:
    """Have start events of some versions wait no more; return those overdue, by element."""
    if not definitions:
        return {}
    overdue = uow.jobs.cancel_starts(definitions, ctx.due_now(uow))
    uow.subscriptions.close_starts(definitions)
    return overdue


def _arm(
    uow: UnitOfWork,
    ctx: Context,
    definition_id: str,
    trigger: Trigger,
    overdue: datetime | None = None,
) -> None:
    if trigger.kind == "timer":
        due, again = _first_time(uow, ctx, trigger)
        start_timer(uow, ctx, definition_id, trigger.element, overdue or due, again)
        return
    waiting = NewSubscription(
        instance_id=None,
        definition_id=definition_id,
        business_key="",
        element=trigger.element,
        token="",
        kind=trigger.kind,
        name=trigger.value,
        correlation="",
    )
    uow.subscriptions.add([waiting], ctx.now())


def _first_time(
    uow: UnitOfWork, ctx: Context, trigger: Trigger
) -> tuple[datetime, Mapping[str, object] | None]:
    """Return when a timer start event is first due, and what tells the next time.

    A cycle without end that began in the past goes on with its next time: ``R/2026-01-01…/P3M``
    says on which days the quarters begin, not that each new version starts one for January.
    """
    now = ctx.due_now(uow)
    functions = bpmn.calendar_functions(calendar.load(uow, ctx), now)
    env = bpmn.Environment(now=now, functions=functions)
    due, again = bpmn.first(formula(trigger.value).value({}, env), now)
    if again is not None and "left" not in again and due < now:
        return bpmn.following(due, again, env)
    return due, again


def start_timer(
    uow: UnitOfWork,
    ctx: Context,
    definition_id: str,
    element: str,
    due: Any,
    again: Mapping[str, object] | None,
) -> None:
    """Arm a timer start event: a job without an instance."""
    job = NewJob(
        kind=JobKind.TIMER,
        due_at=due,
        element=element,
        definition_id=definition_id,
        payload={"again": again, "due": due},
    )
    uow.jobs.add([job], ctx.now())
