"""Jobs as administrators look for them: lists by state, sums by handler, acts on many at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, func, literal_column, or_, select, tuple_, update

from engine.model.steps import JobKind
from engine.store import values
from engine.store.administered import Reach, worked_at
from engine.store.repository import Found, Repository, chunks
from engine.store.tables import NEVER, definition, handler_pause, instance, job, user_task

#: Where counting stops.
CAP = 100_000
#: Calls of the last hour whose time is read.
SAMPLE = 20_000


class Lane(Enum):
    """Which jobs a list has."""

    #: Ready and due: an executor takes it next.
    DUE = "due"
    #: An executor has it.
    RUNNING = "running"
    #: Failed, and will be tried again later.
    RETRY = "retry"
    #: Ready, due later, not tried yet.
    WAITING = "waiting"
    #: Ready, but its handler is paused.
    PAUSED = "paused"
    #: An administrator holds it.
    SUSPENDED = "suspended"
    #: Its attempts are used up.
    DEAD = "dead"
    #: Done of late.
    DONE = "done"


@dataclass(frozen=True, kw_only=True)
class JobQuery:
    """Which jobs are wanted. What is empty asks for nothing."""

    #: Which.
    lane: Lane = Lane.DUE
    #: What they stand for; None: anything.
    kind: JobKind | None = None
    #: Topic of a handler, name of a message, key of a called process.
    topic: str = ""
    #: Key of the process.
    process: str = ""
    #: Case id.
    case: str = ""
    #: Name of the executor that has it.
    executor: str = ""
    #: The present moment.
    now: datetime
    #: Offices whose cases may be seen; None: all there are.
    offices: Reach = None


def _is(state: str) -> ColumnElement[bool]:
    # From the code's own words, never from outside: see `engine.store.due`.
    return job.c.state == literal_column(f"'{state}'")


_PAUSED = (job.c.kind == "handler") & job.c.topic.in_(select(handler_pause.c.topic))
_GOES = or_(job.c.kind != "handler", job.c.topic.not_in(select(handler_pause.c.topic)))


def _lane(query: JobQuery) -> list[ColumnElement[bool]]:
    later, due = job.c.due_at > query.now, job.c.due_at <= query.now
    return {
        Lane.DUE: [_is("ready"), due, _GOES],
        Lane.RUNNING: [_is("claimed")],
        Lane.RETRY: [_is("ready"), later, job.c.attempts > 0, _GOES],
        Lane.WAITING: [_is("ready"), later, job.c.attempts == 0, _GOES],
        Lane.PAUSED: [_is("ready"), _PAUSED],
        Lane.SUSPENDED: [_is("suspended")],
        Lane.DEAD: [_is("dead")],
        Lane.DONE: [_is("done"), job.c.finished_at.is_not(None)],
    }[query.lane]


def _conditions(query: JobQuery) -> list[ColumnElement[bool]]:
    equal = {
        job.c.kind: query.kind.value if query.kind else "",
        job.c.topic: query.topic,
        job.c.instance_id: query.case,
        job.c.locked_by: query.executor,
        instance.c.process: query.process,
    }
    found = [*_lane(query), *(column == value for column, value in equal.items() if value)]
    return found if query.offices is None else [*found, worked_at(query.offices)]


_SHOWN = [column for column in job.c if column.name != "payload"]
_LISTED = select(
    *_SHOWN,
    instance.c.business_key,
    instance.c.process,
    instance.c.status,
    func.coalesce(instance.c.definition_id, job.c.definition_id).label("pinned"),
    definition.c.key.label("starts"),
).select_from(
    job.outerjoin(instance, instance.c.id == job.c.instance_id).outerjoin(
        definition, definition.c.id == job.c.definition_id
    )
)
_COUNTED = select(job.c.id).select_from(job.outerjoin(instance, instance.c.id == job.c.instance_id))


class JobLists(Repository):
    """Looks at jobs without what they are to work with."""

    def page(self, query: JobQuery, after: tuple[datetime, str] | None, size: int) -> Sequence[Any]:
        """Return jobs, earliest due first, after a moment and an id; done ones newest first."""
        newest = query.lane is Lane.DONE
        moment = job.c.finished_at if newest else job.c.due_at
        found = _LISTED.where(*_conditions(query))
        if after:
            place, given = tuple_(moment, job.c.id), tuple_(*after)
            found = found.where(place < given if newest else place > given)
        order = (moment.desc(), job.c.id.desc()) if newest else (moment, job.c.id)
        return self._uow.execute(found.order_by(*order).limit(size)).all()

    def walk(self, query: JobQuery, after: str, size: int, *, but: str = "-") -> Sequence[Found]:
        """Return jobs after an id, in the order of their ids; `but`: topic that is left out."""
        found = _LISTED.where(*_conditions(query), job.c.id > after, job.c.topic != but)
        return self._uow.execute(found.order_by(job.c.id).limit(size)).all()

    def find(self, job_id: str) -> Found | None:
        """Return one as a page shows it."""
        return self._uow.execute(_LISTED.where(job.c.id == job_id)).first()

    def count(self, query: JobQuery) -> int:
        """Return how many there are; counting stops at `CAP`."""
        rows = _COUNTED.where(*_conditions(query)).limit(CAP).subquery()
        return int(self._uow.execute(select(func.count()).select_from(rows)).scalar_one())

    def next_of(self, instance_id: str) -> datetime | None:
        """Return the next moment at which a timer or an open task of a case is due."""
        timers = select(func.min(job.c.due_at)).where(
            job.c.instance_id == instance_id, _is("ready"), job.c.kind == JobKind.TIMER.value
        )
        tasks = select(func.min(user_task.c.due_at)).where(
            user_task.c.instance_id == instance_id, user_task.c.status == "open"
        )
        found = [self._uow.execute(one).scalar() for one in (timers, tasks)]
        return min((one for one in found if one is not None and one < NEVER), default=None)

    def claimed(self) -> Sequence[Found]:
        """Return what executors do now, by executor, oldest first."""
        found = _LISTED.where(_is("claimed")).order_by(job.c.locked_by, job.c.claimed_at, job.c.id)
        return self._uow.execute(found.limit(1000)).all()

    # By handler.

    def knows(self, topic: str) -> bool:
        """Tell whether a job of a handler of this topic is open."""
        states = or_(_is("ready"), _is("claimed"), _is("dead"))
        open_ = select(job.c.id).where(job.c.kind == "handler", job.c.topic == topic, states)
        return self._uow.execute(open_.limit(1)).first() is not None

    def by_topic(self, state: str, due: datetime | None = None) -> dict[str, int]:
        """Return how many jobs of handlers are in a state, by topic; counting stops at `CAP`.

        `due`: only those that are due at this moment.
        """
        rows = select(job.c.topic).where(_is(state), job.c.kind == literal_column("'handler'"))
        if due is not None:
            rows = rows.where(job.c.due_at <= due)
        some = rows.limit(CAP).subquery()
        found = select(some.c.topic, func.count().label("number")).group_by(some.c.topic)
        return {row.topic: row.number for row in self._uow.execute(found)}

    def calls(self, since: datetime) -> Sequence[Found]:
        """Return topic, begin and end of the calls that were done since a moment, newest first."""
        done = (_is("done"), job.c.finished_at >= since, job.c.kind == "handler")
        found = select(job.c.topic, job.c.claimed_at, job.c.finished_at).where(*done)
        return self._uow.execute(found.order_by(job.c.finished_at.desc()).limit(SAMPLE)).all()

    # Acts.

    def stamps(self, job_ids: Sequence[str]) -> dict[str, str]:
        """Return what changes with every act on a job and every attempt, by id."""
        found: dict[str, str] = {}
        for some in chunks(job_ids):
            columns = (job.c.id, job.c.state, job.c.attempts, job.c.due_at)
            for row in self._uow.execute(select(*columns).where(job.c.id.in_(some))):
                found[row.id] = f"{row.state} {row.attempts} {row.due_at.isoformat()}"
        return found

    def hold(self, job_id: str) -> bool:
        """Have a ready job wait until somebody lets it go; False if it is not ready."""
        return self._move(job_id, "ready", state="suspended")

    def let_go(self, job_id: str) -> bool:
        """Have a job that was held go on; False if it was not."""
        return self._move(job_id, "suspended", state="ready")

    def postpone(self, job_id: str, due: datetime, *, by_hand: bool) -> bool:
        """Have a ready job, or one that is held, be due at another moment; False if it is neither.

        `by_hand`: no change of the working calendar moves it from there.
        """
        done = self._uow.execute(
            update(job)
            .where(job.c.id == job_id, job.c.state.in_(("ready", "suspended")))
            .values(due_at=due, due_by_hand=by_hand)
        )
        return done.rowcount == 1

    def _move(self, job_id: str, known: str, **changes: Any) -> bool:
        done = self._uow.execute(
            update(job).where(job.c.id == job_id, job.c.state == known).values(**changes)
        )
        return done.rowcount == 1

    def revive(self, job_ids: Collection[str], due: datetime) -> int:
        """Make dead jobs ready with all their attempts; return how many were dead."""
        count = 0
        for some in chunks(sorted(job_ids)):
            done = self._uow.execute(
                update(job)
                .where(job.c.id.in_(some), job.c.state == "dead")
                .values(state="ready", attempts=0, due_at=due)
            )
            count += int(done.rowcount)
        return count

    def change_input(self, job_id: str, payload: Mapping[str, Any], key: str) -> bool:
        """Give a dead job other inputs and, for the outside system, another key."""
        sealed = self._uow.keys.seal(values.dumps(payload), f"job.payload:{job_id}")
        return self._move(job_id, "dead", payload=sealed, idempotency_key=key)

    def close(self, job_id: str, at: datetime) -> bool:
        """Mark a dead job done: somebody did its work; False if it is not dead."""
        return self._move(job_id, "dead", state="done", finished_at=at)
