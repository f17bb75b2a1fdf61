"""What people write to each other about a case."""

from engine.errors import ValueRefused
from engine.model.people import Actor
from engine.model.sight import Sight
from engine.model.text import text
from engine.services import history, sights
from engine.services.caseviews import comment_view, comments_of
from engine.services.context import Context, UnitOfWork
from engine.services.views import CommentView

#: Longest comment.
LONGEST = 4000
#: A comment, or the reason for a return tied to a field.
KINDS = frozenset({"comment", "remark"})


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
    sights.case(uow, ctx, actor, instance_id)
    body = body.strip()
    if not body or len(body) > LONGEST or kind not in KINDS:
        raise ValueRefused(text("A comment has between 1 and {most} characters", most=LONGEST))
    row = {
        "instance_id": instance_id,
        "kind": kind,
        "body": body,
        "field": field,
        "element": element,
        "round": round,
        "account_id": actor.account or None,
        "who": actor.name,
    }
    made = uow.comments.add(row, ctx.now())
    history.note(uow, ctx, actor, instance_id, "commented", {"comment": made})
    return next(one for one in comments_of(uow, instance_id) if one.id == made)


def list_comments(
    uow: UnitOfWork, ctx: Context, actor: Actor, instance_id: str
) -> tuple[CommentView, ...]:
    """Return comments and remarks, oldest first."""
    _, sight = sights.case(uow, ctx, actor, instance_id)
    if sight is not Sight.WHOLE:
        return ()
    return tuple(comment_view(row) for row in uow.comments.of_instance(instance_id))
