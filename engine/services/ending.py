"""Ending what does not go on: a cancelled or failed case, and the cases it called."""

from datetime import datetime

from engine.model.people import Actor
from engine.model.text import text
from engine.services import history
from engine.services.context import Context, UnitOfWork
from engine.services.views import CaseState
from engine.store.instances import InstanceRow

#: States in which a case still goes on.
OPEN = frozenset({CaseState.ACTIVE.value, CaseState.SUSPENDED.value})
#: What is said of a case in any other.
ENDED = text("The case has ended")


def close_all(uow: UnitOfWork, instance_id: str, now: datetime) -> None:
    """Close whatever is open of a case that does not go on: tasks, jobs, waits."""
    uow.tasks.close([task.id for task in uow.tasks.open_of(instance_id)], now)
    uow.jobs.cancel_of(instance_id, now)
    uow.subscriptions.close_of(instance_id)


def withdraw(uow: UnitOfWork, ctx: Context, actor: Actor, instance_id: str, reason: str) -> None:
    """End a case that still goes on and all it called, however deep: tasks, jobs, waits, incidents.

    In one transaction, callers first: a case that is locked calls no further ones. Their jobs are
    closed last. By then whatever a called case had still to report, having ended by itself at the
    same moment, is there to be closed too.
    """
    ended: list[tuple[str, datetime]] = []
    level = [instance_id]
    while level:
        found = [(one, _end(uow, ctx, actor, one, reason)) for one in level]
        here = [(one, now) for one, now in found if now is not None]
        ended += here
        level = list(uow.instances.still_called_by([one for one, _ in here]))
    for one, now in ended:
        close_all(uow, one, now)


def _end(
    uow: UnitOfWork, ctx: Context, actor: Actor, instance_id: str, reason: str
) -> datetime | None:
    """Lock a case and end it; return when, None if it had ended before."""
    held = uow.instances.lock(instance_id)
    if held is None or held.status not in OPEN:
        return None
    now = ctx.moment(held.database_now)
    _mark(uow, held, now)
    uow.incidents.resolve_of(instance_id, actor.account or actor.name, now)
    history.note(uow, ctx, actor, instance_id, "cancelled", reason=reason)
    return now


def _mark(uow: UnitOfWork, held: InstanceRow, now: datetime) -> None:
    uow.instances.write(
        held,
        status=CaseState.CANCELLED.value,
        state=held.state,
        variables=held.variables,
        waits=held.waits,
        ended_at=now,
    )
