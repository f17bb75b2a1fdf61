"""Turns at batches of administrators' acts; see `engine.services.cockpit.running`."""

from collections.abc import Callable
from datetime import timedelta
from time import monotonic

from engine.jobs.calling import Outcome, Succeeded
from engine.services.claims import Claimed
from engine.services.context import Context, Database, UnitOfWork

#: After so long a turn counts as failed: a chunk waits for a lock that somebody keeps.
TIMEOUT = timedelta(minutes=1)

# The cockpit's services are imported when a batch is there: most executors never see one.


def turn(database: Database, ctx: Context, job: Claimed, stopping: Callable[[], bool]) -> Outcome:
    """Work at a batch for some seconds; in a thread of the hands. Raises `Unavailable`."""
    from engine.services.cockpit import running  # noqa: PLC0415  see above

    until = monotonic() + running.SLICE
    running.Work(database=database, ctx=ctx, batch=job.token, until=until, stopping=stopping).run()
    return Succeeded()


def conclude(uow: UnitOfWork, ctx: Context, job: Claimed) -> None:
    """Record a turn, and let another follow where there is more to do. `LeaseLost`."""
    from engine.services.cockpit import running  # noqa: PLC0415  see above

    running.conclude(uow, ctx, job)
