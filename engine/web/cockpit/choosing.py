"""Choosing what a batch is to do: an operation for the rows of a list, and its fields.

A list posts what is chosen to `choose`. An operation that asks for something shows its fields, the
same that its own page has; then the batch is drawn, and everything else happens on its page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from jinja2 import TemplateNotFound

from engine.errors import FormRefused
from engine.model.text import Text
from engine.services.cockpit import catalogue, drawing, lists, operations, selecting
from engine.services.cockpit.drawing import Wanted
from engine.services.cockpit.operations import Operation, Preview, Wish
from engine.services.cockpit.selecting import Selection
from engine.web import state
from engine.web.cockpit import acts
from engine.web.policy import ADMINS, allow

blueprint = Blueprint("cockpit_choosing", __name__)

#: Fields of the frame itself; all others are the operation's.
OWN = acts.OWN | {"list", "query", "ids", "everything", "operation"}


@blueprint.app_template_global("batch_operations")
def batch_operations(name: str) -> Sequence[Operation]:
    """Return what can be done to the rows of a list, what cannot be taken back at the end."""
    listing = lists.LISTS.get(name)
    subject = listing.subject if listing else None
    found = (one for (kind, _), one in catalogue.operations().items() if kind is subject)
    return sorted(found, key=lambda one: (one.grave, one.name))


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What a list sends."""

    selection: Selection
    #: What is to be done; None: it is not said yet.
    operation: Operation | None
    #: What stands in the operation's fields.
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> Sequence[tuple[str, str]]:
        """Return the selection as hidden fields."""
        ids = [("ids", one) for one in self.selection.ids]
        return [("list", self.selection.list), ("query", self.selection.written), *ids]


def _chosen() -> Chosen:
    said = request.form
    subject = lists.listing(said.get("list", "")).subject
    selection = selecting.read(
        said.get("list", ""),
        said.get("query", ""),
        said.getlist("ids"),
        everything=said.get("everything") == "1",
    )
    name = said.get("operation", "")
    operation = catalogue.operation(subject, name) if name else None
    values = {name: value[: acts.TYPED] for name, value in said.items() if name not in OWN}
    return Chosen(selection=selection, operation=operation, values=values)


@blueprint.post("/batches/new")
@allow(ADMINS)
def choose() -> ResponseReturnValue:
    """Ask what is to be done with a selection; draw it if nothing is to be asked."""
    chosen = _chosen()
    if chosen.operation is not None and not _asks(chosen.operation):
        return _draw(chosen)
    return _form(chosen, {})


def _asks(operation: Operation) -> bool:
    """Tell whether an operation has fields to fill."""
    try:
        current_app.jinja_env.get_template(acts.partial(operation))
    except TemplateNotFound:
        return False
    return True


def _form(
    chosen: Chosen, errors: Mapping[str, Sequence[Text]], status: int = 200
) -> ResponseReturnValue:
    """Draw the fields, with what can be chosen for the first of what was selected."""
    page = None
    if chosen.operation is not None:
        subject, preview = _first(chosen.selection, chosen.operation)
        page = acts.Page(
            operation=chosen.operation,
            subject=subject,
            next="",
            values=chosen.values,
            preview=preview,
            errors=errors,
        )
    able = batch_operations(chosen.selection.list)
    body = render_template(
        "cockpit/batch_new.html", chosen=chosen, page=page, able=able, said=acts.said
    )
    return body, status


def _first(selection: Selection, operation: Operation) -> tuple[str, Preview]:
    with state.reading() as uow:
        about = (uow, state.context(), state.actor())
        found = selection.ids[:1] or [
            one for one, _ in lists.listing(selection.list).walk(*about, selection.query, "", 1)
        ]
        for one in found:
            try:
                return one, operations.look(*about, operation, Wish(subject=one))
            except operations.STAYS:
                break
    return "", Preview(name="")


@blueprint.post("/batches")
@allow(ADMINS)
def draw() -> ResponseReturnValue:
    """Write down what will be touched, or show the fields again with their errors."""
    chosen = _chosen()
    if chosen.operation is None:
        return _form(chosen, {}, 400)
    try:
        return _draw(chosen)
    except FormRefused as refused:
        return _form(chosen, refused.errors, 400)


def _draw(chosen: Chosen) -> ResponseReturnValue:
    assert chosen.operation is not None  # noqa: S101  (both callers have looked)
    wanted = Wanted(operation=chosen.operation, typed=chosen.values, selection=chosen.selection)
    with state.writing() as uow:
        made = drawing.draw(uow, state.context(), state.actor(), wanted)
        uow.commit()
    look_at(made)
    return redirect(url_for("cockpit_batches.show", batch_id=made), code=303)


def look_at(batch_id: str) -> None:
    """Look at what was drawn while the person waits; an executor looks at the rest."""
    database: Any = state.installation().database
    drawing.look(database, state.context(), state.actor(), batch_id)
