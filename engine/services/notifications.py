"""What people are told."""

from collections.abc import Iterable, Mapping

from engine.model.people import Actor, Candidate
from engine.services.context import Context, UnitOfWork
from engine.services.views import NotificationView


def tell(
    uow: UnitOfWork,
    ctx: Context,
    kind: str,
    *,
    accounts: Iterable[str] = (),
    candidates: Iterable[Candidate] = (),
    instance_id: str = "",
    task_id: str = "",
    params: Mapping[str, object] | None = None,
) -> int:
    """Tell people, each once: accounts, and everybody who holds a role. Return how many."""
    raise NotImplementedError


def list_notifications(
    uow: UnitOfWork, ctx: Context, actor: Actor, *, unread: bool = False, size: int = 50
) -> tuple[NotificationView, ...]:
    """Return mine, newest first."""
    raise NotImplementedError


def count_unread(uow: UnitOfWork, ctx: Context, actor: Actor) -> int:
    """Return how many of mine are unread, at most `Counts.CAP`."""
    raise NotImplementedError


def mark_read(uow: UnitOfWork, ctx: Context, actor: Actor, notification_id: str = "") -> None:
    """Mark one of mine as read; all of mine without an id. Others': nothing happens."""
    raise NotImplementedError
