"""Batches: what is chosen in a list, what would become of it, how far it is, how it went."""

from collections.abc import Sequence

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from engine.services.cockpit import catalogue, selecting
from engine.services.cockpit.operations import Operation
from engine.web.policy import ADMINS, allow

blueprint = Blueprint("cockpit_batches", __name__)


@blueprint.app_template_global("batch_operations")
def batch_operations(name: str) -> Sequence[Operation]:
    """Return what can be done to the rows of a list, by title."""
    listing = selecting.LISTS.get(name)
    subject = listing.subject if listing else None
    found = (one for (kind, _), one in catalogue.operations().items() if kind is subject)
    return sorted(found, key=lambda one: (one.grave, one.name))


@blueprint.post("/batches/new")
@allow(ADMINS)
def choose() -> ResponseReturnValue:
    """Ask what is to be done with a selection."""
    abort(404)
