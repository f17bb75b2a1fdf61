"""What several nouns share: the states of tasks and cases, and names by language."""

from collections.abc import Mapping
from enum import Enum

Names = Mapping[str, str]


class TaskState(Enum):
    """State of a user task: OPEN → COMPLETED | CANCELLED (the process withdrew it)."""

    OPEN = "open"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class CaseState(Enum):
    """State of an instance.

    ACTIVE ⇄ SUSPENDED; ACTIVE → COMPLETED | FAILED | CANCELLED.
    """

    ACTIVE = "active"
    SUSPENDED = "suspended"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
