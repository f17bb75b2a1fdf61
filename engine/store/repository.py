"""What all repositories share."""

from collections.abc import Iterable, Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import CursorResult, Executable, Row

from engine.watching.points import listeners

if TYPE_CHECKING:
    from engine.store.work import UnitOfWork

#: A row as the database gave it: attributes named like columns.
Found = Row[Any]

Id = TypeVar("Id", str, int)


class Repository:
    """Statements about one noun, in the transaction of a unit of work."""

    def __init__(self, uow: "UnitOfWork") -> None:
        """Work in this transaction."""
        self._uow = uow

    def _locked(
        self, kind: str, statement: Executable, values: Mapping[str, Any] | None = None
    ) -> CursorResult[Any]:
        """Run a statement that may wait for a lock, and tell how long it took."""
        began = perf_counter()
        found = self._uow.execute(statement, values)
        listeners.meter.lock(kind, perf_counter() - began)
        return found


def chunks(ids: Iterable[Id], size: int = 500) -> Iterable[list[Id]]:
    """Cut a long list for ``IN``: SQLite takes 32,766 parameters, plans like few."""
    whole = list(ids)
    for start in range(0, len(whole), size):
        yield whole[start : start + size]
