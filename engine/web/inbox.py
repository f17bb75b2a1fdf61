"""The inbox: what waits for me and for my office, and how long there is."""

from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.i18n import translate_count
from engine.model.text import text
from engine.services import tasks
from engine.services.views import Box, Counts, Group, InboxPage, InboxQuery, Sort, TaskView
from engine.web import gate, lists, searching, state, strips
from engine.web.asking import choice, whole
from engine.web.policy import STAFF, allow

blueprint = Blueprint("inbox", __name__)
SIZE = 50
BOXES = {
    Box.MINE: text("Mine"),
    Box.OFFICE: text("Office"),
    Box.OVERDUE: text("Overdue"),
    Box.DONE: text("Completed"),
}


def query(words: str) -> InboxQuery:
    """Read the address: what one wants to see; `words` are what it searches for."""
    asked = request.args
    return InboxQuery(
        box=choice(Box, asked.get("box", ""), Box.OFFICE),
        text=words,
        process=asked.get("process", "")[:100],
        element=asked.get("step", "")[:100],
        organisation=asked.get("office", "")[:100],
        due=choice(Group, asked.get("due", ""), None),
        free=asked.get("free") == "1",
        sort=choice(Sort, asked.get("sort", ""), Sort.DUE),
        after=asked.get("after", "")[:500],
        size=whole(asked.get("size", ""), SIZE, least=1, most=200),
    )


def address(**changes: str) -> str:
    """Return this list's address with some of its parameters changed; empty ones go."""
    asked = {key: value for key, value in request.args.items() if key != "after"} | changes
    kept = {key: value for key, value in asked.items() if value}
    return url_for("inbox.show") + ("?" + urlencode(kept) if kept else "")


def number(n: int) -> str:
    """Say a count; counting stops at a thousand."""
    return f"{Counts.CAP - 1}+" if n >= Counts.CAP else str(n)


def _boxes(page: InboxPage, here: Box) -> list[dict[str, object]]:
    counts = page.counts
    numbers = (counts.mine, counts.office, counts.overdue, counts.done)
    return [
        {
            "name": state.said(said),
            "href": address(box=box.value, due=""),
            "count": number(n),
            "here": box is here,
            "late": box is Box.OVERDUE and n > 0,
        }
        for (box, said), n in zip(BOXES.items(), numbers, strict=True)
    ]


@blueprint.get("/")
@allow(STAFF)
def show() -> ResponseReturnValue:
    """Show a box; a further page of it comes as rows alone."""
    plain = searching.cleaned("inbox.show")
    if plain is not None:
        return plain
    with state.reading() as uow:
        asked = query(searching.words(uow))
        page = tasks.inbox(uow, state.context(), state.actor(), asked)
        eye = lists.Eye(
            language=state.language(), now=state.now(), calendar=state.working_calendar(uow)
        )
    template = "inbox/rows.html" if asked.after and _part() else "inbox/list.html"
    return render_template(
        template,
        page=page,
        asked=asked,
        boxes=_boxes(page, asked.box),
        sections=lists.sections(page.rows, eye),
        address=address,
        last_group=request.args.get("group", ""),
        filtered=_filtered(asked),
    )


def _filtered(asked: InboxQuery) -> bool:
    narrowed = (asked.text, asked.process, asked.element, asked.organisation, asked.due, asked.free)
    return any(narrowed)


@blueprint.post("/find")
@allow(STAFF)
def find() -> ResponseReturnValue:
    """Search: lead to the list with the words sealed in its address."""
    return searching.led("inbox.show")


def _part() -> bool:
    return bool(request.headers.get("HX-Request"))


@blueprint.get("/news")
@allow(STAFF)
def news() -> ResponseReturnValue:
    """Tell how many tasks came since the list was drawn; nothing moves under the eye."""
    with state.reading() as uow:
        n = tasks.news(uow, state.context(), state.actor(), request.args.get("stamp", "")[:200])
    return render_template(
        "inbox/news.html", n=n, back=gate.local_path(request.args.get("back", ""))
    )


@blueprint.get("/tasks/<task_id>/preview")
@allow(STAFF)
def preview(task_id: str) -> ResponseReturnValue:
    """Show a task at a glance: a part beside the list, a page of its own on a phone."""
    with state.reading() as uow:
        view = tasks.look(uow, state.context(), state.actor(), task_id)
        calendar = state.working_calendar(uow)
    template = "inbox/preview.html" if _part() else "inbox/preview_page.html"
    return render_template(template, **glance(view, calendar))


def glance(view: TaskView, calendar: object) -> dict[str, object]:
    """Return what the preview of a task shows."""
    eye = lists.Eye(language=state.language(), now=state.now(), calendar=calendar)  # type: ignore[arg-type]
    remarks = [one for one in view.comments if one.kind == "remark"]
    last = max((one.round for one in remarks), default=0)
    return {
        "task": view,
        "due": lists.task_due(view, eye),
        "strip": strips.draw(view.way, eye.language, eye.now, eye.calendar, view.due),
        "remarks": [one for one in remarks if one.round == last],
    }


@blueprint.post("/tasks/<task_id>/claim")
@allow(STAFF)
def claim(task_id: str) -> ResponseReturnValue:
    """Take a task and open it."""
    with state.writing() as uow:
        tasks.claim(uow, state.context(), state.actor(), task_id)
        uow.commit()
    return _go(url_for("task.show", task_id=task_id))


@blueprint.post("/tasks/<task_id>/release")
@allow(STAFF)
def release(task_id: str) -> ResponseReturnValue:
    """Give a task back to the queue."""
    with state.writing() as uow:
        tasks.release(uow, state.context(), state.actor(), task_id)
        uow.commit()
    flash(state.said("The task is back in the queue; its draft is kept."), "ok")
    return _go(url_for("inbox.show", box=Box.OFFICE.value))


@blueprint.post("/tasks/claim-next")
@allow(STAFF)
def claim_next() -> ResponseReturnValue:
    """Take the free task that is due first."""
    with state.writing() as uow:
        taken = tasks.claim_next(uow, state.context(), state.actor())
        uow.commit()
    if taken is None:
        flash(state.said("There is no free task for you at the moment."), "soon")
        return _go(url_for("inbox.show", box=Box.OFFICE.value))
    return _go(url_for("task.show", task_id=taken))


@blueprint.post("/tasks/claim-many")
@allow(STAFF)
def claim_many() -> ResponseReturnValue:
    """Take all that were ticked; say how many somebody else had already."""
    ids = request.form.getlist("task")[:200]
    with state.writing() as uow:
        taken = tasks.claim_many(uow, state.context(), state.actor(), ids)
        uow.commit()
    mine, language = sum(taken.values()), state.language()
    said = translate_count("{n} task is yours now.", "{n} tasks are yours now.", mine, language)
    flash(said, "ok" if mine else "soon")
    if mine < len(ids):
        gone = translate_count(
            "{n} was taken by somebody else.",
            "{n} were taken by somebody else.",
            len(ids) - mine,
            language,
        )
        flash(gone, "soon")
    return _go(url_for("inbox.show", box=Box.MINE.value if mine else Box.OFFICE.value))


def _go(where: str) -> ResponseReturnValue:
    """Lead on: a redirect, for htmx by its header so that the whole page changes."""
    if _part():
        return "", 200, {"HX-Redirect": where}
    return redirect(where, code=303)
