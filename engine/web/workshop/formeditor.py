"""The editor of forms: form-js's own, and beside it the form as staff will see it.

What form-js draws is not what staff get: the product draws forms itself (`engine.web.formrender`).
So the page sends what is typed and shows the answer in a frame of its own, in any language, at the
width of a phone or a desk, and lets the server check what one fills in there.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from engine.errors import ValueRefused
from engine.forms import Form, load_anew
from engine.forms.submission import Checked
from engine.i18n import translate
from engine.model.people import LANGUAGES
from engine.model.text import Text, text
from engine.services.workshop import branches, uses
from engine.web import rendering, state
from engine.web.formrender import render, summary
from engine.web.policy import ANALYSTS, allow
from engine.web.workshop.editor import draw, page_of

blueprint = Blueprint("workshop_formeditor", __name__)

#: Largest form and what was filled in, in characters: what a deployment takes.
LARGEST = 5_000_000
#: Answers drawn for a question whose answers come from the case.
SAMPLES = 2

#: What the script says beside the frame's words; placeholders are filled in by it.
WORDS: Mapping[str, Text] = {
    "preview_waits": text("The preview waits until this is mended: {why}", why="{why}"),
    "preview_away": text("No connection: the preview waits."),
    "preview_of": text("The form as staff see it"),
    "would_send": text("This would be sent on:"),
    "nothing_sent": text("Every answer is in order; the form sends nothing on."),
    "not_json": text("The file is no form-js form: {why}", why="{why}"),
    "form_name": text("The form's name"),
    "what_label": text("The question"),
    "what_description": text("Hint"),
    "what_text": text("Text"),
    "what_patternErrorMessage": text("What is said when the pattern does not fit"),
    "what_row": text("Name of one row"),
    "what_suffix": text("Unit behind the field"),
    "what_option": text("Answer “{value}”", value="{value}"),
    "what_option_hint": text("Hint of the answer “{value}”", value="{value}"),
    "shown_at": text("Shown at: {steps}", steps="{steps}"),
    "shown_nowhere": text("No step of the diagrams shows this form yet."),
    "used_in": text("{key} is read by: {places}", key="{key}", places="{places}"),
    "no_texts": text("The form has no texts yet: drag a component from the left onto it."),
}


def show(
    branch: str, name: str, *, branch_name: str = "", closed: bool = False
) -> ResponseReturnValue:
    """Draw the editor of one form; `closed`: the branch takes no more changes."""
    page = page_of(
        branch, name, bundle="formeditor", text_tab="JSON", branch_name=branch_name, closed=closed
    )
    asked = url_for("workshop_formeditor.tell_uses", branch=branch, name=name)
    return draw("workshop/formeditor.html", page, WORDS, codes=LANGUAGES, uses=asked)


@blueprint.get("/b/<branch>/uses")
@allow(ANALYSTS)
def tell_uses(branch: str) -> ResponseReturnValue:
    """Answer where the diagrams of a branch use a form: ``{"steps", "readers": {key: […]}}``."""
    with state.reading() as uow:
        files = branches.mine(uow, state.actor(), branch)
        name = request.args.get("name", "")
        found = uses.uses(uow, state.context(), files, name, state.language())
    return {"steps": found.steps, "readers": found.readers}


@blueprint.post("/preview")
@allow(ANALYSTS)
def preview() -> ResponseReturnValue:
    """Answer with the page of a form as typed: ``{"html", "errors", "sent"}``.

    Takes ``{"content", "language", "values": [[name, value], …], "check"}``. With ``check`` the
    values are checked as a task's are; `sent` is then what would reach the diagram, as text.
    """
    said = _body()
    try:
        content = said["content"].encode()
    except UnicodeEncodeError as problem:
        raise ValueRefused(text("The text has halves of letters in it")) from problem
    form = load_anew(content)
    values = form.decode(said["values"]) if said["values"] else form.initial({})
    known = _samples(form)
    checked = form.check(values, now=state.now(), context=known) if said["check"] else None
    return {
        "html": _page(form, values, known, checked, said["language"]),
        "errors": len(checked.errors) if checked else 0,
        "sent": _sent(checked),
    }


def _body() -> dict[str, Any]:
    found = request.get_json()
    content = found.get("content") if isinstance(found, dict) else None
    if not isinstance(content, str) or len(content) > LARGEST:
        raise ValueRefused(text("The request cannot be understood"))
    language = found.get("language")
    return {
        "content": content,
        "language": language if language in LANGUAGES else state.language(),
        "values": _pairs(found.get("values")),
        "check": found.get("check") is True,
    }


def _pairs(given: object) -> list[tuple[str, str]]:
    """Return names and values as a form posts them."""
    rows = given if isinstance(given, list) else []
    pairs = [tuple(row) for row in rows if isinstance(row, list) and len(row) == 2]
    return [(name, value) for name, value in pairs if isinstance(name, str) and _is_text(value)]


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _samples(form: Form) -> dict[str, object]:
    """Return made-up answers for questions whose answers come from the case (``valuesKey``)."""
    keys = {part.options_key for part in form.walk() if part.options_key}
    return {key: [_sample(key, number) for number in range(1, SAMPLES + 1)] for key in sorted(keys)}


def _sample(key: str, number: int) -> dict[str, str]:
    said = text("{key}: example {n}", key=key, n=number)
    told = {f"label:{language}": translate(said, language) for language in LANGUAGES[1:]}
    return {"value": f"{key}_{number}", "label": translate(said, LANGUAGES[0]), **told}


def _page(
    form: Form,
    values: Mapping[str, object],
    known: Mapping[str, object],
    checked: Checked | None,
    language: str,
) -> str:
    errors: Mapping[str, Sequence[Text]] = checked.errors if checked else {}
    sprite = rendering.asset("icons.svg")
    shown = render(form, values, errors, language, context=known, now=state.now(), sprite=sprite)
    lead = text("Nothing is sent here: this is a preview.")
    told = summary(form, errors, language, lead=lead, sprite=sprite) if checked else Markup("")
    return render_template(
        "workshop/preview.html",
        form=shown,
        summary=told,
        said_in=language,
        heading=form.title.said(language),
    )


def _sent(checked: Checked | None) -> str | None:
    if checked is None or checked.errors:
        return None
    return json.dumps(checked.values, ensure_ascii=False, indent=1, default=str)
