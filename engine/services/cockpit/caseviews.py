"""What the page of one case shows: frozen, plain, without an IIN. Moments are aware, in UTC.

What only one of its tabs shows is in `engine.services.cockpit.tabviews`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from engine.services.views import CaseState
from engine.services.views.states import Names


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A token, where the case stands."""

    #: Token, hexadecimal.
    token: str
    #: Element id.
    element: str
    #: Names of the element.
    names: Names
    #: BPMN's local name of it.
    kind: str
    #: When it came here.
    since: datetime
    #: Whether somebody came here: False for what is only armed beside it.
    active: bool


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """An open incident."""

    #: Incident id.
    id: str
    #: Element id.
    element: str
    #: Names of the element.
    names: Names
    #: What happened, packed: the page says it in its language.
    message: str
    #: When.
    at: datetime
    #: Its job; empty: none.
    job: str


@dataclass(frozen=True, kw_only=True)
class JobLine:
    """A job."""

    #: Job id.
    id: str
    #: timer | handler | message | call | reminder | …
    kind: str
    #: Topic of a handler, name of a message, key of a called process; empty: none.
    topic: str
    #: Element id.
    element: str
    #: Names of the element.
    names: Names
    #: ready | claimed | done | dead | cancelled | suspended.
    state: str
    #: Attempts so far, and after how many it is an incident.
    attempts: int
    most: int
    #: When it is due.
    due: datetime
    #: When it was over; None: it is not.
    finished: datetime | None
    #: How long the latest attempt took, or all that is known; None: unknown.
    took: timedelta | None
    #: Last failure, packed; empty: none.
    error: str


@dataclass(frozen=True, kw_only=True)
class Visit:
    """What happened at one element."""

    #: Element id.
    element: str
    #: Names of the element.
    names: Names
    #: BPMN's local name of it.
    kind: str
    #: Paragraphs it stands for.
    law: tuple[str, ...]
    #: How often it was entered, up to `engine.store.inspecting.MANY`.
    entered: int
    #: How often it was left, or ended there.
    left: int
    #: How often it was withdrawn.
    cancelled: int
    #: Tokens that are here.
    here: int
    #: Open incidents here.
    incidents: int
    #: Working time spent here, of the visits that were looked at; None: none took any.
    spent: timedelta | None
    #: The longest of them.
    longest: timedelta | None
    #: Term by the law in working days; None: none.
    term: int | None
    #: Whether one of them took longer than that.
    over: bool
    #: When the earliest timer here is due; None: none runs.
    timer: datetime | None


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How much there is behind the tabs, each up to `MOST`; what is more is "99+"."""

    #: Tasks, open and closed.
    tasks: int
    #: Jobs.
    jobs: int
    #: Messages and signals waited for.
    waits: int
    #: Documents and signatures.
    papers: int
    #: Comments.
    comments: int
    #: Rows of history.
    history: int
    #: Called cases.
    children: int


@dataclass(frozen=True, kw_only=True)
class CaseHead:
    """A case as the page begins: what stands around every tab."""

    #: Instance id.
    id: str
    #: Case number.
    number: str
    #: Process key.
    process: str
    #: Names of the process.
    names: Names
    #: State.
    state: CaseState
    #: Definition id of its version.
    definition: str
    #: Version.
    version: int
    #: Content hash of the deployment, hexadecimal.
    deployment: str
    #: Counts steps.
    revision: int
    #: When it started, and who started it.
    started: datetime
    started_by: str
    #: When it ended; None: it goes on.
    ended: datetime | None
    #: Id of the end event; empty: none.
    end: str
    #: Why it failed or was cancelled, packed; empty: it was not.
    failure: str
    #: Why its state cannot be read; empty: it can.
    damage: str
    #: Case that called this one; empty: none.
    parent: str
    #: Tokens.
    tokens: tuple[Standing, ...]
    #: Open incidents, newest first.
    incidents: tuple[Trouble, ...]
    #: Jobs of its tokens that are not over.
    live: tuple[JobLine, ...]
    #: What was passed, in the order of drawing.
    visits: tuple[Visit, ...]
    #: Ids of sequence flows that were taken.
    flows: tuple[str, ...]
    #: Whether times and flows are of the newest part of history only.
    sampled: bool
    #: How long a working day is.
    day: timedelta
    #: What is behind the tabs.
    counts: Counts
    #: Whether only its outline is for an administrator's eyes.
    outline: bool

    @property
    def goes_on(self) -> bool:
        """Tell whether it has not ended."""
        return self.state in {CaseState.ACTIVE, CaseState.SUSPENDED}

    @property
    def timers(self) -> tuple[JobLine, ...]:
        """Return the timers that run."""
        return tuple(one for one in self.live if one.kind == "timer")


@dataclass(frozen=True, kw_only=True)
class TaskLine:
    """A task, open or closed."""

    #: Task id.
    id: str
    #: Element id.
    element: str
    #: Names of the element.
    names: Names
    #: open | completed | cancelled.
    state: str
    #: Role and organisation of its first candidate.
    role: str
    organisation: str
    #: Who completed it, else who has it; empty: nobody.
    who: str
    #: Deadline; None: none.
    due: datetime | None
    #: When it came and when it was over.
    created: datetime
    ended: datetime | None
    #: Which arrival at the element.
    round: int


@dataclass(frozen=True, kw_only=True)
class EventLine:
    """A row of history."""

    #: Its number.
    number: int
    #: When.
    at: datetime
    #: What happened.
    what: str
    #: Element id; empty: to the case as a whole.
    element: str
    #: Names of the element.
    names: Names
    #: BPMN's local name of it.
    kind: str
    #: Token, hexadecimal; empty: none.
    token: str
    #: person | timer | handler | system, and the name.
    by: str
    who: str
    #: What else it says, without an IIN.
    detail: Mapping[str, object] = field(default_factory=dict)
    #: Why, in the person's words; empty: nothing was said, or it is not for her eyes.
    reason: str = ""
    #: What is kept sealed, without an IIN; empty: nothing.
    sealed: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ElementView:
    """One element, for the panel beside the diagram."""

    #: What happened at it.
    visit: Visit
    #: Documentation by language.
    documentation: Names
    #: Tokens that are here.
    tokens: tuple[Standing, ...]
    #: Incidents here.
    incidents: tuple[Trouble, ...]
    #: Jobs of tokens here that are not over.
    jobs: tuple[JobLine, ...]
    #: Its tasks, newest first.
    tasks: tuple[TaskLine, ...]
    #: What happened, newest first.
    history: tuple[EventLine, ...]
    #: How long a working day is.
    day: timedelta
