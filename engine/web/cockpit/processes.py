"""Processes and their versions: how many cases run on which, and whether new ones are started."""

from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from engine.model.people import ANALYST
from engine.services.cockpit import versions
from engine.services.cockpit.versions import VersionRow
from engine.web import state
from engine.web.policy import ADMINS, allow

blueprint = Blueprint("cockpit_processes", __name__)


def cases_of(row: VersionRow, *, whole: bool = False, **narrower: object) -> str:
    """Return the address of the cases of a version, or of all versions of its process."""
    asked: dict[str, Any] = {"process": row.key, "called": "1", **narrower}
    if not whole:
        asked["version"] = row.id
    return url_for("cockpit_search.show", **asked)


@blueprint.get("/processes/")
@allow(ADMINS)
def index() -> ResponseReturnValue:
    """List all processes."""
    with state.reading() as uow:
        found = versions.list_processes(uow, state.actor())
    return render_template("cockpit/processes.html", found=found, cases_of=cases_of)


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
        cases_of=cases_of,
        analyst=state.actor().holds(ANALYST),
    )
