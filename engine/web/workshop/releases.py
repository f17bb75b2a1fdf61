"""Deploying a branch, and the versions of a process."""

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import (
    Conflict,
    DefinitionRefused,
    Forbidden,
    Refused,
    ValueRefused,
    ZholdamaError,
)
from engine.model.calendar import ZONE
from engine.model.problems import Severity
from engine.model.text import text
from engine.services import definitions
from engine.services.workshop import branches, releases
from engine.services.workshop.views import Preview
from engine.web import say, state
from engine.web.errors import status_of
from engine.web.files import attachment
from engine.web.policy import ANALYSTS, allow
from engine.web.workshop.home import packed

blueprint = Blueprint("workshop_releases", __name__)


@blueprint.get("/b/<branch>/deploy")
@allow(ANALYSTS)
def show(branch: str) -> ResponseReturnValue:
    """Show what deploying a branch would change."""
    return _page(branch)


def _page(branch: str, problem: ZholdamaError | None = None) -> ResponseReturnValue:
    with state.reading() as uow:
        found = releases.preview(uow, state.context(), branch, state.actor())
    errors = [one for one in found.problems if one.severity is Severity.ERROR]
    body = render_template(
        "workshop/deploy.html",
        preview=found,
        errors=errors,
        warnings=[one for one in found.problems if one.severity is not Severity.ERROR],
        why=_why_not(found),
        problem=state.said(problem.text) if problem else "",
        typed=request.form,
        soonest=f"{say.local(state.now()):%Y-%m-%dT%H:%M}",
    )
    return body, status_of(problem) if problem else 200


def _why_not(found: Preview) -> str:
    """Return why the button does nothing; empty: it does."""
    if not (found.files or found.processes):
        return state.said(text("Nothing to deploy: the branch is as deployed."))
    if found.refusal is not None:
        return state.said(found.refusal)
    if found.errors:
        return state.said(text("{count} errors stop it; mend them first.", count=found.errors))
    return ""


@blueprint.post("/b/<branch>/deploy")
@allow(ANALYSTS)
def deploy(branch: str) -> ResponseReturnValue:
    """Deploy, now or from a moment on; what stands in the way is said on the page."""
    try:
        at = _moment(request.form.get("active_from", ""))
        note = request.form.get("note", "").strip()
        if not note:
            raise ValueRefused(text("Write what changed, for the list of versions."))
        with state.writing() as uow:
            releases.deploy(
                uow,
                state.context(),
                state.actor(),
                branch,
                note=note[:2000],
                tag=request.form.get("tag", ""),
                active_from=at,
                expected=request.form.get("seen", ""),
            )
            uow.commit()
    except (Refused, Conflict, Forbidden) as problem:
        return _page(branch, problem)
    if at is not None and at > state.now():
        when = say.moment(at, state.language(), now=state.now())
        said = text("It takes effect on {moment}.", moment=when)
    else:
        said = text("Deployed. New cases go the new way, running ones stay on their version.")
    flash(state.said(said), "ok")
    return redirect(url_for("workshop_home.index"), code=303)


def _moment(said: str) -> datetime | None:
    """Read a local moment (Asia/Almaty) as a browser sends it; nothing: None."""
    if not said.strip():
        return None
    try:
        return datetime.fromisoformat(said.strip()).replace(tzinfo=ZONE)
    except ValueError as problem:
        raise ValueRefused(text("Write the moment as a day and a time.")) from problem


@blueprint.get("/processes/<key>/")
@allow(ANALYSTS)
def versions(key: str) -> ResponseReturnValue:
    """Show the versions of a process."""
    return _versions(key)


def _versions(key: str, problem: ZholdamaError | None = None) -> ResponseReturnValue:
    with state.reading() as uow:
        found = releases.versions(uow, key)
        coming = [one for one in releases.scheduled(uow) if key in one.processes]
    body = render_template(
        "workshop/process.html",
        key=key,
        versions=found,
        coming=coming,
        main=branches.MAIN,
        problem=state.said(problem.text) if problem else "",
        typed=request.form,
    )
    return body, status_of(problem) if problem else 200


@blueprint.post("/processes/<key>/roll-back")
@allow(ANALYSTS)
def roll_back(key: str) -> ResponseReturnValue:
    """Deploy an earlier version again."""
    wanted, note = request.form.get("definition", ""), request.form.get("note", "").strip()
    try:
        if not note:
            raise ValueRefused(text("Write why, for the list of versions."))
        with state.writing() as uow:
            before = definitions.load(uow, wanted)
            releases.roll_back(uow, state.context(), state.actor(), wanted, note[:2000])
            uow.commit()
    except (DefinitionRefused, Refused, Conflict, Forbidden) as problem:
        return _versions(key, problem)
    said = text("Version {version} runs again, as the newest one.", version=before.version)
    flash(state.said(said), "ok")
    return _to(key)


def _to(key: str) -> ResponseReturnValue:
    return redirect(url_for("workshop_releases.versions", key=key), code=303)


@blueprint.post("/deployments/<deployment_id>/withdraw")
@allow(ANALYSTS)
def withdraw(deployment_id: str) -> ResponseReturnValue:
    """Take a deployment back before it takes effect."""
    with state.writing() as uow:
        releases.withdraw(uow, state.context(), state.actor(), deployment_id)
        uow.commit()
    flash(state.said(text("Withdrawn: it will not take effect.")), "ok")
    return redirect(url_for("workshop_home.index"), code=303)


@blueprint.get("/deployments/<deployment_id>/download")
@allow(ANALYSTS)
def download(deployment_id: str) -> ResponseReturnValue:
    """Send the files of a deployment as one archive."""
    with state.reading() as uow:
        found: Any = releases.files_of(uow, deployment_id)
    return attachment(packed(found), f"{deployment_id}.zip", "application/zip")
