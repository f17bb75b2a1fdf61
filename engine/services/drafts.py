"""What people typed and have not sent. Kept with the task, for whoever has it next."""

from engine.errors import StaleRevision
from engine.model.people import Actor
from engine.model.text import text
from engine.services import access, completing
from engine.services.context import Context, UnitOfWork


def load(uow: UnitOfWork, ctx: Context, actor: Actor, task_id: str) -> dict[str, object]:
    """Return the draft's values, empty without one; `NotFound` for a foreign task."""
    task, _, _ = access.task(uow, actor, task_id)
    return dict(task.draft or {})


def discard(uow: UnitOfWork, ctx: Context, actor: Actor, task_id: str) -> None:
    """Throw a draft away; only who has the task may."""
    task, _, _ = access.task(uow, actor, task_id)
    completing.refuse_unless_mine(task, actor)
    now = ctx.now()
    if not uow.drafts.save(task_id, actor.account, None, expected=task.revision, at=now):
        raise StaleRevision(
            text("The task was changed in another window since this page was opened")
        )
