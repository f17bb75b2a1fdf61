"""Forms as HTML: the questions of a form, and the summary of what is wrong in it.

The page draws the ``<form>`` itself and what else belongs to it, and puts the questions inside::

    <form class="panel form" id="form" method="post" enctype="multipart/form-data" novalidate
          data-form data-draft="(address)" data-upload="(address)" data-session="(address)"
          data-sign-in="(address)">
      (``csrf_token``, ``_revision``)  {{ render(…) }}
    </form>

Everything works without JavaScript. With it, ``assets/js/form.js`` saves a draft while one types,
shows and hides questions, uploads at once, adds and removes rows, and checks IINs at the field.

* ``data-draft``: POST of the form's fields; answers JSON ``{"saved": "words for the bar",
  "revision": 7, "hidden": [paths]}`` (`hidden` from `Form.state`), or with status 4xx
  ``{"error": "words"}``. The words go to ``[data-saved]``.
* ``data-session``: GET; answers ``{"signed_in", "csrf"}``, asked when a token was refused.
* ``data-upload``: POST ``file``, ``field`` (path), ``csrf_token``; answers ``{"id", "name",
  "detail", "href"}`` or ``{"error"}``. Without JavaScript the file comes with the form as
  ``_file:<path>`` and the button ``_upload``; `Form.attach` puts its id into the values.
* A post with ``_save`` (Enter in a field) wants the draft kept; one with ``_add:…``, ``_remove:…``
  or ``_drop:…`` is answered with the page drawn from `Form.edited`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from engine.forms import Field, Form, Kind, Sent
from engine.forms.scope import Scope
from engine.forms.submission import State
from engine.i18n import translate
from engine.model.text import Text, text
from engine.web.formdrawing import EPOCH, Drawing, Errors
from engine.web.formviews import Attached

__all__ = ["Attached", "render", "render_sent", "summary"]

#: What `form.js` says; the templates say the rest.
_SAID_BY_SCRIPT = {
    "saving": text("Saving the draft"),
    "unsaved": text("The draft is not saved; what you typed stays in this window"),
    "signin": text("You were signed out. Sign in again in another tab, then go on here"),
    "signin-link": text("Sign in"),
    "restored": text("What you typed before is here again"),
    "uploading": text("Uploading {name}"),
    "failed": text("The file was not uploaded. Try again"),
    "large": text("The file is larger than {most} MB"),
    "iin": text("An IIN has 12 digits"),
    "iin-date": text("This IIN is mistyped: it holds no such date of birth"),
    "iin-check": text("This IIN is mistyped: its last digit does not fit the others"),
    "bin": text("A BIN has 12 digits"),
    "bin-check": text("This BIN is mistyped: its last digit does not fit the others"),
    "removed": text("Row removed"),
    "added": text("Row added"),
}


@cache
def _environment() -> Environment:
    folder = Path(__file__).parent / "templates"
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )


def _macros(language: str, sprite: str) -> Mapping[str, object]:
    def sentence(msgid: str, /, **params: object) -> str:
        return translate(Text(msgid, params), language)

    return {"_": sentence, "sprite": sprite, "formatted": formatted, "language": language}


def render(
    form: Form,
    values: Mapping[str, object],
    errors: Errors,
    language: str,
    *,
    readonly: bool = False,
    documents: Iterable[Attached] = (),
    context: Mapping[str, object] | None = None,
    now: datetime | None = None,
    remarks: Mapping[str, Sequence[str]] | None = None,
    before: Mapping[str, object] | None = None,
    sprite: str = "",
) -> Markup:
    """Draw the questions of a form.

    `values` are as typed (`Form.decode`) or as known (`Form.initial`); `context` is what the check
    gets; `documents` are those the values may name; `remarks` and `before` (the values of the
    version before) stand at their fields. `sprite` is the address of the icons.
    """
    known, moment = context or {}, now or EPOCH
    drawing = Drawing(
        form=form,
        values=values,
        errors=errors,
        language=language,
        state=form.state(values, now=moment, context=known),
        context=known,
        documents={one.id: one for one in documents},
        readonly=readonly,
        remarks=remarks or {},
        before=before,
        now=moment,
    )
    return _html(drawing, sprite)


def render_sent(
    form: Form,
    sent: Sent,
    language: str,
    *,
    documents: Iterable[Attached] = (),
    sprite: str = "",
) -> Markup:
    """Draw what was sent with a form, readonly: as it was, whatever the server knows today.

    `form` is the definition it was sent under, `documents` those it names.
    """
    drawing = Drawing(
        form=form,
        values=sent.values,
        errors={},
        language=language,
        state=State(hidden=sent.hidden, fixed=frozenset(), values=sent.values),
        context=sent.options,
        documents={one.id: one for one in documents},
        readonly=True,
    )
    return _html(drawing, sprite)


def _html(drawing: Drawing, sprite: str) -> Markup:
    language = drawing.language
    blocks = drawing.blocks(drawing.form.fields, Scope(values=drawing.values))
    said = {key: translate(words, language) for key, words in _SAID_BY_SCRIPT.items()}
    template = _environment().get_template("form/form.html")
    return Markup(  # noqa: S704  (the template escapes)
        template.render(
            blocks=blocks,
            readonly=drawing.readonly,
            words=json.dumps(said, ensure_ascii=False),
            **_macros(language, sprite),
        )
    )


def summary(
    form: Form,
    errors: Errors,
    language: str,
    *,
    lead: Text | None = None,
    sprite: str = "",
) -> Markup:
    """Draw what is wrong, each with a link to its question; nothing if nothing is wrong.

    `lead` says what the errors mean for the case: nothing was sent, what was typed is kept.
    """
    if not errors:
        return Markup("")
    items = [
        (f"f-{path}", _question(form, path, language), translate(said, language))
        for path, found in errors.items()
        for said in found
    ]
    template = _environment().get_template("form/summary.html")
    told = translate(lead or text("Nothing was sent. What you typed is kept."), language)
    return Markup(  # noqa: S704  (the template escapes)
        template.render(items=items, lead=told, **_macros(language, sprite))
    )


def _question(form: Form, path: str, language: str) -> str:
    """Return what a path asks for: «Отбасы мүшесі 2, ЖСН»; empty where it can't be told."""
    told: list[str] = []
    fields: Sequence[Field] = form.fields
    steps = path.split(".")
    while steps:
        part = _part_at(fields, steps)
        if part is None:
            break
        steps = steps[len(part.path) :]
        if part.kind is Kind.DYNAMICLIST and steps and steps[0].isdigit():
            name = (part.rows.name or part.label).said(language)
            told.append(f"{name} {int(steps.pop(0)) + 1}")
            fields = part.fields
        else:
            told.append(part.label.said(language))
    return ", ".join(one for one in told if one)


