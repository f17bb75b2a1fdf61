"""What all repositories share."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row

if TYPE_CHECKING:
    from engine.store.work import UnitOfWork

#: A row as the database gave it: attributes named like columns.
Found = Row[Any]


class Repository:
    """Statements about one noun, in the transaction of a unit of work."""

    def __init__(self, uow: "UnitOfWork") -> None:
        """Work in this transaction."""
        self._uow = uow


def chunks(ids: Iterable[str], size: int = 500) -> Iterable[list[str]]:
    """Cut a long list of ids for ``IN``: SQLite takes 32,766 parameters, plans like few."""
    whole = list(ids)
    for start in range(0, len(whole), size):
        yield whole[start : start + size]
