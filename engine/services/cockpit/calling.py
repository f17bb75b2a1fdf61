"""What cases, steps and processes are called in previews of acts."""

from collections.abc import Mapping
from typing import Any

from engine.errors import ZholdamaError
from engine.model.text import Text, Words, text
from engine.services import access, bundles
from engine.services.context import Context, UnitOfWork


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
    return Words.named(found.names, row.process)


def step(uow: UnitOfWork, ctx: Context, row: Any, element: str) -> Words:
    """Return what a step of a case is called on the version that the case runs on."""
    return step_of(uow, ctx, row.definition_id, row.process, element)


def step_of(uow: UnitOfWork, ctx: Context, definition_id: str, process: str, element: str) -> Words:
    """Return what a step is called on a version of a process."""
    found = bundles.of_definition(uow, ctx, definition_id).definition(process).process
    known = found.elements.get(element)
    return Words.named(known.names if known else None, element)


def names_of(
    uow: UnitOfWork, ctx: Context, definition_id: str | None, process: str | None, element: str
) -> Mapping[str, str]:
    """Return an element's names by language; a definition that cannot be read hides no list."""
    if not definition_id or not process:
        return {}
    try:
        elements = bundles.of_definition(uow, ctx, definition_id).definition(process).process
    except ZholdamaError:
        return {}
    found = elements.elements.get(element)
    return found.names if found else {}


def place(
    uow: UnitOfWork, ctx: Context, number: str, where: tuple[str | None, str | None, str]
) -> Text:
    """Return what an incident or a job is called: its case, and its place as for `names_of`."""
    step = Words.named(names_of(uow, ctx, *where), where[2])
    return text("{case}: {element}", case=number or "-", element=step)
