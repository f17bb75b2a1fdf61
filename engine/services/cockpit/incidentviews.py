"""What the services of incidents answer with: frozen, plain, ready for a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.model.text import Text
from engine.services.pauses import Pause


@dataclass(frozen=True, kw_only=True)
class IncidentRow:
    """An incident in a list."""

    #: Incident id.
    id: str
    #: Case; empty: it is of none, e.g. a start by the clock.
    instance_id: str
    #: Its number.
    business_key: str
    #: Key of the process.
    process: str
    #: Element id.
    element: str
    #: Its names by language.
    names: Mapping[str, str]
    #: What happened.
    message: Text
    #: When it arose (UTC).
    at: datetime
    #: When it was resolved (UTC); None: it is open.
    resolved: datetime | None
    #: retried | changed | by-hand | closed | moved | restarted; empty: open, or it ended with the
    #: case.
    resolution: str
    #: Who resolved it, and who looks after it, by name; may be empty.
    resolved_by: str
    assignee: str
    #: Handler; empty: none was at work.
    topic: str
    #: Job; empty: a person's act failed.
    job_id: str
    #: Its state, attempts and how many there may be.
    job_state: str
    attempts: int
    max_attempts: int
    #: When the job is due again (UTC).
    due: datetime | None
    #: Whether its handler is paused.
    paused: bool

    @property
    def retriable(self) -> bool:
        """Tell whether there is something to try again."""
        closed = self.resolved is not None and self.resolution != "closed"
        return not closed and self.job_state == "dead"


@dataclass(frozen=True, kw_only=True)
class IncidentPage:
    """A page of incidents."""

    #: Its rows.
    rows: tuple[IncidentRow, ...]
    #: How many match; counting stops at `engine.store.failures.CAP`. None: it was not counted.
    total: int | None
    #: Where the next page begins; empty: this is the last.
    after: str


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What the filters of the list offer."""

    #: Processes that have such incidents, by key, with their names by language.
    processes: Mapping[str, Mapping[str, str]]
    #: Handlers that have.
    handlers: tuple[str, ...]
    #: Accounts that look after one, with their names.
    assignees: Mapping[str, str]
    #: Offices within reach by code, with their names by language.
    offices: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Incidents of one handler with one message."""

    #: One of them, for the address.
    id: str
    #: Handler; empty: none was at work.
    topic: str
    #: What happened.
    message: Text
    #: How many, in how many cases.
    count: int
    cases: int
    #: The first and the last (UTC).
    first: datetime
    last: datetime
    #: Whether the handler is paused.
    paused: bool


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A failed attempt."""

    #: Which, from 1; a retry by a person begins anew.
    number: int
    #: When it was claimed and when it had failed (UTC).
    began: datetime | None
    failed: datetime
    #: Who tried.
    executor: str
    #: Why it failed.
    message: Text
    #: What the outside system knows the request by; empty: nobody said so.
    request: str
    #: Where in the code, without people; may be empty.
    trace: str


@dataclass(frozen=True, kw_only=True)
class Note:
    """What somebody wrote or did."""

    #: When (UTC).
    at: datetime
    #: note | assigned | retried | changed | by-hand | closed | moved | restarted.
    kind: str
    #: By whom.
    who: str
    #: In her own words.
    words: str
    #: To whom it was assigned, by name.
    assignee: str = ""
    #: When it is tried again (UTC).
    due: datetime | None = None
    #: Fields that were changed, or given by hand: before and after.
    changes: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class IncidentDetail:
    """Everything about one incident."""

    #: The incident.
    row: IncidentRow
    #: Failed attempts, newest first.
    attempts: tuple[Attempt, ...]
    #: Notes, oldest first.
    notes: tuple[Note, ...]
    #: Same for every attempt: what the outside system tells repetitions by.
    idempotency_key: str
    #: What the outside system knows its newest request by; empty: nobody said so.
    request: str
    #: Pause of the handler; None: it goes.
    pause: Pause | None
    #: Others with the same cause that are open.
    alike: int
    #: Next moment at which something of the case is due: a timer or a task (UTC); None: nothing.
    next_due: datetime | None
    #: Open task of the same element, if a person's act failed; empty: none.
    task_id: str
