"""Taking running cases over to another version: what stands in the way, what changes for a case."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from uuid import UUID

from engine.model.steps import Step
from engine.model.text import Text


class Obstacle(Enum):
    """Why a case cannot be taken over."""

    #: The new version has no such element.
    GONE = "gone"
    #: The element is of another kind there, or waits for another kind of event.
    KIND = "kind"
    #: It stands inside of another subprocess there.
    SCOPE = "scope"
    #: It is repeated differently there.
    MULTI = "multi"
    #: Another handler would do the work that one has been asked for.
    TOPIC = "topic"
    #: Another process would be called than the one that runs.
    CALLED = "called"
    #: A token that waits at a join came by a flow that the join has no more.
    JOIN = "join"
    #: From where its tokens stand the case could get stuck in the new version.
    STUCK = "stuck"
    #: Somebody is at work on a task that would go to other people, or get another form.
    HELD = "held"
    #: An expression of the new version cannot be worked out for this case.
    FAILED = "failed"
    #: The live state cannot be read.
    STATE = "state"
    #: The case was changed, or has ended, at the same moment.
    CHANGED = "changed"


class Effect(Enum):
    """What else changes for a case that is taken over."""

    #: A boundary timer, or another wait beside the flow, is there no more: it is withdrawn.
    WITHDRAWN = "withdrawn"
    #: One that was not there is armed, as of when the token came to its activity.
    ARMED = "armed"
    #: A wait says something else: it is worked out anew, as of when it began.
    CHANGED = "changed"
    #: A task says something else of its people, form or deadline: that is worked out anew.
    TASK = "task"
    #: A handler was asked already, with what the old version gave it.
    ASKED = "asked"
    #: A called case goes on in the version that it was started on.
    CALLED = "called"


@dataclass(frozen=True, kw_only=True)
class Hindrance:
    """One thing that stands in the way."""

    #: Why.
    obstacle: Obstacle
    #: Element of the old version at which the case stands; of a bad mapping, what it names.
    element: str
    #: The same for people, with what to do about it.
    message: Text = field(compare=False)
    #: Elements of the new version that lead to where it gets stuck.
    trace: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Consequence:
    """One thing that changes for a case."""

    #: What.
    effect: Effect
    #: Element of the new version; of what is withdrawn, of the old one.
    element: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the new version means for cases that stand in the same places."""

    #: Empty: they can be taken over.
    hindrances: tuple[Hindrance, ...] = ()
    #: What changes for them besides.
    consequences: tuple[Consequence, ...] = ()
    #: Elements of the old version whose open task would go to other people or get another form:
    #: nobody may be at work on one.
    untouched: frozenset[str] = frozenset()
    #: Elements of the old version at which these cases stand, one for each token.
    standing: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TaskNews:
    """What becomes of an open task. None: as it is."""

    #: Token, which is the task's id.
    token: UUID
    #: Element of the new version.
    element: str
    #: ``role@organisation`` strings.
    candidates: tuple[str, ...] | None = None
    #: Account id; empty: nobody by the diagram.
    assignee: str | None = None
    #: Form key.
    form: str | None = None
    #: Whether the deadline is another; then `due` is it, None for none.
    new_due: bool = False
    #: Deadline (UTC).
    due: datetime | None = None
    #: 0–100.
    priority: int | None = None
    #: Local variables.
    local: Mapping[str, object] | None = None
    #: Whether the reminder is another; then `follow_up` is its moment, None for none.
    new_follow_up: bool = False
    #: Moment (UTC) of the reminder.
    follow_up: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Migrated:
    """A case in the new version: its state, and what its rows have to follow."""

    #: New live state.
    state: bytes = field(repr=False)
    #: What was armed, what was closed, and what went on by itself.
    step: Step
    #: Element of the new version by token, of tokens whose element has another id.
    renamed: Mapping[UUID, str]
    #: Open tasks for which anything changes but the element's id.
    tasks: tuple[TaskNews, ...]
    #: Tokens that stay open, but whose timer or wait the step opens anew.
    renewed: tuple[UUID, ...]
    #: What changed.
    consequences: tuple[Consequence, ...]
