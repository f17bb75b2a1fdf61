"""Files of a branch as scripts ask for them: read, keep what is typed, save, send, take in.

Answers are JSON, errors too (`engine.web.errors.for_script`). Moments are ISO 8601, UTC.
"""

from collections.abc import Mapping
from datetime import datetime
from importlib import import_module
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from engine.errors import NotFound, SavedMeanwhile, ValueRefused
from engine.model.text import text
from engine.services.workshop import branches, comparing
from engine.services.workshop.views import CopyView, FileView, Presence
from engine.web import state
from engine.web.files import attachment
from engine.web.policy import ANALYSTS, allow

blueprint = Blueprint("workshop_drafts", __name__)

#: What a browser is told a file is.
MIME = {".bpmn": "application/xml", ".dmn": "application/xml"}
#: Module whose ``show`` draws the editor, by ending.
EDITORS = {".bpmn": "editor", ".dmn": "tables", ".json": "formeditor", ".form": "formeditor"}


def mime(name: str) -> str:
    """Return the type of a file by its ending."""
    return next((kind for end, kind in MIME.items() if name.endswith(end)), "application/json")


@blueprint.get("/b/<branch>/edit/<path:name>")
@allow(ANALYSTS)
def edit(branch: str, name: str) -> ResponseReturnValue:
    """Draw the editor that fits a file's ending."""
    with state.reading() as uow:
        found = branches.find(uow, branch)
    ending = next((one for one in EDITORS if name.endswith(one)), "")
    if not ending:
        raise NotFound(text("There is no file {name} in this branch", name=name))
    # Each editor brings its own words and checks: only the one that is asked for is loaded.
    module = import_module(f"engine.web.workshop.{EDITORS[ending]}")
    drawn: ResponseReturnValue = module.show(found.name, name)
    return drawn


@blueprint.get("/b/<branch>/files/<path:name>/raw")
@allow(ANALYSTS)
def send_raw(branch: str, name: str) -> ResponseReturnValue:
    """Send a file of a branch to be saved on a disk."""
    with state.reading() as uow:
        found = branches.file(uow, branch, name)
    return attachment(found.content, name.rpartition("/")[2], mime(name))


@blueprint.get("/b/<branch>/files/<path:name>")
@allow(ANALYSTS)
def read(branch: str, name: str) -> ResponseReturnValue:
    """Answer with a file of a branch, what the person typed at it, and who else is there."""
    with state.reading() as uow:
        kept = branches.copy(uow, state.actor(), branch, name)
        found = branches.file(uow, branch, name, begun=kept is not None)
        there = branches.others(uow, state.context(), state.actor(), branch, name)
    return {
        "name": name,
        "content": words(name, found.content),
        "revision": found.revision,
        "base": kept.base if kept else found.revision,
        "deployed": found.deployed,
        "state": found.state.value,
        "stale": found.stale,
        "copy": _copy(kept),
        "saved_by": found.saved_by,
        "saved_at": stamp(found.saved_at),
        "note": found.note,
        "others": presences(there),
    }


@blueprint.put("/b/<branch>/copies/<path:name>")
@allow(ANALYSTS)
def keep(branch: str, name: str) -> ResponseReturnValue:
    """Keep what is typed; without content the person only says that she is there."""
    said = _body()
    with state.writing() as uow:
        kept = branches.keep(
            uow,
            state.context(),
            state.actor(),
            branch,
            name,
            _typed(said, needed=False),
            base=_base(said),
            element=_word(said, "element"),
            deployed=_word(said, "deployed"),
        )
        uow.commit()
    return {
        "at": stamp(kept.at),
        "revision": kept.revision,
        "others": presences(kept.others),
    }


@blueprint.delete("/b/<branch>/copies/<path:name>")
@allow(ANALYSTS)
def throw_away(branch: str, name: str) -> ResponseReturnValue:
    """Throw what was typed away."""
    with state.writing() as uow:
        branches.throw_away(uow, state.actor(), branch, name)
        uow.commit()
    return {}


@blueprint.post("/b/<branch>/files/<path:name>")
@allow(ANALYSTS)
def save(branch: str, name: str) -> ResponseReturnValue:
    """Save a file in the branch; 409 with the other's text if somebody was faster."""
    said = _body()
    content = _typed(said, needed=True) or b""
    try:
        done = _save(branch, name, content, said)
    except SavedMeanwhile as refused:
        return _meanwhile(branch, name, content, said, refused)
    return _saved(done)


def _save(branch: str, name: str, content: bytes, said: Mapping[str, Any]) -> FileView:
    with state.writing() as uow:
        done = branches.save(
            uow,
            state.context(),
            state.actor(),
            branch,
            name,
            content,
            base=_base(said),
            note=_word(said, "note"),
            deployed=_word(said, "deployed"),
        )
        uow.commit()
    return done


def _saved(done: FileView) -> ResponseReturnValue:
    return {
        "revision": done.revision,
        "at": stamp(done.saved_at),
        "by": done.saved_by,
        "content": words(done.name, done.content),
        "state": done.state.value,
        "stale": done.stale,
    }


def _meanwhile(
    branch: str, name: str, content: bytes, said: Mapping[str, Any], refused: SavedMeanwhile
) -> ResponseReturnValue:
    """Keep what was refused as the person's own copy, and hand out what stands there."""
    with state.writing() as uow:
        branches.keep(uow, state.context(), state.actor(), branch, name, content, base=_base(said))
        uow.commit()
    return {
        "error": state.said(refused.text),
        "revision": refused.revision,
        "content": None if refused.content is None else words(name, refused.content),
        "by": refused.by,
        "at": stamp(refused.at),
        "compare": f"{request.script_root}/workshop/compare?"
        + urlencode({"branch": branch, "name": name, "a": "branch", "b": "mine"}),
    }, 409


def _copy(kept: CopyView | None) -> dict[str, object] | None:
    if kept is None:
        return None
    return {"content": words(kept.name, kept.content), "at": stamp(kept.at), "base": kept.base}


def presences(found: tuple[Presence, ...]) -> list[dict[str, object]]:
    """Return who else is there, as scripts read it."""
    return [{"name": one.name, "since": stamp(one.since), "element": one.element} for one in found]


def stamp(moment: datetime | None) -> str | None:
    """Return a moment as scripts read it."""
    return None if moment is None else moment.isoformat()


def words(name: str, content: bytes) -> str:
    """Return a file as text; what was deployed from a disk may be written in other than UTF-8."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return comparing.normal(name, content).decode()


def _body() -> Mapping[str, Any]:
    found = request.get_json()
    if not isinstance(found, dict):
        raise ValueRefused(text("The request cannot be understood"))
    return found


def _typed(said: Mapping[str, Any], *, needed: bool) -> bytes | None:
    content = said.get("content")
    if content is None and not needed:
        return None
    if not isinstance(content, str):
        raise ValueRefused(text("The request cannot be understood"))
    try:
        return content.encode()
    except UnicodeEncodeError as problem:
        raise ValueRefused(text("The text has halves of letters in it")) from problem


def _base(said: Mapping[str, Any]) -> int:
    base = said.get("base", 0)
    if isinstance(base, bool) or not isinstance(base, int) or not 0 <= base < 2**31:
        raise ValueRefused(text("The request cannot be understood"))
    return base


def _word(said: Mapping[str, Any], name: str) -> str:
    found = said.get(name)
    return found if isinstance(found, str) else ""
