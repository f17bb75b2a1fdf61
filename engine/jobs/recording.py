"""Records the outcome of a job in one fenced transaction, or its failure in another.

`Unavailable` alone leaves `Recorder.record`: the database is away, and the caller keeps the outcome
until it is back, or until the lease has run out and the fence drops it.
"""

import logging
import random
from datetime import timedelta
from time import perf_counter

from engine.errors import (
    AmbiguousMessage,
    Damaged,
    LeaseLost,
    StaleRevision,
    StepFailed,
    Unavailable,
)
from engine.jobs import batching
from engine.jobs.calling import Errored, Failed, Outcome, Succeeded, described
from engine.jobs.tracing import traced
from engine.model.retry import Retry
from engine.model.steps import JobKind
from engine.services import claims, jobs
from engine.services.claims import Claimed
from engine.services.context import Context, Database, UnitOfWork
from engine.watching import points

log = logging.getLogger(__name__)


def trail_of(job: Claimed) -> points.Trail:
    """Return whom the work at a job is for."""
    return points.Trail(
        request=job.request,
        job=job.id,
        attempt=job.attempt,
        topic=job.topic,
        instance=job.instance_id,
    )


def _hopeless(job: Claimed, error: Exception) -> Failed:
    return Failed(reason=described(error), hopeless=True, trace=traced(error, job.payload))


class Recorder:
    """Turns outcomes into rows."""

    def __init__(self, database: Database, ctx: Context) -> None:
        """Write to a database."""
        self._database = database
        self._ctx = ctx

    def record(self, job: Claimed, outcome: Outcome) -> None:
        """Record what came of a job; raises nothing but `Unavailable`."""
        began = perf_counter()
        with points.following(trail_of(job)), points.span("job", kind=job.kind.value, job=job.id):
            found = self._found(job, outcome)
        took = perf_counter() - began
        points.listeners.meter.job(job.kind.value, job.topic, found, took)

    def _found(self, job: Claimed, outcome: Outcome) -> str:
        """Record; return how it went, as `engine.watching.points.Meter.job` names it."""
        try:
            return self._record(job, outcome)
        except LeaseLost:
            log.warning("job %s (%s) is not ours any more; result dropped", job.id, job.element)
            return "lost"
        except Unavailable:
            raise
        except Exception:
            # Not even the failure could be recorded. The lease runs out, and the count of
            # attempts, which every claim raises, ends it.
            log.exception("job %s (%s) could not be recorded", job.id, job.element)
            return "unrecorded"

    def _record(self, job: Claimed, outcome: Outcome) -> str:
        if not isinstance(outcome, Failed):
            done = self._succeed(job, outcome)
            if isinstance(done, str):
                return done
            outcome = done
        pause = self._pause(job, outcome)
        failure = jobs.Failure(reason=outcome.reason, trace=outcome.trace, request=outcome.request)
        with self._database.begin() as uow:
            jobs.fail(uow, self._ctx, job, failure, pause)
            uow.commit()
        if pause is None:
            log.error("job %s (%s) is given up: an incident", job.id, job.element)
        return "dead" if pause is None else "retry"

    def _succeed(self, job: Claimed, outcome: Succeeded | Errored) -> Failed | str:
        """Record a result; return how it went, or the failure if the step itself went wrong."""
        try:
            with self._database.begin() as uow:
                self._apply(uow, job, outcome)
                uow.commit()
        except Damaged as error:
            return _hopeless(job, error)
        except (LeaseLost, Unavailable):
            raise
        except StaleRevision:
            self.give_back(job)
            return "postponed"
        except (StepFailed, AmbiguousMessage) as error:
            return _hopeless(job, error)
        except Exception as error:  # noqa: BLE001  what a handler wants saved may raise anything
            return Failed(reason=described(error, job.payload), trace=traced(error, job.payload))
        return "error" if isinstance(outcome, Errored) else "done"

    def _apply(self, uow: UnitOfWork, job: Claimed, outcome: Succeeded | Errored) -> None:
        if isinstance(outcome, Errored):
            jobs.raise_error(uow, self._ctx, job, outcome.code, outcome.message, outcome.saves)
        elif job.topic == claims.BATCHES:
            batching.conclude(uow, self._ctx, job)
        elif job.kind is JobKind.HANDLER:
            jobs.finish(uow, self._ctx, job, outcome.outputs, outcome.saves)
        else:
            jobs.fire(uow, self._ctx, job)

    def give_back(self, job: Claimed) -> None:
        """Give a job back whose lock was lost, or which is not for us: it costs no attempt."""
        with self._database.begin() as uow:
            claims.give_back(uow, [job.id], job.owner)
            uow.commit()

    def _pause(self, job: Claimed, failed: Failed) -> timedelta | None:
        """Return how long to wait for the next attempt; None: there is none."""
        if failed.hopeless or job.attempt >= job.max_attempts:
            return None
        # Dice against herds of retries, not a secret.
        pause = self._plan(job).pause(job.attempt, random.random())  # noqa: S311
        return max(pause, failed.after or timedelta())

    def _plan(self, job: Claimed) -> Retry:
        handler = self._ctx.extensions.handler_of(job.topic)
        return claims.plan(job.retry or (handler.retry if handler else ""))
