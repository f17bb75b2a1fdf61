"""What happened in a case."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engine.services.views.states import Names


@dataclass(frozen=True, kw_only=True)
class HistoryRow:
    """Something that happened in a case."""

    #: Number, rising.
    number: int
    #: When.
    at: datetime
    #: ``entered``, ``left``, ``cancelled``, ``ended``, ``started``, ``claimed``, ``released``,
    #: ``assigned``, ``completed``, ``signed``, ``voided``, ``commented``, ``message``, …
    what: str
    #: Element id; empty for acts on the case as a whole.
    element: str
    #: BPMN kind of the element, e.g. ``userTask``.
    kind: str
    #: The element's names by language.
    names: Names
    #: ``person``, ``timer``, ``handler`` or ``system``.
    by: str
    #: Author's name.
    who: str
    #: More: flow taken, error code, reason.
    detail: Mapping[str, object] = field(default_factory=dict)
    #: Id of the completed task it tells of, if the reader may open that; empty otherwise.
    task_id: str = ""
