"""Who does the work, and which handlers are to wait."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from engine.store.repository import Found, Repository
from engine.store.tables import executor, handler_pause, job

#: A process says every ten seconds that it is there; after so long it is gone without having ended.
SILENT = timedelta(minutes=1)


class Executors(Repository):
    """Processes that serve or work, and when each was last heard of."""

    def begin(self, row: Mapping[str, Any], at: datetime) -> None:
        """Note that a process begins; `row` has what does not change while it runs."""
        self._uow.execute(insert(executor), {**row, "started_at": at, "seen_at": at})

    def beat(self, name: str, at: datetime) -> bool:
        """Note that it lives; False if nobody knows it, e.g. because it was silent for long."""
        done = self._uow.execute(
            update(executor).where(executor.c.id == name).values(seen_at=at, stopped_at=None)
        )
        return done.rowcount == 1

    def end(self, name: str, at: datetime) -> None:
        """Note that it has ended in order."""
        self._uow.execute(
            update(executor).where(executor.c.id == name).values(seen_at=at, stopped_at=at)
        )

    def forget(self, before: datetime) -> None:
        """Forget those that were not heard of since a moment."""
        self._uow.execute(delete(executor).where(executor.c.seen_at < before))

    def all(self) -> Sequence[Found]:
        """Return all that are known, those last heard of first."""
        found = select(executor).order_by(executor.c.seen_at.desc(), executor.c.id)
        return self._uow.execute(found).all()

    def heard(self, since: datetime, *, works: bool | None = None) -> int:
        """Count those heard of since a moment that have not ended; only those that work, or not."""
        found = select(func.count()).where(
            executor.c.seen_at >= since, executor.c.stopped_at.is_(None)
        )
        if works is not None:
            found = found.where(executor.c.works == works)
        return int(self._uow.execute(found.select_from(executor)).scalar_one())


class Pauses(Repository):
    """Topics whose handlers are not called until further notice."""

    def add(self, row: Mapping[str, Any]) -> None:
        """Pause a topic that is not paused."""
        self._uow.execute(insert(handler_pause), row)

    def find(self, topic: str) -> Found | None:
        """Return the pause of a topic."""
        found = select(handler_pause).where(handler_pause.c.topic == topic)
        return self._uow.execute(found).first()

    def lock(self, topic: str) -> Found | None:
        """Lock the pause of a topic and return it."""
        found = select(handler_pause).where(handler_pause.c.topic == topic)
        return self._uow.execute(found.with_for_update()).first()

    def end(self, topic: str) -> bool:
        """Let a topic go; False if it was not paused."""
        done = self._uow.execute(delete(handler_pause).where(handler_pause.c.topic == topic))
        return done.rowcount == 1

    def all(self) -> Sequence[Found]:
        """Return all pauses in order of topic."""
        found = select(handler_pause).order_by(handler_pause.c.topic)
        return self._uow.execute(found).all()

    def topics(self) -> frozenset[str]:
        """Return the topics that are paused."""
        return frozenset(self._uow.execute(select(handler_pause.c.topic)).scalars())

    def over(self, now: datetime) -> Sequence[str]:
        """Return the topics whose pause is over by itself."""
        found = select(handler_pause.c.topic).where(handler_pause.c.until <= now)
        return list(self._uow.execute(found.order_by(handler_pause.c.topic)).scalars())

    def spread(self, topic: str, now: datetime, per_second: int) -> int:
        """Have the due jobs of a topic come one after another; return how many there are.

        They keep their order: whoever was due first is due first.
        """
        due = (job.c.state == "ready", job.c.kind == "handler", job.c.due_at <= now)
        found = select(job.c.id).where(job.c.topic == topic, *due)
        ordered = found.order_by(job.c.due_at, job.c.id)
        ids = list(self._uow.execute(ordered.with_for_update(skip_locked=True)).scalars())
        for begin in range(0, len(ids), per_second):
            some = ids[begin : begin + per_second]
            moment = now + timedelta(seconds=begin // per_second)
            self._uow.execute(update(job).where(job.c.id.in_(some)).values(due_at=moment))
        return len(ids)
