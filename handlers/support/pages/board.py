"""The plan board, and the page of one measure with its reports, reviews, questions, documents."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from engine.errors import NotFound
from engine.model.text import Text, text
from engine.services import comments, documents, instances
from engine.services.views import DocumentView
from engine.web import rendering, say, state, timeline
from engine.web.policy import STAFF, allow
from handlers.people import records as people
from handlers.support import rights, services
from handlers.support.face import MEASURE, PLAN, title
from handlers.support.pages import drawing, frame, prints, watching
from handlers.support.pages.acts import ACTS, open_acts
from handlers.support.pages.blueprint import CENTRES, blueprint
from handlers.support.pages.drawing import Eye, Terms
from handlers.support.records import (
    Measure,
    MeasureState,
    Question,
    Report,
    Review,
    after,
    desks,
    seen,
)
from handlers.support.records.desks import Step
from handlers.support.records.seen import MeasureSeen
from handlers.support.rights import Part

#: What a report says of the measure.
SAID: Mapping[str, Text] = {
    "report": text("report:report"),
    "impossible": text("report:impossible"),
    "refused_by_person": text("report:refused_by_person"),
}
#: Why somebody wrote a question.
ASKED: Mapping[str, Text] = {
    "ask": text("question:ask"),
    "not_ours": text("question:not_ours"),
    "escalation": text("question:escalation"),
}


@dataclass(frozen=True, kw_only=True)
class Expected:
    """Something that is expected of somebody."""

    #: Where it leads: the task, or the measure's page.
    href: str
    #: What.
    words: str
    #: Its deadline; None: no term.
    due: say.Due | None


@dataclass(frozen=True, kw_only=True)
class Round:
    """A report with what the centre said to it."""

    #: From 1.
    number: int
    #: The report.
    report: Report
    #: What it says of the measure.
    said: str
    #: Its documents that may be opened.
    documents: tuple[DocumentView, ...]
    #: What the centre said; None: nothing yet.
    review: Review | None


@blueprint.get("/plans/<number>")
@allow(STAFF)
def board(number: str) -> ResponseReturnValue:
    """Show a plan: measures × fields, children first; what is expected of whom."""
    with state.reading() as uow:
        found = frame.board(uow, number)
        eye = frame.eye(uow)
        steps = desks.steps(uow.session, state.actor(), [number]).get(number, [])
        case = desks.case_of(uow.session, number, PLAN)
        following = after(uow.session, number)
    named = Part.FAMILY in found.parts
    picture = drawing.picture(found, eye, terms(steps))
    return render_template(
        "support/board.html",
        board=found,
        named=named,
        plan=found.plan,
        picture=picture,
        title=title(found.members, eye.language) if named else number,
        state_words=eye.said(frame.STATES[found.plan.state]),
        centre=rendering.office_name(found.plan.centre, eye.language),
        mine=[_task(one, eye) for one in frame.mine(steps)],
        theirs=list(of_bodies(found.measures, eye, terms(steps))) if named else [],
        case=case,
        following=following if named else "",
        printed=prints.may_print(found),
        acts=[(one, ACTS[one]) for one in open_acts(found, followed=bool(following))],
    )


def terms(steps: Sequence[Step]) -> Terms:
    """Return the terms of a plan's open tasks that a measure's cell tells."""
    due = {element: _dues(steps, element) for element in ("review", "work", "escalation")}
    return Terms(review=due["review"], rework={**due["work"], **due["escalation"]})


def _dues(steps: Sequence[Step], element: str) -> Mapping[str, datetime]:
    return {one.key: one.due for one in steps if one.element == element and one.due}


def _task(step: Step, eye: Eye) -> Expected:
    _, _, place = step.key.partition(desks.SLASH)
    words = frame.task_words(step.element)
    return Expected(
        href=url_for("task.show", task_id=step.task),
        words=f"{words}, № {place}" if place.isdecimal() else words,
        due=say.due(step.due, eye.now, eye.calendar, eye.language) if step.due else None,
    )


def of_bodies(
    found: Sequence[Measure], eye: Eye, known: Terms, most: int = 4
) -> Iterable[Expected]:
    """Yield what is expected of bodies, the most urgent first."""
    waits = {MeasureState.SENT, MeasureState.IN_WORK, MeasureState.RETURNED}
    urgent = sorted(
        ((due, one) for one in found if one.state in waits and (due := known.of(one))),
        key=lambda pair: (pair[0], pair[1].place),
    )
    for due, one in urgent[:most]:
        yield Expected(
            href=measure_href(one),
            words=drawing.body_name(one.body, eye.language),
            due=say.due(due, eye.now, eye.calendar, eye.language),
        )


def measure_href(found: Measure) -> str:
    """Return the address of a measure's page."""
    return url_for("support.measure", number=found.plan, place=found.place)


