"""Cases: the page of one, and lists of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.handling import CaseCard
from engine.services.views.comments import CommentView
from engine.services.views.documents import DocumentView
from engine.services.views.history import HistoryRow
from engine.services.views.inbox import InboxRow
from engine.services.views.incidents import IncidentView, StrangerView
from engine.services.views.signatures import SignatureView
from engine.services.views.states import CaseState, Names
from engine.services.views.ways import WayStop


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
    #: Whether that is all: no remark, file or form of it is for who looks (`engine.model.sight`).
    outline: bool = False
    #: Round of rework, from 1.
    round: int = 1
    #: Steps that wait for a handler which is not installed here; only for an administrator.
    strangers: tuple[StrangerView, ...] = ()
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
