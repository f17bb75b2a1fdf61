"""What the page of one case shows: frozen, plain, without an IIN. Moments are aware, in UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from engine.model.differences import Change
from engine.services.views import CaseState, CommentView, DocumentView, SignatureView
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
class WaitLine:
    """A message or signal that is waited for."""

    #: message | signal.
    kind: str
    #: Its name.
    name: str
    #: Correlation key; empty: the case number decides.
    correlation: str
    #: Element id.
    element: str
    #: Names of the element.
    names: Names
    #: Since when.
    since: datetime


@dataclass(frozen=True, kw_only=True)
class Variable:
    """A variable."""

    #: Name.
    name: str
    #: Its type as FEEL calls it: text, number, boolean, date, list, context, …
    type: str
    #: Its value as it is written, without an IIN, cut to a length that can be read.
    value: str
    #: Whether it was cut or veiled: such a value cannot be proposed for a change.
    whole: bool


@dataclass(frozen=True, kw_only=True)
class VariableScope:
    """Variables of the case, or of one of its tokens."""

    #: Token, hexadecimal; empty: the case's own.
    token: str
    #: Element where it is; empty: the case's own.
    element: str
    #: Names of the element.
    names: Names
    #: Variables by name.
    variables: tuple[Variable, ...]


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
class FiredTable:
    """A decision table on the way to a decision."""

    #: Name of the decision it belongs to.
    name: str
    #: Numbers of the rules that fired, from 1.
    rules: tuple[int, ...]
    #: Annotations of these rules.
    annotations: tuple[str, ...]
    #: Label and value of each input.
    inputs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class DecisionLine:
    """A decision that was made."""

    #: Row of history.
    number: int
    #: When.
    at: datetime
    #: Element id.
    element: str
    #: Names of the element.
    names: Names
    #: Tables, in the order in which they decided.
    tables: tuple[FiredTable, ...]
    #: What came out; None: a release that did not keep it.
    result: str | None


@dataclass(frozen=True, kw_only=True)
class Relative:
    """A case that called this one, or was called by it."""

    #: Instance id.
    id: str
    #: Case number.
    number: str
    #: Names of its process.
    names: Names
    #: State.
    state: CaseState
    #: When it started and ended.
    started: datetime
    ended: datetime | None
    #: Whether it has an open incident.
    stopped: bool


@dataclass(frozen=True, kw_only=True)
class Tree:
    """The calls around a case."""

    #: Cases that called it, the topmost first.
    above: tuple[Relative, ...]
    #: Cases that it called, oldest first.
    below: tuple[Relative, ...]
    #: Id after which the next page begins; empty: this is the last.
    next: str


@dataclass(frozen=True, kw_only=True)
class Papers:
    """Documents and signatures, by name only."""

    #: Documents.
    documents: tuple[DocumentView, ...]
    #: Signatures, oldest first, voided ones included.
    signatures: tuple[SignatureView, ...]


@dataclass(frozen=True, kw_only=True)
class Versions:
    """The version that a case runs on, and the newest."""

    #: Definition id, number and content hash of its own.
    own: str
    own_number: int
    #: When it was deployed.
    deployed: datetime
    #: Deployment's id.
    deployment: str
    #: Name of its file.
    file: str
    #: The newest: definition id, number, deployment's id.
    newest: str
    newest_number: int
    newest_deployment: str
    #: When that was deployed.
    newest_deployed: datetime
    #: What differs between their diagrams.
    changes: tuple[Change, ...]
    #: How many there are in all.
    number_of_changes: int
    #: Whether a version cannot be read any more.
    unreadable: bool = False

    @property
    def is_newest(self) -> bool:
        """Tell whether the case runs on the newest."""
        return self.own == self.newest


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


#: Comments as the page shows them.
Comments = tuple[CommentView, ...]
