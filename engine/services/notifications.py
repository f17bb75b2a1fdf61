"""What people are told."""

from collections.abc import Iterable, Mapping
from typing import Any

from engine.errors import NotFound
from engine.model.people import Actor, Candidate
from engine.model.substitution import local_day
from engine.services import access, bundles, sights, ways
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
    """Tell people, each once: accounts, and everybody who holds a role. Return how many.

    Who holds it in somebody's place today is told, and so is the one who is away.
    """
    people = {account for account in accounts if account}
    for held in candidates:
        people.update(uow.accounts.holders(held))
        people.update(uow.substitutions.of_role(held, local_day(ctx.now())))
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
    """Return mine, newest first, with card and step; four statements for all of them."""
    rows = uow.notifications.of_account(actor.account, unread=unread, size=size)
    ids = sorted({row.instance_id for row in rows if row.instance_id})
    cases = {case.id: case for case in uow.strips.cases(ids)} if ids else {}
    keys = [(case.process, case.business_key) for case in cases.values()]
    cards = ways.cards(uow, ctx, actor, keys)
    elements = uow.tasks.elements(sorted({row.task_id for row in rows if row.task_id}))
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
            card=cards.get(row.business_key),
            step=_step(uow, ctx, cases.get(row.instance_id), elements.get(row.task_id, "")),
        )
        for row in rows
    )


def _step(uow: UnitOfWork, ctx: Context, case: Any, element: str) -> Mapping[str, str]:
    """Return the names of a step on the version of the diagram that its case runs on."""
    if case is None or not element:
        return {}
    process = bundles.of_definition(uow, ctx, case.definition_id).definition(case.process).process
    found = process.elements.get(element)
    return found.names if found else {}


def count_unread(uow: UnitOfWork, ctx: Context, actor: Actor) -> int:
    """Return how many of mine are unread, at most `Counts.CAP`."""
    return uow.notifications.count_unread(actor.account, Counts.CAP)


def opens(uow: UnitOfWork, ctx: Context, actor: Actor, row: NotificationView) -> bool:
    """Tell whether what a notification is about is still hers to see: work moves on."""
    try:
        if row.task_id:
            task, _, _ = access.task(uow, actor, row.task_id)
            sights.task(uow, ctx, actor, task)
        elif row.instance_id:
            sights.case(uow, ctx, actor, row.instance_id)
    except NotFound:
        return False
    return True


def mark_read(uow: UnitOfWork, ctx: Context, actor: Actor, notification_id: str = "") -> None:
    """Mark one of mine as read; all of mine without an id. Others': nothing happens."""
    uow.notifications.mark_read(actor.account, notification_id, ctx.now())
