"""Batches: an operation on everything that was chosen, fixed and looked at before it begins.

`engine.services.cockpit.drawing` writes down which subjects it is, each with the stamp of its
state; nothing is added to them later. `start` lets executors work it off
(`engine.services.cockpit.running`), `stop` and `go_on` hold it up, `drop` forgets one that was
never begun. What changed after it was drawn is left as it is, and listed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.errors import Conflict, FormRefused
from engine.model.people import Actor
from engine.model.steps import JobKind
from engine.model.text import Text, text
from engine.services import audit, claims
from engine.services.cockpit.batchlooks import asks_twice, locked
from engine.services.cockpit.batchviews import State
from engine.services.context import Context, UnitOfWork
from engine.store.jobs import NewJob

#: Jobs that work one batch off: so many executors may share it.
WIDTH = {"postgresql": 2, "sqlite": 1}


def start(
    uow: UnitOfWork, ctx: Context, actor: Actor, batch_id: str, reason: str, number: str = ""
) -> None:
    """Let executors work a drawn batch off (hers, or admin of everything). Caller commits.

    `number`: how many it is, typed by who was asked twice. Raises `FormRefused` by field,
    `Conflict` if it began already.
    """
    row = locked(uow, actor, batch_id)
    if row.state != State.DRAWN.value:
        raise Conflict(text("The batch was begun already"))
    if not row.total:
        raise Conflict(text("Nothing was chosen: there is nothing to do"))
    errors: dict[str, Sequence[Text]] = {}
    if not reason.strip():
        errors["reason"] = [text("Write why; it is kept with the act.")]
    if asks_twice(row) and "".join(number.split()) != str(row.total):
        errors["number"] = [text("Type the number {n}: so many are touched", n=row.total)]
    if errors:
        raise FormRefused(text("The form is not complete"), errors)
    # Whoever begins it is the author of all that it does.
    author = {"made_by": actor.account, "made_name": actor.name}
    begun = {"state": State.RUNNING.value, "reason": reason.strip(), "begun_at": ctx.now()}
    uow.batches.change(batch_id, **begun, **author)
    _tell(uow, ctx, actor, row, "batch.start", {"total": row.total})
    enqueue(uow, ctx, batch_id, WIDTH[uow.dialect])


def stop(uow: UnitOfWork, ctx: Context, actor: Actor, batch_id: str) -> None:
    """Hold a running batch up after what is being done now. `Conflict` if it does not run."""
    row = locked(uow, actor, batch_id)
    if row.state != State.RUNNING.value:
        raise Conflict(text("The batch does not run"))
    uow.batches.change(batch_id, state=State.STOPPED.value)
    _tell(uow, ctx, actor, row, "batch.stop", {})


def go_on(uow: UnitOfWork, ctx: Context, actor: Actor, batch_id: str) -> None:
    """Let a batch go on that was held up, or that nobody works at any more. `Conflict`."""
    row = locked(uow, actor, batch_id)
    if row.state not in {State.STOPPED.value, State.RUNNING.value}:
        raise Conflict(text("The batch is not held up"))
    settled = row.done + row.refused + row.changed + row.undone
    again = {"begun_at": ctx.now(), "begun_with": settled, "trouble": ""}
    uow.batches.change(batch_id, state=State.RUNNING.value, **again)
    _tell(uow, ctx, actor, row, "batch.go-on", {})
    enqueue(uow, ctx, batch_id, WIDTH[uow.dialect])


def drop(uow: UnitOfWork, ctx: Context, actor: Actor, batch_id: str) -> None:
    """Forget a batch that was never begun; nothing was touched. `Conflict` if it was."""
    row = locked(uow, actor, batch_id)
    if row.state not in {State.DRAWING.value, State.DRAWN.value}:
        raise Conflict(text("The batch was begun already"))
    uow.batches.remove(batch_id)


def enqueue(uow: UnitOfWork, ctx: Context, batch_id: str, width: int) -> None:
    """See that so many jobs work a batch off; they are claimed as those of handlers are."""
    missing = width - uow.batches.jobs_alive(batch_id)
    if missing > 0:
        now = ctx.due_now(uow)
        one = NewJob(
            kind=JobKind.HANDLER,
            due_at=now,
            element="",
            token=batch_id,
            topic=claims.BATCHES,
            payload={},
            max_attempts=claims.OWN_PLAN.max_attempts,
        )
        uow.jobs.add([one] * missing, now)
    ctx.bell.ring(uow)


def _tell(
    uow: UnitOfWork, ctx: Context, actor: Actor, row: Any, act: str, told: Mapping[str, object]
) -> None:
    about = {"operation": f"{row.subject}.{row.operation}", **told}
    audit.append(uow, ctx, actor, act, f"batch:{row.id}", about)
