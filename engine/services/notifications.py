"""What people are told."""

from collections.abc import Iterable, Mapping

from engine.model.people import Actor, Candidate
from engine.services.context import Context, UnitOfWork
from engine.services.views import Counts, NotificationView


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
    people = {account for account in accounts if account}
    for held in candidates:
        people.update(uow.accounts.holders(held))
    case = uow.instances.find(instance_id) if instance_id else None
    rows = [
        {
            "account_id": account,
            "kind": kind,
            "instance_id": instance_id or None,
            "business_key": case.business_key if case else "",
            "task_id": task_id or None,
            "params": dict(params or {}),
        }
        for account in sorted(people)
    ]
    if rows:
        uow.notifications.add(rows, ctx.now())
    return len(rows)


def list_notifications(
    uow: UnitOfWork, ctx: Context, actor: Actor, *, unread: bool = False, size: int = 50
) -> tuple[NotificationView, ...]:
    """Return mine, newest first."""
    return tuple(
        NotificationView(
            id=row.id,
            kind=row.kind,
            instance_id=row.instance_id or "",
            business_key=row.business_key,
            task_id=row.task_id or "",
            params=row.params,
            at=row.created_at,
            read=row.read_at,
        )
        for row in uow.notifications.of_account(actor.account, unread=unread, size=size)
    )


def count_unread(uow: UnitOfWork, ctx: Context, actor: Actor) -> int:
    """Return how many of mine are unread, at most `Counts.CAP`."""
    return uow.notifications.count_unread(actor.account, Counts.CAP)


def mark_read(uow: UnitOfWork, ctx: Context, actor: Actor, notification_id: str = "") -> None:
    """Mark one of mine as read; all of mine without an id. Others': nothing happens."""
    uow.notifications.mark_read(actor.account, notification_id, ctx.now())
