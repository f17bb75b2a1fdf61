"""Panels beside the tasks of order 74, sections and links of a case, names of documents.

Everything is read for the actor (`handlers.support.records.seen`): a panel that somebody may not
see is not there, and a body's task tells of its own measure alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for

from engine.model.text import text
from engine.services.views import CaseView, TaskView
from engine.web import state
from engine.web.extension import Link, Panel
from handlers.support import services
from handlers.support.pages import board as pages
from handlers.support.pages import drawing, frame, prints, telling, watching
from handlers.support.pages.drawing import Eye, Terms
from handlers.support.records import (
    Measure,
    MeasureState,
    after,
    desks,
    moves,
    seen,
    versions,
)
from handlers.support.records.desks import SLASH
from handlers.support.rights import Part

#: Form of the intake: its choices are what grounds and risks are called.
INTAKE = "support/intake"
#: Forms of a task about one measure.
OF_MEASURE = frozenset(
    {"acceptance", "report", "escalation", "review", "answer", "transfer", "choose_body"}
)
#: Forms of a task about a plan: what is shown beside it.
OF_PLAN: Mapping[str, tuple[str, ...]] = {
    "intake": ("earlier",),
    "plan": ("returned", "family", "risks", "given", "earlier", "answers"),
    "approval": ("family", "changes", "risks", "given", "answers"),
    "amendment": ("family", "risks", "changes"),
    "takeover": ("family", "moved", "risks", "measures"),
    "completion": ("measures", "family", "changes"),
    "followup": ("family", "measures", "follow_ups"),
}


def task_panels(uow: Any, view: TaskView, language: str) -> Sequence[Panel]:
    """Return what a task's page shows beside its form."""
    watching.of_task(view)
    form = view.form_key.partition(SLASH)[2]
    if form in OF_MEASURE:
        return _measure_panels(uow, view, places=("above", "aside"))
    if form in OF_PLAN:
        number = view.business_key.partition(SLASH)[0]
        return _Plan(uow, number, view.definition_id).panels(OF_PLAN[form])
    return []


def _measure_panels(uow: Any, view: TaskView | CaseView, *, places: tuple[str, str]) -> list[Panel]:
    """Return one measure with the person it is for, then its rounds and questions; nothing else."""
    found = seen.measure_seen(uow.session, state.actor(), view.business_key)
    if found is None:
        return []
    watching.of_measure(found)
    eye = frame.eye(uow)
    files = {one.id: one for one in view.documents}
    context = {
        "seen": found,
        "measure": found.measure,
        "cell": drawing.cell(found.measure, eye, _terms(uow, found.measure.plan)),
        "age": eye.age(found.member.born) if found.member else "",
        "service": services.name(found.measure.service, eye.language)
        if found.measure.service
        else "",
        "body": drawing.body_name(found.measure.body, eye.language),
        "href": pages.measure_href(found.measure),
    }
    told = {
        "rounds": pages.rounds(found, eye, files),
        "questions": pages.asked(found.questions, eye),
    }
    return [
        Panel(template="support/panel_measure.html", context=context, place=places[0]),
        Panel(template="support/panel_rounds.html", context=told, place=places[1]),
    ]


def _terms(uow: Any, number: str) -> Terms:
    return pages.terms(desks.steps(uow.session, state.actor(), [number]).get(number, []))


