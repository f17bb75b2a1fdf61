"""What cases, steps and processes are called in previews of acts."""

from collections.abc import Mapping
from typing import Any

from engine.model.text import Text, Words, text
from engine.services import access, bundles
from engine.services.context import Context, UnitOfWork


def words(names: Mapping[str, str] | None, otherwise: str) -> Words:
    """Return names by language as words; those that are missing: what it is called otherwise."""
    found = names or {}
    return Words(kk=found.get("kk") or otherwise, ru=found.get("ru", ""), en=found.get("en", ""))


def case(uow: UnitOfWork, instance_id: str) -> Any:
    """Return a case's row; `NotFound`."""
    found = uow.instances.find(instance_id)
    if found is None:
        raise access.no_case()
    return found


def case_name(uow: UnitOfWork, ctx: Context, row: Any) -> Text:
    """Return what a case is called: number and process."""
    return text("{number} · {process}", number=row.business_key, process=process_of(uow, ctx, row))


def process_of(uow: UnitOfWork, ctx: Context, row: Any) -> Words:
    """Return what the process of a case is called."""
    found = bundles.of_definition(uow, ctx, row.definition_id).definition(row.process).process
    return words(found.names, row.process)


def step(uow: UnitOfWork, ctx: Context, row: Any, element: str) -> Words:
    """Return what a step of a case is called on the version that the case runs on."""
    return step_of(uow, ctx, row.definition_id, row.process, element)


def step_of(uow: UnitOfWork, ctx: Context, definition_id: str, process: str, element: str) -> Words:
    """Return what a step is called on a version of a process."""
    found = bundles.of_definition(uow, ctx, definition_id).definition(process).process
    known = found.elements.get(element)
    return words(known.names if known else None, element)
