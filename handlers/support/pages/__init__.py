"""Pages of order 74: the centre's plans, the board, a measure, acts on a plan, panels of tasks."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask import url_for

from engine.model.people import Actor
from engine.model.text import text
from engine.services.views import CaseView
from engine.web import state
from engine.web.extension import Link, Panel, WebExtension
from handlers.support import rights
from handlers.support.face import FOLLOW_UP, MEASURE, PLAN, QUARTER
from handlers.support.pages import acts, board, panels, plans, prints, quarter, region, signals
from handlers.support.pages.blueprint import blueprint

__all__ = [
    "acts",
    "board",
    "page_extension",
    "panels",
    "plans",
    "prints",
    "quarter",
    "region",
    "signals",
]


def menu() -> Sequence[Link]:
    """Return the menu's lines: plans for who works at a centre, numbers for who is above it."""
    someone = state.signed_in()
    return [*_plans(someone), *region.menu(someone)] if someone is not None else []


def _plans(someone: Actor) -> list[Link]:
    if not rights.reach(someone).centres:
        return []
    return [Link(label=text("Work plans"), href=url_for("support.plans"), icon="layout-board")]


def _plan(uow: Any, view: CaseView, language: str) -> Sequence[Panel]:
    return [
        *panels.plan_sections(uow, view, language),
        *signals.sections(uow, view, language),
    ]


page_extension = WebExtension(
    name="support",
    blueprint=blueprint,
    task_panels={
        "support/": panels.task_panels,
        "support/conclusion": quarter.task_panels,
        "support/acquaintance": quarter.task_panels,
    },
    case_sections={
        PLAN: _plan,
        FOLLOW_UP: panels.plan_sections,
        MEASURE: panels.measure_sections,
        QUARTER: quarter.sections,
    },
    case_links={
        PLAN: panels.plan_links,
        FOLLOW_UP: panels.plan_links,
        MEASURE: panels.measure_links,
        QUARTER: quarter.links,
    },
    notice_links={
        "support_superior": region.of_notice,
        "support_escalated": region.of_notice,
        "support_conclusion": region.of_notice,
        "support_rollup": region.of_notice,
    },
    document_names={MEASURE: panels.document_names},
    menu=menu,
    templates=Path(__file__).parents[1] / "templates",
)
