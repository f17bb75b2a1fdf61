"""What the services of batches answer with: frozen, plain, ready for a page."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from engine.model.text import Text
from engine.services.cockpit.operations import Operation, Preview


class State(Enum):
    """How far a batch is; drawn in `engine.store.batches`."""

    DRAWING = "drawing"
    DRAWN = "drawn"
    RUNNING = "running"
    STOPPED = "stopped"
    FINISHED = "finished"


class Outcome(Enum):
    """How it went with one subject."""

    WAITING = "waiting"
    DONE = "done"
    #: It could not be done; nothing was changed.
    REFUSED = "refused"
    #: It changed after it was drawn, and was left as it is.
    CHANGED = "changed"
    #: It was done, and taken back by another batch.
    UNDONE = "undone"


#: Outcomes of which a new batch may be made.
FAILED = (Outcome.REFUSED, Outcome.CHANGED)


@dataclass(frozen=True, kw_only=True)
class Batch:
    """A batch and how far it is."""

    #: Batch id.
    id: str
    #: What is done to each.
    operation: Operation
    #: Why, in the person's own words; empty: it was not begun.
    reason: str
    #: What was chosen, in words.
    said: Text
    #: Whether starting it asks for the number: very many, a list without a filter, or what cannot
    #: be taken back.
    asks_twice: bool
    #: Name of who made it, and when.
    who: str
    made: datetime
    state: State
    #: Batch of which it takes the failed ones (``retry``) or takes back (``undo``); empty: none.
    parent: str
    way: str
    #: Subjects in all, and how many were looked at.
    total: int
    looked: int
    #: Of a drawn one, where it was counted: how many will be refused, as it looked.
    foreseen: int
    done: int
    refused: int
    changed: int
    undone: int
    #: When it last began or went on, and how many were settled then.
    begun: datetime | None
    begun_with: int
    finished: datetime | None
    #: Why it stopped by itself; None: it did not.
    trouble: Text | None

    @property
    def settled(self) -> int:
        """Return how many are dealt with."""
        return self.done + self.refused + self.changed + self.undone

    @property
    def waiting(self) -> int:
        """Return how many still wait."""
        return self.total - self.settled

    @property
    def failed(self) -> int:
        """Return how many a batch of just those would take."""
        return self.refused + self.changed

    @property
    def moving(self) -> bool:
        """Tell whether something happens to it by itself."""
        looking = self.state is State.DRAWN and self.looked < self.total
        at_work = looking or self.state in {State.DRAWING, State.RUNNING}
        return at_work and self.trouble is None

    def rate(self, now: datetime) -> float:
        """Return how many are dealt with per second since it last began; 0: nobody knows yet."""
        if self.begun is None:
            return 0.0
        seconds = ((self.finished or now) - self.begun).total_seconds()
        return (self.settled - self.begun_with) / seconds if seconds > 0 else 0.0

    def left(self, now: datetime) -> float | None:
        """Return the seconds that it will take, as it goes now; None: nobody knows."""
        rate = self.rate(now)
        return self.waiting / rate if rate > 0 and self.state is State.RUNNING else None


@dataclass(frozen=True, kw_only=True)
class Row:
    """One subject of a batch."""

    #: From 1.
    number: int
    #: Id of the subject.
    subject: str
    #: What it is called.
    label: Text
    outcome: Outcome
    #: Why it was refused or left, or will be; None: nothing stands in the way.
    cause: Text | None
    #: When it was dealt with.
    at: datetime | None
    #: What would change; None: it was not looked at.
    preview: Preview | None = None


@dataclass(frozen=True, kw_only=True)
class Page:
    """Rows of a batch."""

    #: By number.
    rows: tuple[Row, ...]
    #: Number after which there are more; 0: there are none.
    next: int


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why rows were refused or left, or will be."""

    #: The sentence.
    said: Text
    outcome: Outcome
    #: How many.
    rows: int


@dataclass(frozen=True, kw_only=True)
class Report:
    """A batch with everything that its page shows."""

    batch: Batch
    #: Why rows failed, the most frequent first.
    causes: tuple[Cause, ...] = ()
    #: Batches that take rows of this one.
    children: tuple[Batch, ...] = ()
