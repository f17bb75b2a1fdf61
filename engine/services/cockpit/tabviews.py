"""What the tabs of the page of one case show: frozen, plain, without an IIN; moments in UTC."""

from dataclasses import dataclass
from datetime import datetime

from engine.model.differences import Change
from engine.services.views import CaseState, CommentView, DocumentView, SignatureView
from engine.services.views.states import Names

#: Comments as the page shows them.
Comments = tuple[CommentView, ...]


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
