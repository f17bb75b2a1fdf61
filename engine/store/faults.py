"""Errors of the database become ours here, and nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from engine.errors import Conflict, InDoubt, Unavailable, ValueRefused, ZholdamaError
from engine.model.text import text

#: SQLite says "operational" of a mistake in a statement too; those are our bugs and stay visible.
_OUR_FAULT = ("no such table", "no such column", "near ", "too many SQL variables")
#: What SQLite and PostgreSQL say of a full disk; the latter says it in many ways, by one code.
_FULL, _FULL_CODE = "database or disk is full", "53100"
#: PostgreSQL's code for two that wait for each other: one of them is sent away, and may try again.
_DEADLOCK = "40P01"
#: Rows of SQLAlchemy's own that a connection's death brings with it: it is used once more, by a
#: rollback to a savepoint say, or died three times while it was being taken from the pool.
_DEAD = ("Can't reconnect until invalid", "This connection is closed")


def faster() -> Conflict:
    """Return the error for what somebody else changed between a look at it and the writing."""
    return Conflict(text("Somebody else changed this at the same moment; please try again"))


def translated(problem: exc.SQLAlchemyError) -> ZholdamaError | None:
    """Return our error for a database's; None if it is a bug of ours."""
    if isinstance(problem, exc.IntegrityError):
        return faster()
    if isinstance(problem, exc.DataError):
        # A zero byte in an address, a text longer than its column: what was sent is wrong.
        return ValueRefused(text("The database cannot keep a value that was sent"))
    if isinstance(problem, exc.TimeoutError):
        return Unavailable(text("The database is busy; please try again"))
    if isinstance(problem, exc.InvalidRequestError):
        return _away() if str(problem).startswith(_DEAD) else None
    if not isinstance(problem, exc.DBAPIError):
        return None
    # SQLite's driver says no more than "database error" of a file that is damaged or is none.
    gone = (
        isinstance(problem, exc.OperationalError | exc.InterfaceError)
        or type(problem) is exc.DatabaseError
        or doubtful(problem)
    )
    said = str(problem.orig or problem)
    if said.startswith(_FULL) or getattr(problem.orig, "sqlstate", "") == _FULL_CODE:
        return Unavailable(
            text("The disk of the database is full; the administrators have to make room")
        )
    return _away() if gone and not said.startswith(_OUR_FAULT) else None


def _away() -> Unavailable:
    return Unavailable(text("The database is out of reach; nothing was lost, try again soon"))


def doubtful(problem: exc.SQLAlchemyError) -> bool:
    """Tell whether the connection broke: then nobody can say how far the statement came."""
    return isinstance(problem, exc.DBAPIError) and problem.connection_invalidated


def deadlocked(problem: BaseException) -> bool:
    """Tell whether the database ended a transaction that waited in a ring with another."""
    orig = getattr(problem.__cause__, "orig", None)
    return getattr(orig, "sqlstate", "") == _DEADLOCK


@contextmanager
def mapped(*, committing: bool = False) -> Iterator[None]:
    """Raise our errors instead of the database's, from the original; `InDoubt` in a commit."""
    try:
        yield
    except exc.SQLAlchemyError as problem:
        if committing and doubtful(problem):
            raise InDoubt(
                text("The database went away at the last moment; perhaps it was kept, perhaps not")
            ) from problem
        ours = translated(problem)
        if ours is None:
            raise
        raise ours from problem
