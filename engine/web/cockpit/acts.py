"""The one page of every act: what it is done to, its fields, what would change, why, the button.

An operation brings its own fields as ``cockpit/acts/<kind>-<name>.html``, drawn with the macros of
``cockpit/fields.html``; one without fields has none. Whatever is refused, what was typed is kept;
what changed meanwhile is looked at anew, and the form carries the new stamp.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from engine.errors import Conflict, FormRefused, NotFound, Refused, StepFailed
from engine.i18n import translate
from engine.model.text import Text, Words, text
from engine.services.cockpit import catalogue, operations
from engine.services.cockpit.operations import Operation, Params, Preview, Subject, Wish
from engine.web import recording, say, state
from engine.web.policy import ADMINS, allow

blueprint = Blueprint("cockpit_acts", __name__)

#: Fields of the frame itself; all others are the operation's.
OWN = frozenset({"csrf_token", "next", "stamp", "reason", "confirm"})
#: Longest reason, and longest value of a field.
REASON, TYPED = 2000, 20_000
#: Where one goes from an act that was asked for without saying from where.
HOME = "/admin/"
#: Subjects whose forms show something of a case: each look at them is written down.
_OF_CASE = frozenset({Subject.CASE, Subject.TASK, Subject.JOB, Subject.INCIDENT})


def partial(operation: Operation) -> str:
    """Return the template of an operation's own fields; there may be none."""
    return f"cockpit/acts/{operation.subject.value}-{operation.name}.html"


@dataclass(frozen=True, kw_only=True)
class Page:
    """An act's form as it stands."""

    #: The operation.
    operation: Operation
    #: Id of the subject.
    subject: str
    #: Where to go when it is done.
    next: str
    #: What stands in the operation's fields, by name.
    values: Mapping[str, str] = field(default_factory=dict)
    #: Why, as it was typed.
    reason: str = ""
    #: What would change.
    preview: Preview
    #: Errors by field; the frame's own are ``reason`` and ``confirm``.
    errors: Mapping[str, Sequence[Text]] = field(default_factory=dict)
    #: Why it was not done, if not for a field.
    trouble: Text | None = None
    #: Whether a part of another page asks: drawn without a page around.
    part: bool = False

    @property
    def partial(self) -> str:
        """Return the template of the operation's own fields."""
        return partial(self.operation)

    def value(self, name: str) -> str:
        """Return what stands in a field: what was typed, else what is proposed."""
        return self.values[name] if name in self.values else self.preview.given.get(name, "")

    @property
    def blocked(self) -> bool:
        """Tell whether it cannot be done whatever is typed."""
        return bool(self.preview.refusals)


def _operation(kind: str, name: str) -> Operation:
    try:
        return catalogue.operation(Subject(kind), name)
    except ValueError as error:
        raise NotFound(text("There is no such act")) from error


def came_from(written: str) -> str:
    """Return an address of ours to go back to, without the mount; another's: the overview."""
    inside = written.startswith("/") and not written.startswith(("//", "/\\"))
    clean = written.isprintable() and "\\" not in written and len(written) <= 2000
    return written if inside and clean else request.script_root + HOME


def _typed(said: Mapping[str, str]) -> dict[str, str]:
    return {name[:100]: value[:TYPED] for name, value in said.items() if name not in OWN}


def _look(operation: Operation, subject: str, params: Params) -> Preview:
    with state.reading() as uow:
        wish = Wish(subject=subject, params=params)
        seen = operations.look(uow, state.context(), state.actor(), operation, wish)
    if operation.subject in _OF_CASE:
        recording.restricted(f"{operation.subject.value}:{subject[: recording.LONGEST]}")
    return seen


def _seen(
    operation: Operation, subject: str, values: Mapping[str, str], *, strict: bool
) -> tuple[Preview, Mapping[str, Sequence[Text]]]:
    """Return the preview, and what is wrong in the fields; of an untouched form nothing is said."""
    try:
        params = operation.read(values)
    except FormRefused as refused:
        return _look(operation, subject, {}), refused.errors if strict else {}
    try:
        return _look(operation, subject, params), {}
    except FormRefused as refused:
        return _look(operation, subject, {}), refused.errors if strict else {}


def _draw(page: Page, status: int = 200) -> ResponseReturnValue:
    template = "cockpit/act_part.html" if page.part else "cockpit/act.html"
    return render_template(template, page=page, said=said), status


