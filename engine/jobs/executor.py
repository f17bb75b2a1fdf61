"""The executor: claims due rows, runs handlers in threads, records every result in one transaction.

        ready ──claim (lease)──▶ claimed ──finish (fenced)──▶ done
          ▲                         │ failed, attempts left
          └──────── pause ──────────┤
                                    │ attempts used up, or hopeless
                                    └──────────▶ dead + incident ──retry by a person──▶ ready

One thread does all the claiming and recording; handlers run elsewhere (`hands`), and the leases of
what is held are kept elsewhere (`holding`). What it has in memory may be lost at any moment: a
lease that is not renewed runs out, another executor takes the row, and the fence drops whatever
the first one still brings.

A handler whose topic nobody here knows is left for an executor that does; it says so in the log.
"""

import logging
import os
import random
import socket
import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from time import monotonic, perf_counter
from typing import Any

from engine.errors import Conflict, Unavailable, ZholdamaError
from engine.handling import Handler
from engine.jobs import batching
from engine.jobs.appetite import BATCH, BATCH_SECONDS, Appetite, room
from engine.jobs.calling import Failed, HandlerCall, Outcome, Succeeded, attempt
from engine.jobs.hands import Hands
from engine.jobs.holding import Holding
from engine.jobs.recording import Recorder, trail_of
from engine.model.steps import JobKind
from engine.model.text import text
from engine.services import claims, pauses
from engine.services.claims import Claimed
from engine.services.context import Context, Database
from engine.services.settings import Overlay
from engine.watching import points

log = logging.getLogger(__name__)

