"""What failed and waits for an administrator. Jobs make theirs in `engine.services.jobs`."""

from engine.errors import StepFailed
from engine.model.people import Actor
from engine.model.text import packed
from engine.services import access, claims, history
from engine.services.context import Context, UnitOfWork
from engine.services.views import StrangerView


def record(
    uow: UnitOfWork, ctx: Context, actor: Actor, instance_id: str, problem: StepFailed
) -> str:
    """Record that a person's act could not be carried out; return the incident's id.

    Call it in a unit of work of its own: the act's was rolled back, so the case stands as before
    and the person may try again. The same failure at the same place is recorded once while open.
    """
    access.case(uow, actor, instance_id)
    said = packed(problem.text)
    for known in uow.incidents.open(instance_id):
        if (known.element, known.message) == (problem.element, said):
            return str(known.id)
    made = uow.incidents.add(
        instance_id=instance_id,
        job_id=None,
        element=problem.element,
        message=said,
        at=ctx.now(),
    )
    detail = {"incident": made}
    history.note(uow, ctx, actor, instance_id, "incident", detail, element=problem.element)
    return made


def strangers(
    uow: UnitOfWork, ctx: Context, actor: Actor, *, size: int = 50
) -> tuple[StrangerView, ...]:
    """Return the steps that wait for a handler which is not installed here (admin).

    Longest first; see `engine.services.claims.strangers`.
    """
    access.admin(actor)
    return claims.strangers(uow, ctx, size=size)
