"""Cases: the list with its search, and everything about one of them on one page."""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.services import comments, definitions, instances, signatures
from engine.services.views import CaseQuery, CaseState, CaseView, InboxRow
from engine.web import lists, parts, searching, state, strips, timeline
from engine.web.asking import choice
from engine.web.policy import STAFF, allow

blueprint = Blueprint("cases", __name__)


def _eye(uow: Any) -> lists.Eye:
    return lists.Eye(
        language=state.language(), now=state.now(), calendar=state.working_calendar(uow)
    )


@blueprint.get("/")
@allow(STAFF)
def find() -> ResponseReturnValue:
    """List the cases one may see; a further page comes as rows alone."""
    plain = searching.cleaned("cases.find")
    if plain is not None:
        return plain
    with state.reading() as uow:
        asked = _query(searching.words(uow))
        page = instances.find(uow, state.context(), state.actor(), asked)
        lines = lists.case_lines(page.rows, _eye(uow))
    part = asked.after and request.headers.get("HX-Request")
    return render_template(
        "case/rows.html" if part else "case/list.html",
        page=page,
        lines=lines,
        asked=asked,
        states=[(one.value, state.said(said)) for one, said in lists.CASE_STATES.items()],
        address=_address,
    )


def _query(words: str) -> CaseQuery:
    return CaseQuery(
        text=words,
        process=request.args.get("process", "")[:100],
        state=choice(CaseState, request.args.get("state", ""), None),
        after=request.args.get("after", "")[:500],
    )


@blueprint.post("/find")
@allow(STAFF)
def search() -> ResponseReturnValue:
    """Search: lead to the list with the words sealed in its address."""
    return searching.led("cases.find")


def _address(**changes: str) -> str:
    asked = {key: value for key, value in request.args.items() if key != "after"} | changes
    kept = {key: value for key, value in asked.items() if value}
    return url_for("cases.find") + ("?" + urlencode(kept) if kept else "")


@blueprint.get("/<instance_id>")
@allow(STAFF)
def show(instance_id: str) -> ResponseReturnValue:
    """Show everything about one case."""
    with state.reading() as uow:
        view = instances.view(uow, state.context(), state.actor(), instance_id)
        eye = _eye(uow)
        panels = parts.sections(uow, view)
        links = parts.links(uow, view)
        names = parts.document_names(uow, view.process, view.business_key)
        term = parts.term(uow, view)
    mine = next((one for one in view.tasks if one.mine or one.may_claim), None)
    return render_template(
        "case/case.html",
        case=view,
        rows=[lists.row(one, eye) for one in view.tasks],
        strip=strips.draw(view.way, eye.language, eye.now, eye.calendar, _due(view.tasks)),
        days=timeline.draw(
            timeline.story(view.history, view.comments), eye.language, eye.now, most=20
        ),
        panels=panels,
        document_names=names,
        links=links,
        mine=mine,
        first=lists.row(view.tasks[0], eye) if view.tasks else None,
        state_words=state.said(lists.CASE_STATES[view.state]),
        spent=_spent(view, eye),
        total=lists.case_total(term, eye, ended=view.ended),
    )


def _due(tasks: tuple[InboxRow, ...]) -> Any:
    return min((one.due for one in tasks if one.due), default=None)


def _spent(view: CaseView, eye: lists.Eye) -> int:
    return eye.calendar.working_days_left(view.started, view.ended or eye.now)


@blueprint.get("/<instance_id>/diagram.bpmn")
@allow(STAFF)
def diagram(instance_id: str) -> ResponseReturnValue:
    """Send the diagram of the version that this case runs on."""
    with state.reading() as uow:
        view = instances.view(uow, state.context(), state.actor(), instance_id)
        data = definitions.diagram(uow, view.definition_id)
    return Response(data, mimetype="application/xml")


@blueprint.get("/<instance_id>/history")
@allow(STAFF)
def history(instance_id: str) -> ResponseReturnValue:
    """Show the whole history, page by page."""
    before = request.args.get("before", "")
    start = int(before) if before.isascii() and before.isdigit() and len(before) < 16 else 0
    with state.reading() as uow:
        view = instances.view(uow, state.context(), state.actor(), instance_id)
        rows = instances.history(uow, state.context(), state.actor(), instance_id, before=start)
    return render_template(
        "case/history.html",
        case=view,
        days=timeline.draw(rows, state.language(), state.now()),
        older=rows[-1].number if len(rows) == 200 else 0,
    )


@blueprint.get("/<instance_id>/signatures")
@allow(STAFF)
def verify(instance_id: str) -> ResponseReturnValue:
    """Verify every signature of the chain again and show what came out."""
    with state.reading() as uow:
        view = instances.view(uow, state.context(), state.actor(), instance_id)
        chain = signatures.verify_chain(uow, state.context(), state.actor(), instance_id)
    return render_template("case/signatures.html", case=view, chain=chain)


@blueprint.post("/<instance_id>/comments")
@allow(STAFF)
def comment(instance_id: str) -> ResponseReturnValue:
    """Write a comment."""
    with state.writing() as uow:
        comments.add(
            uow, state.context(), state.actor(), instance_id, request.form.get("body", "").strip()
        )
        uow.commit()
    if request.headers.get("HX-Request"):
        with state.reading() as uow:
            said = comments.list_comments(uow, state.context(), state.actor(), instance_id)
        return render_template("parts/comments.html", comments=said, instance_id=instance_id)
    return redirect(url_for("cases.show", instance_id=instance_id) + "#comments", code=303)
