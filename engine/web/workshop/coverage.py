"""Paragraphs × elements of the orders, and what the scenarios visit."""

from collections.abc import Mapping

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from engine.model.text import Text, text
from engine.services.workshop import coverage
from engine.services.workshop.coverage import Asked
from engine.services.workshop.saying import type_of
from engine.web import state
from engine.web.policy import allow
from engine.web.workshop.migration import LOOKERS

blueprint = Blueprint("workshop_coverage", __name__)

#: What a paragraph may ask, as headings.
ASKED: Mapping[Asked, Text] = {
    Asked.PLACE: text("Task"),
    Asked.TERM: text("Term"),
    Asked.SIGNATURE: text("Signature"),
    Asked.RETURN: text("Way back"),
    Asked.SYSTEM: text("Outside systems"),
    Asked.NEXT: text("Next"),
}


@blueprint.get("/coverage")
@allow(LOOKERS)
def show() -> ResponseReturnValue:
    """Show the table of the law against the diagrams, and the scenarios' ways on them."""
    with state.reading() as uow:
        seen = coverage.coverage(uow, state.context(), state.actor())
    return render_template(
        "workshop/coverage.html",
        seen=seen,
        columns=ASKED,
        type_of=type_of,
        lacking=[line for line in seen.lines if not line.met],
        marks={
            one.process.key: [{"id": spot.element, "css": "missed-z"} for spot in one.missed]
            for one in seen.visits
        },
    )
