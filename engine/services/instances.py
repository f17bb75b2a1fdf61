"""Cases: start, look, history, cancel."""

from collections.abc import Mapping

from engine.model.people import Actor
from engine.services.context import Context, UnitOfWork
from engine.services.views import CasePage, CaseQuery, CaseView, HistoryRow, WayStop


def start(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    process: str,
    business_key: str,
    variables: Mapping[str, object] | None = None,
    *,
    element: str = "",
    parent: tuple[str, str] | None = None,
    definition_id: str = "",
) -> str:
    """Start the latest version (or `definition_id`); return the instance's id. Caller commits.

    `element`: start event, empty: the plain one. `parent`: instance id and token (hex) of a call
    activity. Raises `NotFound` for an unknown process, `StepFailed`.
    """
    raise NotImplementedError


def view(uow: UnitOfWork, ctx: Context, actor: Actor, instance_id: str) -> CaseView:
    """Return everything of a case; `NotFound` also if it is not for this person's eyes."""
    raise NotImplementedError


def find(uow: UnitOfWork, ctx: Context, actor: Actor, query: CaseQuery) -> CasePage:
    """List the cases this person may see, newest first."""
    raise NotImplementedError


def find_by_key(uow: UnitOfWork, ctx: Context, actor: Actor, business_key: str) -> str:
    """Return the instance's id for a business key (the newest top-level one); `NotFound`."""
    raise NotImplementedError


def history(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    instance_id: str,
    *,
    before: int = 0,
    size: int = 200,
) -> tuple[HistoryRow, ...]:
    """Return history newest first, from below the number `before` (0: from the newest)."""
    raise NotImplementedError


def way(uow: UnitOfWork, ctx: Context, actor: Actor, instance_id: str) -> tuple[WayStop, ...]:
    """Return the strip: lanes with a ``way`` property, in drawing order."""
    raise NotImplementedError


def cancel(uow: UnitOfWork, ctx: Context, actor: Actor, instance_id: str, reason: str) -> None:
    """End a case for a reason (admin). Closes its tasks, jobs, waits and called cases."""
    raise NotImplementedError
