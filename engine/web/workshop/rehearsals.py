"""Rehearsals from the installation's side: begin one, list one's own, let its pages through.

The pages of a rehearsal are the real ones, a second application over the rehearsal's installation
(`engine.web.workshop.rehearsing`), reached below ``/workshop/rehearsals/<id>/``. Who may reach it
is decided here, by the session of the installation; what is posted there carries the rehearsal's
own token, in a session of its own.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, flash, g, redirect, render_template, request, session
from flask import url_for as address
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as Answer

from engine.errors import DefinitionRefused, NotFound, ZholdamaError
from engine.model.people import ANALYST, Actor
from engine.model.problems import Severity
from engine.model.text import text
from engine.services import audit
from engine.services.workshop import branches, likeness, rehearsals, scenarios
from engine.services.workshop.likeness import Likeness
from engine.services.workshop.scenarios import Scenario
from engine.web import state
from engine.web.policy import ANALYSTS, Policy, allow

blueprint = Blueprint("workshop_rehearsals", __name__)

#: What passes through has the rehearsal's own token.
THROUGH = Policy(roles=frozenset({ANALYST}), token=False)
METHODS = ["GET", "POST", "PUT", "DELETE"]
#: What pages of a rehearsal ask for by themselves; it keeps no session alive.
POLLS = ("/notifications/pulse", "/inbox/news", "/session")
#: Errors that are told at once.
SHOWN = 5
#: Applications of rehearsals that one process keeps.
KEPT = 12


def _house() -> Any:
    found = state.installation().rehearsals
    if found is None:
        raise NotFound(text("There are no rehearsals in a rehearsal"))
    return found


@blueprint.get("/rehearsals/")
@allow(ANALYSTS)
def show() -> ResponseReturnValue:
    """List the analyst's own rehearsals."""
    return render_template("workshop/rehearsals.html", found=_house().of(state.actor().account))


@blueprint.post("/b/<branch>/rehearsals")
@allow(ANALYSTS)
def begin(branch: str) -> ResponseReturnValue:
    """Begin a rehearsal of a branch as the analyst has it, unsaved work included."""
    process = request.form.get("process", "").strip()[:255]
    actor, house = state.actor(), _house()
    try:
        with state.reading() as uow:
            files = branches.mine(uow, actor, branch)
            made = house.begin(uow, actor.account, branch, files, process, state.now())
    except DefinitionRefused as refused:
        return _refused(branch, refused)
    with state.writing() as uow:
        detail = {"branch": branch, "process": process}
        audit.append(uow, state.context(), actor, "rehearsal.begin", f"rehearsal:{made}", detail)
        uow.commit()
    _open_first(house.open(made, actor.account), process)
    return redirect(_address(made), code=303)


def _refused(branch: str, refused: DefinitionRefused) -> ResponseReturnValue:
    """Say on the branch's page what hinders its rehearsal."""
    errors = [one for one in refused.problems if one.severity is Severity.ERROR]
    flash(state.said(text("What has errors cannot be rehearsed. Mend them first:")), "late")
    for one in errors[:SHOWN]:
        flash(f"{one.file}:{one.line} {one.element}: {state.said(one.message)}", "late")
    return redirect(address("workshop_home.branch", branch=branch), code=303)


def _open_first(rehearsal: Any, process: str) -> None:
    """Open a first case, of the first family; what hinders it is told on the page."""
    if not process:
        return
    try:
        rehearsal.begin(rehearsal.first(process))
    except ZholdamaError as error:
        flash(state.said(error.text), "late")


def _address(rehearsal_id: str) -> str:
    return address("workshop_rehearsals.enter", rehearsal_id=rehearsal_id)


@blueprint.post("/rehearsals/<rehearsal_id>/end")
@allow(ANALYSTS)
def end(rehearsal_id: str) -> ResponseReturnValue:
    """End a rehearsal: everything of it is removed."""
    _end(_house(), rehearsal_id, state.actor().account)
    return redirect(address("workshop_rehearsals.show"), code=303)


def _end(house: Any, rehearsal_id: str, account: str) -> None:
    house.end(rehearsal_id, account)
    with _lock:
        _apps.pop(rehearsal_id, None)


