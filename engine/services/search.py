"""What a person types into a search box: a case number, a name, an IIN."""

from engine.services.context import Context, UnitOfWork

#: Business keys taken from one domain.
MOST = 200


def keys_of(uow: UnitOfWork, ctx: Context, words: str, process: str = "") -> list[str]:
    """Return the business keys that domains find for a person's name or IIN (blind index)."""
    if not words:
        return []
    found: set[str] = set()
    for key, face in ctx.faces.items():
        if not process or key == process:
            found.update(face.find(uow.session, words)[:MOST])
    return sorted(found)