@blueprint.get("/plans/<number>/<int:place>")
@allow(STAFF)
def measure(number: str, place: int) -> ResponseReturnValue:
    """Show one measure with everything that was said about it."""
    with state.reading() as uow:
        found = the_measure(uow, f"{frame.known(number)}/{place}")
        watching.of_measure(found)
        eye = frame.eye(uow)
        steps = desks.steps(uow.session, state.actor(), [number]).get(number, [])
        here = [one for one in steps if one.key == found.measure.number]
        case = desks.case_of(uow.session, found.measure.number, MEASURE)
        days, files = _engine(uow, case, eye)
    cell = drawing.cell(found.measure, eye, terms(here))
    return render_template(
        "support/measure.html",
        seen=found,
        measure=found.measure,
        cell=cell,
        title=drawing.title_of(found.measure, eye.language),
        service=services.name(found.measure.service, eye.language) if found.measure.service else "",
        body=drawing.body_name(found.measure.body, eye.language),
        due=_due(found.measure, eye, terms(here)),
        rounds=rounds(found, eye, files),
        questions=asked(found.questions, eye),
        mine=[_task(one, eye) for one in frame.mine(here)],
        case=case if days is not None else "",
        days=days or [],
        whole=found.measure.centre in rights.reach(state.actor()).centres,
        age=eye.age(found.member.born) if found.member else "",
    )


def the_measure(uow: Any, number: str) -> MeasureSeen:
    """Return the measure asked for as the actor sees it; `NotFound`."""
    found = seen.measure_seen(uow.session, state.actor(), number)
    if found is None:
        raise NotFound(text("There is no such measure, or it is not yours to see"))
    return found


def _engine(uow: Any, case: str, eye: Eye) -> tuple[list[Any] | None, dict[str, DocumentView]]:
    """Return history and documents of a measure's case; None: it is not the actor's to see."""
    if not case:
        return None, {}
    ctx, actor = state.context(), state.actor()
    try:
        rows = instances.history(uow, ctx, actor, case)
        files = documents.list_documents(uow, ctx, actor, case)
        said = comments.list_comments(uow, ctx, actor, case)
    except NotFound:
        return None, {}
    days = timeline.draw(timeline.story(rows, said), eye.language, eye.now, most=30)
    return list(days), {one.id: one for one in files}


def _due(found: Measure, eye: Eye, known: Terms) -> say.Due | None:
    if found.closed_at is not None:
        return say.done(found.closed_at, eye.language, eye.now)
    due = known.of(found)
    if due is None:
        return None
    return say.due(due, eye.now, eye.calendar, eye.language)


def rounds(found: MeasureSeen, eye: Eye, files: Mapping[str, DocumentView]) -> list[Round]:
    """Return the reports with what was said to them, the latest first."""
    said = {one.round: one for one in found.reviews}
    return [
        Round(
            number=one.round,
            report=one,
            said=eye.said(SAID[one.outcome]),
            documents=tuple(files[key] for key in one.documents if key in files),
            review=said.get(one.round),
        )
        for one in reversed(found.reports)
    ]


def asked(found: Sequence[Question], eye: Eye) -> list[tuple[str, Question]]:
    """Return what bodies wrote, with what it is, the latest first."""
    return [(eye.said(ASKED[one.kind]), one) for one in reversed(found)]


@blueprint.get("/plans/<number>/answers/<answer_id>")
@allow(CENTRES)
def answer(number: str, answer_id: str) -> ResponseReturnValue:
    """Show what a system was asked and answered; about probation only to whom risks are open."""
    with state.reading() as uow:
        found = frame.board(uow, number)
        if Part.GROUND not in found.parts:
            raise frame.no_plan()
        said = people.answer_text(uow.session, answer_id) if answer_id.isalnum() else None
        closed = answer_id.isalnum() and said is None and Part.RISKS in found.parts
        if closed:
            said = people.answer_text(uow.session, answer_id, restricted=True)
    if said is None or said[0] != number:
        raise NotFound(text("There is no such answer in this plan."))
    if closed:
        watching.of_answer(number, answer_id)
    return render_template(
        "support/answer.html", number=number, request_text=said[1], answer=said[2]
    )
