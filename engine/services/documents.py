"""Files attached to tasks and cases. Encrypted at rest."""

from engine.model.people import Actor
from engine.services.context import Context, UnitOfWork
from engine.services.views import DocumentView


def add_to_draft(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    task_id: str,
    *,
    name: str,
    mime: str,
    data: bytes,
    field: str = "",
) -> DocumentView:
    """Keep an uploaded file with the task's draft; it joins the case when the task is completed.

    `ValueRefused` for a type or size that is not allowed (the bytes decide, not the name).
    """
    raise NotImplementedError


def remove_from_draft(uow: UnitOfWork, ctx: Context, actor: Actor, document_id: str) -> None:
    """Throw away a file of a draft of mine; `NotFound`, `Conflict` once it was sent."""
    raise NotImplementedError


def add(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    instance_id: str,
    *,
    name: str,
    mime: str,
    data: bytes,
    field: str = "",
) -> DocumentView:
    """Attach a file to a case at once: what a handler or the engine made."""
    raise NotImplementedError


def list_documents(
    uow: UnitOfWork, ctx: Context, actor: Actor, instance_id: str
) -> tuple[DocumentView, ...]:
    """Return the files of a case, oldest first; drafts of others are left out."""
    raise NotImplementedError


def read(
    uow: UnitOfWork, ctx: Context, actor: Actor, document_id: str
) -> tuple[DocumentView, bytes]:
    """Return a file with its bytes; `NotFound` also without access to its case."""
    raise NotImplementedError
