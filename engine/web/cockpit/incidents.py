"""What failed and waits: the list with its causes, and one incident as a page and in a panel."""

from collections.abc import Mapping

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from engine.model.text import Text, text
from engine.services import access
from engine.services import incidents as failures
from engine.services.cockpit import incidents
from engine.services.cockpit.incidentviews import Choices
from engine.web import rendering, state
from engine.web.cockpit.acts import said as told
from engine.web.cockpit.drawing import seconds
from engine.web.policy import ADMINS, allow

blueprint = Blueprint("cockpit_incidents", __name__)

#: Parts of the list's address that narrow it.
FILTERS = ("process", "element", "handler", "text", "like", "since", "until", "assignee", "office")
#: What somebody did, in words.
NOTES: Mapping[str, Text] = {
    "note": text("note"),
    "assigned": text("assigned"),
    "retried": text("tried again"),
    "changed": text("inputs changed, tried again"),
    "by-hand": text("completed by hand"),
    "closed": text("closed without trying again"),
    "moved": text("the token was moved"),
    "restarted": text("the case was begun anew"),
}


def _said() -> dict[str, str]:
    """Return what the list's address says."""
    found = {name: _clean(name) for name in (*FILTERS, "case", "state")}
    return {name: value for name, value in found.items() if value}


def _clean(name: str) -> str:
    """Return a part of the address without what no database keeps as text."""
    return request.args.get(name, "").replace("\0", "").strip()[:255]


@blueprint.get("/incidents/")
@allow(ADMINS)
def index() -> ResponseReturnValue:
    """List incidents, or their causes; a further page comes as rows alone."""
    said, actor, ctx, after = _said(), state.actor(), state.context(), _clean("after")
    if after and request.headers.get("HX-Request"):
        with state.reading() as uow:
            page = incidents.page(uow, ctx, actor, said, after=after, counted=False)
        return render_template("cockpit/incidents/rows.html", page=page, **_words(said))
    grouped = request.args.get("view") == "causes"
    with state.reading() as uow:
        everywhere = access.reach(uow, actor) is None
        shown = {
            "page": None if grouped else incidents.page(uow, ctx, actor, said, after=after),
            "causes": incidents.causes(uow, ctx, actor, said) if grouped else (),
            "choices": _choices(incidents.choices(uow, actor, said)),
            "strangers": failures.strangers(uow, ctx, actor) if everywhere and not said else (),
        }
    return render_template(
        "cockpit/incidents/index.html",
        grouped=grouped,
        everywhere=everywhere,
        narrowed=any(name in said for name in FILTERS),
        **shown,
        **_words(said),
    )


def _words(said: Mapping[str, str]) -> dict[str, object]:
    """Return what rows are drawn with, wherever they stand."""
    return {"said": said, "address": _address, "notes": NOTES}


def _address(**changes: str) -> str:
    """Return the list's address with some of its parts changed; "" takes one away."""
    kept = {**_said(), "view": request.args.get("view", "")}
    found = {name: value for name, value in {**kept, **changes}.items() if value}
    return rendering.address("cockpit_incidents.index", **found)


def _choices(found: Choices) -> dict[str, list[tuple[str, str]]]:
    """Return what the filters offer: value and name."""
    me = state.actor().account
    others = [(one, name) for one, name in found.assignees.items() if one != me]
    return {
        "process": _named(found.processes),
        "handler": [(one, one) for one in found.handlers],
        "assignee": [
            ("me", state.said(text("me"))),
            ("-", state.said(text("nobody"))),
            *sorted(others, key=lambda pair: pair[1]),
        ],
        "office": sorted(_named(found.offices), key=lambda pair: pair[1]),
    }


def _named(found: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str]]:
    language = state.language()
    return [(one, rendering.pick(names, language) or one) for one, names in found.items()]


@blueprint.get("/incidents/<incident_id>")
@allow(ADMINS)
def show(incident_id: str) -> ResponseReturnValue:
    """Show one incident, as a page, or as the body of a panel of another page."""
    with state.reading() as uow:
        found = incidents.detail(uow, state.context(), state.actor(), incident_id)
    part = bool(request.headers.get("HX-Request"))
    return render_template(
        "cockpit/incidents/part.html" if part else "cockpit/incidents/show.html",
        found=found,
        row=found.row,
        part=part,
        letter=told(incidents.letter(found)),
        notes=NOTES,
        said=told,
        seconds=lambda one: seconds(one, state.language()),
        back=_back(),
    )


def _back() -> str:
    """Return where acts come back to: the incident itself."""
    return request.script_root + request.path
