"""Working on a task: show, keep, send, return, attach; what failed comes back filled in."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, jsonify, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from engine.errors import (
    Conflict,
    FormRefused,
    InDoubt,
    SignatureRefused,
    StaleRevision,
    StepFailed,
    Unavailable,
    ValueRefused,
    ZholdamaError,
)
from engine.forms import pressed
from engine.model.text import text
from engine.services import comments, documents, incidents, tasks
from engine.services.views import Completed, DocumentView, TaskForm, TaskView
from engine.web import drafting, errors, say, state
from engine.web.policy import STAFF, allow
from engine.web.taskpage import Said, Shown, attached, conflict, later, page, stuck

blueprint = Blueprint("task", __name__)


@blueprint.get("/<task_id>")
@allow(STAFF)
def show(task_id: str) -> ResponseReturnValue:
    """Show a task."""
    return page(task_id, Shown(returning=request.args.get("act") == drafting.RETURN))


def _pairs() -> list[tuple[str, str]]:
    return [
        (key, value)
        for key, value in request.form.items(multi=True)
        if key not in {"csrf_token", "_act", "_save", "_upload", "_revision"}
    ]


def _revision() -> int | None:
    said = request.form.get("_revision", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 16 else None


@blueprint.post("/<task_id>")
@allow(STAFF)
def send(task_id: str) -> ResponseReturnValue:
    """Do what the pressed button says: a row more or less, keep, ask for remarks, send, return."""
    act = request.form.get("_act", "keep" if "_save" in request.form else "")
    pairs = _pairs()
    if pressed(pairs):
        return _rows(task_id, pairs)
    try:
        if "_upload" in request.form:
            return _attach(task_id, pairs)
        if act in {"keep", "ask-return", "no-return"}:
            return _keep(task_id, pairs, act)
        return _complete(task_id, pairs, returning=act == drafting.RETURN)
    except (FormRefused, Conflict, SignatureRefused) as error:
        return _again(task_id, pairs, error, returning=act == drafting.RETURN)
    except StepFailed as error:
        return _stuck(task_id, pairs, error)
    except InDoubt:
        raise  # whether it was sent, this page could not say
    except Unavailable as error:
        return _later(task_id, pairs, error, returning=act == drafting.RETURN)


def _rows(task_id: str, pairs: list[tuple[str, str]]) -> ResponseReturnValue:
    """Show the form with a row more or less, and keep it so."""
    values = _typed(task_id, pairs)
    with contextlib.suppress(Conflict, Unavailable):
        drafting.keep(task_id, pairs, _revision())
    returning = request.form.get(drafting.DECISION) == drafting.RETURN
    return page(task_id, Shown(values=values, returning=returning))


def _attach(task_id: str, pairs: list[tuple[str, str]]) -> ResponseReturnValue:
    """Keep files that came with the form, where no script uploads them at once."""
    with state.writing() as uow:
        view = tasks.look(uow, state.context(), state.actor(), task_id)
        form = drafting.form_of(view)
        values = drafting.typed(form, pairs, lambda: view.values)
        for name, sent in request.files.items(multi=True):
            path = name.removeprefix("_file:")
            if form is not None and sent.filename and path != name:
                kept = _add(uow, task_id, sent, path)
                values = form.attach(values, path, kept.id)
        tasks.save_draft(
            uow, state.context(), state.actor(), task_id, values, _revision() or view.revision
        )
        uow.commit()
    return redirect(url_for("task.show", task_id=task_id), code=303)


def _add(uow: Any, task_id: str, sent: FileStorage, field: str) -> DocumentView:
    return documents.add_to_draft(
        uow,
        state.context(),
        state.actor(),
        task_id,
        name=(sent.filename or "")[:200],
        mime=sent.mimetype,
        data=sent.read(),
        field=field[:200],
    )


def _typed(task_id: str, pairs: list[tuple[str, str]]) -> dict[str, object]:
    with state.reading() as uow:
        view = tasks.look(uow, state.context(), state.actor(), task_id)
    return drafting.typed(drafting.form_of(view), pairs, lambda: view.values)


def _keep(task_id: str, pairs: list[tuple[str, str]], act: str) -> ResponseReturnValue:
    drafting.keep(task_id, pairs, _revision())
    if act == "ask-return":
        where = url_for("task.show", task_id=task_id, act=drafting.RETURN)
        return redirect(f"{where}#f-{drafting.REMARKS}", code=303)
    return redirect(url_for("task.show", task_id=task_id), code=303)


def _complete(
    task_id: str, pairs: list[tuple[str, str]], *, returning: bool
) -> ResponseReturnValue:
    with state.writing() as uow:
        ctx, actor = state.context(), state.actor()
        # Who returns a case writes remarks into its round: only then the case is looked at.
        seen = tasks.look(uow, ctx, actor, task_id) if returning else None
        typed = _Typed(pairs, seen, lambda: tasks.look(uow, ctx, actor, task_id))
        done = tasks.complete(uow, ctx, actor, task_id, typed, _revision() or None)
        if seen is not None and not done.repeated:
            _write_down(uow, seen, typed.said)
        uow.commit()
    return _onward(typed.asked, done, returning=returning)


class _Typed:
    """What was typed, read by the form of the task that `tasks.complete` has locked."""

    #: What the task asks for, once it is known.
    asked: TaskForm

    def __init__(
        self, pairs: list[tuple[str, str]], seen: TaskView | None, look: Callable[[], TaskView]
    ) -> None:
        """Keep what was posted; `seen` is the task when it goes back, `look` shows it otherwise."""
        self._pairs, self._seen, self._look = pairs, seen, look
        #: Field and text of the remarks with which the case goes back.
        self.said: Sequence[tuple[str, str]] = ()

    def __call__(self, asked: TaskForm) -> Mapping[str, object]:
        """Return the values."""
        self.asked, returning = asked, self._seen is not None
        form = drafting.form_of(asked)
        decided = drafting.returnable(form) and not returning
        kept = drafting.nothing_kept if decided else lambda: (self._seen or self._look()).values
        values = drafting.typed(form, self._pairs, kept)
        if returning:
            self.said = _remarks_said(values)
        if drafting.returnable(form):
            _decide(values, returning=returning, said=self.said)
        return values


def _decide(values: dict[str, object], *, returning: bool, said: Sequence[tuple[str, str]]) -> None:
    """Set the decision that the pressed button stands for."""
    values[drafting.DECISION] = drafting.RETURN if returning else drafting.FORWARD
    if returning and not said:
        raise drafting.without_reason()
    if not returning:
        values.pop(drafting.REMARKS, None)


def _remarks_said(values: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return (field, text) of every remark that says something."""
    rows = values.get(drafting.REMARKS)
    found = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
    return [
        (str(row.get("field") or ""), str(row["text"]).strip())
        for row in found
        if str(row.get("text") or "").strip()
    ]


