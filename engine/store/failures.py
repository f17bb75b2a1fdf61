"""What failed: incidents as administrators look for them, their notes, and each failed attempt."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, insert, select, update

from engine.store.administered import Reach, worked_at
from engine.store.repository import Found, Repository, chunks
from engine.store.tables import incident, incident_note, instance, job, job_failure

#: Where counting stops.
CAP = 100_000
#: Different messages of open incidents that a search by words reads.
MESSAGES = 2000
#: Failed attempts of a job that a page shows.
FAILURES = 100


@dataclass(frozen=True, kw_only=True)
class IncidentQuery:
    """Which incidents are wanted. What is empty asks for nothing."""

    #: Key of the process.
    process: str = ""
    #: Element id.
    element: str = ""
    #: Topic of the handler.
    topic: str = ""
    #: Messages of which one is wanted, as they are stored; None: any.
    messages: tuple[str, ...] | None = None
    #: Id of an incident: those of the same handler with the same message.
    like: str = ""
    #: Since when, and until when (excluded) it arose (UTC).
    since: datetime | None = None
    until: datetime | None = None
    #: Account that looks after it; ``-``: nobody.
    assignee: str = ""
    #: Case id.
    case: str = ""
    #: Organisation where the case has or had a task.
    office: str = ""
    #: Whether resolved ones are wanted instead of open ones.
    resolved: bool = False
    #: Offices whose cases may be seen; None: all there are.
    offices: Reach = None


class Failures(Repository):
    """Incidents, their notes, failed attempts."""

    # Incidents.

    def page(self, query: IncidentQuery, after: str, size: int) -> Sequence[Found]:
        """Return incidents, newest first, below an id; each with its case and its job."""
        found = self._matching(_listed(), query)
        if after:
            found = found.where(incident.c.id < after)
        return self._uow.execute(found.order_by(incident.c.id.desc()).limit(size)).all()

    def find(self, incident_id: str) -> Found | None:
        """Return one as a page shows it."""
        return self._uow.execute(_listed().where(incident.c.id == incident_id)).first()

    def count(self, query: IncidentQuery, cap: int = CAP) -> int:
        """Return how many there are; counting stops at `cap`."""
        rows = self._matching(_joined(select(incident.c.id)), query).limit(cap).subquery()
        return int(self._uow.execute(select(func.count()).select_from(rows)).scalar_one())

    def causes(self, query: IncidentQuery, size: int = 50) -> Sequence[Found]:
        """Return the causes, most frequent first: handler, message, how many, since when, one id.

        `Unknown` handlers are None: what no job did.
        """
        columns = (
            job.c.topic,
            incident.c.message,
            func.count().label("number"),
            func.min(incident.c.created_at).label("first"),
            func.max(incident.c.created_at).label("last"),
            func.max(incident.c.id).label("id"),
            func.count(func.distinct(incident.c.instance_id)).label("cases"),
        )
        found = self._matching(_joined(select(*columns)), query)
        grouped = found.group_by(job.c.topic, incident.c.message)
        return self._uow.execute(grouped.order_by(func.count().desc()).limit(size)).all()

    def messages(self, *, resolved: bool) -> Sequence[str]:
        """Return the different messages there are, as they are stored."""
        open_ = incident.c.resolved_at.is_(None)
        found = select(incident.c.message).where(~open_ if resolved else open_).distinct()
        return list(self._uow.execute(found.limit(MESSAGES)).scalars())

    def processes(self, query: IncidentQuery) -> Sequence[str]:
        """Return the keys of the processes that incidents are of."""
        return self._distinct(instance.c.process, query)

    def topics(self, query: IncidentQuery) -> Sequence[str]:
        """Return the handlers that incidents are of."""
        return self._distinct(job.c.topic, query)

    def assignees(self, query: IncidentQuery) -> Sequence[str]:
        """Return the accounts that look after incidents."""
        return self._distinct(incident.c.assignee, query)

    def _distinct(self, column: ColumnElement[str], query: IncidentQuery) -> Sequence[str]:
        found = self._matching(_joined(select(column)), query).where(column > "")
        return list(self._uow.execute(found.distinct().order_by(column)).scalars())

    def _matching(self, found: Select[Any], query: IncidentQuery) -> Select[Any]:
        return found.where(*_conditions(query))

    def locked(self, incident_ids: Sequence[str]) -> Sequence[Found]:
        """Lock incidents and their jobs in the order of their ids, and return them.

        The cases must be locked before, where there are any. Missing ones are left out.
        """
        rows: list[Found] = []
        for some in chunks(sorted(incident_ids)):
            asked = _listed(outer=False).where(incident.c.id.in_(some)).order_by(job.c.id)
            rows += self._uow.execute(asked.with_for_update(of=(job, incident))).all()
        return rows

    def lock_cases(self, instance_ids: Collection[str]) -> None:
        """Lock cases in the order of their ids."""
        for some in chunks(sorted(instance_ids)):
            asked = select(instance.c.id).where(instance.c.id.in_(some)).order_by(instance.c.id)
            self._uow.execute(asked.with_for_update()).all()

    def resolve(self, incident_ids: Sequence[str], by: str, at: datetime, resolution: str) -> int:
        """Mark open ones as resolved; return how many were."""
        count = 0
        for some in chunks(incident_ids):
            done = self._uow.execute(
                update(incident)
                .where(incident.c.id.in_(some), incident.c.resolved_at.is_(None))
                .values(resolved_at=at, resolved_by=by, resolution=resolution)
            )
            count += int(done.rowcount)
        return count

    def of_jobs(self, job_ids: Sequence[str]) -> list[str]:
        """Return the ids of the open incidents of some jobs."""
        found: list[str] = []
        for some in chunks(job_ids):
            open_ = incident.c.resolved_at.is_(None), incident.c.job_id.in_(some)
            found += self._uow.execute(select(incident.c.id).where(*open_)).scalars()
        return sorted(found)

    def cases_of(self, incident_ids: Sequence[str]) -> set[str]:
        """Return the ids of the cases of some incidents."""
        found: set[str] = set()
        for some in chunks(incident_ids):
            asked = select(incident.c.instance_id).where(incident.c.id.in_(some))
            found.update(one for one in self._uow.execute(asked).scalars() if one)
        return found

    def assign(self, incident_id: str, account: str) -> bool:
        """Have somebody look after an open one; False if it is resolved."""
        done = self._uow.execute(
            update(incident)
            .where(incident.c.id == incident_id, incident.c.resolved_at.is_(None))
            .values(assignee=account)
        )
        return done.rowcount == 1

    def stamps(self, incident_ids: Sequence[str]) -> dict[str, str]:
        """Return what changes with every act on an incident or its job, by id."""
        found: dict[str, str] = {}
        for some in chunks(incident_ids):
            own = (incident.c.id, incident.c.resolved_at, incident.c.assignee)
            asked = _joined(select(*own, job.c.state, job.c.attempts))
            asked = asked.where(incident.c.id.in_(some))
            for row in self._uow.execute(asked):
                open_ = "open" if row.resolved_at is None else "resolved"
                who = row.assignee or "-"
                found[row.id] = f"{open_} {row.state or '-'} {row.attempts or 0} {who}"
        return found

    # Notes.

    def note(
        self,
        incident_ids: Sequence[str],
        *,
        kind: str,
        author: str,
        name: str,
        body: Mapping[str, Any],
        at: datetime,
    ) -> None:
        """Write the same note at each of some incidents."""
        rows = [
            {
                "incident_id": one,
                "at": at,
                "kind": kind,
                "author": author,
                "author_name": name[:200],
                "body": body,
            }
            for one in incident_ids
        ]
        if rows:
            self._uow.execute(insert(incident_note), rows)

    def notes(self, incident_id: str) -> Sequence[Found]:
        """Return the notes of an incident, oldest first."""
        found = select(incident_note).where(incident_note.c.incident_id == incident_id)
        return self._uow.execute(found.order_by(incident_note.c.id)).all()

    # Attempts.

    def failed(
        self,
        job_id: str,
        *,
        topic: str,
        attempt: int,
        executor: str,
        message: str,
        request: str,
        trace: str,
        at: datetime,
    ) -> None:
        """Keep a failed attempt, with the moment at which its job was claimed."""
        began = select(job.c.claimed_at).where(job.c.id == job_id).scalar_subquery()
        row = {
            "job_id": job_id,
            "topic": topic,
            "attempt": attempt,
            "began_at": began,
            "failed_at": at,
            "executor": executor,
            "message": message,
            "request": request[:200],
            "trace": trace or None,
        }
        self._uow.execute(insert(job_failure).values(**row))

    def attempts(self, job_id: str) -> Sequence[Found]:
        """Return the failed attempts of a job, newest first."""
        found = select(job_failure).where(job_failure.c.job_id == job_id)
        return self._uow.execute(found.order_by(job_failure.c.id.desc()).limit(FAILURES)).all()

    def failures_since(self, since: datetime) -> dict[str, int]:
        """Return how many attempts failed since a moment, by topic."""
        found = (
            select(job_failure.c.topic, func.count().label("number"))
            .where(job_failure.c.failed_at >= since)
            .group_by(job_failure.c.topic)
        )
        return {row.topic: row.number for row in self._uow.execute(found)}


def _joined(found: Select[Any], *, outer: bool = True) -> Select[Any]:
    """Return a question about incidents, their jobs and cases; locks want them without gaps."""
    whole = incident.outerjoin(job, job.c.id == incident.c.job_id)
    if not outer:
        whole = incident.join(job, job.c.id == incident.c.job_id)
    return found.select_from(whole.outerjoin(instance, instance.c.id == incident.c.instance_id))


def _listed(*, outer: bool = True) -> Select[Any]:
    columns = (
        incident,
        instance.c.business_key,
        instance.c.process,
        instance.c.definition_id,
        instance.c.status,
        job.c.topic,
        job.c.kind,
        job.c.state.label("job_state"),
        job.c.attempts,
        job.c.max_attempts,
        job.c.due_at,
    )
    return _joined(select(*columns), outer=outer)


def _conditions(query: IncidentQuery) -> list[ColumnElement[bool]]:
    open_ = incident.c.resolved_at.is_(None)
    found: list[ColumnElement[bool]] = [~open_ if query.resolved else open_]
    equal = {
        instance.c.process: query.process,
        incident.c.element: query.element,
        job.c.topic: query.topic,
        incident.c.instance_id: query.case,
    }
    found += [column == value for column, value in equal.items() if value]
    if query.messages is not None:
        found.append(incident.c.message.in_(query.messages))
    if query.assignee:
        found.append(incident.c.assignee == ("" if query.assignee == "-" else query.assignee))
    if query.since:
        found.append(incident.c.created_at >= query.since)
    if query.until:
        found.append(incident.c.created_at < query.until)
    return [*found, *_places(query)]


def _places(query: IncidentQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.office:
        found.append(worked_at([query.office]))
    if query.offices is not None:
        found.append(worked_at(query.offices))
    if query.like:
        other, others = incident.alias("other"), job.alias("others")
        one = select(other.c.message).where(other.c.id == query.like).scalar_subquery()
        topic = (
            select(func.coalesce(others.c.topic, ""))
            .select_from(other.outerjoin(others, others.c.id == other.c.job_id))
            .where(other.c.id == query.like)
            .scalar_subquery()
        )
        found += [incident.c.message == one, func.coalesce(job.c.topic, "") == topic]
    return found
