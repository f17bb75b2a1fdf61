"""Handlers with their pauses, and the processes that do the work."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from engine.services.cockpit import handlers
from engine.web import state
from engine.web.cockpit.drawing import seconds
from engine.web.policy import ADMINS, allow

blueprint = Blueprint("cockpit_handlers", __name__)


@blueprint.get("/handlers/")
@allow(ADMINS)
def index() -> ResponseReturnValue:
    """List handlers: the last hour, what waits, what is paused."""
    with state.reading() as uow:
        found = handlers.handlers(uow, state.context(), state.actor())
    return render_template(
        "cockpit/handlers/index.html",
        rows=found,
        seconds=lambda one: seconds(one, state.language()),
    )


@blueprint.get("/executors/")
@allow(ADMINS)
def executors() -> ResponseReturnValue:
    """List the processes that serve or work, with what each does now."""
    with state.reading() as uow:
        found = handlers.executors(uow, state.context(), state.actor())
    return render_template("cockpit/handlers/executors.html", rows=found, now=state.now())
