"""What can be chosen in the filters of the administrators' lists, with the names of it all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import ZholdamaError
from engine.model.elements import Process
from engine.model.people import Actor
from engine.services import bundles, searchable
from engine.services.cockpit import offices
from engine.services.cockpit.asking import Asked
from engine.services.context import Context, UnitOfWork

Names = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Everything by its id, with its names by language."""

    #: Processes by key.
    processes: Mapping[str, Names]
    #: Versions of the processes that are chosen, by definition id, the newest first.
    versions: Mapping[str, Names]
    #: Elements of the newest version of these, by element id.
    elements: Mapping[str, Names]
    #: Offices by code, those within reach.
    offices: Mapping[str, Names]
    #: Regions of these.
    regions: frozenset[str]
    #: Variables that can be searched in these. All processes would have to be read for all of them.
    variables: tuple[str, ...]


def of(uow: UnitOfWork, ctx: Context, actor: Actor, asked: Asked) -> Choices:
    """Return what can be chosen beside what is asked."""
    newest = {row.key: row for row in uow.definitions.all_latest()}
    wanted = [key for key in asked.all("process") if key in newest]
    hers = offices.offices_of(uow, actor)
    return Choices(
        processes={key: row.names for key, row in newest.items()},
        versions=_versions(uow, wanted, asked),
        elements=_elements(uow, ctx, [newest[key] for key in wanted]),
        offices={one.code: one.names for one in hers},
        regions=frozenset(one.region for one in hers if one.region),
        variables=_variables(uow, ctx, [newest[key] for key in wanted]),
    )


def _versions(uow: UnitOfWork, keys: list[str], asked: Asked) -> dict[str, Names]:
    found = {
        row.id: _numbered(row.names, row.version)
        for key in keys
        for row in uow.definitions.versions(key)
    }
    for row in uow.trail.versions(set(asked.all("version")) - found.keys()).values():
        found[row.id] = _numbered(row.names, row.version)
    return found


def _numbered(names: Names, version: int) -> Names:
    return {language: f"{name} v{version}" for language, name in names.items()}


def _elements(uow: UnitOfWork, ctx: Context, rows: Sequence[Any]) -> dict[str, Names]:
    found: dict[str, Names] = {}
    for process in _processes(uow, ctx, rows):
        for element in process.elements.values():
            found.setdefault(element.id, element.names)
    return found


def _variables(uow: UnitOfWork, ctx: Context, rows: Sequence[Any]) -> tuple[str, ...]:
    found = {name for one in _processes(uow, ctx, rows) for name in searchable.names(one)}
    return tuple(sorted(found))


def _processes(uow: UnitOfWork, ctx: Context, rows: Sequence[Any]) -> Iterator[Process]:
    """Yield processes as far as they can be read: a list must open whatever is deployed."""
    for row in rows:
        try:
            bundle = bundles.of_pinned(uow, ctx, row.id, row.deployment_id)
            yield bundle.definition(row.key).process
        except ZholdamaError:
            continue
