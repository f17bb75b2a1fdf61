"""Offices as the installation has them: what they are called, and who works there."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.model.text import Words
from engine.store.tables import account, membership, organisation


def employees(session: Session, role: str, organisation: str) -> list[tuple[str, str]]:
    """Return account ids and names of the active people with a role at an organisation."""
    query = (
        select(account.c.id, account.c.name)
        .join(membership, membership.c.account_id == account.c.id)
        .where(
            membership.c.role == role,
            membership.c.organisation == organisation,
            account.c.active.is_(True),
        )
        .order_by(account.c.name)
    )
    return [(found, name) for found, name in session.execute(query)]


def office_name(session: Session, code: str) -> Words:
    """Return what an office is called; its code if there is no such office."""
    names = session.scalar(select(organisation.c.names).where(organisation.c.code == code)) or {}
    return Words(*(str(names.get(language) or code) for language in ("kk", "ru", "en")))
