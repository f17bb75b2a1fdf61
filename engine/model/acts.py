"""What can be done to an instance: one act is one step is one transaction (law 1).

A *token* is the id of an open wait inside the live state. Rows (tasks, jobs, subscriptions, calls)
carry it; an act on a token that is no longer open is refused with `engine.errors.TaskClosed`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

Variables = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class CompleteTask:
    """A person finished a user or manual task."""

    #: The task's token.
    token: UUID
    #: Variables for the process: keys, decisions, dates; no personal data (law 6).
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class FinishHandler:
    """An external task's handler, or a called process, succeeded."""

    #: Token of the service task or call activity.
    token: UUID
    #: Raw output; the element's output mapping is applied by the step.
    outputs: Variables = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RaiseError:
    """A BPMN error at an activity: goes to the boundary or event subprocess that catches it."""

    #: Token of the activity.
    token: UUID
    #: Error code as in ``bpmn:error``.
    code: str
    #: What happened, for the history.
    message: str = ""
    #: Variables for the catching event.
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class FireTimer:
    """A timer is due. It fires late, never early and never never (law 5)."""

    #: Token of the timer event.
    token: UUID
    #: The moment it was due.
    due: datetime


@dataclass(frozen=True, kw_only=True)
class Deliver:
    """A message or signal reaches one waiting event or receive task."""

    #: Token of the catching element.
    token: UUID
    #: Name of the message or signal.
    name: str
    #: Its variables.
    payload: Variables = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class MoveToken:
    """An administrator moves a token to another element, or lets it go on behind that element.

    What waits at its old place is withdrawn as by an event that interrupts.
    """

    #: The token; it stands in the flow, not beside it (no boundary event, no iteration).
    token: UUID
    #: Element id.
    target: str
    #: Go on behind the element, whose work is not done; otherwise the element is entered.
    behind: bool = False


@dataclass(frozen=True, kw_only=True)
class SetVariables:
    """An administrator sets or removes variables, at the top or of one token."""

    #: Token whose own (local) variables these are; None: those of the case.
    token: UUID | None = None
    #: Values by name.
    values: Variables = field(default_factory=dict)
    #: Names of those to be removed.
    removed: tuple[str, ...] = ()


Act = CompleteTask | FinishHandler | RaiseError | FireTimer | Deliver | MoveToken | SetVariables
#: Acts that mend a case by hand; they may be done while it is suspended.
Mending = MoveToken | SetVariables
