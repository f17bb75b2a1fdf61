"""What domains add to a page, drawn: panels of a task, sections and links of a case."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import current_app, render_template
from markupsafe import Markup

from engine.services.views import CaseView, NotificationView, TaskView
from engine.web import state
from engine.web.extension import Link, Panel, Term, WebExtension


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A panel, drawn."""

    #: ``aside``, ``above`` or ``main``.
    place: str
    #: Its HTML.
    html: Markup


def _extensions() -> list[WebExtension]:
    found: list[WebExtension] = current_app.extensions["zholdama.pages"]
    return found


def _draw(panels: Iterable[Panel]) -> list[Drawn]:
    # Jinja escapes what the templates print: the result is safe to place.
    return [
        Drawn(place=one.place, html=Markup(render_template(one.template, **one.context)))  # noqa: S704
        for one in panels
    ]


def panels(uow: Any, view: TaskView) -> list[Drawn]:
    """Return the panels of a task, by the beginning of its form key."""
    return _draw(
        panel
        for ext in _extensions()
        for prefix, make in ext.task_panels.items()
        if view.form_key.startswith(prefix)
        for panel in make(uow, view, state.language())
    )


def sections(uow: Any, view: CaseView) -> list[Drawn]:
    """Return the sections of a case, by its process."""
    return _draw(
        panel
        for ext in _extensions()
        if view.process in ext.case_sections
        for panel in ext.case_sections[view.process](uow, view, state.language())
    )


def document_names(uow: Any, process: str, business_key: str) -> dict[str, str]:
    """Return what the documents of a case are, by their ids, as far as its domain says so."""
    found: dict[str, str] = {}
    for ext in _extensions():
        if process in ext.document_names:
            found |= ext.document_names[process](uow, business_key, state.language())
    return found


def term(uow: Any, view: TaskView | CaseView) -> Term | None:
    """Return the term of a whole case; None: its domain knows none, or it does not run yet."""
    for ext in _extensions():
        if view.process in ext.case_terms:
            return ext.case_terms[view.process](uow, view)
    return None


def notice_link(row: NotificationView) -> str:
    """Return where a domain has a notification lead; empty: nowhere of its own."""
    for ext in _extensions():
        if row.kind in ext.notice_links:
            return ext.notice_links[row.kind](row)
    return ""


def links(uow: Any, view: CaseView) -> list[Link]:
    """Return the links in the head of a case."""
    return [
        link
        for ext in _extensions()
        if view.process in ext.case_links
        for link in ext.case_links[view.process](uow, view, state.language())
    ]
