"""What becomes of tasks when a substitution begins and when it is over, and who is told."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from engine.model.people import SYSTEM, Actor, Candidate
from engine.model.substitution import Handed, local_day
from engine.model.text import text
from engine.services import audit, history, notifications
from engine.services.claims import Claimed
from engine.services.context import Context, UnitOfWork
from engine.store.tasks import TaskRow

#: Topics of the two jobs.
BEGIN, END = "begin", "end"
#: Why a task leaves the substitute's desk, as history tells it.
OVER = text("The substitution is over")


def fire(uow: UnitOfWork, ctx: Context, job: Claimed) -> None:
    """Do the job of a first or of a last day; nothing if it was ended meanwhile."""
    row = uow.substitutions.lock(job.token)
    if row is None or row.ended_at is not None:
        return
    if job.topic == BEGIN:
        if local_day(ctx.now()) <= row.last_day:
            begin(uow, ctx, SYSTEM, row)
        return
    # By the day after, whatever this machine's clock says: the database's clock made it due.
    after = max(local_day(ctx.now()), row.last_day + timedelta(days=1))
    audit.append(uow, ctx, SYSTEM, "substitution.over", f"substitution:{row.id}")
    over(uow, ctx, SYSTEM, row, after)


def begin(uow: UnitOfWork, ctx: Context, actor: Actor, row: Any) -> None:
    """Hand over the open tasks if that was asked for, and tell the substitute."""
    moved = _hand_over(uow, ctx, actor, row) if row.hand_over else 0
    tell(uow, ctx, row, "substitution_begun", [row.substitute], moved)


def tell(
    uow: UnitOfWork, ctx: Context, row: Any, kind: str, people: Iterable[str], count: int = 0
) -> None:
    """Tell people of a substitution; `count` is how many tasks moved."""
    names = uow.accounts.names([row.absent, row.substitute])
    notifications.tell(
        uow,
        ctx,
        kind,
        accounts=people,
        params={
            "absent": names[row.absent],
            "substitute": names[row.substitute],
            "first": row.first_day,
            "last": row.last_day,
            "count": count,
        },
    )


def _hand_over(uow: UnitOfWork, ctx: Context, actor: Actor, row: Any) -> int:
    """Give the absent person's open tasks of the roles handed on to the substitute."""
    own = uow.accounts.memberships([row.absent])[row.absent]
    handed = Handed(organisation=row.organisation, roles=tuple(row.roles)).of(own)
    # Nothing goes to somebody who has left the office since.
    handed &= _held(uow, row, max(local_day(ctx.now()), row.first_day))
    found = [one for one in _desk(uow, row.absent) if not handed.isdisjoint(one[1])]
    names = uow.accounts.names([row.absent, row.substitute])
    detail = {"from": names[row.absent], "to": names[row.substitute]}
    return sum(_move(uow, ctx, actor, task, row.substitute, detail) for task, _ in found)


def _held(uow: UnitOfWork, row: Any, day: date) -> frozenset[Candidate]:
    """Return what the substitute may do on a local day."""
    own, places = uow.substitutions.held(row.substitute, day)
    return own | {one.candidate for one in places}


def over(uow: UnitOfWork, ctx: Context, actor: Actor, row: Any, day: date) -> int:
    """Give back to the queue what the substitute holds no role for any more; tell both."""
    held = _held(uow, row, day)
    found = [
        task
        for task, candidates in _desk(uow, row.substitute)
        if held.isdisjoint(candidates)
        and any(one.organisation == row.organisation for one in candidates)
    ]
    detail = {"reason": OVER.msgid}
    moved = sum(_move(uow, ctx, actor, task, None, detail) for task in found)
    tell(uow, ctx, row, "substitution_over", [row.absent, row.substitute], moved)
    return moved


def _desk(uow: UnitOfWork, account: str) -> list[tuple[TaskRow, tuple[Candidate, ...]]]:
    """Return somebody's open tasks with their candidates; those without any stay where they are."""
    rows = uow.tasks.on_desk(account)
    found = [(task, uow.tasks.candidates(task)) for task in rows]
    return [(task, candidates) for task, candidates in found if candidates]


def _move(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    task: TaskRow,
    account: str | None,
    detail: dict[str, str],
) -> bool:
    """Give a task to somebody, or back to the queue; False if it left that desk meanwhile."""
    if not uow.tasks.assign(task.id, account, ctx.now(), expected=task.assignee):
        return False
    what = "assigned" if account else "released"
    history.note(
        uow, ctx, actor, task.instance_id, what, detail, element=task.element, token=task.id
    )
    return True
