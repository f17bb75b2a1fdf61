"""The way between two versions of a process: a mapping, and what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.bpmn import difference
from engine.bpmn.pairing import Pairing, default
from engine.errors import MigrationRefused, NotFound, ValueRefused
from engine.model.migrations import Hindrance
from engine.model.text import text
from engine.services import bundles, definitions
from engine.services.bundles import Bundle
from engine.services.context import Context, UnitOfWork


@dataclass(frozen=True, kw_only=True)
class Route:
    """From which version to which, along what mapping."""

    #: Definition ids.
    source_id: str
    target_id: str
    #: Their version numbers.
    before: int
    after: int
    #: Which element stands for which.
    pairing: Pairing
    #: The new version's deployment.
    bundle: Bundle


def route(
    uow: UnitOfWork,
    ctx: Context,
    source_id: str,
    target_id: str,
    mapping: Mapping[str, str] | None = None,
) -> tuple[Route, tuple[Hindrance, ...]]:
    """Return the way between two versions and what is wrong with `mapping` (old id → new id).

    What it does not name goes by the default: the same id, or what was recognised under a new one.
    Raises `NotFound`, `ValueRefused` for versions of two processes.
    """
    rows = [version(uow, one) for one in (source_id, target_id)]
    if rows[0].key != rows[1].key or source_id == target_id:
        raise ValueRefused(text("Name two versions of one process"))
    sides = [bundles.of_definition(uow, ctx, row.id) for row in rows]
    source, target = (side.definition(rows[0].key) for side in sides)
    suggested = default(source, target, renamed(uow, ctx, source_id, target_id))
    chosen = {
        element: said for element, said in (mapping or {}).items() if suggested.get(element) != said
    }
    pairing = Pairing(source, target, {**suggested, **chosen})
    found = Route(
        source_id=source_id,
        target_id=target_id,
        before=rows[0].version,
        after=rows[1].version,
        pairing=pairing,
        bundle=sides[1],
    )
    return found, tuple(pairing.mistakes(chosen))


def version(uow: UnitOfWork, definition_id: str) -> Any:
    """Return a version's row; `NotFound`."""
    row = uow.definitions.find(definition_id)
    if row is None:
        raise NotFound(text("There is no such version of a process"))
    return row


def renamed(uow: UnitOfWork, ctx: Context, source_id: str, target_id: str) -> Mapping[str, str]:
    """Return what was recognised under a new id; worked out once for a pair of versions."""

    def compared() -> Mapping[str, str]:
        files = [definitions.diagram(uow, one) for one in (source_id, target_id)]
        return difference.compare(*files).renamed

    return ctx.caches.renamed.get((uow.database_id, source_id, target_id), compared)


def refuse(mistakes: Sequence[Hindrance]) -> None:
    """Raise `MigrationRefused`, with the element named, for a bad mapping."""
    if mistakes:
        said = text("The mapping cannot stand: {reason}", reason=mistakes[0].message)
        raise MigrationRefused(said, mistakes)
