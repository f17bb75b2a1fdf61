"""What people were told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engine.handling import CaseCard


@dataclass(frozen=True, kw_only=True)
class NotificationView:
    """Something a person was told."""

    #: Notification id.
    id: str
    #: Kind; its sentence comes from `notices` of the engine or of a face.
    kind: str
    #: Instance id; may be empty.
    instance_id: str
    #: Business key.
    business_key: str
    #: Task id; may be empty.
    task_id: str
    #: Values for the sentence.
    params: Mapping[str, object]
    #: When.
    at: datetime
    #: When it was read.
    read: datetime | None = None
    #: How the case is recognised; None: the domain gives no cards.
    card: CaseCard | None = None
    #: Names of the step it is about, by language; empty: about the whole case.
    step: Mapping[str, str] = field(default_factory=dict)
