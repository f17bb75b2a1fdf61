"""Pages of order 74: the centre's plans, the board, a measure, acts on a plan, panels of tasks."""

from collections.abc import Sequence
from pathlib import Path

from flask import url_for

from engine.model.text import text
from engine.web import state
from engine.web.extension import Link, WebExtension
from handlers.support import rights
from handlers.support.face import FOLLOW_UP, MEASURE, PLAN
from handlers.support.pages import acts, board, panels, plans
from handlers.support.pages.blueprint import blueprint

__all__ = ["acts", "board", "page_extension", "panels", "plans"]


def menu() -> Sequence[Link]:
    """Return the menu's line for the plans, for who works at a centre."""
    someone = state.signed_in()
    if someone is None or not rights.reach(someone).centres:
        return []
    return [Link(label=text("Work plans"), href=url_for("support.plans"), icon="layout-board")]


page_extension = WebExtension(
    name="support",
    blueprint=blueprint,
    task_panels={"support/": panels.task_panels},
    case_sections={
        PLAN: panels.plan_sections,
        FOLLOW_UP: panels.plan_sections,
        MEASURE: panels.measure_sections,
    },
    case_links={
        PLAN: panels.plan_links,
        FOLLOW_UP: panels.plan_links,
        MEASURE: panels.measure_links,
    },
    document_names={MEASURE: panels.document_names},
    menu=menu,
    templates=Path(__file__).parents[1] / "templates",
)
