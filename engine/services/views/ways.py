"""The way of a case through the offices."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from engine.services.views.states import Names


class StopState(Enum):
    """Where an office stands on the way of a case."""

    DONE = "done"
    HERE = "here"
    AHEAD = "ahead"


@dataclass(frozen=True, kw_only=True)
class WayStop:
    """One office (lane) on the strip."""

    #: Lane id.
    lane: str
    #: The office's names by language.
    names: Names
    #: Group of the strip, e.g. ``origin`` or ``settlement``.
    group: str
    #: Label of the group, e.g. «Абай облысы», from the case's card; may be empty.
    label: str = ""
    #: Passed, here, or still to come.
    state: StopState = StopState.AHEAD
    #: Name of who did it, or has it.
    who: str = ""
    #: When it was done.
    at: datetime | None = None
    #: Deadline of the work that is here.
    due: datetime | None = None
    #: Working days it is given (property ``term`` of its tasks); None: no term.
    term: int | None = None
    #: Whether its last act was a signature.
    signed: bool = False
    #: How often work came here: 2 is the second round.
    rounds: int = 0
