"""What the page of a task shows: form, errors, remarks, way, history; also after a failure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from engine.errors import StaleRevision, TaskClosed, TaskTaken, ZholdamaError
from engine.forms import Form, Sent
from engine.model.text import Text, text
from engine.services import tasks
from engine.services.views import DocumentView, TaskState, TaskView
from engine.web import drafting, lists, parts, rendering, say, state, strips, timeline
from engine.web.formrender import Attached, render, render_sent, summary


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the page says above everything else."""

    #: Sentence.
    title: Text
    #: What it means, what to do.
    advice: Text
    #: ``late`` or ``soon``.
    kind: str = "late"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """How a task is to be shown: as it is kept, or after something went wrong."""

    #: Values of the form; None: those that are kept.
    values: Mapping[str, object] | None = None
    #: Errors by field.
    errors: Mapping[str, Sequence[Text]] | None = None
    #: Whether remarks are asked for, because the case is to go back.
    returning: bool = False
    #: Notice on top.
    said: Said | None = None
    #: HTTP status.
    status: int = 200


NOTHING_SENT = text("The case was not sent and nothing was signed. What you entered is kept.")


def page(task_id: str, shown: Shown) -> ResponseReturnValue:
    """Draw the page of a task."""
    with state.reading() as uow:
        view = tasks.look(uow, state.context(), state.actor(), task_id)
        eye = lists.Eye(
            language=state.language(), now=state.now(), calendar=state.working_calendar(uow)
        )
        panels = parts.panels(uow, view)
        names = parts.document_names(uow, view.process, view.business_key)
        term = parts.term(uow, view)
    form = drafting.form_of(view)
    returning = shown.returning and drafting.returnable(form) and view.mine
    body = render_template(
        "task/task.html",
        task=view,
        shown=shown,
        returning=returning,
        returnable=drafting.returnable(form) and view.mine,
        editable=view.mine and view.state is TaskState.OPEN and shown.status != 409,
        closed=view.state is not TaskState.OPEN and shown.values is None,
        form=_questions(view, shown, returning=returning),
        sent=_sent(view),
        signed=[one for one in view.signatures if one.task_id == view.task_id],
        summary=_summary(form, shown),
        due=None if view.state is TaskState.CANCELLED else lists.task_due(view, eye, long=True),
        total=None if view.state is not TaskState.OPEN else lists.case_total(term, eye),
        strip=strips.draw(view.way, eye.language, eye.now, eye.calendar, view.due),
        since=say.since(view.claimed, eye.language, eye.now) if view.claimed else "",
        saved=say.saved_at(view.draft_saved, eye.language) if view.draft_saved else "",
        panels=panels,
        document_names=names,
        days=timeline.draw(
            timeline.people_only(timeline.story(view.history, view.comments)),
            eye.language,
            eye.now,
            most=8,
        ),
        # A domain with panels of its own tells the remarks there, with their answers.
        remarks=[] if panels else _remarks(view, form),
    )
    return body, shown.status


def _questions(view: TaskView, shown: Shown, *, returning: bool) -> Markup:
    """Draw the form: as it is kept, or as it was typed.

    A closed task has none: what was sent is drawn by `_sent`, not what the adapter loads now.
    """
    form = drafting.form_of(view)
    if form is None or (view.state is not TaskState.OPEN and shown.values is None):
        return Markup("")
    values = dict(view.values if shown.values is None else shown.values)
    known = drafting.context(view)
    if drafting.returnable(form):
        # The buttons decide, not what an earlier round left in the case's variables.
        known[drafting.DECISION] = drafting.RETURN if returning else drafting.FORWARD
    if returning and not values.get(drafting.REMARKS):
        values[drafting.REMARKS] = [{}]  # who returns a case has at least one reason to write
    open_to_me = view.mine and view.state is TaskState.OPEN
    return render(
        drafting.drawn(form, returning=returning),
        form.initial(values),
        shown.errors or {},
        state.language(),
        readonly=not open_to_me and shown.values is None,
        documents=[attached(one) for one in view.documents],
        context=known,
        now=state.now(),
        remarks=_at_fields(view),
        sprite=rendering.asset("icons.svg"),
    )


