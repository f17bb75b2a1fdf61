"""What failed and waits: the list with its causes, and one incident as a page and in a panel."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from engine.model.people import ADMIN
from engine.model.text import Text, text
from engine.services import access, accounts, definitions, organisations
from engine.services import incidents as failures
from engine.services.cockpit import incidents
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
    said, actor, ctx = _said(), state.actor(), state.context()
    grouped = request.args.get("view") == "causes"
    with state.reading() as uow:
        page = incidents.page(uow, ctx, actor, said, after=_clean("after"))
        causes = incidents.causes(uow, ctx, actor, said) if grouped else ()
        choices = _choices(uow, actor, resolved=said.get("state") == "resolved")
        everywhere = access.reach(uow, actor) is None
        strangers = failures.strangers(uow, ctx, actor) if everywhere and not said else ()
    part = request.args.get("after") and request.headers.get("HX-Request")
    return render_template(
        "cockpit/incidents/rows.html" if part else "cockpit/incidents/index.html",
        page=page,
        causes=causes,
        grouped=grouped,
        said=said,
        choices=choices,
        strangers=strangers,
        everywhere=everywhere,
        narrowed=any(name in said for name in FILTERS),
        address=_address,
        notes=NOTES,
    )


def _address(**changes: str) -> str:
    """Return the list's address with some of its parts changed; "" takes one away."""
    kept = {**_said(), "view": request.args.get("view", "")}
    found = {name: value for name, value in {**kept, **changes}.items() if value}
    return rendering.address("cockpit_incidents.index", **found)


def _choices(uow: Any, actor: Any, *, resolved: bool) -> dict[str, list[tuple[str, str]]]:
    """Return what the filters offer: value and name."""
    language = state.language()
    named = {one.key: one.names for one in definitions.list_latest(uow)}
    places = uow.failures.elements(resolved=resolved)
    processes = sorted({row.process for row in places if row.process})
    offices = access.reach(uow, actor)
    return {
        "process": [(one, rendering.pick(named.get(one), language) or one) for one in processes],
        "handler": [(one, one) for one in uow.failures.topics(resolved=resolved)],
        "assignee": [
            ("me", state.said(text("me"))),
            ("-", state.said(text("nobody"))),
            *_admins(uow, actor.account),
        ],
        "office": sorted(
            (
                (one.code, rendering.pick(one.names, language) or one.code)
                for one in organisations.list_organisations(uow)
                if offices is None or one.code in offices
            ),
            key=lambda pair: pair[1],
        ),
    }


def _admins(uow: Any, me: str) -> list[tuple[str, str]]:
    return [
        (one.id, one.name)
        for one in accounts.list_accounts(uow)
        if one.id != me and one.active and any(held.role == ADMIN for held in one.memberships)
    ]


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
