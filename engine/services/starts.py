"""Timer start events: a job row made at deployment, one for the next time each."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.model.people import Actor
from engine.services.context import Context, UnitOfWork


def fire(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    definition_id: str,
    element: str,
    due: datetime,
    recurrence: Mapping[str, Any],
) -> None:
    """Start an instance at a timer start event, and plan the next time of a cycle."""
    raise NotImplementedError
