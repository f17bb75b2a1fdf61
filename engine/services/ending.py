"""Ending what does not go on: a cancelled or failed case, and the cases it called."""

from datetime import datetime

from engine.model.people import Actor
from engine.services import history
from engine.services.context import Context, UnitOfWork
from engine.services.views import CaseState


def close_all(uow: UnitOfWork, instance_id: str, now: datetime) -> None:
    """Close whatever is open of a case that does not go on: tasks, jobs, waits."""
    uow.tasks.close([task.id for task in uow.tasks.open_of(instance_id)], now)
    uow.jobs.cancel_of(instance_id, now)
    uow.subscriptions.close_of(instance_id)


def withdraw(uow: UnitOfWork, ctx: Context, actor: Actor, instance_id: str, reason: str) -> None:
    """End a case that is still going on, and the ones it called: tasks, jobs, waits, incidents."""
    held = uow.instances.lock(instance_id)
    if held is None or held.status not in {CaseState.ACTIVE.value, CaseState.SUSPENDED.value}:
        return
    now = ctx.moment(held.database_now)
    uow.instances.write(
        held,
        status=CaseState.CANCELLED.value,
        state=held.state,
        variables=held.variables,
        waits=held.waits,
        ended_at=now,
    )
    close_all(uow, instance_id, now)
    uow.incidents.resolve_of(instance_id, actor.account or actor.name, now)
    history.note(uow, ctx, actor, instance_id, "cancelled", reason=reason)
    for child in uow.instances.children(instance_id):
        withdraw(uow, ctx, actor, child, reason)
