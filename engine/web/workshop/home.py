"""The workshop's first page, and a branch: its files, who is where, in and out."""

import io
import zipfile
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from engine.errors import Conflict, Refused, ValueRefused
from engine.model.problems import Severity
from engine.model.text import text
from engine.services import definitions
from engine.services.workshop import blank, branches, naming, releases, taking, tending
from engine.services.workshop.views import FileState, FileView
from engine.web import state
from engine.web.errors import status_of
from engine.web.files import attachment
from engine.web.policy import ANALYSTS, allow

blueprint = Blueprint("workshop_home", __name__)

#: What a folder of files is called, by how its names end.
KINDS = (
    ("diagrams", text("Diagrams"), (".bpmn",)),
    ("tables", text("Decision tables"), (".dmn",)),
    ("forms", text("Forms"), (".json", ".form")),
    ("others", text("Scenarios"), (".toml",)),
)


@blueprint.get("/")
@allow(ANALYSTS)
def index() -> ResponseReturnValue:
    """Show the branches and who works there, the processes and their versions."""
    return _index()


def _index(problem: Refused | Conflict | None = None) -> ResponseReturnValue:
    with state.reading() as uow:
        rows = tending.list_branches(uow, state.context())
        processes = definitions.list_latest(uow)
        coming = releases.scheduled(uow)
        running = uow.definitions.running([one.key for one in processes]) if processes else {}
    body = render_template(
        "workshop/home.html",
        branches=rows,
        processes=processes,
        running=running,
        coming={key: one for one in reversed(coming) for key in one.processes},
        problem=state.said(problem.text) if problem else "",
        typed=request.form.get("name", "") if problem else "",
    )
    return body, status_of(problem) if problem else 200


@blueprint.post("/branches")
@allow(ANALYSTS)
def make() -> ResponseReturnValue:
    """Make a branch."""
    try:
        with state.writing() as uow:
            name = tending.make(uow, state.context(), state.actor(), request.form.get("name", ""))
            uow.commit()
    except (Refused, Conflict) as problem:
        return _index(problem)
    return _to(name)


def _to(name: str) -> ResponseReturnValue:
    return redirect(url_for("workshop_home.branch", branch=name), code=303)


@blueprint.get("/b/<branch>/")
@allow(ANALYSTS)
def branch(branch: str) -> ResponseReturnValue:
    """Show a branch."""
    return _branch(branch)


def _branch(
    name: str, problem: Refused | Conflict | None = None, taken: tuple[Any, ...] = ()
) -> ResponseReturnValue:
    with state.reading() as uow:
        found = branches.find(uow, name)
        files = branches.list_files(uow, name)
        there = branches.others(uow, state.context(), state.actor(), name)
        mine = {one.name: one.at for one in branches.copies(uow, state.actor(), name)}
        processes = definitions.list_latest(uow)
    body = render_template(
        "workshop/branch.html",
        branch=found,
        main=found.name == branches.MAIN,
        changed=[one for one in files if one.state is not FileState.SAME],
        groups=_grouped([one for one in files if one.state is FileState.SAME]),
        total=len(files),
        people={one.name: [p.name for p in there if p.file == one.name] for one in files},
        mine=mine,
        processes=processes,
        now=state.now(),
        problem=state.said(problem.text) if problem else "",
        typed=request.form if problem else {},
        taken=taken,
    )
    return body, status_of(problem) if problem else 200


def _grouped(files: list[FileView]) -> list[tuple[str, list[FileView]]]:
    groups = [
        (state.said(title), [one for one in files if one.name.endswith(endings)])
        for _, title, endings in KINDS
    ]
    return [(title, found) for title, found in groups if found]


@blueprint.get("/b/<branch>/problems")
@allow(ANALYSTS)
def problems(branch: str) -> ResponseReturnValue:
    """Show what the check says of the whole branch: a part of its page, asked for by it."""
    with state.reading() as uow:
        branches.find(uow, branch)
        files = branches.files(uow, branch)
        asked = {name: data for name, data in files.items() if name.endswith(naming.ENDINGS)}
        found = definitions.check(asked, state.context())
    by_file: dict[str, list[Any]] = {}
    for one in found:
        by_file.setdefault(one.file, []).append(one)
    errors = sum(one.severity is Severity.ERROR for one in found)
    part = request.headers.get("HX-Request")
    return render_template(
        "workshop/problems.html" if part else "workshop/problems_page.html",
        branch=branch,
        by_file=sorted(by_file.items(), key=lambda pair: (_calm(pair[1]), pair[0])),
        errors=errors,
        warnings=len(found) - errors,
    )


