"""Timer start events: one job row for the next time, made at deployment by `arming`.

The case has the variable ``scheduled``: the moment (UTC) it was due. Whatever it is about (a month,
a quarter) follows from that, not from the present moment: it may start days late.
"""

from collections.abc import Mapping
from datetime import datetime

from engine import bpmn
from engine.errors import NotFound
from engine.model.calendar import ZONE
from engine.model.people import Actor
from engine.model.text import text
from engine.services import arming, calendar, instances
from engine.services.context import Context, UnitOfWork

#: Variable that tells a case when it was due.
SCHEDULED = "scheduled"


def fire(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    definition_id: str,
    element: str,
    due: datetime,
    again: Mapping[str, object] | None,
) -> str:
    """Start an instance at a timer start event that was `due`, and arm the next time of a cycle.

    However late: it starts once for each time it was due that the cycle's rule keeps. Returns the
    instance's id; its business key is the process and the local time it was due.
    """
    row = uow.definitions.find(definition_id)
    if row is None:
        raise NotFound(text("There is no such version of a process"))
    key = f"{row.key} {due.astimezone(ZONE):%Y-%m-%d %H:%M}"
    started = instances.start(
        uow,
        ctx,
        actor,
        row.key,
        key,
        {SCHEDULED: due},
        element=element,
        definition_id=definition_id,
    )
    if again:
        functions = bpmn.calendar_functions(calendar.load(uow, ctx), ctx.due_now(uow))
        env = bpmn.Environment(now=ctx.due_now(uow), functions=functions)
        arming.start_timer(uow, ctx, definition_id, element, *bpmn.following(due, again, env))
    return started
