"""Files: uploaded at once to a task's draft, sent back with headers that let nothing run."""

import re
from collections.abc import Iterable
from urllib.parse import quote

from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue

from engine.services import documents
from engine.web import gate, state
from engine.web.policy import STAFF, allow
from engine.web.security import widen

blueprint = Blueprint("files", __name__)
#: What a browser may show by itself; everything else is saved.
SHOWN = {"application/pdf", "image/png", "image/jpeg", "image/webp"}
#: What a workbook is.
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def attachment(
    data: bytes | Iterable[bytes] | Iterable[str], name: str, mime: str, *, inline: bool = False
) -> Response:
    """Return an answer with a file, or one that is made as it is read: shown if `inline` and
    harmless, else saved.
    """
    shown = inline and mime in SHOWN
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("_.") or "file"
    kind = "inline" if shown else "attachment"
    answer = Response(data, mimetype=mime if shown else mime or "application/octet-stream")
    answer.headers["Content-Disposition"] = (
        f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    )
    answer.headers["Cache-Control"] = "private, no-store"
    # A document of a stranger runs nothing, whatever it holds.
    widen(
        script_src="'none'",
        style_src="'unsafe-inline'",
        form_action="'none'",
        object_src="'self'",  # the browser's own viewer of PDF
    )
    return answer


@blueprint.get("/<document_id>")
@allow(STAFF)
def send(document_id: str) -> ResponseReturnValue:
    """Send a document; ``?save`` saves it instead of showing it."""
    with state.reading() as uow:
        about, data = documents.read(uow, state.context(), state.actor(), document_id)
    return attachment(data, about.name, about.mime, inline="save" not in request.args)


@blueprint.post("/<document_id>/remove")
@allow(STAFF)
def remove(document_id: str) -> ResponseReturnValue:
    """Throw a file of one's own draft away."""
    with state.writing() as uow:
        documents.remove_from_draft(uow, state.context(), state.actor(), document_id)
        uow.commit()
    if request.headers.get("HX-Request"):
        return "", 200
    return redirect(gate.local_path(request.form.get("back", "")), code=303)
