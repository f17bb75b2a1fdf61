"""What the services of branches answer with: frozen, plain, ready for a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from engine.model.problems import Problem, Severity
from engine.model.text import Text


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


@dataclass(frozen=True, kw_only=True)
class BranchRow:
    """A branch in the list of all."""

    #: Its name.
    name: str
    #: How many files it changes.
    changed: int
    #: Names of who works there now.
    people: tuple[str, ...]
    #: When something was saved last; None: never.
    saved_at: datetime | None
    #: By whom.
    saved_by: str


@dataclass(frozen=True, kw_only=True)
class Touched:
    """A process that a deployment changes."""

    #: Its key.
    key: str
    #: Its names by language.
    names: Mapping[str, str]
    #: Its version so far; 0: it is new.
    before: int
    #: Cases that run on earlier versions, and go on there.
    running: int
    #: Whether its diagram is taken away: nothing starts it by itself any more.
    ended: bool


@dataclass(frozen=True, kw_only=True)
class ScheduledView:
    """A deployment that is to take effect."""

    #: Its id.
    id: str
    #: When it takes effect.
    at: datetime
    #: When it was deployed.
    deployed: datetime
    #: By whom.
    by: str
    #: What changed.
    note: str
    #: Its short name; may be empty.
    tag: str
    #: Branch that it came from; may be empty.
    branch: str
    #: Keys of the processes of which it makes a version, as things stood when it was deployed.
    processes: tuple[str, ...]
    #: Names of the files that it changes or takes away.
    files: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What deploying a branch would change."""

    #: Name of the branch.
    branch: str
    #: Mark of what is deployed now, for `releases.deploy`.
    seen: str
    #: Files that are other than deployed.
    files: tuple[FileView, ...]
    #: Processes that get a new version, or end.
    processes: tuple[Touched, ...]
    #: What the check says of the whole branch.
    problems: tuple[Problem, ...]
    #: Deployments to come that change the same files.
    scheduled: tuple[ScheduledView, ...]
    #: Why the person who looks may not deploy; None: she may.
    refusal: Text | None

    @property
    def errors(self) -> int:
        """Return how many problems stop it."""
        return sum(one.severity is Severity.ERROR for one in self.problems)


@dataclass(frozen=True, kw_only=True)
class VersionView:
    """A version of a process with what its deployment tells."""

    #: Definition id.
    id: str
    #: Process key.
    key: str
    #: Number, from 1.
    version: int
    #: Names by language.
    names: Mapping[str, str]
    #: Deployment id.
    deployment_id: str
    #: Name of its diagram.
    file: str
    #: What changed.
    note: str
    #: Short name of the deployment; may be empty.
    tag: str
    #: Branch that it came from; may be empty.
    branch: str
    #: When it was deployed.
    deployed: datetime
    #: From when it was to be active; None: at once.
    active_from: datetime | None
    #: Name of who deployed it.
    by: str
    #: How many cases run on it.
    running: int
    #: Whether new cases start on it.
    newest: bool
