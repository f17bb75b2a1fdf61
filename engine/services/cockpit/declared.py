"""Which versions of processes name a variable for the search: only of their cases anything is kept.

A case that began before its diagram named a variable has a value that nobody kept. So what holds
without a value, ``x = null`` or ``not(x > 2)``, holds only of cases whose version names it.
"""

from dataclasses import replace

from engine.bpmn.parameters import properties_of
from engine.errors import XmlRefused
from engine.services import searchable
from engine.services.context import Context, UnitOfWork
from engine.store.wanted import All, Any, Compare, Condition, Of, There


def narrowed(uow: UnitOfWork, ctx: Context, condition: Condition) -> Condition:
    """Return a condition that holds only where what it asks for would have been kept."""
    match condition:
        case All(parts=parts) | Any(parts=parts):
            return replace(condition, parts=tuple(narrowed(uow, ctx, one) for one in parts))
        case There(name=name, there=False) | Compare(name=name, never=True):
            return All(parts=(Of(versions=_versions(uow, ctx, name)), condition))
    return condition


def _versions(uow: UnitOfWork, ctx: Context, name: str) -> tuple[str, ...]:
    return tuple(one for one in uow.definitions.ids() if name in _names(uow, ctx, one))


def _names(uow: UnitOfWork, ctx: Context, definition_id: str) -> tuple[str, ...]:
    """Return what a version names, read off its diagram alone: there may be hundreds of them."""

    def read() -> tuple[str, ...]:
        key, diagram = uow.definitions.diagram(definition_id)
        try:
            return searchable.listed(properties_of(diagram, key))
        except XmlRefused:
            return ()

    return ctx.caches.searched.get((uow.database_id, definition_id), read)