def _calm(found: list[Any]) -> bool:
    return all(one.severity is not Severity.ERROR for one in found)


@blueprint.post("/b/<branch>/rename")
@allow(ANALYSTS)
def rename(branch: str) -> ResponseReturnValue:
    """Give a branch another name."""
    try:
        with state.writing() as uow:
            wanted = request.form.get("name", "")
            name = tending.rename(uow, state.context(), state.actor(), branch, wanted)
            uow.commit()
    except (Refused, Conflict) as problem:
        return _branch(branch, problem)
    return _to(name)


@blueprint.post("/b/<branch>/close")
@allow(ANALYSTS)
def close(branch: str) -> ResponseReturnValue:
    """End the work on a branch."""
    with state.writing() as uow:
        tending.close(uow, state.context(), state.actor(), branch)
        uow.commit()
    flash(state.said(text("The branch {name} is closed.", name=branch)), "ok")
    return redirect(url_for("workshop_home.index"), code=303)


@blueprint.post("/b/<branch>/new")
@allow(ANALYSTS)
def new_file(branch: str) -> ResponseReturnValue:
    """Make a file with next to nothing in it, and open its editor."""
    name = request.form.get("name", "").strip()
    try:
        with state.writing() as uow:
            naming.file_name(name)
            content = blank.content(name, request.form.get("title", "")[:200])
            tending.create(uow, state.context(), state.actor(), branch, name, content)
            uow.commit()
    except (Refused, Conflict) as problem:
        return _branch(branch, problem)
    return redirect(url_for("workshop_drafts.edit", branch=branch, name=name), code=303)


@blueprint.post("/b/<branch>/upload")
@allow(ANALYSTS)
def upload(branch: str) -> ResponseReturnValue:
    """Take files from a disk; each that can be read is saved, of each it is said what is wrong."""
    sent = [(one.filename, _read(one)) for one in request.files.getlist("file") if one.filename]
    if not sent:
        return _branch(branch, ValueRefused(text("Choose the files to be uploaded.")))
    with state.writing() as uow:
        taken = taking.take(
            uow,
            state.context(),
            state.actor(),
            branch,
            sent,
            folder=request.form.get("folder", "").strip()[:200],
            note=request.form.get("note", ""),
            since=_moment(request.form.get("seen", "")),
        )
        uow.commit()
    return _branch(branch, taken=taken)


def _read(sent: FileStorage) -> bytes:
    """Return what was sent, at most a byte more than is taken: so much is enough to refuse it."""
    with closing(sent):
        found: bytes = sent.read(naming.LARGEST + 1)
    return found


def _moment(said: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        return None
    return found if found.tzinfo else None


@blueprint.get("/b/<branch>/download")
@allow(ANALYSTS)
def download(branch: str) -> ResponseReturnValue:
    """Send all files of a branch as one archive."""
    with state.reading() as uow:
        files = branches.files(uow, branch)
    return attachment(packed(files), f"{branch}.zip", "application/zip")


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return files as a ZIP archive; the same files always give the same bytes."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return whole.getvalue()


@blueprint.post("/b/<branch>/remove")
@allow(ANALYSTS)
def remove(branch: str) -> ResponseReturnValue:
    """Take a file away."""
    return _tend(branch, tending.remove)


@blueprint.post("/b/<branch>/settle")
@allow(ANALYSTS)
def settle(branch: str) -> ResponseReturnValue:
    """End two lines of work at a file: take what is deployed, or keep one's own."""
    keep = request.form.get("act") == "keep"
    return _tend(branch, tending.keep_own if keep else tending.take_deployed)


def _tend(branch: str, act: Any) -> ResponseReturnValue:
    name, base = request.form.get("name", ""), request.form.get("base", "")
    if not (base.isascii() and base.isdigit() and len(base) < 10):
        raise ValueRefused(text("The request cannot be understood"))
    try:
        with state.writing() as uow:
            act(uow, state.context(), state.actor(), branch, name, base=int(base))
            uow.commit()
    except Conflict as problem:
        return _branch(branch, problem)
    return _to(branch)


@blueprint.post("/b/<branch>/move")
@allow(ANALYSTS)
def move(branch: str) -> ResponseReturnValue:
    """Give a file another name."""
    new = request.form.get("new", "").strip()

    def act(uow: Any, ctx: Any, actor: Any, where: str, name: str, *, base: int) -> None:
        tending.move(uow, ctx, actor, where, name, new, base=base)

    try:
        return _tend(branch, act)
    except Refused as problem:
        return _branch(branch, problem)
