"""Batches worked off: chunk after chunk, each a transaction of a tenth of a second.

An executor has a job for a batch as it has one for a handler, in a thread of its own; it works for
some seconds, then gives the place to others and is due again at once. So timers and people wait no
longer than a chunk takes. Whoever dies leaves the rest waiting: what was committed stands with its
outcome, what was not was never done. Several may share a batch: they take different rows.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any

from engine.errors import Damaged, Forbidden, LeaseLost, NotFound, Unavailable, ZholdamaError
from engine.model.people import SYSTEM, Actor
from engine.model.text import Text, packed, text
from engine.services import access, signing_in
from engine.services.claims import Claimed
from engine.services.cockpit import batches, catalogue, drawing, operations
from engine.services.cockpit.batchviews import Outcome, State
from engine.services.cockpit.operations import Operation, Params, Subject, Wish
from engine.services.context import Context, Database, UnitOfWork
from engine.store.batches import Settled
from engine.store.faults import deadlocked

log = logging.getLogger(__name__)

#: Seconds that a job works at a batch before it gives the place to others. It has a thread of its
#: own and ends within a chunk when the executor stops: only other handlers wait for its place.
SLICE = 10.0
#: Seconds that a chunk is to take: so long its subjects are locked.
CHUNK = 0.1
#: What takes a batch back is called like the operation, with this behind it.
UNDOING = "-undo"
#: Rows of a chunk, at first, at least (a chunk has some thirty statements, however small) and most.
FIRST, LEAST, MOST = 100, 50, 1000
#: Rows of a chunk that are taken one by one, at most; time may end it before.
SINGLES = 50


@dataclass(frozen=True, kw_only=True)
class Going:
    """A batch under way: what is the same for all its rows."""

    #: Batch id.
    id: str
    #: What is done; taking back is an operation, too.
    operation: Operation
    params: Params
    #: Whose act it is.
    actor: Actor
    reason: str
    #: Batch whose rows are taken back; empty: none are.
    undoing: str


@dataclass(kw_only=True)
class Pace:
    """Learns how many rows a chunk may have."""

    #: Rows of the next one.
    size: int = FIRST

    def learn(self, rows: int, seconds: float) -> None:
        """Take note of how long a chunk took."""
        if rows:
            fits = int(rows * CHUNK / max(seconds, 0.001))
            self.size = max(LEAST, min(MOST, fits, 2 * self.size))


@dataclass(kw_only=True)
class Work:
    """One turn at a batch."""

    database: Database
    ctx: Context
    #: Batch id.
    batch: str
    #: Monotonic moment at which it gives the place to others.
    until: float
    #: Whether the executor stops.
    stopping: Callable[[], bool] = lambda: False
    pace: Pace = field(default_factory=Pace)

    def run(self) -> None:
        """Draw, look or do, until nothing is left or the time is over. Raises `Unavailable`."""
        while monotonic() < self.until and not self.stopping() and self._once():
            pass

    def _once(self) -> bool:
        try:
            with self.database.reading() as uow:
                row = uow.batches.find(self.batch)
                if row is None:
                    return False
                going = prepared(uow, row)
        except (Forbidden, *operations.STAYS) as error:
            self._give_up(error.text)
            return False
        if row.state == State.DRAWING.value:
            return self._draw(going.actor)
        if row.state == State.DRAWN.value:
            return drawing.look_on(self.database, self.ctx, going.actor, self.batch)
        return row.state == State.RUNNING.value and self._chunk(going)

    def _give_up(self, why: Text) -> None:
        """Stop a batch that cannot go on: its author is no administrator any more, say."""
        with self.database.begin() as uow:
            row = uow.batches.lock(self.batch)
            if row is not None and row.state != State.FINISHED.value:
                running = row.state == State.RUNNING.value
                stopped = {"state": State.STOPPED.value} if running else {}
                uow.batches.change(self.batch, trouble=packed(why), **stopped)
            uow.commit()

    def _draw(self, actor: Actor) -> bool:
        with self.database.begin() as uow:
            drawing.draw_more(uow, self.ctx, actor, self.batch)
            uow.commit()
        return True

    def _chunk(self, going: Going) -> bool:
        began = monotonic()
        try:
            with self.database.begin() as uow:
                settled = settle_some(uow, self.ctx, going, self.pace.size)
                finished = not settled and uow.batches.finish(going.id, self.ctx.now())
                uow.commit()
        except Unavailable as error:
            if not deadlocked(error):
                raise
            return self._wait()
        self.pace.learn(settled, monotonic() - began)
        return not finished and (bool(settled) or self._wait())

    @staticmethod
    def _wait() -> bool:
        """Let others finish what they have; true: look again."""
        threading.Event().wait(CHUNK)
        return True


def prepared(uow: UnitOfWork, row: Any) -> Going:
    """Return what is the same for all rows; `NotFound`, `Forbidden`, `Refused`: it cannot go on."""
    operation = catalogue.operation(Subject(row.subject), row.operation)
    params = operation.read(row.params)
    undoing = row.parent_id if row.way == "undo" else ""
    return Going(
        id=row.id,
        operation=_taking_back(operation) if undoing else operation,
        params=params,
        actor=author(uow, row),
        reason=row.reason or "",
        undoing=undoing,
    )


def _taking_back(operation: Operation) -> Operation:
    if operation.undo is None:
        raise NotFound(text("This cannot be taken back"))
    name = operation.name + UNDOING
    return replace(operation, name=name, act=operation.undo, many=None)


def author(uow: UnitOfWork, row: Any) -> Actor:
    """Return who made a batch, with the roles she has now; `NotFound`, `Forbidden`."""
    actor = signing_in.load(uow, row.made_by) if row.made_by else SYSTEM
    access.admin(actor)
    return actor


def settle_some(uow: UnitOfWork, ctx: Context, going: Going, size: int) -> int:
    """Deal with the next rows that nobody has; return how many. Caller commits.

    All at once where the operation can, else one by one for as long as a chunk may take.
    """
    rows = uow.batches.following(going.id, size if going.operation.many else SINGLES)
    if not rows:
        return 0
    settled = _together(uow, ctx, going, rows)
    if settled is None:
        settled = _singly(uow, ctx, going, rows)
    uow.batches.settle(going.id, ctx.now(), settled)
    uow.batches.count(going.id, Counter(one.outcome for one in settled))
    _mark_undone(uow, going, rows, settled)
    return len(settled)


def _together(
    uow: UnitOfWork, ctx: Context, going: Going, rows: Sequence[Any]
) -> list[Settled] | None:
    """Do it to all that are as they were drawn; None: one by one, please."""
    many = going.operation.many
    if many is None or access.reach(uow, going.actor) is not None:
        return None
    found = going.operation.stamps(uow, [row.subject_id for row in rows])
    fit = [row for row in rows if row.stamp and found.get(row.subject_id) == row.stamp]
    try:
        with uow.savepoint():
            if fit:
                many(uow, ctx, going.actor, [_wish(going, row, going.params) for row in fit])
    except operations.STAYS:
        return None
    kept = {row.number for row in fit}
    done = [Settled(number=number, outcome=Outcome.DONE.value) for number in sorted(kept)]
    return done + [_changed(row.number) for row in rows if row.number not in kept]


def _wish(going: Going, row: Any, params: Params) -> Wish:
    return Wish(
        subject=row.subject_id,
        params=params,
        reason=going.reason,
        stamp=row.stamp,
        batch=going.id,
    )


def _changed(number: int) -> Settled:
    said = text("It changed after the batch was drawn, and was left as it is")
    return Settled(number=number, outcome=Outcome.CHANGED.value, cause=packed(said))


def _singly(uow: UnitOfWork, ctx: Context, going: Going, rows: Sequence[Any]) -> list[Settled]:
    """Take one after the other, for as long as a chunk may take, each on its own ice."""
    backs = uow.batches.undo_of(going.id, [row.number for row in rows]) if going.undoing else {}
    settled: list[Settled] = []
    until = monotonic() + CHUNK
    # Everybody locks in the same order: two batches over the same subjects do not wait in a ring.
    for row in sorted(rows, key=lambda one: str(one.subject_id)):
        if settled and monotonic() > until:
            break
        settled.append(_one(uow, ctx, going, row, backs.get(row.number, going.params)))
    return settled


def _one(uow: UnitOfWork, ctx: Context, going: Going, row: Any, params: Params) -> Settled:
    wish = _wish(going, row, params)
    try:
        with uow.savepoint():
            done = operations.perform(uow, ctx, going.actor, going.operation, wish)
    except (*operations.STAYS, Damaged) as error:
        # One case that cannot be read is no reason to leave all behind it.
        return _stays(uow, going, row, error)
    except Unavailable:
        raise
    except Exception:
        # A mistake of ours at one subject must not hold up the thousands behind it.
        log.exception("batch %s: %s at %s", going.id, going.operation.name, row.subject_id)
        said = text("The act failed; the log of the executor says how")
        return Settled(number=row.number, outcome=Outcome.REFUSED.value, cause=packed(said))
    undo = None if going.undoing else done.undo
    return Settled(number=row.number, outcome=Outcome.DONE.value, undo=undo)


def _stays(uow: UnitOfWork, going: Going, row: Any, error: ZholdamaError) -> Settled:
    """Tell a subject that changed from one of which it is refused."""
    if row.stamp:
        now = going.operation.stamps(uow, [row.subject_id]).get(row.subject_id)
        if now != row.stamp:
            return _changed(row.number)
    return Settled(number=row.number, outcome=Outcome.REFUSED.value, cause=packed(error.text))


def _mark_undone(
    uow: UnitOfWork, going: Going, rows: Sequence[Any], settled: Sequence[Settled]
) -> None:
    """Mark the rows of the first batch that were taken back."""
    if not going.undoing:
        return
    done = {one.number for one in settled if one.outcome == Outcome.DONE.value}
    origins = [row.origin for row in rows if row.number in done]
    marked = uow.batches.mark_undone(going.undoing, origins)
    uow.batches.count(going.undoing, {"undone": marked, "done": -marked})


def conclude(uow: UnitOfWork, ctx: Context, job: Claimed) -> None:
    """Record a turn at a batch; where more is to do, let another job follow. `LeaseLost`."""
    if not uow.jobs.finish(job.id, job.owner, ctx.now()):
        raise LeaseLost(text("The job was taken over or withdrawn"))
    # Locked: who lets it go on at this moment counts this job as one that is alive.
    row = uow.batches.lock(job.token)
    if row is None:
        return
    drawing_ = row.state == State.DRAWING.value
    looking = row.state == State.DRAWN.value and row.looked < row.total
    if (looking or drawing_) and not row.trouble:
        batches.enqueue(uow, ctx, job.token, 1)
    elif row.state == State.RUNNING.value:
        batches.enqueue(uow, ctx, job.token, batches.WIDTH[uow.dialect])
