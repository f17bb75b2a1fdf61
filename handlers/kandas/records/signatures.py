"""Signed bytes of a case, as the signer returned them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.store.crypto import ring
from engine.store.tables import signature


def signed(session: Session, instance: str, element: str) -> bytes | None:
    """Return the latest valid signed document of an element that stands; None if there is none."""
    query = (
        select(signature.c.id, signature.c.signed)
        .where(
            signature.c.instance_id == instance,
            signature.c.element == element,
            signature.c.valid.is_(True),
            signature.c.voided_at.is_(None),
        )
        .order_by(signature.c.id.desc())
        .limit(1)
    )
    row = session.execute(query).first()
    # Sealed under its own place, as `engine.store.cases.Signatures` writes it.
    return ring.keys.unseal(bytes(row.signed), f"signature.signed:{row.id}") if row else None
