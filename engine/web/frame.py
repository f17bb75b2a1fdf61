"""Small things around the pages: the front door, the list of keys, a sign of life."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from engine.web import state
from engine.web.policy import PUBLIC, STAFF, allow

blueprint = Blueprint("frame", __name__)


@blueprint.get("/")
@allow(STAFF)
def front_door() -> ResponseReturnValue:
    """Lead to the inbox."""
    return redirect(url_for("inbox.show"))


@blueprint.get("/keys")
@allow(STAFF)
def keys() -> ResponseReturnValue:
    """Show what the keys do."""
    return render_template("parts/keys.html")


@blueprint.get("/health")
@allow(PUBLIC)
def health() -> ResponseReturnValue:
    """Answer if the process and its database do."""
    with state.reading():
        return "ok\n", 200, {"Content-Type": "text/plain; charset=utf-8"}
