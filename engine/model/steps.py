"""What one step did to an instance, as data; services turn it into rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from uuid import UUID


class Happened(Enum):
    """What happened at an element."""

    ENTERED = "entered"
    LEFT = "left"
    CANCELLED = "cancelled"
    ENDED = "ended"


@dataclass(frozen=True, kw_only=True)
class ElementEvent:
    """One entry of history, in the order of execution."""

    #: Element id.
    element: str
    #: Entered, left, cancelled, or (end events) ended.
    happened: Happened
    #: Token of the element's execution.
    token: UUID
    #: Detail worth keeping: the flow taken, the fired rules of a decision, an error's code.
    detail: Mapping[str, object] = field(default_factory=dict)
    #: What it went by and may tell of a person, to be kept sealed: a decision's inputs and result.
    sealed: Mapping[str, object] | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class OpenTask:
    """A user or manual task that now waits for a person."""

    #: Token to complete it by.
    token: UUID
    #: Element id.
    element: str
    #: ``role@organisation`` strings, evaluated.
    candidates: tuple[str, ...] = ()
    #: Account id, if the diagram names one.
    assignee: str = ""
    #: Form key.
    form: str = ""
    #: Deadline (UTC).
    due: datetime | None = None
    #: Moment (UTC) of the reminder: ``camunda:followUpDate``.
    follow_up: datetime | None = None
    #: 0–100, 50 by default.
    priority: int = 50
    #: Local variables (input mapping, multi-instance) the form may see.
    local: Mapping[str, object] = field(default_factory=dict)


class JobKind(Enum):
    """What a job row stands for."""

    TIMER = "timer"
    HANDLER = "handler"
    MESSAGE = "message"
    CALL = "call"
    REMINDER = "reminder"
    #: A substitution begins or is over: of no instance.
    SUBSTITUTION = "substitution"
    #: A deployment takes effect: of no instance.
    ACTIVATION = "activation"


@dataclass(frozen=True, kw_only=True)
class OpenTimer:
    """A timer that now runs."""

    #: Token of the timer event.
    token: UUID
    #: Element id.
    element: str
    #: When it fires (UTC).
    due: datetime


@dataclass(frozen=True, kw_only=True)
class OpenHandler:
    """A service task that now waits for its handler (law 2)."""

    #: Token of the service task.
    token: UUID
    #: Element id.
    element: str
    #: External topic.
    topic: str
    #: Inputs, evaluated.
    inputs: Mapping[str, object] = field(default_factory=dict)
    #: ``camunda:failedJobRetryTimeCycle``; empty: the handler's own.
    retry: str = ""


@dataclass(frozen=True, kw_only=True)
class OpenWait:
    """An element that now waits for a message or signal."""

    #: Token of the catching element.
    token: UUID
    #: Element id.
    element: str
    #: ``message`` or ``signal``.
    kind: str
    #: Name of the message or signal.
    name: str
    #: Correlation key; empty: the business key decides.
    correlation: str = ""


@dataclass(frozen=True, kw_only=True)
class OpenCall:
    """A called process to be started as an instance of its own (law 11)."""

    #: Token of the call activity.
    token: UUID
    #: Element id.
    element: str
    #: Key of the called process.
    called: str
    #: ``deployment`` (same deployment, default) or ``latest``.
    binding: str = "deployment"
    #: Business key for the called instance; empty: the parent's.
    business_key: str = ""
    #: Variables it starts with.
    variables: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Thrown:
    """A message or signal sent by a throw event, send task or end event."""

    #: Element id.
    element: str
    #: ``message`` or ``signal``.
    kind: str
    #: Its name.
    name: str
    #: Correlation key of a message; empty: the business key.
    correlation: str = ""
    #: Business key of who is to get a message; empty: the sender's own.
    business_key: str = ""
    #: Its variables.
    payload: Mapping[str, object] = field(default_factory=dict)


class Status(Enum):
    """Status of an instance after a step.

    ACTIVE → COMPLETED (an end event reached, nothing left) | FAILED (an error no one caught).
    """

    ACTIVE = "active"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Step:
    """Everything a step opened, closed and recorded."""

    #: Status of the instance now.
    status: Status
    #: Id of the end event reached last, if any was.
    end: str = ""
    #: Text of the failure if FAILED.
    failure: str = ""
    #: History, in order.
    events: tuple[ElementEvent, ...] = ()
    #: Newly open user and manual tasks.
    tasks: tuple[OpenTask, ...] = ()
    #: Newly running timers.
    timers: tuple[OpenTimer, ...] = ()
    #: Newly waiting external tasks.
    handlers: tuple[OpenHandler, ...] = ()
    #: Newly awaited messages and signals.
    waits: tuple[OpenWait, ...] = ()
    #: Newly called processes.
    calls: tuple[OpenCall, ...] = ()
    #: Messages and signals sent.
    thrown: tuple[Thrown, ...] = ()
    #: Tokens that were open before and are not any more, whatever they were.
    closed: tuple[UUID, ...] = ()
    #: Variables of the instance after the step (top scope).
    variables: Mapping[str, object] = field(default_factory=dict)
