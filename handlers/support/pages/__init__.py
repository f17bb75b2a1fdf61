"""Pages of order 74: the centre's plans, the board, a measure, acts on a plan, panels of tasks."""

from pathlib import Path

from engine.web.extension import WebExtension
from handlers.support.pages.blueprint import blueprint

page_extension = WebExtension(
    name="support",
    blueprint=blueprint,
    templates=Path(__file__).parents[1] / "templates",
)
