"""The administrators' overview: how many cases stand how, and what got worse since yesterday.

Every number is that of a list, and says which: `Number.query` is the list's address. Counting is
bounded as it is there, and what was counted is kept for a minute.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from engine.model.calendar import ZONE
from engine.model.people import Actor
from engine.model.substitution import begins
from engine.services import access
from engine.services.cockpit import asking, search
from engine.services.cockpit.hourly import HOUR
from engine.services.context import Context, UnitOfWork
from engine.store.executors import SILENT
from engine.store.gauges import Gauges
from engine.store.listing import Total

#: For how long numbers are kept.
KEPT = timedelta(minutes=1)
#: Days of the trends.
DAYS = 14
Query = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Number:
    """A number with the list behind it."""

    #: What the list's address says.
    query: Query
    #: How many.
    total: Total


@dataclass(frozen=True, kw_only=True)
class Version:
    """Cases of a version that go on, called ones included."""

    #: Definition id, number of the version.
    id: str
    version: int
    #: Under way, suspended, with an incident.
    running: int
    suspended: int
    incidents: int


@dataclass(frozen=True, kw_only=True)
class Process:
    """Cases of a process that go on, by version."""

    #: Key, names by language.
    key: str
    names: Mapping[str, str]
    #: Versions with cases, the newest first.
    versions: tuple[Version, ...]

    def sum(self, name: str) -> int:
        """Return the sum of one of the numbers over all versions."""
        return sum(int(getattr(one, name)) for one in self.versions)


@dataclass(frozen=True, kw_only=True)
class Office:
    """Cases with open tasks at an office, called ones included."""

    #: Code, names by language, region.
    code: str
    names: Mapping[str, str]
    region: str
    #: With open tasks; of these past a deadline.
    open: int
    late: int


@dataclass(frozen=True, kw_only=True)
class Worse:
    """A number that grew since yesterday."""

    #: incidents | suspended | late.
    name: str
    #: Code of the office; empty: everywhere.
    office: str
    #: As it is now, and as it was.
    now: int
    before: int


@dataclass(frozen=True, kw_only=True)
class Trend:
    """A number by local day, the last is today."""

    #: started | ended | late | incidents.
    name: str
    #: Days and values; None: there is no figure.
    days: tuple[tuple[datetime, int | None], ...]


@dataclass(frozen=True, kw_only=True)
class Queue:
    """Jobs that are due, and who does them."""

    #: Due, and when the oldest was.
    due: int
    oldest: datetime | None
    #: Processes that do jobs and were heard of in the last minute.
    executors: int


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Everything that the overview shows."""

    #: When it was counted.
    at: datetime
    #: By name: running, late, incident, suspended, started, ended.
    numbers: Mapping[str, Number]
    #: By process; None: not for administrators of a region.
    processes: tuple[Process, ...] | None
    #: Offices with open work, those with the most late cases first.
    offices: tuple[Office, ...]
    #: When these were counted.
    offices_at: datetime
    #: What grew, the most first; None: there is no figure of yesterday.
    worse: tuple[Worse, ...] | None
    #: Only for who administers everything.
    trends: tuple[Trend, ...]
    queue: Queue | None


def queries(now: datetime) -> Mapping[str, Query]:
    """Return the lists behind the numbers, by name."""
    today = now.astimezone(ZONE).date().isoformat()
    return {
        "running": {"status": "active"},
        "late": {"late": "1"},
        "incident": {"incident": "1", "called": "1"},
        "suspended": {"status": "suspended"},
        "started": {"started-from": today},
        "ended": {"ended-from": today},
    }


