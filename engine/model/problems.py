"""What a check has to say about a file: where, how grave, and how to mend it."""

from dataclasses import dataclass
from enum import Enum

from engine.model.text import Text


class Severity(Enum):
    """An error stops a deployment; a warning only tells what will not be executed."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True)
class Mend:
    """A mechanical cure of a problem, offered with one click; `engine.bpmn.mending` does it."""

    #: Stable name of the cure, e.g. ``join-exclusive``.
    id: str
    #: What would be done, as the button says it.
    title: Text


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One finding of `zholdama check`."""

    #: File name as it was handed in, relative where possible.
    file: str
    #: Line in the file, from 1; 0 where a finding has no line.
    line: int
    #: Id of the BPMN, DMN or form element; empty where the file as a whole is meant.
    element: str
    #: Stable name of the rule, e.g. ``bpmn.unknown-topic``.
    code: str
    #: What is wrong and what to do about it.
    message: Text
    #: Whether it stops a deployment.
    severity: Severity = Severity.ERROR
    #: Ids of elements that lead to the problem, in order (for traces).
    trace: tuple[str, ...] = ()
    #: Cures of which any one does; none where a person has to decide.
    mends: tuple[Mend, ...] = ()
