"""What becomes of due jobs: claim, fire, finish, fail; timer start events; retries by a person.

Every function that records a result is fenced: it raises `LeaseLost` unless the row is still
claimed by the same executor for the same attempt, and then nothing of the transaction stands.
The instance is locked first and the job after it, as a person's step does: no deadlock.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from engine.model.retry import Retry
from engine.model.steps import JobKind

#: Plan of a job that names none: timers, messages, calls, reminders.
OWN_PLAN = Retry.parse("PT5S,PT30S,PT2M,PT10M,PT30M")


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A job as its executor has it."""

    #: Job id.
    id: str
    #: What it stands for.
    kind: JobKind
    #: Instance id; empty: it starts an instance.
    instance_id: str
    #: Business key of the instance.
    business_key: str
    #: Element id.
    element: str
    #: Token it acts on (hexadecimal); may be empty.
    token: str
    #: External topic, name of a message, key of a called process.
    topic: str
    #: When it was due (UTC), before any retry.
    due: datetime
    #: This attempt, from 1.
    attempt: int
    #: Attempts in all.
    max_attempts: int
    #: Its own plan of retries; empty: the handler's.
    retry: str
    #: Same for every attempt.
    idempotency_key: str
    #: Who claimed it.
    owner: str
    #: Inputs of a handler, variables of a call or message.
    inputs: Mapping[str, object] = field(default_factory=dict)


def plan(text: str) -> Retry:
    """Return the plan a text stands for; the engine's own if it is empty or, stored, not a plan."""
    try:
        return Retry.parse(text) if text else OWN_PLAN
    except ValueError:
        return OWN_PLAN
