"""Files attached to tasks and cases. Encrypted at rest."""

import hashlib
from collections.abc import Mapping
from typing import Any

from engine.errors import Conflict, NotFound, ValueRefused
from engine.model.people import Actor
from engine.model.sight import Sight
from engine.model.text import text
from engine.services import access, completing, history, sights
from engine.services.caseviews import document_view, documents_of
from engine.services.context import Context, UnitOfWork
from engine.services.views import DocumentView

#: Largest file, bytes.
LARGEST = 20 * 1024 * 1024
#: Most files in one draft.
MOST = 100
#: Types that are taken, by the bytes they begin with. Archives and office files are not: nobody
#: can look at them beside the form, and they unpack to anything.
_SIGNS: Mapping[str, tuple[bytes, ...]] = {
    "application/pdf": (b"%PDF-",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/tiff": (b"II*\x00", b"MM\x00*"),
}
#: What the engine itself may attach besides: signed XML.
_OWN = frozenset({"application/xml", "text/xml"})


def type_of(data: bytes) -> str:
    """Return the media type the bytes themselves tell; empty for one that is not taken."""
    for mime, signs in _SIGNS.items():
        if data.startswith(signs):
            return mime
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return "image/heic" if data[4:12] in {b"ftypheic", b"ftypmif1", b"ftypheix"} else ""


def _described(actor: Actor, *, name: str, mime: str, data: bytes, field: str) -> dict[str, Any]:
    if len(data) > LARGEST:
        most = LARGEST // 1024 // 1024
        raise ValueRefused(text("The file is larger than {most} MB", most=most))
    if not data:
        raise ValueRefused(text("The file is empty"))
    safe = "".join(
        letter for letter in name.replace("\\", "/").rpartition("/")[2] if letter.isprintable()
    )
    return {
        "field": field,
        "name": safe.strip()[:200] or "file",
        "mime": mime,
        "size": len(data),
        "digest": hashlib.sha256(data).hexdigest(),
        "account_id": actor.account or None,
        "who": actor.name,
    }


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

    `ValueRefused` for a type or size that is not allowed (the bytes decide, neither name nor
    `mime`); `TaskTaken`, `TaskClosed`, `NotFound`.
    """
    task, _, _ = access.task(uow, actor, task_id)
    completing.refuse_unless_mine(task, actor)
    found = type_of(data)
    if not found:
        raise ValueRefused(text("Only PDF files and pictures can be attached"))
    if uow.documents.drafted(task_id) >= MOST:
        raise ValueRefused(text("There are already {most} files in this draft", most=MOST))
    row = _described(actor, name=name, mime=found, data=data, field=field)
    return _added(uow, ctx, {**row, "instance_id": task.instance_id, "draft_task": task_id}, data)


def _added(uow: UnitOfWork, ctx: Context, row: Mapping[str, Any], data: bytes) -> DocumentView:
    made = uow.documents.add(row, data, ctx.now())
    return document_view(uow.documents.find(made))


def remove_from_draft(uow: UnitOfWork, ctx: Context, actor: Actor, document_id: str) -> None:
    """Throw away a file of a draft of mine; `NotFound`, `Conflict` once it was sent."""
    row = uow.documents.find(document_id)
    if row is None:
        raise _none()
    _refuse_unless_seen(uow, ctx, actor, row)
    if row.draft_task is None:
        raise Conflict(text("The file was sent already and stays with the case"))
    task, _, _ = access.task(uow, actor, row.draft_task)
    completing.refuse_unless_mine(task, actor)
    uow.documents.remove(document_id)


def _refuse_unless_seen(uow: UnitOfWork, ctx: Context, actor: Actor, row: Any) -> None:
    """Raise `NotFound`, in the words of an unknown file, unless this person may see it."""
    try:
        if row.draft_task is not None:
            sights.task(uow, ctx, actor, access.task(uow, actor, row.draft_task)[0])
        elif not _is_hers(actor, row):
            _, sight = sights.case(uow, ctx, actor, row.instance_id)
            if sight is not Sight.WHOLE:
                raise _none()
    except NotFound as problem:
        raise _none() from problem


def _is_hers(actor: Actor, row: Any) -> bool:
    """Tell whether she sent the file herself: it stays hers to see when her office is out of it."""
    return bool(actor.account) and row.account_id == actor.account


def _none() -> NotFound:
    return NotFound(text("There is no such file, or it is not yours to see"))


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
    sights.case(uow, ctx, actor, instance_id)
    found = type_of(data) or (mime if mime in _OWN else "")
    if not found:
        raise ValueRefused(text("Only PDF files and pictures can be attached"))
    row = _described(actor, name=name, mime=found, data=data, field=field)
    view = _added(uow, ctx, {**row, "instance_id": instance_id, "draft_task": None}, data)
    history.note(uow, ctx, actor, instance_id, "attached", {"document": view.id})
    return view


def list_documents(
    uow: UnitOfWork, ctx: Context, actor: Actor, instance_id: str
) -> tuple[DocumentView, ...]:
    """Return the files of a case, oldest first; those of drafts are left out."""
    _, sight = sights.case(uow, ctx, actor, instance_id)
    return documents_of(uow, instance_id) if sight is Sight.WHOLE else ()


def read(
    uow: UnitOfWork, ctx: Context, actor: Actor, document_id: str
) -> tuple[DocumentView, bytes]:
    """Return a file with its bytes; `NotFound` also without access to its case.

    A draft's file is shown only to who may see the draft's task.
    """
    row = uow.documents.find(document_id)
    if row is None:
        raise _none()
    _refuse_unless_seen(uow, ctx, actor, row)
    return document_view(row), uow.documents.content(document_id)
