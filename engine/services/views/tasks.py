"""User tasks: the page of one, and what became of its completion."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.handling import CaseCard
from engine.model.elements import Element
from engine.model.people import Candidate
from engine.services.views.comments import CommentView
from engine.services.views.documents import DocumentView
from engine.services.views.history import HistoryRow
from engine.services.views.signatures import SignatureView
from engine.services.views.states import CaseState, Names, TaskState
from engine.services.views.submissions import SentView
from engine.services.views.ways import WayStop


@dataclass(frozen=True, kw_only=True)
class TaskForm:
    """What a task asks for, without the case around it: enough to read what was posted."""

    #: Task id.
    task_id: str
    #: Instance id.
    instance_id: str
    #: Business key (case number).
    business_key: str
    #: The element: names, law, documentation, properties.
    element: Element
    #: Form key; empty: no form.
    form_key: str
    #: The form's JSON, from the pinned deployment; None: no form.
    form: Mapping[str, object] | None
    #: Revision to hand back with a draft or a completion.
    revision: int
    #: Ordinal of the signature that completing sets; 0: none.
    sign: int = 0


@dataclass(frozen=True, kw_only=True)
class TaskView(TaskForm):
    """Everything the page of a task shows."""

    #: Process key.
    process: str
    #: The process's names.
    process_names: Names
    #: Definition id (the pinned version).
    definition_id: str
    #: Open, completed, cancelled.
    state: TaskState
    #: Who may claim it.
    candidates: tuple[Candidate, ...]
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
    #: When a draft was saved; None: there is none.
    draft_saved: datetime | None
    #: Whether it is mine.
    mine: bool
    #: Whether I may claim it now.
    may_claim: bool
    #: Whether I may give it to somebody (supervisor of a candidate organisation, admin).
    may_assign: bool
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
    #: What was sent when it was completed; None: not completed, no form, or not kept then.
    sent: SentView | None = None


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
