"""What the services of branches answer with: frozen, plain, ready for a page."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class FileState(Enum):
    """What a branch makes of a deployed file."""

    #: As deployed.
    SAME = "same"
    #: Other than deployed.
    CHANGED = "changed"
    #: Not deployed yet.
    NEW = "new"
    #: Deployed, and taken away in the branch.
    REMOVED = "removed"


@dataclass(frozen=True, kw_only=True)
class BranchView:
    """A branch that is worked on."""

    #: Id; empty: nobody saved anything in it yet.
    id: str
    #: Name, as addresses have it.
    name: str
    #: When it was made; None: it is always there.
    made: datetime | None = None
    #: Name of who made it; empty: it is always there.
    by: str = ""


@dataclass(frozen=True, kw_only=True)
class FileView:
    """A file of a branch."""

    #: Name, as deployments have it.
    name: str
    #: What it holds; empty where it was taken away.
    content: bytes
    #: Counts what was saved of it in the branch; 0: nothing yet, it is the deployed one.
    revision: int
    #: SHA-256 of the content; empty: taken away.
    digest: str
    #: SHA-256 of what is deployed now; empty: nothing.
    deployed: str
    #: What the branch makes of it.
    state: FileState
    #: Whether it was changed here and deployed otherwise since: two lines of work.
    stale: bool = False
    #: Name of who saved it last; empty: nobody in this branch.
    saved_by: str = ""
    #: When.
    saved_at: datetime | None = None
    #: What was said to it.
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class CopyView:
    """What a person types at a file and has not saved."""

    #: Name of the file.
    name: str
    #: What was typed.
    content: bytes
    #: Revision that it began from.
    base: int
    #: When it was kept.
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Presence:
    """Somebody else who is at the same file."""

    #: Name of the file.
    file: str
    #: Account id.
    account: str
    #: The person's name.
    name: str
    #: Since when.
    since: datetime
    #: Element she is at; may be empty.
    element: str


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Answer to what was typed: it is kept."""

    #: When.
    at: datetime
    #: Revision of the file in the branch now: another than the copy's: somebody saved.
    revision: int
    #: Who else is at this file.
    others: tuple[Presence, ...]
