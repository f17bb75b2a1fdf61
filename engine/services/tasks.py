"""Work of people: inbox, claim, draft, complete, assign."""

from collections.abc import Mapping, Sequence

from engine.model.people import Actor
from engine.services.context import Context, UnitOfWork
from engine.services.views import Completed, Counts, InboxPage, InboxQuery, TaskView, Workload


def inbox(uow: UnitOfWork, ctx: Context, actor: Actor, query: InboxQuery) -> InboxPage:
    """Return one page of a box with counts, cards and strips."""
    raise NotImplementedError


def counts(uow: UnitOfWork, ctx: Context, actor: Actor) -> Counts:
    """Return the numbers beside the boxes."""
    raise NotImplementedError


def news(uow: UnitOfWork, ctx: Context, actor: Actor, stamp: str) -> int:
    """Return how many tasks came to my office since `InboxPage.stamp`."""
    raise NotImplementedError


def look(uow: UnitOfWork, ctx: Context, actor: Actor, task_id: str) -> TaskView:
    """Return everything the task's page shows; `NotFound` for foreign and unknown ids alike."""
    raise NotImplementedError


def claim(uow: UnitOfWork, ctx: Context, actor: Actor, task_id: str) -> None:
    """Take a free task. Mine already: nothing happens. `TaskTaken`, `TaskClosed`, `NotFound`."""
    raise NotImplementedError


def claim_many(
    uow: UnitOfWork, ctx: Context, actor: Actor, task_ids: Sequence[str]
) -> Mapping[str, bool]:
    """Take all that are free and mine to take; tell per id whether it is mine now."""
    raise NotImplementedError


def claim_next(uow: UnitOfWork, ctx: Context, actor: Actor) -> str | None:
    """Take the free task of my roles that is due first; None if there is none."""
    raise NotImplementedError


def release(uow: UnitOfWork, ctx: Context, actor: Actor, task_id: str) -> None:
    """Give a task back to the queue; its draft stays. By its owner, a supervisor, an admin."""
    raise NotImplementedError


def assign(
    uow: UnitOfWork, ctx: Context, actor: Actor, task_ids: Sequence[str], account: str | None
) -> int:
    """Give tasks to a person (None: back to the queue); all or none. Return how many changed.

    Supervisor of a candidate organisation or admin, otherwise `Forbidden`; foreign ids `NotFound`;
    `ValueRefused` if that person holds none of the candidate roles.
    """
    raise NotImplementedError


def save_draft(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    task_id: str,
    values: Mapping[str, object],
    revision: int,
) -> int:
    """Keep what was typed, unchecked; return the new revision. `TaskTaken`, `StaleRevision`."""
    raise NotImplementedError


def complete(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    task_id: str,
    values: Mapping[str, object],
    revision: int | None = None,
) -> Completed:
    """Check the form, save by its adapter, sign if the element says so, step. Caller commits.

    Raises `FormRefused` (errors by field), `TaskTaken` (``owner``), `TaskClosed`, `StaleRevision`,
    `SignatureRefused`, `NotFound`. The same submission again answers the same (``repeated``).
    """
    raise NotImplementedError


def workload(uow: UnitOfWork, ctx: Context, actor: Actor, organisation: str) -> Workload:
    """Return an organisation's open work by person; supervisor or admin, otherwise `Forbidden`."""
    raise NotImplementedError