#: Claims in a row that may collide with another executor's before this one waits.
TRIES = 3
#: Longest sleep of the loop; the tick wakes it earlier.
NAP = 5.0
#: Seconds beyond the grace that a stop waits for a database which does not answer.
STOP_PATIENCE = 20.0
#: Seconds between two looks for jobs that wait for a handler which is not installed here.
LOOK_FOR_STRANGERS = 60.0
#: Seconds until the next round after one that failed: at first, and at most. A database that was
#: away for an hour is found again as soon as one that was away for a moment.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 4.0


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How an executor works; the defaults suit one machine."""

    #: Handlers at once; of one topic half of them at most.
    hands: int = 16
    #: A claim is good for this long, renewed at a third of it; then another executor takes over.
    lease: timedelta = timedelta(seconds=30)
    #: On stopping, handlers that run get this long before their jobs are given back.
    grace: timedelta = timedelta(seconds=10)


class Executor:
    """Does what the `job` table says is due. `run_due` once, or `start` until `stop`."""

    def __init__(
        self, database: Database, ctx: Context, settings: Settings | None = None, name: str = ""
    ) -> None:
        """Work on a database; the name shows in ``locked_by`` and is unique by itself."""
        self._database = database
        self._ctx = ctx
        self._settings = settings or Settings()
        self.name = name or f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:6]}"
        self._recorder = Recorder(database, ctx)
        self._overlay = Overlay(database, ctx)
        self._awake = threading.Event()
        self._stopping = threading.Event()
        self._hands: Hands[Claimed] = Hands(self._settings.hands, self.wake)
        self._queue: deque[Claimed] = deque()
        self._brought: deque[tuple[Claimed, Outcome]] = deque()
        self._held = Holding(database, ctx, self.name, self._settings.lease)
        self._appetite = Appetite()
        self._shaken = False
        self._strangers: set[str] = set()
        self._looked_for_strangers = float("-inf")
        self._thread: threading.Thread | None = None
        #: Called in each round of the loop: it lives. A probe of readiness listens.
        self.on_round: Callable[[], None] = lambda: None

    @property
    def spent(self) -> bool:
        """Tell whether handlers that hang for ever have left it none to work with."""
        return self._hands.spent

    # Life.

    def wake(self) -> None:
        """Look for work now; called after commits in this process, by the tick, by the hands."""
        self._awake.set()

    def start(self) -> None:
        """Work in a thread until `stop`."""
        self._thread = threading.Thread(target=self._loop, name="executor", daemon=True)
        self._thread.start()
        self._held.start()

    def stop(self) -> None:
        """Claim nothing more, wait for handlers as long as the grace says, give the rest back.

        A database that does not answer is waited for somewhat longer than the grace, not for ever:
        then the leases run out.
        """
        self._stopping.set()
        self.wake()
        if self._thread is not None:
            self._thread.join(self._settings.grace.total_seconds() + STOP_PATIENCE)

    def _loop(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            self._awake.clear()
            self.on_round()
            try:
                worked = self._round()
                pause = FIRST_PAUSE
            # The loop is the last border: a database that is away, or an error of ours, must not
            # end it. The rows are safe; the next round tries again.
            except Exception as error:
                self._shaken = True
                if pause == FIRST_PAUSE or not isinstance(error, Unavailable):
                    log.exception("a round of the executor failed; next in %.1f s", pause)
                else:  # how the database went away is told once, not every few seconds
                    log.warning("a round of the executor failed again; next in %.1f s", pause)
                # Dice, so that not all executors come back at the same moment.
                self._stopping.wait(pause * (0.5 + random.random() / 2))  # noqa: S311
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            if not worked:
                self._awake.wait(self._nap())
        self._wind_up()
        self._held.end()

    def _nap(self) -> float:
        until = self._hands.next_deadline()
        rest = self._settings.lease.total_seconds() / 3 if self._hands.busy else NAP
        return min(NAP, rest) if until is None else min(NAP, rest, until)

    def _wind_up(self) -> None:
        """Record what handlers still bring within the grace, then give back everything else.

        A database that is away is asked again until the grace is over: it may be on its way back.
        """
        end = monotonic() + self._settings.grace.total_seconds()
        acts: list[Callable[[], object]] = [
            partial(self._wait_for_hands, end),
            self._settle_brought,
            self._give_back,
        ]
        while acts:
            self._held.live()
            try:
                acts[0]()
                acts.pop(0)
            except ZholdamaError:
                if monotonic() > end:
                    log.exception("not everything was given back; the leases will run out")
                    return
                self._awake.wait(FIRST_PAUSE)
                self._awake.clear()

    def _wait_for_hands(self, end: float) -> None:
        while self._hands.busy and monotonic() < end:
            self._settle_brought()
            self._awake.wait(0.05)
            self._awake.clear()

    def _give_back(self) -> None:
        self._queue.clear()
        self._held.give_back()

    # Work.

    def run_due(self, limit: int = 100) -> int:
        """Do what is due now, at most `limit` jobs, handlers included; return how many were done.

        For tests, the demo and commands, instead of `start`. What one job leads to at once (a
        handler after a timer) counts too. Raises `Unavailable`.
        """
        count = 0
        self._end_pauses()
        while count < limit:
            claimed = self._claim(min(BATCH, limit - count))
            if not claimed:
                break
            count += claimed
            self._begin_claimed()
            while self._hands.busy:
                self._awake.wait(self._nap())
                self._awake.clear()
                self._settle_brought()
                self._held.renew()
        return count

    def _end_pauses(self) -> None:
        # Where there is no sign of life (`engine.jobs.presence`) that does it.
        with self._database.reading() as uow:
            if not uow.pauses.over(self._ctx.due_now(uow)):
                return
        with self._database.begin() as uow:
            pauses.end_over(uow, self._ctx)
            uow.commit()

    def _round(self) -> bool:
        """Settle what the hands brought, claim, begin; tell whether there was anything to do."""
        settled = self._settle_brought()
        if self._shaken:
            self._held.take_stock()
            self._shaken = False
        claimed = 0 if self._queue else self._claim(self._appetite.batch)
        began = monotonic()
        self._begin_claimed(until=began + 2 * BATCH_SECONDS)
        self._appetite.learn(claimed, monotonic() - began)
        self._tell_of_strangers()
        return bool(settled or claimed or self._queue)

    def _claim(self, limit: int) -> int:
        # A look before the claim spares the others a transaction that writes; not where there was
        # more than a batch a moment ago.
        if not (self._appetite.backlog or self._any_due()):
            return 0
        for _ in range(TRIES):
            try:
                return self._lease(limit)
            except Conflict:
                # Two executors took handlers of one instance at the same moment: look again.
                continue
        return 0

    def _any_due(self) -> bool:
        with self._database.reading() as uow:
            free, crowded = room(self._hands)
            return claims.any_due(uow, self._ctx, handlers=free > 0, but=crowded)

    def _lease(self, limit: int) -> int:
        free, crowded = room(self._hands)
        with self._database.begin() as uow:
            found = claims.claim(
                uow,
                self._ctx,
                self.name,
                limit=limit,
                handlers=min(free, limit),
                lease=self._settings.lease,
                but=crowded,
            )
            uow.commit()
        self._queue.extend(found)
        self._held.take(found)
        return len(found)

    def _begin_claimed(self, until: float = float("inf")) -> None:
        """Begin what is claimed, up to a monotonic moment; a stop gives back what is not begun."""
        while self._queue and not self._stopping.is_set() and monotonic() < until:
            self._begin(self._queue[0])
            self._queue.popleft()
            if self._thread is None:
                self._held.renew()

    def _tell_of_strangers(self) -> None:
        """Log, once for each topic, that handlers are due which somebody else must do."""
        if monotonic() - self._looked_for_strangers < LOOK_FOR_STRANGERS:
            return
        self._looked_for_strangers = monotonic()
        with self._database.reading() as uow:
            found = claims.unknown_due(uow, self._ctx)
        for topic in found:
            if topic not in self._strangers:
                log.warning("jobs wait for a handler of %s, which is not installed here", topic)
        self._strangers = set(found)

    def _begin(self, job: Claimed) -> None:
        self._held.live()
        if job.attempt == 1:
            late = (self._ctx.now() - job.due).total_seconds()
            points.listeners.meter.job_begun(job.kind.value, late)
        if job.attempt > job.max_attempts:
            # Claimed too often without ever being recorded: it takes its executor down with it.
            said = text("Every attempt ended without a result, as if the executor had been killed")
            self._settle(job, Failed(reason=said, hopeless=True))
        elif job.damaged:
            said = text("What the job is to work with cannot be read: its key is missing")
            self._settle(job, Failed(reason=said, hopeless=True))
        elif job.kind is not JobKind.HANDLER:
            self._settle(job, Succeeded())
        elif job.topic == claims.BATCHES:
            stops = self._stopping.is_set
            work = partial(batching.turn, self._database, self._ctx, job, stops)
            self._hands.start(job, work, batching.TIMEOUT)
        elif handler := self._ctx.extensions.handler_of(job.topic):
            self._hands.start(job, partial(self._attempt, handler, job), handler.timeout)
        else:
            # The claim asks for known topics: this one was forgotten since.
            self._recorder.give_back(job)
            self._held.drop(job.id)

    def _attempt(self, handler: Handler, job: Claimed) -> Outcome:
        """Run in a thread of the hands."""
        call = HandlerCall(
            idempotency_key=job.idempotency_key,
            attempt=job.attempt,
            instance=job.instance_id,
            business_key=job.business_key,
            element=job.element,
            now=self._ctx.now(),
            settings=self._overlay.current(),
            reading=self._records,
        )
        began = perf_counter()
        with points.following(trail_of(job)), points.span("handler", topic=job.topic, job=job.id):
            outcome = attempt(handler, job.payload, call)
        took = perf_counter() - began
        points.listeners.meter.handler(job.topic, type(outcome).__name__.lower(), took)
        return outcome

    @contextmanager
    def _records(self) -> Iterator[Any]:
        with self._database.reading() as uow:
            yield uow.session

    # Results. `Unavailable` leaves everything where it was: what a handler brought is recorded when
    # the database is back, unless the lease ran out meanwhile.

    def _settle_brought(self) -> int:
        self._brought.extend(self._hands.collect())
        self._held.live()
        count = len(self._brought)
        while self._brought:
            self._settle(*self._brought[0])
            self._brought.popleft()
        return count

    def _settle(self, job: Claimed, outcome: Outcome) -> None:
        self._recorder.record(job, outcome)
        self._held.drop(job.id)
