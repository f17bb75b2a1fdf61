"""What people write to each other about a case."""

from engine.model.people import Actor
from engine.services.context import Context, UnitOfWork
from engine.services.views import CommentView


def add(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    instance_id: str,
    body: str,
    *,
    kind: str = "comment",
    field: str = "",
    element: str = "",
    round: int = 1,
) -> CommentView:
    """Write a comment (1–4000 characters), or a remark tied to a field. `NotFound`."""
    raise NotImplementedError


def list_comments(
    uow: UnitOfWork, ctx: Context, actor: Actor, instance_id: str
) -> tuple[CommentView, ...]:
    """Return comments and remarks, oldest first."""
    raise NotImplementedError
