"""What failed and waits for an administrator."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class StrangerView:
    """A step that waits for a handler which nobody has taken and which is not installed here."""

    #: Instance id.
    instance_id: str
    #: Business key.
    business_key: str
    #: Element id.
    element: str
    #: What the handler would have to be for.
    topic: str
    #: Since when it could have been done.
    since: datetime


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
