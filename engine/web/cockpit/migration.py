"""Running cases to another version, by an administrator: looked at, tried on one, then a batch.

The page is the analysts' (`engine.web.workshop.migration`), with what they may not do at its end.
"""

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.services.cockpit import carriage, drawing
from engine.services.cockpit.drawing import Wanted
from engine.services.cockpit.selecting import MOST_TICKED, Selection
from engine.web import state
from engine.web.cockpit.choosing import look_at
from engine.web.policy import ADMINS, allow
from engine.web.workshop import migration
from engine.web.workshop.migration import Place

blueprint = Blueprint("cockpit_migration", __name__)

COCKPIT = Place(
    name="cockpit_migration", frame="cockpit/frame.html", act="cockpit/migration_act.html"
)


@blueprint.get("/processes/<key>/migrate")
@allow(ADMINS)
def show(key: str) -> ResponseReturnValue:
    """Show what a version means for the cases of another."""
    return migration.shown(COCKPIT, key)


@blueprint.post("/processes/<key>/migrate")
@allow(ADMINS)
def remap(key: str) -> ResponseReturnValue:
    """Lead to the preview with the mapping that was chosen."""
    return migration.remapped(COCKPIT, key)


@blueprint.post("/processes/<key>/migrate/trial")
@allow(ADMINS)
def attempt(key: str) -> ResponseReturnValue:
    """Take one case over, look, and undo it."""
    return migration.attempted(COCKPIT, key)


@blueprint.get("/processes/<key>/migrate/cases")
@allow(ADMINS)
def cases(key: str) -> ResponseReturnValue:
    """List the cases that one thing holds, or those that can go."""
    return migration.listed(COCKPIT, key)


@blueprint.post("/processes/<key>/migrate/batch")
@allow(ADMINS)
def draw(key: str) -> ResponseReturnValue:
    """Draw a batch of all cases of a version, of those that can go, or of those that are ticked."""
    ids = tuple(one[:32] for one in request.form.getlist("ids")[:MOST_TICKED])
    with state.writing() as uow:
        _, asked, _ = migration.looked(uow, key)
        mapping = carriage.write_mapping(asked.mapping)
        query = {"from": asked.source, "to": asked.target, "map": mapping}
        if request.form.get("able") == "1":
            query["able"] = "1"
        wanted = Wanted(
            operation=carriage.MIGRATE,
            typed={"target": asked.target, "mapping": mapping},
            selection=Selection(list="versions", query=query, ids=ids),
        )
        made = drawing.draw(uow, state.context(), state.actor(), wanted)
        uow.commit()
    look_at(made)
    return redirect(url_for("cockpit_batches.show", batch_id=made), code=303)
