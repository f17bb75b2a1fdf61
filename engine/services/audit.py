"""The audit log: a hash chain over every change."""

from collections.abc import Mapping

from engine.model.people import Actor
from engine.services.context import Context, UnitOfWork
from engine.services.views import AuditReport, AuditRow


def append(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    act: str,
    subject: str,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Add a link in the caller's transaction. No personal data in `detail`."""
    raise NotImplementedError


def verify(uow: UnitOfWork) -> AuditReport:
    """Walk the chain in batches; name the first link that does not fit."""
    raise NotImplementedError


def list_rows(
    uow: UnitOfWork, *, subject: str = "", before: int = 0, size: int = 100
) -> tuple[AuditRow, ...]:
    """Return links newest first."""
    raise NotImplementedError
