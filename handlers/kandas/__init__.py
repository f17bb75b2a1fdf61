"""Order 170: kandas and their families. Importing registers forms, handlers and the case's face."""

from pathlib import Path

from engine.handling import brings
from engine.i18n import add_catalogues
from engine.limits import offer
from handlers.kandas import forms
from handlers.kandas.cases import open_case
from handlers.kandas.face import KandasFace
from handlers.kandas.facts import documents_facts
from handlers.kandas.handlers import overdue
from handlers.kandas.limits import Limits
from handlers.kandas.market import signed_decision

add_catalogues("handlers.people")
add_catalogues("handlers.kandas")
offer(Limits)
brings(Path(__file__).parents[2] / "processes")

#: What `engine.bootstrap` asks of the settings at the start.
check_settings = Limits.check

__all__ = [
    "KandasFace",
    "check_settings",
    "documents_facts",
    "forms",
    "open_case",
    "overdue",
    "signed_decision",
]