def _write_down(uow: Any, view: TaskView, said: Sequence[tuple[str, str]]) -> None:
    for place, body in said:
        comments.add(
            uow,
            state.context(),
            state.actor(),
            view.instance_id,
            body,
            kind="remark",
            field=place,
            element=view.element.id,
            round=view.round,
        )


def _onward(view: TaskForm, done: Completed, *, returning: bool) -> ResponseReturnValue:
    if returning:
        said = text("{case} was returned for rework.", case=view.business_key)
    elif view.sign:
        said = text("{case} was signed and sent on.", case=view.business_key)
    else:
        said = text("{case}: the step is done.", case=view.business_key)
    flash(state.said(said), "ok")
    if done.mine:
        return redirect(url_for("task.show", task_id=done.mine[0]), code=303)
    return redirect(url_for("inbox.show"), code=303)


def _again(
    task_id: str, pairs: list[tuple[str, str]], error: ZholdamaError, *, returning: bool
) -> ResponseReturnValue:
    """Show the page with what was typed and why it was not sent."""
    values = _typed(task_id, pairs)
    if isinstance(error, FormRefused):
        with contextlib.suppress(Conflict, FormRefused, Unavailable):
            drafting.keep(task_id, pairs, _revision())
        shown = Shown(values=values, errors=error.errors, returning=returning, status=400)
        return page(task_id, shown)
    stale = isinstance(error, StaleRevision)
    return page(
        task_id,
        Shown(
            values=values,
            returning=returning,
            said=conflict(error),
            # A newer revision of one's own task can be sent after a look; another's cannot.
            status=400 if stale or isinstance(error, SignatureRefused) else 409,
        ),
    )


def _stuck(task_id: str, pairs: list[tuple[str, str]], error: StepFailed) -> ResponseReturnValue:
    """Keep what was typed, and have an administrator look why the case cannot go on."""
    values = _typed(task_id, pairs)
    with contextlib.suppress(Conflict):
        drafting.keep(task_id, pairs, _revision())
    with state.writing() as uow:
        view = tasks.look(uow, state.context(), state.actor(), task_id)
        incidents.record(uow, state.context(), state.actor(), view.instance_id, error)
        uow.commit()
    return page(task_id, Shown(values=values, said=stuck(), status=500))


def _later(
    task_id: str, pairs: list[tuple[str, str]], error: Unavailable, *, returning: bool
) -> ResponseReturnValue:
    """Show what was typed while nothing can be written: the disk is full, say.

    Where nothing can be read either, the page of the error carries it along.
    """
    try:
        values = _typed(task_id, pairs)
        shown = Shown(values=values, returning=returning, said=later(error), status=503)
        answer = make_response(page(task_id, shown))
    except Unavailable:
        raise error from None
    answer.headers["Retry-After"] = errors.RETRY_AFTER
    return answer


@blueprint.post("/<task_id>/draft")
@allow(STAFF)
def keep_draft(task_id: str) -> ResponseReturnValue:
    """Keep what is being typed; a script calls this a moment after the last key."""
    try:
        kept = drafting.keep(task_id, _pairs(), _revision())
    except ZholdamaError as error:
        return errors.told(error, state.said(error.text))
    return jsonify(
        revision=kept.revision,
        hidden=sorted(kept.hidden),
        saved=say.saved_at(state.clock().now(), state.language()),
    )


@blueprint.post("/<task_id>/files")
@allow(STAFF)
def upload(task_id: str) -> ResponseReturnValue:
    """Keep a chosen file at once with the draft, so that no error page can lose it."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise ValueRefused(text("Choose a file first."))
    try:
        with state.writing() as uow:
            kept = attached(_add(uow, task_id, sent, request.form.get("field", "")))
            uow.commit()
    except ZholdamaError as error:
        return errors.told(error, state.said(error.text))
    return jsonify(id=kept.id, name=kept.name, detail=kept.detail, href=kept.href)


def stale_token() -> ResponseReturnValue | None:
    """Show a task's form again when its token is from another session; None: not such a form."""
    if request.endpoint != "task.send" or state.signed_in() is None:
        return None
    task_id = str((request.view_args or {}).get("task_id"))
    said = Said(
        title=text("This page was open for too long"),
        advice=text("Nothing was sent. Below stands what you typed: look it over and send again."),
        kind="soon",
    )
    with contextlib.suppress(ZholdamaError):
        return page(task_id, Shown(values=_typed(task_id, _pairs()), said=said, status=400))
    return None  # not a task for these eyes: the plain page says the rest
