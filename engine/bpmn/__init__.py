"""BPMN: parse, check, step. The only importer of SpiffWorkflow; no object of it leaves this room.

Pure: bytes in, bytes out. ``parse`` makes definitions that are shared and cached; ``start`` and
``advance`` take an act and return the new state with a `Step` that says what changed.

How a diagram goes through this room: `engine.xml` parses the bytes · `reading` (with `events`,
`flows`, `parameters`, `camunda`) makes a `diagram.Scope` of compiled expressions and notes problems
· `checks`, `joints`, `references` and `soundness` look at it (`mends` tries cures, `mending` does
them on the file) · with the other files of a deployment, `references` looks at what it names, and
`dataflow` follows its variables (`together`, `ways`, `effects`, `states`) for `usage` to look at ·
`build` makes SpiffWorkflow's specifications of it, by classes of ours (`specs`). A step: `codec`
loads the live tasks (`live`), the act goes to its task's specification, the agenda is run until
nothing is ready, `journal` says what happened, `codec` writes what is unfinished. Administrators'
steps go the same way: `moving` takes a token elsewhere and asks `ahead` whether the case could end
from there, `naming` sets variables, of which `whatif` tells whether they fit what reads them.
"""

from engine.bpmn.formulas import Environment
from engine.bpmn.moving import Aim
from engine.bpmn.naming import Named
from engine.bpmn.parsing import Definition, Draft, Parsed, draft, finish, parse, refuse_others
from engine.bpmn.reads import readers
from engine.bpmn.retiming import Deadline, Term, beside, deadlines, retimed, terms, twins
from engine.bpmn.shapes import DecisionShape, FormShape, Given, HandlerShape, Known, given
from engine.bpmn.states import Variable
from engine.bpmn.stepping import (
    OpenToken,
    advance,
    aims,
    begins,
    overview,
    scopes,
    seen,
    start,
    start_at,
    twice,
)
from engine.bpmn.timers import CALENDAR_FUNCTIONS, calendar_functions, first, following, moment
from engine.bpmn.together import Drawn, Together, every, message_names

__all__ = [
    "CALENDAR_FUNCTIONS",
    "Aim",
    "Deadline",
    "DecisionShape",
    "Definition",
    "Draft",
    "Drawn",
    "Environment",
    "FormShape",
    "Given",
    "HandlerShape",
    "Known",
    "Named",
    "OpenToken",
    "Parsed",
    "Term",
    "Together",
    "Variable",
    "advance",
    "aims",
    "begins",
    "beside",
    "calendar_functions",
    "deadlines",
    "draft",
    "every",
    "finish",
    "first",
    "following",
    "given",
    "message_names",
    "moment",
    "overview",
    "parse",
    "readers",
    "refuse_others",
    "retimed",
    "scopes",
    "seen",
    "start",
    "start_at",
    "terms",
    "twice",
    "twins",
]
