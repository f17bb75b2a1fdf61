"""Jobs that nobody does, leases that nobody holds, failures that nobody looks at."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from engine.model.text import text
from engine.services import claims
from engine.store.executors import SILENT
from engine.store.gauges import Gauges, JobCounts
from engine.watching.doctor.findings import Finding, Patient, error, fine, warning

#: How long a due job may wait before it is worth a word, and before nobody seems to work.
LATE, VERY_LATE = timedelta(minutes=1), timedelta(minutes=10)
#: A pause as long as this may have been forgotten.
FORGOTTEN = timedelta(hours=12)


def jobs(patient: Patient) -> Iterator[Finding]:
    """Look at what is due, claimed, dead."""
    with patient.database.reading() as uow:
        gauges, now = Gauges(uow), patient.ctx.due_now(uow)
        counts, dead, incidents = gauges.jobs(now), gauges.dead(), gauges.incidents()
        topics = claims.unknown_due(uow, patient.ctx)
        resting = gauges.pauses()
        there = uow.database_now()
        silent = gauges.silent(there - SILENT)
    found = [
        *_waiting(counts, now),
        *_failed(counts, dead, incidents),
        *_unknown(topics),
        *_paused(resting, counts.paused, now),
        *_silent([row.id for row in silent]),
    ]
    yield from found or [fine("jobs", text("Jobs are done when they are due"))]


def _waiting(counts: JobCounts, now: datetime) -> Iterator[Finding]:
    waited = now - counts.oldest if counts.oldest else timedelta()
    if waited <= LATE:
        return
    minutes = int(waited.total_seconds() // 60)
    said = text(
        "{count} jobs are due, the oldest for {minutes} min", count=counts.due, minutes=minutes
    )
    remedy = text("See that 'zholdama serve' or 'zholdama worker' runs; if it does, add a worker")
    yield (error if waited > VERY_LATE else warning)("jobs", said, remedy)


def _failed(counts: JobCounts, dead: int, incidents: int) -> Iterator[Finding]:
    if counts.expired:
        yield warning(
            "leases",
            text(
                "{count} jobs are claimed by executors that do not renew it", count=counts.expired
            ),
            text("A running executor takes them over by itself; see that one runs"),
        )
    if dead or incidents:
        yield warning(
            "incidents",
            text(
                "{incidents} incidents wait, {dead} jobs are given up",
                incidents=incidents,
                dead=dead,
            ),
            text("See the administrator's page of incidents: mend the cause, then try again"),
        )


def _unknown(topics: list[str]) -> Iterator[Finding]:
    if topics:
        yield error(
            "handlers",
            text(
                "Jobs wait for handlers that are not installed here: {topics}",
                topics=", ".join(topics),
            ),
            text(
                "Start a worker that has them, or install the package that does and name it in"
                " ZHOLDAMA_EXTENSIONS"
            ),
        )


def _paused(resting: Sequence[Any], waiting: int, now: datetime) -> Iterator[Finding]:
    forgotten = [row.topic for row in resting if row.until is None and now - row.since > FORGOTTEN]
    if forgotten:
        yield warning(
            "handlers",
            text(
                "Handlers have been paused for long: {topics}; {count} jobs wait for paused ones",
                topics=", ".join(forgotten),
                count=waiting,
            ),
            text("Let them go on from the administrator's page of handlers"),
        )


def _silent(names: list[str]) -> Iterator[Finding]:
    if names:
        yield warning(
            "executors",
            text("Processes went without having ended: {names}", names=", ".join(names)),
            text("See whether they were killed, and why; what they held is taken over by itself"),
        )
