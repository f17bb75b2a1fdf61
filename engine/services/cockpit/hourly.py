"""Figures of every hour: how many cases run, are late, have incidents; how many came and went.

Counted by the tick, once an hour, and written by whoever of the processes comes first; each is what
the list of all cases would count. How many were started and ended is counted afterwards for hours
in which no process was there.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from engine.services.context import Context, UnitOfWork
from engine.store.wanted import Wanted

HOUR = timedelta(hours=1)
#: For how long figures of what came and went are made up.
BACK = timedelta(days=14)
#: For how long figures of offices, and those of all, are kept.
PARTS, SUMS = timedelta(days=30), timedelta(days=730)
#: Far enough: an installation has fewer cases.
_ALL = 10_000_000
#: Row: name, part, value, number.
Row = tuple[str, str, str, int]


def gather(uow: UnitOfWork, ctx: Context) -> Sequence[tuple[datetime, Sequence[Row]]]:
    """Return the figures that are lacking up to this hour, oldest first; nothing is written."""
    now = ctx.due_now(uow)
    this = now.replace(minute=0, second=0, microsecond=0)
    last = uow.overview.last()
    if last is not None and last >= this:
        return ()
    first = max(last + HOUR, this - BACK) if last is not None else this - BACK
    before = [first + k * HOUR for k in range(int((this - first) / HOUR))]
    flows = [(hour, _flow(uow, hour)) for hour in before]
    return [*flows, (this, [*_flow(uow, this), *_stock(uow, now)])]


def write(uow: UnitOfWork, found: Sequence[tuple[datetime, Sequence[Row]]]) -> None:
    """Write them and delete those too old; `Conflict` if another process was faster."""
    for hour, rows in found:
        uow.overview.write(hour, rows)
    if found:
        newest = found[-1][0]
        uow.overview.forget(newest - PARTS, newest - SUMS)


def _flow(uow: UnitOfWork, hour: datetime) -> list[Row]:
    """Return how many cases came and went in the hour that ended at this moment."""
    return [
        ("started", "", "", uow.overview.started(hour - HOUR, hour)),
        ("ended", "", "", uow.overview.ended(hour - HOUR, hour)),
    ]


def _stock(uow: UnitOfWork, now: datetime) -> list[Row]:
    """Return how many there are at a moment."""
    rows: list[Row] = [
        ("incidents", "", "", _count(uow, Wanted(incident=True, called=True))),
        ("suspended", "", "", _count(uow, Wanted(statuses=("suspended",)))),
        ("running", "", "", _count(uow, Wanted(statuses=("active",)))),
    ]
    offices = uow.overview.offices(now, None)
    rows.append(("late", "", "", _count(uow, Wanted(due=(None, now)))))
    rows += [("late", "office", one.organisation, int(one.late)) for one in offices]
    rows += [("open", "office", one.organisation, one.number) for one in offices]
    return rows


def _count(uow: UnitOfWork, wanted: Wanted) -> int:
    return uow.lookup.cases(wanted, None).count(_ALL, _ALL).number
