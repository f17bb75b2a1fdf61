"""The reference: handlers, forms and regions, as they are installed and deployed."""

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from engine.forms import Field
from engine.services.cockpit import offices, reference
from engine.web import rendering, state
from engine.web.cockpit.administration import asked
from engine.web.formrender import render
from engine.web.policy import ADMINS, allow

blueprint = Blueprint("cockpit_reference", __name__)


@blueprint.get("/reference/handlers/")
@allow(ADMINS)
def handlers() -> ResponseReturnValue:
    """List handlers."""
    words = asked("q")
    with state.reading() as uow:
        found = reference.list_handlers(uow, state.context(), state.actor(), state.language())
    rows = [one for one in found if words.casefold() in f"{one.topic} {one.title}".casefold()]
    return render_template("cockpit/reference/handlers.html", rows=rows, words=words)


@blueprint.get("/reference/handlers/<topic>")
@allow(ADMINS)
def handler_of(topic: str) -> ResponseReturnValue:
    """Show one handler: what it takes and gives, who calls it."""
    with state.reading() as uow:
        found = reference.load_handler(uow, state.context(), state.actor(), topic, state.language())
    return render_template("cockpit/reference/handler.html", found=found)


@blueprint.get("/reference/forms/")
@allow(ADMINS)
def forms() -> ResponseReturnValue:
    """List the forms that are deployed last."""
    words, language = asked("q").casefold(), state.language()
    with state.reading() as uow:
        found = reference.list_forms(uow, state.context(), state.actor())
    rows = [
        one for one in found if words in f"{one.key} {one.form.title.said(language)}".casefold()
    ]
    return render_template(
        "cockpit/reference/forms.html", rows=rows, words=asked("q"), language=language
    )


@blueprint.get("/reference/forms/<path:key>")
@allow(ADMINS)
def form_of(key: str) -> ResponseReturnValue:
    """Show one form: its fields, who asks it, and how it looks."""
    language = state.language()
    with state.reading() as uow:
        found = reference.load_form(uow, state.context(), state.actor(), key)
    drawn = render(
        found.form,
        found.form.initial({}),
        {},
        language,
        context={},
        now=state.now(),
        sprite=rendering.asset("icons.svg"),
    )
    return render_template(
        "cockpit/reference/form.html",
        found=found,
        fields=[_line(part, language) for part in found.form.walk() if part.path],
        drawn=drawn,
        language=language,
    )


def _line(part: Field, language: str) -> dict[str, Any]:
    return {
        "key": ".".join(part.path),
        "label": part.label.said(language),
        "kind": part.kind.value,
        "required": part.rules.required,
        "options": len(part.options),
    }


@blueprint.get("/reference/regions/")
@allow(ADMINS)
def regions() -> ResponseReturnValue:
    """List the regions, with how many offices each has."""
    with state.reading() as uow:
        found = offices.offices_of(uow, state.actor())
    count: dict[str, int] = {}
    for one in found:
        count[one.region] = count.get(one.region, 0) + 1
    names = state.context().extensions.regions
    codes = [*([""] if "" in count else []), *names, *sorted(set(count) - set(names) - {""})]
    return render_template(
        "cockpit/reference/regions.html",
        rows=[(one, names.get(one, {}), count.get(one, 0)) for one in codes],
    )
