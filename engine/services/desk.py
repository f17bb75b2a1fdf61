"""The `Desk` of `engine.handling`: what a handler may have done when its result is recorded."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from engine.handling import Desk, Waiting
from engine.model.people import Candidate
from engine.model.steps import JobKind
from engine.services import calendar, claims, notifications, signatures
from engine.services.context import Context, UnitOfWork
from engine.store.jobs import NewJob
from engine.store.tasks import TaskRow


@dataclass(frozen=True)
class AtDesk:
    """An act that wants the desk, kept among the plain saves of a call so that order is kept."""

    #: What to do.
    act: Callable[[Desk], None]

    def __call__(self, session: Any) -> None:
        """Refuse: only `run` knows the unit of work."""
        raise TypeError("run this save through engine.services.desk.run")


@dataclass(frozen=True)
class CaseDesk:
    """The desk of one case inside one transaction."""

    #: Unit of work of that transaction.
    uow: UnitOfWork
    #: Clock, caches, settings.
    ctx: Context
    #: Instance id.
    instance_id: str

    @property
    def session(self) -> Any:
        """Return the session, for `records` modules."""
        return self.uow.session

    def open_tasks(self) -> Sequence[Waiting]:
        """Return the open tasks of the case as they are now."""
        rows = (self.uow.tasks.find(found.id) for found in self.uow.tasks.open_of(self.instance_id))
        return [self._waiting(row[0]) for row in rows if row]

    def _waiting(self, row: TaskRow) -> Waiting:
        return Waiting(
            task=row.id,
            element=row.element,
            assignee=row.assignee,
            candidates=self.uow.tasks.candidates(row),
            due=row.due,
        )

    def tell(
        self,
        kind: str,
        *,
        accounts: Iterable[str] = (),
        candidates: Iterable[Candidate] = (),
        task: str = "",
        params: Mapping[str, object] | None = None,
    ) -> int:
        """Tell people, each once; return how many."""
        return notifications.tell(
            self.uow,
            self.ctx,
            kind,
            accounts=accounts,
            candidates=candidates,
            instance_id=self.instance_id,
            task_id=task,
            params=params,
        )

    def void_signatures(self, reason: str) -> int:
        """Void all standing signatures of the case; return how many."""
        return signatures.void(self.uow, self.ctx, self.instance_id, reason)

    def holders(self, candidate: Candidate) -> int:
        """Return how many active accounts hold a role."""
        return len(self.uow.accounts.holders(candidate))

    def day_end(self, day: date) -> datetime:
        """Return the end (UTC) of the working day on a local date; a day off: of the next one."""
        return calendar.load(self.uow, self.ctx).day_end(day)

    def publish(
        self,
        name: str,
        *,
        business_key: str = "",
        correlation: str = "",
        payload: Mapping[str, object] | None = None,
        ttl: timedelta | None = None,
    ) -> None:
        """Send a message by a job of its own: it locks another case than this transaction does."""
        told: dict[str, object] = {
            "kind": "message",
            "business_key": business_key,
            "correlation": correlation,
            "payload": dict(payload or {}),
        }
        if ttl is not None:
            told["ttl"] = ttl.total_seconds()
        job = NewJob(
            kind=JobKind.MESSAGE,
            due_at=self.ctx.due_now(self.uow),
            element="",
            instance_id=self.instance_id,
            topic=name,
            payload=told,
            max_attempts=claims.OWN_PLAN.max_attempts,
        )
        self.uow.jobs.add([job], self.ctx.now())
        self.ctx.bell.ring(self.uow)


def run(uow: UnitOfWork, ctx: Context, instance_id: str, save: Callable[[Any], None]) -> None:
    """Run what a handler wanted saved: `save(session)`, or `act(desk)` for an `AtDesk`."""
    if isinstance(save, AtDesk):
        save.act(CaseDesk(uow, ctx, instance_id))
    else:
        save(uow.session)