class _Plan:
    """The panels of a plan, for one actor."""

    def __init__(self, uow: Any, number: str, definition: str) -> None:
        """Read the plan as the actor sees it."""
        self._uow, self._number = uow, number
        self._eye: Eye = frame.eye(uow)
        self._board = seen.board(uow.session, state.actor(), number)
        self._labels = telling.labels(uow, definition, INTAKE, self._eye.language)

    def panels(self, names: Sequence[str], *, place: str = "aside") -> list[Panel]:
        """Return the panels of these names that have something to tell."""
        if self._board is None or Part.FAMILY not in self._board.parts:
            return []
        making = (getattr(self, f"_{name}")(self._board) for name in names)
        return [
            Panel(
                template=f"support/panel_{name}.html", context=context, place=self._at(name, place)
            )
            for name, context in zip(names, making, strict=True)
            if context
        ]

    @staticmethod
    def _at(name: str, place: str) -> str:
        # Tables need the wide column: above a form, or among a case's own sections.
        return ("above" if place == "aside" else place) if name in {"measures"} else place

    def _family(self, found: seen.Board) -> dict[str, object]:
        if not found.members:
            return {}
        session = self._uow.session
        return {
            "people": telling.family(found, self._eye, self._labels),
            "contacts": telling.contacts(session, found.members),
            "grounds": telling.grounds(found.plan, self._labels),
            "situation": str(found.plan.content.get("situation") or ""),
            "address": str(found.plan.content.get("address") or ""),
            "level": telling.level(session, found),
            "consented": telling.consented(session, found),
            "plan": found.plan,
            "guarded": any(one.represents for one in found.members),
        }

    def _risks(self, found: seen.Board) -> dict[str, object]:
        watching.of_plan(found)
        names = {one.person.id: one.person.full_name for one in found.members}
        return {"risks": found.risks, "names": names} if found.risks else {}

    def _given(self, found: seen.Board) -> dict[str, object]:
        gets = telling.given(self._uow.session, found, self._eye)
        return {"given": gets} if gets else {}

    def _answers(self, found: seen.Board) -> dict[str, object]:
        said = telling.answers(self._uow.session, found, self._eye)
        watching.of_answers(self._number, said)
        return {"answers": said, "number": self._number} if said else {}

    def _earlier(self, found: seen.Board) -> dict[str, object]:
        session, actor = self._uow.session, state.actor()
        known = {
            one.number: one
            for member in found.members
            for one in seen.plans_of_person(session, actor, member.person.id)
            if one.number != self._number
        }
        linked = found.plan.previous
        following = after(session, self._number)
        if not (known or linked or following):
            return {}
        return {
            "plans": [(one, self._eye.said(frame.STATES[one.state])) for one in known.values()],
            "linked": linked if linked not in known else "",
            "previous": linked,
            "following": following if following not in known else "",
        }

    def _changes(self, found: seen.Board) -> dict[str, object]:
        made = versions(self._uow.session, self._number)
        if not made:
            return {}
        applied = {one.version: one.applied_at for one in found.amendments}
        return {"editions": telling.editions(made, self._eye), "applied": applied}

    def _returned(self, found: seen.Board) -> dict[str, object]:
        made = versions(self._uow.session, self._number)
        last = made[-1] if made else None
        return {"version": last} if last and last.decision == "return" else {}

    def _moved(self, found: seen.Board) -> dict[str, object]:
        names = dict(frame.all_centres(self._uow))
        made = moves(self._uow.session, self._number)
        return {"moves": [(one, names.get(one.origin, one.origin)) for one in made]} if made else {}

    def _follow_ups(self, found: seen.Board) -> dict[str, object]:
        return {"looks": found.follow_ups} if found.follow_ups else {}

    def _measures(self, found: seen.Board) -> dict[str, object]:
        if not found.measures:
            return {}
        names = {one.person.id: one.person.name for one in found.members}
        terms = _terms(self._uow, self._number)
        said = {one.measure: one for one in found.reports}
        counted = [one for one in found.measures if one.state is not MeasureState.WITHDRAWN]
        return {
            "rows": [
                (
                    one,
                    drawing.cell(one, self._eye, terms),
                    self._body(one),
                    names.get(one.person, ""),
                    said.get(one.id),
                    pages.measure_href(one),
                )
                for one in found.measures
            ],
            "shares": tuple(drawing.shares(counted, self._eye, terms)),
            "number": self._number,
        }

    def _body(self, found: Measure) -> str:
        return drawing.body_name(found.body, self._eye.language)


def plan_sections(uow: Any, view: CaseView, language: str) -> Sequence[Panel]:
    """Return what the page of a plan's case shows: the family, the ground, what changed."""
    number = view.business_key.partition(SLASH)[0]
    made = _Plan(uow, number, view.definition_id)
    wide = made.panels(("measures", "family", "changes", "moved"), place="main")
    return [*wide, *made.panels(("risks", "given", "earlier", "follow_ups", "answers"))]


def measure_sections(uow: Any, view: CaseView, language: str) -> Sequence[Panel]:
    """Return what the page of a measure's case shows: the measure as the actor may see it."""
    return _measure_panels(uow, view, places=("main", "main"))


def plan_links(uow: Any, view: CaseView, language: str) -> Sequence[Link]:
    """Return the link to the plan board, for who sees the plan."""
    number = view.business_key.partition(SLASH)[0]
    found = seen.board(uow.session, state.actor(), number)
    if found is None:
        return []
    href = url_for("support.board", number=number)
    links = [Link(label=text("Plan board"), href=href, icon="layout-board")]
    if prints.may_print(found):
        href = url_for("support.plan_pdf", number=number)
        links.append(Link(label=text("Print"), href=href, icon="printer"))
    return links


def measure_links(uow: Any, view: CaseView, language: str) -> Sequence[Link]:
    """Return the link to the measure's page."""
    found = seen.measure_seen(uow.session, state.actor(), view.business_key)
    if found is None:
        return []
    return [
        Link(
            label=text("Page of the measure"),
            href=pages.measure_href(found.measure),
            icon="file-text",
        )
    ]


def document_names(uow: Any, business_key: str, language: str) -> dict[str, str]:
    """Return what the documents of a measure's case are: with which report they came."""
    held = seen.measure_seen(uow.session, state.actor(), business_key)
    eye = frame.eye(uow)
    return {
        document: eye.said(text("Confirmation of the report, round {n}", n=one.round))
        for one in (held.reports if held else ())
        for document in one.documents
    }
