"""The open work of an organisation."""

from dataclasses import dataclass
from datetime import datetime

from engine.services.views.inbox import InboxRow
from engine.services.views.states import Names


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
