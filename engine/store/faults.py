"""Errors of the database become ours here, and nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from engine.errors import Conflict, Unavailable, ValueRefused, ZholdamaError
from engine.model.text import text

#: SQLite says "operational" of a mistake in a statement too; those are our bugs and stay visible.
_OUR_FAULT = ("no such table", "no such column", "near ", "too many SQL variables")


def translated(problem: exc.SQLAlchemyError) -> ZholdamaError | None:
    """Return our error for a database's; None if it is a bug of ours."""
    if isinstance(problem, exc.IntegrityError):
        return Conflict(text("Somebody else changed this at the same moment; please try again"))
    if isinstance(problem, exc.DataError):
        # A zero byte in an address, a text longer than its column: what was sent is wrong.
        return ValueRefused(text("The database cannot keep a value that was sent"))
    if isinstance(problem, exc.TimeoutError):
        return Unavailable(text("The database is busy; please try again"))
    gone = isinstance(problem, exc.OperationalError | exc.InterfaceError) or (
        isinstance(problem, exc.DBAPIError) and problem.connection_invalidated
    )
    said = str(getattr(problem, "orig", "") or problem)
    if gone and not said.startswith(_OUR_FAULT):
        return Unavailable(text("The database is out of reach; nothing was lost, try again soon"))
    return None


@contextmanager
def mapped() -> Iterator[None]:
    """Raise our errors instead of the database's, from the original."""
    try:
        yield
    except exc.SQLAlchemyError as problem:
        ours = translated(problem)
        if ours is None:
            raise
        raise ours from problem
