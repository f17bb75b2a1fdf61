"""What a statistic is asked of: period, process, version, offices; and what things are called."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from engine.errors import NotFound
from engine.model.elements import Element
from engine.model.people import Actor
from engine.model.text import text
from engine.services import access, bundles
from engine.services.cockpit.offices import offices_of
from engine.services.context import Context, UnitOfWork
from engine.store.administered import Reach
from engine.store.statistics import Scope

#: Longest period.
LONGEST = timedelta(days=366)


@dataclass(frozen=True, kw_only=True)
class Query:
    """What somebody asks for."""

    #: From when on (UTC), inclusive.
    since: datetime
    #: Up to when (UTC), exclusive; at most `LONGEST` later.
    until: datetime
    #: Process key; empty: all.
    process: str = ""
    #: Definition id of a version; empty: all. Only with a process.
    definition_id: str = ""
    #: Region code; empty: all.
    region: str = ""
    #: Code of an office; empty: all.
    office: str = ""


FoundT = TypeVar("FoundT")
#: Seconds for which a statistic is as good as new.
FRESH = 60


def kept(
    uow: UnitOfWork, ctx: Context, actor: Actor, query: Query, make: Callable[..., FoundT]
) -> FoundT:
    """Return what `make` counts for a query, not counted again within a minute.

    `make` takes what this takes. What an administrator may see is part of what is kept under.
    """
    access.admin(actor)
    reach = uow.organisations.reach(actor)
    minute = int(ctx.now().timestamp()) // FRESH
    key = (make.__qualname__, uow.database_id, uow.calendar.version(), query, reach, minute)
    found: FoundT = ctx.caches.figures.get(key, lambda: make(uow, ctx, actor, query))
    return found


@dataclass(frozen=True, kw_only=True)
class Office:
    """An office as a statistic names it."""

    #: Its code.
    code: str
    #: Its names by language.
    names: Mapping[str, str]
    #: Its region's code; empty: the whole country's.
    region: str


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A process in the version that is looked at: the one asked for, or the newest."""

    #: Process key.
    key: str
    #: Definition id.
    definition_id: str
    #: Version number.
    version: int
    #: Names by language.
    names: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What a query stands on."""

    #: What was asked.
    query: Query
    #: The same for the store.
    scope: Scope
    #: Offices that are counted, by code.
    offices: Mapping[str, Office]
    #: Processes by key.
    processes: Mapping[str, Drawn]
    #: Elements by process and id, read when they are asked for.
    known: dict[str, Mapping[str, Element]] = field(default_factory=dict)

    def elements(self, uow: UnitOfWork, ctx: Context, process: str) -> Mapping[str, Element]:
        """Return the elements of a process by id; none of one that is not deployed any more."""
        if process not in self.known:
            drawn = self.processes.get(process)
            self.known[process] = {} if drawn is None else _elements(uow, ctx, drawn)
        return self.known[process]


def _elements(uow: UnitOfWork, ctx: Context, drawn: Drawn) -> Mapping[str, Element]:
    bundle = bundles.of_definition(uow, ctx, drawn.definition_id)
    return bundle.definition(drawn.key).process.elements


def ground(uow: UnitOfWork, actor: Actor, query: Query) -> Ground:
    """Return what a query stands on (admin).

    `Forbidden`; `NotFound` for a process, version, region or office that is not there or not hers.
    """
    access.admin(actor)
    if not timedelta() < query.until - query.since <= LONGEST:
        raise NotFound(text("A period is from a day to a year long"))
    reach = access.reach(uow, actor)
    offices = _offices(uow, query, reach)
    narrowed = reach is not None or bool(query.region or query.office)
    scope = Scope(
        since=query.since,
        until=query.until,
        process=query.process,
        definition_id=query.definition_id,
        offices=frozenset(offices) if narrowed else None,
    )
    return Ground(query=query, scope=scope, offices=offices, processes=_processes(uow, query))


def _offices(uow: UnitOfWork, query: Query, reach: Reach) -> dict[str, Office]:
    found = {
        row.code: Office(code=row.code, names=row.names, region=row.region)
        for row in uow.organisations.all()
        if (reach is None or row.code in reach)
        and query.region in {"", row.region}
        and query.office in {"", row.code}
    }
    if not found and (query.region or query.office):
        raise NotFound(text("There is no such office or region, or it is not yours to see"))
    return found


def _processes(uow: UnitOfWork, query: Query) -> dict[str, Drawn]:
    found = {row.key: _drawn(row) for row in uow.statistics.processes()}
    if query.process:
        versions = {row.id: row for row in uow.heat.versions(query.process)}
        wanted = versions.get(query.definition_id)
        if not versions or (query.definition_id and wanted is None):
            raise NotFound(text("There is no process {process}", process=query.process))
        if wanted is not None:
            newest = found[query.process]
            found[query.process] = Drawn(
                key=query.process,
                definition_id=wanted.id,
                version=wanted.version,
                names=newest.names,
            )
    return found


def _drawn(row: Any) -> Drawn:
    return Drawn(
        key=row.key,
        definition_id=row.id,
        version=row.version,
        names=row.names or {},
    )


def all_offices(uow: UnitOfWork, actor: Actor) -> Sequence[Office]:
    """Return the offices that an administrator may choose from, by code; `Forbidden`."""
    return [
        Office(code=one.code, names=one.names, region=one.region) for one in offices_of(uow, actor)
    ]