def _sent(view: TaskView) -> Markup:
    """Draw what was sent with a finished task; nothing where nothing is kept."""
    if view.sent is None:
        return Markup("")
    there = {one.id: attached(one) for one in view.documents}
    return render_sent(
        drafting.sent_form(view.sent),
        Sent(
            values=view.sent.values,
            hidden=view.sent.hidden,
            options=view.sent.options,
            files=tuple(view.sent.files),
        ),
        state.language(),
        documents=[
            there.get(key) or Attached(id=key, name=name) for key, name in view.sent.files.items()
        ],
        sprite=rendering.asset("icons.svg"),
    )


def _summary(form: Form | None, shown: Shown) -> Markup:
    if form is None or not shown.errors:
        return Markup("")
    return summary(
        form,
        shown.errors,
        state.language(),
        lead=NOTHING_SENT,
        sprite=rendering.asset("icons.svg"),
    )


def attached(file: DocumentView) -> Attached:
    """Return a document as a filepicker lists it."""
    when = say.moment(file.at, state.language(), now=state.now())
    return Attached(
        id=file.id,
        name=file.name,
        detail=f"{say.size(file.size, state.language())}, {when}",
        href=url_for("files.send", document_id=file.id),
    )


def _at_fields(view: TaskView) -> dict[str, list[str]]:
    """Return the latest round's remarks by field: they stand where they are answered."""
    remarks = [one for one in view.comments if one.kind == "remark"]
    last = max((one.round for one in remarks), default=0)
    found: dict[str, list[str]] = {}
    for one in remarks:
        if one.field and one.round == last:
            found.setdefault(one.field, []).append(one.body)
    return found


@dataclass(frozen=True, kw_only=True)
class Remark:
    """A remark of an earlier round."""

    #: What was written.
    body: str
    #: Name of the field it is tied to; may be empty.
    place: str
    #: By whom and when.
    who: str


def _remarks(view: TaskView, form: Form | None) -> list[tuple[int, list[Remark]]]:
    """Return remarks by round, the latest first."""
    places = dict(form.places(state.language())) if form else {}
    found: dict[int, list[Remark]] = {}
    for one in view.comments:
        if one.kind == "remark":
            when = say.moment(one.at, state.language(), now=state.now())
            remark = Remark(
                body=one.body, place=places.get(one.field, ""), who=f"{one.who}, {when}"
            )
            found.setdefault(one.round, []).append(remark)
    return sorted(found.items(), reverse=True)


def stuck() -> Said:
    """Return what to say when the diagram, not the person, is at fault."""
    return Said(
        title=text("The case cannot go on from here: its diagram or a table has no answer"),
        advice=text(
            "Nothing was sent, what you typed is kept, and the administrators have been told. "
            "Send it again when they have mended it."
        ),
    )


def later(error: ZholdamaError) -> Said:
    """Return what to say while nothing can be written."""
    return Said(
        title=error.text,
        advice=text("Nothing was sent. What you typed stands below: send it again in a minute."),
    )


def conflict(error: ZholdamaError) -> Said:
    """Return what to say when somebody was faster, or a signature was refused."""
    if isinstance(error, TaskTaken):
        return Said(
            title=text("{name} has this task now", name=error.owner),
            advice=text(
                "Nothing was sent. What you typed stands below: copy what is worth keeping, "
                "or agree with the colleague who goes on."
            ),
        )
    if isinstance(error, TaskClosed):
        return Said(
            title=text("This task is no longer open"),
            advice=text("It was sent or withdrawn meanwhile. What you typed stands below."),
        )
    if isinstance(error, StaleRevision):
        return Said(
            title=text("The form was changed meanwhile, perhaps in another window"),
            advice=text(
                "Nothing was sent. Below stands what you typed: look it over and send again."
            ),
            kind="soon",
        )
    return Said(title=error.text, advice=NOTHING_SENT)
