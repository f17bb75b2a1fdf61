"""What services answer with: frozen, plain, ready for a page. No row and no engine object leaves.

Names of elements, lanes and processes come as mappings by language (``kk`` is always there); the
page picks one. All moments are aware and in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import ClassVar

from engine.handling import CaseCard
from engine.model.elements import Element
from engine.model.people import Candidate

Names = Mapping[str, str]


class Box(Enum):
    """The inbox's boxes."""

    #: Claimed by me, open.
    MINE = "mine"
    #: Open work of my roles; a supervisor sees all roles of her organisation.
    OFFICE = "office"
    #: What of the two above is past its deadline.
    OVERDUE = "overdue"
    #: Completed by me.
    DONE = "done"


class Group(Enum):
    """Groups of an inbox list, by deadline."""

    OVERDUE = "overdue"
    TODAY = "today"
    LATER = "later"
    DONE = "done"


class TaskState(Enum):
    """State of a user task: OPEN → COMPLETED | CANCELLED (the process withdrew it)."""

    OPEN = "open"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class CaseState(Enum):
    """State of an instance.

    ACTIVE ⇄ SUSPENDED; ACTIVE → COMPLETED | FAILED | CANCELLED.
    """

    ACTIVE = "active"
    SUSPENDED = "suspended"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class StopState(Enum):
    """Where an office stands on the way of a case."""

    DONE = "done"
    HERE = "here"
    AHEAD = "ahead"


class Sort(Enum):
    """Order of an inbox list."""

    DUE = "due"
    NEWEST = "newest"


@dataclass(frozen=True, kw_only=True)
class InboxQuery:
    """What a person wants to see of her inbox."""

    #: Which box.
    box: Box = Box.MINE
    #: Case number or its part, a person's name, an IIN; empty: everything.
    text: str = ""
    #: Process key, empty: all.
    process: str = ""
    #: Element id, empty: all.
    element: str = ""
    #: Only tasks of this group; None: all.
    due: Group | None = None
    #: Only tasks nobody has claimed.
    free: bool = False
    #: Order; DONE is always newest first.
    sort: Sort = Sort.DUE
    #: `InboxPage.next` of the page before; empty: the first page.
    after: str = ""
    #: Rows a page, 1–200.
    size: int = 50


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


