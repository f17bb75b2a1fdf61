"""What services use besides the unit of work: clock, extension points, signer, settings, caches."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.clock import Clock, ShiftedClock, SystemClock
from engine.handling import CaseFace, Extensions, extensions, faces
from engine.model.people import Actor
from engine.ports import Signer, Verifier
from engine.services.bell import Bell
from engine.services.caches import Caches
from engine.store import Database, UnitOfWork

__all__ = ["Context", "Database", "UnitOfWork", "Witness"]


class Witness:
    """Is told what people do before it is done, within their transaction; this one looks away.

    A rehearsal has one that writes down what it takes to do the same again.
    """

    def typed(
        self, uow: UnitOfWork, actor: Actor, task_id: str, values: Mapping[str, object]
    ) -> None:
        """Be told what somebody sends with a task, as it was typed."""

    def told(
        self, uow: UnitOfWork, actor: Actor, name: str, key: str, payload: Mapping[str, Any]
    ) -> None:
        """Be told which message somebody sends, to the case with a business key."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """Wired once by `engine.bootstrap`; safe to share between threads."""

    #: The engine's clock.
    clock: Clock = field(default_factory=SystemClock)
    #: Handlers and form adapters.
    extensions: Extensions = extensions
    #: What domains tell of their cases, by process key.
    faces: Mapping[str, CaseFace] = field(default_factory=lambda: faces)
    #: Signs as an officer; None: elements that sign cannot be completed.
    signer: Signer | None = None
    #: Verifies signed bytes.
    verifier: Verifier | None = None
    #: Settings by name for handlers and domains.
    settings: Mapping[str, str] = field(default_factory=dict)
    #: Parsed definitions, forms and the calendar, shared by all threads.
    caches: Caches = field(default_factory=Caches)
    #: Rings when a commit left a job that is due now; the executor of this process listens.
    bell: Bell = field(default_factory=Bell)
    #: Is told what people do; outside of rehearsals nobody is.
    witness: Witness = field(default_factory=Witness)

    def now(self) -> datetime:
        """Return the present moment by the engine's clock, UTC."""
        return self.clock.now()

    def due_now(self, uow: UnitOfWork) -> datetime:
        """Return the moment that due dates and leases are compared with.

        On the machine's clock it is the database's own, so that executors with wrong clocks agree;
        the demo's shift is added to it. A test clock is believed as it stands.
        """
        if isinstance(self.clock, SystemClock | ShiftedClock):
            return self.moment(uow.database_now())
        return self.clock.now()

    def moment(self, database_now: datetime) -> datetime:
        """Return the moment of a step, given the database's clock that was read with its row."""
        if isinstance(self.clock, SystemClock):
            return database_now
        if isinstance(self.clock, ShiftedClock):
            return database_now + self.clock.offset
        return self.clock.now()
