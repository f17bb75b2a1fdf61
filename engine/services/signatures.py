"""The chain of signatures of a case."""

from engine.model.people import Actor
from engine.services.context import Context, UnitOfWork
from engine.services.views import SignatureView


def list_signatures(
    uow: UnitOfWork, ctx: Context, actor: Actor, instance_id: str
) -> tuple[SignatureView, ...]:
    """Return signatures, oldest first, voided ones included."""
    raise NotImplementedError


def verify_chain(
    uow: UnitOfWork, ctx: Context, actor: Actor, instance_id: str
) -> tuple[SignatureView, ...]:
    """Verify every stored signature again (at its own moment); return the chain with new results."""
    raise NotImplementedError


def signed_document(uow: UnitOfWork, ctx: Context, actor: Actor, signature_id: str) -> bytes:
    """Return the signed bytes, unchanged; `NotFound`."""
    raise NotImplementedError


def void(uow: UnitOfWork, ctx: Context, instance_id: str, reason: str) -> int:
    """Void all standing signatures of a case because its data changed; return how many."""
    raise NotImplementedError
