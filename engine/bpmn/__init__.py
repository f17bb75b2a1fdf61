"""BPMN: parse, check, step. The only importer of SpiffWorkflow; no object of it leaves this room.

Pure: bytes in, bytes out. ``parse`` makes definitions that are shared and cached; ``start`` and
``advance`` take an act and return the new state with a `Step` that says what changed.
"""

from engine.bpmn.formulas import Environment
from engine.bpmn.parsing import Definition, Parsed, parse
from engine.bpmn.references import HandlerShape, Known
from engine.bpmn.stepping import OpenToken, advance, overview, start
from engine.bpmn.timers import CALENDAR_FUNCTIONS, calendar_functions, first, following, moment

__all__ = [
    "CALENDAR_FUNCTIONS",
    "Definition",
    "Environment",
    "HandlerShape",
    "Known",
    "OpenToken",
    "Parsed",
    "advance",
    "calendar_functions",
    "first",
    "following",
    "moment",
    "overview",
    "parse",
    "start",
]
