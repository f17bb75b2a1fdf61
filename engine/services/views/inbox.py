"""The inbox: its boxes, what is asked of it, its rows and pages."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import ClassVar

from engine.handling import CaseCard
from engine.services.views.states import Names, TaskState
from engine.services.views.ways import WayStop


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
    #: Code of the organisation that has the work, empty: all of mine.
    organisation: str = ""
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
    #: Organisations to filter by: the person's, if there are several.
    organisations: tuple[Choice, ...] = ()
    #: Stamp of the list; `tasks.news` tells how many came since.
    stamp: str = ""