def _part_at(fields: Sequence[Field], steps: Sequence[str]) -> Field | None:
    for outer in fields:
        for part in outer.scoped:
            if tuple(steps[: len(part.path)]) == part.path:
                return part
    return None


def formatted(words: str) -> Markup:
    """Draw the words of a text component: paragraphs, ``# heading``, ``- item``, ``**bold**``."""
    out: list[str] = []
    for paragraph in words.replace("\r\n", "\n").split("\n\n"):
        lines = [line.strip() for line in paragraph.split("\n") if line.strip()]
        if lines and all(line.startswith("- ") for line in lines):
            items = "".join(f"<li>{_bold(line[2:])}</li>" for line in lines)
            out.append(f'<ul class="dots">{items}</ul>')
        elif lines:
            out.extend(_lines(lines))
    return Markup("".join(out))  # noqa: S704  (every part is escaped)


def _lines(lines: Sequence[str]) -> Iterable[str]:
    plain = [line for line in lines if not line.startswith("#")]
    yield from (f"<h3>{_bold(line.lstrip('# '))}</h3>" for line in lines if line.startswith("#"))
    if plain:
        yield f"<p>{'<br>'.join(_bold(line) for line in plain)}</p>"


def _bold(line: str) -> str:
    pieces = str(escape(line)).split("**")
    return "".join(f"<b>{piece}</b>" if odd % 2 else piece for odd, piece in enumerate(pieces))
