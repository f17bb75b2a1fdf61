"""What people typed and have not sent. Kept with the task, for whoever has it next."""

from engine.model.people import Actor
from engine.services.context import Context, UnitOfWork


def load(uow: UnitOfWork, ctx: Context, actor: Actor, task_id: str) -> dict[str, object]:
    """Return the draft's values, empty without one; `NotFound` for a foreign task."""
    raise NotImplementedError


def discard(uow: UnitOfWork, ctx: Context, actor: Actor, task_id: str) -> None:
    """Throw a draft away; only who has the task may."""
    raise NotImplementedError
