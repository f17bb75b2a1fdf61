"""The audit log: a hash chain over every change."""

from collections.abc import Mapping

from engine.model.people import Actor
from engine.services.context import Context, UnitOfWork
from engine.services.views import AuditReport, AuditRow
from engine.store.audit import BEGINNING, chain, digest_of


def append(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    act: str,
    subject: str,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Add a link in the caller's transaction. No personal data in `detail`.

    Who acts in somebody's place is told with that person's account (``in_place_of``).

    It is written by the commit, as the last thing before it: all writers share the chain's head.
    """
    stead = actor.in_place_of
    told = {"in_place_of": stead.account} if stead else {}
    uow.audit.add(
        {
            "at": ctx.now(),
            "actor_kind": actor.kind.value,
            "actor": actor.account or actor.name,
            "act": act,
            "subject": subject,
            "detail": {**(detail or {}), **told},
        }
    )


def verify(uow: UnitOfWork) -> AuditReport:
    """Walk the chain in batches; name the first link that does not fit.

    A cut tail is found by the head that is kept beside the chain; whoever can write both needs
    `AuditReport.head` published outside.
    """
    last, count = BEGINNING, 0
    number, head = uow.audit.head()
    for row in uow.audit.walk():
        count += 1
        last = chain(
            last, digest_of(row.at, row.actor_kind, row.actor, row.act, row.subject, row.detail)
        )
        if row.number != count or bytes(row.hash) != last:
            return AuditReport(count=count, broken=count, head=head.hex())
    broken = 0 if (count, last) == (number, head) else count + 1
    return AuditReport(count=count, broken=broken, head=head.hex())


def list_rows(
    uow: UnitOfWork, *, subject: str = "", before: int = 0, size: int = 100
) -> tuple[AuditRow, ...]:
    """Return links newest first."""
    return tuple(
        AuditRow(
            number=row.number,
            at=row.at,
            by=row.actor_kind,
            who=row.actor,
            act=row.act,
            subject=row.subject,
            detail=row.detail,
        )
        for row in uow.audit.page(subject=subject, before=before, size=size)
    )
