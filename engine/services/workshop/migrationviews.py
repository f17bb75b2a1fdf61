"""What the service of migrations answers with: frozen, plain, ready for a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.model.migrations import Effect, Hindrance
from engine.model.text import Text


@dataclass(frozen=True, kw_only=True)
class Version:
    """One of the two versions."""

    #: Definition id.
    id: str
    #: Version number.
    number: int
    #: When it was deployed.
    at: datetime
    #: Who deployed it.
    by: str


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A line of the mapping."""

    #: Element of the old version.
    element: str
    #: BPMN's local name of it.
    kind: str
    #: Its names by language.
    names: Mapping[str, str]
    #: Element of the new version that stands for it; empty: none.
    target: str
    #: The one that suggests itself.
    default: str
    #: Elements of the new version that could stand for it, with their names by language.
    able: tuple[tuple[str, Mapping[str, str]], ...]
    #: Tokens of running cases that stand there.
    tokens: int

    @property
    def plain(self) -> bool:
        """Tell whether there is nothing to decide: the same id, and no case needs another."""
        return self.target == self.element == self.default


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why some cases stay, and how many."""

    #: What stands in the way.
    hindrance: Hindrance
    #: Names of the element by language; empty if it has none.
    names: Mapping[str, str]
    #: Cases that it holds.
    cases: int


@dataclass(frozen=True, kw_only=True)
class Change:
    """What changes for some of the cases that go, and how many."""

    #: What.
    effect: Effect
    #: Element it is about.
    element: str
    #: Its names by language; empty if it has none.
    names: Mapping[str, str]
    #: Cases.
    cases: int


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a new version means for the cases that run on an old one."""

    #: Process key.
    process: str
    #: Its names by language.
    names: Mapping[str, str]
    #: From.
    source: Version
    #: To.
    target: Version
    #: Cases that run on the old version.
    total: int
    #: How many of them were looked at: the oldest, up to a bound.
    examined: int
    #: How many of those can go.
    able: int
    #: Why the others cannot.
    reasons: tuple[Reason, ...]
    #: What changes for those that go.
    changes: tuple[Change, ...]
    #: Which element stands for which, in the order of drawing.
    pairs: tuple[Pair, ...]
    #: What is wrong with the mapping itself; nothing was looked at then.
    mistakes: tuple[Hindrance, ...] = ()

    @property
    def stay(self) -> int:
        """Return how many of the cases that were looked at cannot go."""
        return self.examined - self.able

    @property
    def mapping(self) -> Mapping[str, str]:
        """Return the mapping as it is handed on."""
        return {pair.element: pair.target for pair in self.pairs}


@dataclass(frozen=True, kw_only=True)
class Stand:
    """A case and where it stands."""

    #: Instance id.
    id: str
    #: Case number.
    number: str
    #: When it was started.
    started: datetime
    #: Elements of the old version.
    elements: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class StandPage:
    """Cases of one kind, by id."""

    #: The cases.
    rows: tuple[Stand, ...]
    #: Where the next page begins; empty: this is the last.
    next: str


@dataclass(frozen=True, kw_only=True)
class OpenWork:
    """A task or a timer of a case, before or after."""

    #: Element.
    element: str
    #: Its names by language.
    names: Mapping[str, str]
    #: ``task``, or the kind of the job: ``timer``, ``handler``, …
    kind: str
    #: Deadline of a task, moment of a job; None: none.
    due: datetime | None
    #: Who may do it, of a task.
    who: tuple[str, ...] = ()
    #: Whether somebody has it.
    taken: bool = False
    #: Form key of a task.
    form: str = ""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What came of taking one case over, which was undone after a look."""

    #: The case.
    case: Stand
    #: Why it could not; None: it could.
    refused: Text | None
    #: Its open work before.
    before: tuple[OpenWork, ...]
    #: And after.
    after: tuple[OpenWork, ...]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A version that can be chosen."""

    #: Definition id.
    id: str
    #: Version number.
    number: int
    #: Cases that run on it.
    cases: int
