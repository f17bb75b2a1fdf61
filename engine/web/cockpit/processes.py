"""Processes and their versions: how many cases run on which, and whether new ones are started."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from engine.model.people import ANALYST
from engine.services.cockpit import versions
from engine.web import state
from engine.web.policy import ADMINS, allow

blueprint = Blueprint("cockpit_processes", __name__)


@blueprint.get("/processes/")
@allow(ADMINS)
def index() -> ResponseReturnValue:
    """List all processes."""
    with state.reading() as uow:
        found = versions.list_processes(uow, state.actor())
    return render_template("cockpit/processes.html", found=found)


@blueprint.get("/processes/<key>/")
@allow(ADMINS)
def show(key: str) -> ResponseReturnValue:
    """Show the versions of one."""
    with state.reading() as uow:
        found = versions.list_versions(uow, state.actor(), key)
    return render_template(
        "cockpit/process.html",
        key=key,
        found=found,
        newest=found[0],
        analyst=state.actor().holds(ANALYST),
    )
