"""Moving deadlines of a case: a task's row and reminder, a timer's job and its live state alike."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from engine import bpmn
from engine.errors import Conflict
from engine.model.text import text
from engine.services import bundles
from engine.services.context import Context, UnitOfWork
from engine.store.instances import InstanceRow


def definition_of(uow: UnitOfWork, ctx: Context, case: Any) -> bpmn.Definition:
    """Return what a case runs on, given as its row."""
    return bundles.of_definition(uow, ctx, case.definition_id).definition(case.process)


def move_timers(
    uow: UnitOfWork,
    ctx: Context,
    held: InstanceRow,
    dues: Mapping[str, datetime],
    *,
    by_hand: bool,
    given: Mapping[str, Mapping[str, object]] | None = None,
) -> None:
    """Set when some timers of a locked case are due, by token; row and live state agree.

    `given`: inputs that are made anew, by the token of their task. Counts the case's revision up.
    Raises `Conflict` for a timer that fires at this moment or has failed, `TaskClosed` for one that
    does not wait.
    """
    fresh = {UUID(token): values for token, values in (given or {}).items() if values}
    if not dues and not fresh:
        return
    state = bpmn.retimed(
        definition_of(uow, ctx, held),
        held.state,
        {UUID(token): due for token, due in dues.items()},
        fresh,
    )
    uow.instances.write(
        held, status=held.status, state=state, variables=held.variables, waits=held.waits
    )
    for token, due in dues.items():
        job = uow.terms.timer_of(held.id, token)
        if job is None or not uow.terms.set_timer(job.id, due, by_hand=by_hand):
            raise Conflict(text("A timer of this case fires at this moment, or has failed"))
    if any(due <= ctx.moment(held.database_now) for due in dues.values()):
        ctx.bell.ring(uow)