@dataclass(frozen=True, kw_only=True)
class InboxRow:
    """One task in a list."""

    #: Task id.
    task_id: str
    #: Instance id.
    instance_id: str
    #: Business key (case number).
    business_key: str
    #: Process key.
    process: str
    #: Element id.
    element: str
    #: The step's names by language.
    names: Names
    #: Open, completed, cancelled.
    state: TaskState
    #: Deadline.
    due: datetime | None
    #: Which group of the list it belongs to.
    group: Group
    #: When it arrived.
    created: datetime
    #: When it was completed.
    completed: datetime | None = None
    #: Account id of who has it; empty: free.
    assignee: str = ""
    #: That person's name.
    assignee_name: str = ""
    #: Whether it is mine.
    mine: bool = False
    #: Whether I may claim it now.
    may_claim: bool = False
    #: 0–100.
    priority: int = 50
    #: Round of rework, from 1.
    round: int = 1
    #: Whether a draft was saved.
    drafted: bool = False
    #: How the case is recognised; None without a face for the process.
    card: CaseCard | None = None
    #: The way through the offices.
    way: tuple[WayStop, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One value of a filter, with its names."""

    #: Value to filter by.
    value: str
    #: Names by language.
    names: Names


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Numbers beside the boxes. Counting stops at `CAP`: show ``999+``."""

    #: From here on a number means "this many or more".
    CAP: ClassVar[int] = 1000
    #: Claimed by me.
    mine: int = 0
    #: Open work of my roles.
    office: int = 0
    #: Of both, past their deadline.
    overdue: int = 0
    #: Completed by me.
    done: int = 0


@dataclass(frozen=True, kw_only=True)
class InboxPage:
    """One page of an inbox list."""

    #: Rows, in order.
    rows: tuple[InboxRow, ...]
    #: Numbers beside the boxes.
    counts: Counts
    #: Cursor of the next page; empty: this is the last.
    next: str = ""
    #: Processes to filter by: those deployed.
    processes: tuple[Choice, ...] = ()
    #: Steps to filter by: user tasks of the latest versions.
    steps: tuple[Choice, ...] = ()
    #: Stamp of the list; `tasks.news` tells how many came since.
    stamp: str = ""


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


@dataclass(frozen=True, kw_only=True)
class DocumentView:
    """An attached file, without its bytes."""

    #: Document id.
    id: str
    #: File name.
    name: str
    #: Media type.
    mime: str
    #: Size in bytes.
    size: int
    #: SHA-256, hexadecimal.
    digest: str
    #: Path of the form field it was uploaded for; may be empty.
    field: str
    #: Name of who uploaded it.
    who: str
    #: When.
    at: datetime
    #: Whether it belongs to a draft that was not sent yet.
    draft: bool = False


@dataclass(frozen=True, kw_only=True)
class SignatureView:
    """One signature of a case's chain."""

    #: Signature id.
    id: str
    #: Ordinal in the chain, from 1 (property ``sign`` of the element).
    ordinal: int
    #: Element id at which it was set.
    element: str
    #: Signer's name.
    who: str
    #: Names of the organisation, by language.
    organisation: Names
    #: Version of the document that was signed.
    version: int
    #: SHA-256 of the document that was signed, hexadecimal.
    digest: str
    #: When.
    at: datetime
    #: Result of the verification stored when it was set.
    valid: bool
    #: Why not valid, an English msgid; empty if valid.
    reason: str = ""
    #: Subject of the certificate.
    subject: str = ""
    #: Certificate valid until.
    not_after: datetime | None = None
    #: When a change of data voided it; None: stands.
    voided: datetime | None = None
    #: Why.
    void_reason: str = ""


@dataclass(frozen=True, kw_only=True)
class CommentView:
    """A comment or a remark."""

    #: Comment id.
    id: str
    #: ``comment`` or ``remark`` (a reason for a return).
    kind: str
    #: What was written.
    body: str
    #: Path of the form field a remark is tied to; may be empty.
    field: str
    #: Element id at which it was written; may be empty.
    element: str
    #: Round of rework it belongs to.
    round: int
    #: Author's name.
    who: str
    #: When.
    at: datetime


@dataclass(frozen=True, kw_only=True)
class NotificationView:
    """Something a person was told."""

    #: Notification id.
    id: str
    #: Kind; its sentence comes from `notices` of the engine or of a face.
    kind: str
    #: Instance id; may be empty.
    instance_id: str
    #: Business key.
    business_key: str
    #: Task id; may be empty.
    task_id: str
    #: Values for the sentence.
    params: Mapping[str, object]
    #: When.
    at: datetime
    #: When it was read.
    read: datetime | None = None
    #: How the case is recognised; None: the domain gives no cards.
    card: CaseCard | None = None
    #: Names of the step it is about, by language; empty: about the whole case.
    step: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TaskView:
    """Everything the page of a task shows."""

    #: Task id.
    task_id: str
    #: Instance id.
    instance_id: str
    #: Business key (case number).
    business_key: str
    #: Process key.
    process: str
    #: The process's names.
    process_names: Names
    #: Definition id (the pinned version).
    definition_id: str
    #: The element: names, law, documentation, properties.
    element: Element
    #: Open, completed, cancelled.
    state: TaskState
    #: Who may claim it.
    candidates: tuple[Candidate, ...]
    #: Form key; empty: no form.
    form_key: str
    #: The form's JSON, from the pinned deployment; None: no form.
    form: Mapping[str, object] | None
    #: What the form is filled with: the adapter's values, the draft's over them.
    values: Mapping[str, object]
    #: Only what the adapter knows: the draft is not in it.
    known: Mapping[str, object]
    #: Variables of the process and the task's local ones, read only.
    variables: Mapping[str, object]
    #: Deadline.
    due: datetime | None
    #: When it arrived.
    created: datetime
    #: Round of rework, from 1.
    round: int
    #: Account id of who has it; empty: free.
    assignee: str
    #: That person's name.
    assignee_name: str
    #: Since when.
    claimed: datetime | None
    #: When it was completed.
    completed: datetime | None
    #: Revision to hand back with a draft or a completion.
    revision: int
    #: When a draft was saved; None: there is none.
    draft_saved: datetime | None
    #: Whether it is mine.
    mine: bool
    #: Whether I may claim it now.
    may_claim: bool
    #: Whether I may give it to somebody (supervisor of a candidate organisation, admin).
    may_assign: bool
    #: Ordinal of the signature that completing sets; 0: none.
    sign: int = 0
    #: How the case is recognised; None without a face.
    card: CaseCard | None = None
    #: The way through the offices.
    way: tuple[WayStop, ...] = ()
    #: What happened, newest first, at most 200 rows.
    history: tuple[HistoryRow, ...] = ()
    #: Comments and remarks, oldest first.
    comments: tuple[CommentView, ...] = ()
    #: Files of the case and of this task's draft.
    documents: tuple[DocumentView, ...] = ()
    #: Signatures, oldest first, voided ones included.
    signatures: tuple[SignatureView, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Completed:
    """What became of a completion."""

    #: Task id.
    task_id: str
    #: Instance id.
    instance_id: str
    #: Business key.
    business_key: str
    #: State of the case now.
    state: CaseState
    #: Whether the same submission had been accepted before (double click, resent form).
    repeated: bool = False
    #: Ids of the tasks of the case that are now open.
    next_tasks: tuple[str, ...] = ()
    #: Of those, the ones this person may work on: the page goes on there.
    mine: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class IncidentView:
    """Something that failed and waits for an administrator."""

    #: Incident id.
    id: str
    #: Instance id.
    instance_id: str
    #: Business key.
    business_key: str
    #: Job id; empty: not from a job.
    job_id: str
    #: Element id.
    element: str
    #: What happened; no personal data.
    message: str
    #: When.
    at: datetime
    #: When it was resolved; None: open.
    resolved: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class CaseView:
    """Everything the page of a case shows."""

    #: Instance id.
    instance_id: str
    #: Business key (case number).
    business_key: str
    #: Process key.
    process: str
    #: The process's names.
    names: Names
    #: State.
    state: CaseState
    #: Definition id (the pinned version); `definitions.diagram` has its XML.
    definition_id: str
    #: Version of the process.
    version: int
    #: Content hash of the deployment, hexadecimal.
    deployment: str
    #: Revision of the instance.
    revision: int
    #: When it started.
    started: datetime
    #: Who started it.
    started_by: str
    #: When it ended.
    ended: datetime | None
    #: Id of the end event reached.
    end: str
    #: Text of the failure, if FAILED.
    failure: str
    #: How the case is recognised; None without a face.
    card: CaseCard | None
    #: The way through the offices.
    way: tuple[WayStop, ...]
    #: Open tasks.
    tasks: tuple[InboxRow, ...]
    #: Ids of elements where a token is.
    here: tuple[str, ...]
    #: Ids of elements that were entered and left, once each.
    passed: tuple[str, ...]
    #: Open incidents.
    incidents: tuple[IncidentView, ...]
    #: What happened, newest first, at most 200 rows; `instances.history` pages on.
    history: tuple[HistoryRow, ...]
    #: Comments and remarks, oldest first.
    comments: tuple[CommentView, ...]
    #: Files of the case.
    documents: tuple[DocumentView, ...]
    #: Signatures, oldest first, voided ones included.
    signatures: tuple[SignatureView, ...]
    #: Variables of the process (no personal data).
    variables: Mapping[str, object]
    #: Round of rework, from 1.
    round: int = 1
    #: Instance that called this one; empty: none.
    parent: str = ""
    #: Ids of instances this one called.
    children: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CaseQuery:
    """Which cases a person wants listed."""

    #: Case number or its part, a person's name, an IIN; empty: everything.
    text: str = ""
    #: Process key, empty: all.
    process: str = ""
    #: State; None: all.
    state: CaseState | None = None
    #: Cursor; empty: the first page.
    after: str = ""
    #: Rows a page, 1–200.
    size: int = 50


@dataclass(frozen=True, kw_only=True)
class CaseRow:
    """One case in a list."""

    #: Instance id.
    instance_id: str
    #: Business key (case number).
    business_key: str
    #: Process key.
    process: str
    #: The process's names.
    names: Names
    #: State.
    state: CaseState
    #: When it started.
    started: datetime
    #: When it ended.
    ended: datetime | None
    #: How the case is recognised; None without a face.
    card: CaseCard | None
    #: The way through the offices.
    way: tuple[WayStop, ...]
    #: Names of the steps that are open.
    steps: tuple[Names, ...] = ()
    #: Earliest deadline of its open tasks.
    due: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class CasePage:
    """One page of cases, newest first."""

    #: Rows, in order.
    rows: tuple[CaseRow, ...]
    #: Cursor of the next page; empty: this is the last.
    next: str = ""


@dataclass(frozen=True, kw_only=True)
class WorkloadRow:
    """Open work of one person, or of nobody yet, in an organisation."""

    #: Account id; empty: unclaimed.
    account: str
    #: The person's name; empty: unclaimed.
    name: str
    #: Roles held at the organisation.
    roles: tuple[str, ...]
    #: Open tasks.
    open: int
    #: Of those, past their deadline.
    overdue: int
    #: Of those, due today.
    today: int
    #: Earliest deadline.
    next_due: datetime | None


@dataclass(frozen=True, kw_only=True)
class Workload:
    """The open work of an organisation."""

    #: Organisation code.
    organisation: str
    #: Its names.
    names: Names
    #: One row a person with a role there, then one for what nobody has.
    rows: tuple[WorkloadRow, ...]
    #: The tasks, by deadline, at most 500.
    tasks: tuple[InboxRow, ...]


@dataclass(frozen=True, kw_only=True)
class OrganisationView:
    """An organisation."""

    #: Code, e.g. ``mc.10``.
    code: str
    #: Names by language.
    names: Names
    #: Kind, e.g. ``mc``.
    kind: str
    #: First two digits of the region's KATO; may be empty.
    region: str
    #: BIN; may be empty.
    bin: str


@dataclass(frozen=True, kw_only=True)
class AccountView:
    """An account, without its secrets."""

    #: Account id.
    id: str
    #: Login.
    login: str
    #: Full name.
    name: str
    #: Language: one of `engine.model.people.LANGUAGES`.
    language: str
    #: Whether it may sign in.
    active: bool
    #: Roles, each at an organisation.
    memberships: tuple[Candidate, ...]


@dataclass(frozen=True, kw_only=True)
class DefinitionView:
    """One version of a process."""

    #: Definition id.
    id: str
    #: Process key.
    key: str
    #: Version, from 1.
    version: int
    #: Names by language.
    names: Names
    #: Deployment id.
    deployment_id: str
    #: Content hash of the deployment.
    digest: str
    #: When it was deployed.
    deployed: datetime
    #: By whom.
    deployed_by: str


@dataclass(frozen=True, kw_only=True)
class CalendarDay:
    """An exception of the working calendar."""

    #: The local date.
    day: date
    #: Worked or not.
    working: bool
    #: The act it comes from: ``holidays`` package, an order.
    source: str
    #: Name of the holiday, or why.
    note: str


@dataclass(frozen=True, kw_only=True)
class AuditRow:
    """One link of the audit chain."""

    #: Number, from 1 without gaps.
    number: int
    #: When.
    at: datetime
    #: Kind of author.
    by: str
    #: Author's account id or name.
    who: str
    #: What was done, e.g. ``task.complete``.
    act: str
    #: On what, e.g. ``task:…``.
    subject: str
    #: More; no personal data.
    detail: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class AuditReport:
    """Result of walking the chain."""

    #: Links looked at.
    count: int
    #: Number of the first link that does not fit; 0: all fit.
    broken: int
    #: Hash of the head, hexadecimal: publish it, so that a cut tail is found.
    head: str