def said(value: Text | Words | str) -> str:
    """Say one side of a change; moments within a sentence in the country's time."""
    if isinstance(value, str):
        return value
    language = state.language()
    if isinstance(value, Words):
        return value.said(language)
    told = {
        name: say.moment(one, language, now=state.now()) if isinstance(one, datetime) else one
        for name, one in value.params.items()
    }
    return translate(Text(value.msgid, told), language)


def _is_part() -> bool:
    return bool(request.headers.get("HX-Request"))


@blueprint.get("/<kind>/<subject>/acts/<name>")
@allow(ADMINS)
def show(kind: str, subject: str, name: str) -> ResponseReturnValue:
    """Show the form with what would change; the address may fill fields."""
    operation = _operation(kind, name)
    values = _typed(request.args)
    preview, _ = _seen(operation, subject, values, strict=False)
    if preview.given and not preview.changes:
        # What is proposed in the fields is looked at as if it had been typed.
        proposed, _ = _seen(operation, subject, {**preview.given, **values}, strict=False)
        preview = replace(proposed, given={**proposed.given, **preview.given})
    return _draw(
        Page(
            operation=operation,
            subject=subject,
            next=came_from(request.args.get("next", "")),
            values=values,
            preview=preview,
            part=_is_part(),
        )
    )


@blueprint.post("/<kind>/<subject>/acts/<name>/preview")
@allow(ADMINS)
def preview(kind: str, subject: str, name: str) -> ResponseReturnValue:
    """Show what would change with what is typed now."""
    operation = _operation(kind, name)
    values = _typed(request.form)
    seen, errors = _seen(operation, subject, values, strict=True)
    page = Page(
        operation=operation,
        subject=subject,
        next=came_from(request.form.get("next", "")),
        values=values,
        reason=request.form.get("reason", "")[:REASON],
        preview=seen,
        errors=errors,
    )
    if not _is_part():
        return _draw(page)
    return render_template("cockpit/act_preview.html", page=page, said=said)


@blueprint.post("/<kind>/<subject>/acts/<name>")
@allow(ADMINS)
def perform(kind: str, subject: str, name: str) -> ResponseReturnValue:
    """Do it, or show the form again with everything that was typed."""
    operation = _operation(kind, name)
    try:
        _perform(operation, subject)
    except FormRefused as refused:
        return _again(operation, subject, refused.errors, None, 400)
    except (Conflict, Refused, StepFailed) as error:
        return _again(
            operation, subject, {}, error.text, 409 if isinstance(error, Conflict) else 400
        )
    flash(state.said(text("Done: {act}", act=operation.title)), "ok")
    return redirect(came_from(request.form.get("next", "")), code=303)


def _perform(operation: Operation, subject: str) -> None:
    params = _checked(operation)
    wish = Wish(
        subject=subject,
        params=params,
        reason=request.form.get("reason", "").strip(),
        stamp=request.form.get("stamp", "")[:200],
    )
    with state.writing() as uow:
        operations.perform(uow, state.context(), state.actor(), operation, wish)
        uow.commit()


def _checked(operation: Operation) -> Params:
    """Read the fields, the operation's and the frame's; `FormRefused` with all errors at once."""
    errors: dict[str, Sequence[Text]] = {}
    params: Params = {}
    try:
        params = operation.read(_typed(request.form))
    except FormRefused as refused:
        errors.update(refused.errors)
    reason = request.form.get("reason", "").strip()
    if operation.reasoned and not reason:
        errors["reason"] = [text("Write why; it is kept with the act.")]
    elif len(reason) > REASON:
        errors["reason"] = [text("At most {most} characters", most=REASON)]
    if operation.grave and request.form.get("confirm") != "1":
        errors["confirm"] = [text("Confirm it: this cannot be taken back.")]
    if errors:
        raise FormRefused(text("The form is not complete"), errors)
    return params


def _again(
    operation: Operation,
    subject: str,
    errors: Mapping[str, Sequence[Text]],
    trouble: Text | None,
    status: int,
) -> ResponseReturnValue:
    values = _typed(request.form)
    seen, _ = _seen(operation, subject, values, strict=False)
    page = Page(
        operation=operation,
        subject=subject,
        next=came_from(request.form.get("next", "")),
        values=values,
        reason=request.form.get("reason", "")[:TYPED],
        preview=seen,
        errors=errors,
        trouble=trouble,
    )
    return _draw(page, status)