def see(uow: UnitOfWork, ctx: Context, actor: Actor) -> Seen:
    """Return the overview (admin; of her region), counted at most a minute ago."""
    access.admin(actor)
    offices = access.reach(uow, actor)
    reach = "" if offices is None else ",".join(sorted(offices))
    minute = int(ctx.now().timestamp() // KEPT.total_seconds())
    key = ("overview", uow.database_id, minute, reach)
    found: Seen = ctx.caches.figures.get(key, lambda: _see(uow, ctx, actor, offices))
    return found


def _see(uow: UnitOfWork, ctx: Context, actor: Actor, reach: frozenset[str] | None) -> Seen:
    now = ctx.now()
    numbers = {
        name: Number(query=query, total=search.count(uow, ctx, actor, asking.read_query(query)))
        for name, query in queries(now).items()
    }
    everything = reach is None
    # Beyond what a list counts, the offices are as the last hour's figures left them.
    hour = None if numbers["running"].total.exact else uow.overview.last()
    offices = _offices(uow, now, reach) if hour is None else _written(uow, hour, reach)
    return Seen(
        at=now,
        numbers=numbers,
        processes=_processes(uow) if everything else None,
        offices=offices,
        offices_at=hour or now,
        worse=_worse(uow, now, numbers, offices, everything=everything),
        trends=_trends(uow, now) if everything else (),
        queue=_queue(uow, ctx) if everything else None,
    )


def _processes(uow: UnitOfWork) -> tuple[Process, ...]:
    newest = uow.definitions.all_latest()
    every = {row.id: row for one in newest for row in uow.definitions.versions(one.key)}
    sums: dict[tuple[str, str], int] = {}
    for row in uow.overview.versions(every):
        sums[row.definition_id, row.status] = row.number
    failing = {row.definition_id: row.number for row in uow.overview.failing()}

    def version(definition_id: str, number: int) -> Version:
        return Version(
            id=definition_id,
            version=number,
            running=sums.get((definition_id, "active"), 0),
            suspended=sums.get((definition_id, "suspended"), 0),
            incidents=failing.get(definition_id, 0),
        )

    made: dict[str, list[Version]] = {}
    for row in every.values():
        one = version(row.id, row.version)
        if one.running or one.suspended or one.incidents:
            made.setdefault(row.key, []).append(one)
    found = [
        Process(key=row.key, names=row.names, versions=tuple(made[row.key]))
        for row in newest
        if row.key in made
    ]
    return tuple(sorted(found, key=lambda one: (-one.sum("running"), one.key)))


def _offices(uow: UnitOfWork, now: datetime, reach: frozenset[str] | None) -> tuple[Office, ...]:
    rows = uow.overview.offices(now, reach)
    return _sorted(uow, {row.organisation: (row.number, int(row.late)) for row in rows})


def _written(uow: UnitOfWork, hour: datetime, reach: frozenset[str] | None) -> tuple[Office, ...]:
    found: dict[str, dict[str, int]] = {}
    for row in uow.overview.figures(hour, hour + HOUR, "office"):
        if reach is None or row.value in reach:
            found.setdefault(row.value, {})[row.name] = row.number
    return _sorted(
        uow, {code: (sums.get("open", 0), sums.get("late", 0)) for code, sums in found.items()}
    )


def _sorted(uow: UnitOfWork, sums: Mapping[str, tuple[int, int]]) -> tuple[Office, ...]:
    """Return offices with their open and late cases, those with the most late ones first."""
    found = [
        Office(
            code=one.code,
            names=one.names,
            region=one.region,
            open=sums[one.code][0],
            late=sums[one.code][1],
        )
        for one in uow.organisations.some(sorted(sums))
    ]
    return tuple(sorted(found, key=lambda one: (-one.late, -one.open, one.code)))


def _worse(
    uow: UnitOfWork,
    now: datetime,
    numbers: Mapping[str, Number],
    offices: Sequence[Office],
    *,
    everything: bool,
) -> tuple[Worse, ...] | None:
    """Compare with the figures of the same hour yesterday."""
    hour = now.replace(minute=0, second=0, microsecond=0) - timedelta(days=1)
    whole = {row.name: row.number for row in uow.overview.figures(hour, hour + HOUR)}
    if "late" not in whole:
        return None
    parts = uow.overview.figures(hour, hour + HOUR, "office")
    before = {row.value: row.number for row in parts if row.name == "late"}
    found = [
        Worse(name="late", office=one.code, now=one.late, before=before.get(one.code, 0))
        for one in offices
    ]
    if everything:
        for name, figure in (("incident", "incidents"), ("suspended", "suspended")):
            number = numbers[name].total.number
            found.append(Worse(name=name, office="", now=number, before=whole.get(figure, 0)))
    grown = [one for one in found if one.now > one.before]
    return tuple(sorted(grown, key=lambda one: (one.before - one.now, one.name, one.office)))


def _trends(uow: UnitOfWork, now: datetime) -> tuple[Trend, ...]:
    """Return sums of what came and went, and the last figure of each day of what there is."""
    today = now.astimezone(ZONE).date()
    days = [today - timedelta(days=DAYS - 1 - k) for k in range(DAYS)]
    since = begins(days[0])
    found: dict[tuple[str, object], int] = {}
    for row in uow.overview.figures(since, now + HOUR):
        # A figure of what came and went is of the hour before it.
        flow = row.name in {"started", "ended"}
        day = (row.hour - HOUR if flow else row.hour).astimezone(ZONE).date()
        key = (row.name, day)
        found[key] = found.get(key, 0) + row.number if flow else row.number
    moments = [datetime.combine(day, time(12), ZONE) for day in days]
    return tuple(
        Trend(
            name=name,
            days=tuple(
                (moment, found.get((name, day))) for moment, day in zip(moments, days, strict=True)
            ),
        )
        for name in ("started", "ended", "late", "incidents")
    )


def _queue(uow: UnitOfWork, ctx: Context) -> Queue:
    now = ctx.due_now(uow)
    counts = Gauges(uow).jobs(now)
    heard = uow.executors.heard(now - SILENT, works=True)
    return Queue(due=counts.due, oldest=counts.oldest, executors=heard)
