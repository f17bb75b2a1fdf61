"""Saved filters: kept from a list's page, renamed, shared, deleted, set as one's start."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import FormRefused
from engine.model.text import Text, text
from engine.services.cockpit import filters
from engine.services.cockpit.filters import Saved, Shared
from engine.web import rendering, state
from engine.web.asking import choice
from engine.web.policy import ADMINS, allow

blueprint = Blueprint("cockpit_filters", __name__)

#: Endpoint of each list.
LISTS: Mapping[str, str] = {
    "cases": "cockpit_search.show",
    "incidents": "cockpit_incidents.index",
    "jobs": "cockpit_jobs.index",
    "audit": "cockpit_audit.show",
}
_TITLES: Mapping[str, Text] = {
    "cases": text("All cases"),
    "incidents": text("Incidents"),
    "jobs": text("Jobs"),
    "audit": text("Audit log"),
}
_SHARED: Mapping[Shared, Text] = {
    Shared.MINE: text("only me"),
    Shared.OFFICE: text("administrators of my office"),
    Shared.ALL: text("all administrators"),
}


@blueprint.app_template_global("saved_address")
def list_address(name: str, query: str = "") -> str:
    """Return the address of a list with a query."""
    return url_for(LISTS[name]) + (f"?{query}" if query else "")


@blueprint.app_template_global("saved_filters")
def kept(name: str) -> tuple[Saved, ...]:
    """Return a list's saved filters, for the macro on top of it."""
    with state.reading() as uow:
        return filters.seen(uow, state.actor(), name)


@blueprint.get("/filters/<name>")
@allow(ADMINS)
def show(name: str) -> ResponseReturnValue:
    """Show the saved filters of a list, and the form that keeps one more."""
    return _page(name, request.args.get("query", ""), "", Shared.MINE, {})


def _page(
    name: str, query: str, typed: str, shared: Shared, errors: Mapping[str, object]
) -> ResponseReturnValue:
    if name not in LISTS:
        name = "cases"
    language = state.language()
    offices = sorted(filters.offices(state.actor()))
    body = render_template(
        "cockpit/filters.html",
        name=name,
        title=_TITLES[name],
        saved=kept(name),
        query=filters.cleaned(query),
        typed=typed,
        shared=shared,
        kinds=[(one, said) for one, said in _SHARED.items()],
        offices=[(code, rendering.office_name(code, language)) for code in offices],
        errors=errors,
        list_address=list_address,
    )
    return body, 400 if errors else 200


@blueprint.post("/filters/<name>")
@allow(ADMINS)
def save(name: str) -> ResponseReturnValue:
    """Keep a filter."""
    said = request.form
    shared = choice(Shared, said.get("shared", ""), Shared.MINE)
    try:
        with state.writing() as uow:
            filters.save(
                uow,
                state.context(),
                state.actor(),
                list_=name,
                name=said.get("name", ""),
                query=said.get("query", ""),
                shared=shared,
                office=said.get("office", ""),
            )
            uow.commit()
    except FormRefused as refused:
        return _page(name, said.get("query", ""), said.get("name", ""), shared, refused.errors)
    flash(state.said("The filter is kept."), "ok")
    return redirect(list_address(name, filters.cleaned(said.get("query", ""))), code=303)


@blueprint.post("/filters/<name>/<filter_id>")
@allow(ADMINS)
def change(name: str, filter_id: str) -> ResponseReturnValue:
    """Rename or share one, delete it, or have the list begin with it."""
    said = request.form
    act = said.get("act", "")
    try:
        with state.writing() as uow:
            if act == "remove":
                filters.remove(uow, state.context(), state.actor(), filter_id)
            elif act in {"start", "unstart"}:
                chosen = filter_id if act == "start" else ""
                filters.begin_with(uow, state.actor(), name, chosen)
            else:
                filters.change(
                    uow,
                    state.context(),
                    state.actor(),
                    filter_id,
                    name=said.get("name", ""),
                    shared=choice(Shared, said.get("shared", ""), Shared.MINE),
                    office=said.get("office", ""),
                )
            uow.commit()
    except FormRefused as refused:
        return _page(name, "", "", Shared.MINE, {**refused.errors, "of": filter_id})
    flash(state.said("The filter is deleted." if act == "remove" else "The filter is changed."))
    return redirect(url_for("cockpit_filters.show", name=name), code=303)
