"""Order 74: people and families in difficulty. Importing registers forms, handlers and faces."""

from pathlib import Path

from engine.handling import brings
from engine.i18n import add_catalogues
from engine.limits import offer
from handlers.support import forms
from handlers.support.face import PlanFace
from handlers.support.facts import plan_state
from handlers.support.handlers import overdue
from handlers.support.limits import Limits
from handlers.support.monitoring import indicators

add_catalogues("handlers.people")
add_catalogues("handlers.support")
offer(Limits)
brings(Path(__file__).parents[2] / "processes")

#: What `engine.bootstrap` asks of the settings at the start.
check_settings = Limits.check

__all__ = ["PlanFace", "check_settings", "forms", "indicators", "overdue", "plan_state"]