@blueprint.route("/rehearsals/<rehearsal_id>/", methods=METHODS)
@allow(THROUGH)
def enter(rehearsal_id: str) -> ResponseReturnValue:
    """Show the first page of a rehearsal."""
    return _through(rehearsal_id)


@blueprint.route("/rehearsals/<rehearsal_id>/<path:rest>", methods=METHODS)
@allow(THROUGH)
def go(rehearsal_id: str, rest: str) -> ResponseReturnValue:
    """Let a page of a rehearsal answer."""
    return _through(rehearsal_id)


def _through(rehearsal_id: str) -> ResponseReturnValue:
    actor = state.actor()
    app = _app(_house().open(rehearsal_id, actor.account))
    top = f"/workshop/rehearsals/{rehearsal_id}"
    environ = dict(request.environ)
    environ["PATH_INFO"] = request.environ["PATH_INFO"].removeprefix(top)
    environ["SCRIPT_NAME"] = request.environ.get("SCRIPT_NAME", "") + top
    environ["zholdama.language"] = state.language()
    environ["zholdama.keep"] = _keeper(state.installation(), actor)
    environ["zholdama.like"] = _liker(state.installation(), actor)
    environ["zholdama.end"] = _ender(_house(), rehearsal_id, actor.account)
    for name in [name for name in environ if name.startswith("werkzeug.")]:
        del environ[name]
    if environ["PATH_INFO"].startswith(POLLS):
        session.modified = False
    answer = Answer.from_app(app.wsgi_app, environ, buffered=True)
    g.content_security_policy = answer.headers.get("Content-Security-Policy")
    return answer


# The applications, one for each rehearsal that is open here.

_apps: OrderedDict[str, tuple[Any, Flask]] = OrderedDict()
_lock = threading.Lock()


def _app(rehearsal: Any) -> Flask:
    with _lock:
        known = _apps.get(rehearsal.about.id)
        if known is None or known[0] is not rehearsal:
            # Its pages are all pages, these among them: it can only be imported when it is needed.
            from engine.web.workshop.rehearsing import pages  # noqa: PLC0415  see above

            known = _apps[rehearsal.about.id] = (rehearsal, pages(rehearsal))
        _apps.move_to_end(rehearsal.about.id)
        while len(_apps) > KEPT:
            _apps.popitem(last=False)
        return known[1]


def _ender(house: Any, rehearsal_id: str, account: str) -> Callable[[], None]:
    return lambda: _end(house, rehearsal_id, account)


# Two things lead back: to look how a real case of hers went, and to keep a scenario in her branch.


def _liker(installation: state.Installation, actor: Actor) -> Callable[[str], Likeness]:
    def like(number: str) -> Likeness:
        with installation.database.begin() as uow:
            found = likeness.of(uow, installation.context, actor, number)
            uow.commit()
        return found

    return like


def _keeper(installation: state.Installation, actor: Actor) -> Callable[[str, Scenario], str]:
    def keep(branch: str, made: Scenario) -> str:
        with installation.database.begin() as uow:
            name = _add(uow, installation.context, actor, branch, made)
            uow.commit()
        return name

    return keep


def _add(uow: Any, ctx: Any, actor: Actor, branch: str, made: Scenario) -> str:
    """Write a scenario at the end of the file beside its diagram; return the file's name."""
    files = branches.files(uow, branch)
    name = _file_of(files, made.process)
    before = files.get(name, b"")
    content = before + (b"\n" if before else b"") + rehearsals.written(made).encode()
    scenarios.read(content, name)
    base = branches.file(uow, branch, name).revision if before else 0
    note = state.said(text("Kept from a rehearsal: {name}", name=made.name))
    branches.save(uow, ctx, actor, branch, name, content, base=base, note=note)
    return name


def _file_of(files: Any, process: str) -> str:
    wanted = re.compile(rb'<(?:\w+:)?process\b[^>]*\bid="' + re.escape(process.encode()) + rb'"')
    for name, content in files.items():
        if name.endswith(".bpmn") and wanted.search(content):
            return f"{name.rpartition('/')[0]}/{scenarios.FILE}".lstrip("/")
    raise NotFound(text("There is no process {process}", process=process))
