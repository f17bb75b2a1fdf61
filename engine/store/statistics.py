"""What was done in a period, counted: tasks by step and office, cases by week, ways back.

Rows are streamed and narrow: a quarter of a million is read in a second, in the memory of a few
thousand. Moments come as whole seconds, since nothing else is done with them. Completed tasks of a
period come off ``ix_user_task_ended``, cases off their ids, which rise with time.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, case, func, literal, null, select

from engine.store.administered import Reach
from engine.store.moments import epoch
from engine.store.repository import Found, Repository
from engine.store.tables import NEVER, definition, event, instance, user_task

#: Rows that are held at a time.
BATCH = 2000
#: Seconds of a week.
WEEK = 7 * 86_400
#: What the ids of a moment begin with has so many digits; see `engine.store.ids`.
_DIGITS = 12


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What is counted."""

    #: From when on (UTC), inclusive.
    since: datetime
    #: Up to when (UTC), exclusive.
    until: datetime
    #: Process key; empty: all.
    process: str = ""
    #: Definition id of a version; empty: all.
    definition_id: str = ""
    #: Offices; None: all.
    offices: Reach = None


def _id_of(at: datetime) -> str:
    return f"{int(at.timestamp() * 1000):0{_DIGITS}x}"


def _kept() -> ColumnElement[int]:
    """Return 1 for a deadline that was kept, 0 for one that was not; null: there was none."""
    kept = case((user_task.c.ended_at <= user_task.c.due_at, 1), else_=0)
    return case((user_task.c.due_at >= NEVER, null()), else_=kept)


def _due() -> ColumnElement[int]:
    return case((user_task.c.due_at >= NEVER, null()), else_=epoch(user_task.c.due_at))


class Statistics(Repository):
    """Counts and times, no content."""

    def _rows(self, statement: Select[Any]) -> Iterator[Found]:
        found = self._uow.execute(statement.execution_options(yield_per=BATCH))
        for some in found.partitions():
            yield from some

    def completed(self, scope: Scope, most: int) -> Iterator[Found]:
        """Yield the newest completed tasks of a period: process, element, organisation and times.

        `came`, `went` and `due` in seconds since 1970; `kept`: 1 the deadline was kept, 0 not; None
        for `kept` and `due`: there was none.
        """
        found = select(
            user_task.c.process,
            user_task.c.element,
            user_task.c.organisation,
            epoch(user_task.c.created_at).label("came"),
            epoch(user_task.c.ended_at).label("went"),
            _kept().label("kept"),
            _due().label("due"),
        ).where(self._completed(scope))
        yield from self._rows(
            _of_version(found, scope).order_by(user_task.c.ended_at.desc()).limit(most)
        )

    def weeks(self, scope: Scope, zero: int) -> Sequence[Found]:
        """Return how many tasks were completed by week, how many with a deadline, how many in time.

        `week` counts from a moment, in seconds since 1970.
        """
        week = ((epoch(user_task.c.ended_at) - zero) // literal(WEEK, Integer)).label("week")
        kept = _kept()
        columns = (
            func.count().label("done"),
            func.count(kept).label("dated"),
            func.sum(kept).label("kept"),
        )
        found: Any = select(week, *columns).where(self._completed(scope)).group_by(week)
        return self._uow.execute(_of_version(found, scope)).all()

    @staticmethod
    def _completed(scope: Scope) -> ColumnElement[bool]:
        parts = [
            user_task.c.status == "completed",
            user_task.c.ended_at >= scope.since,
            user_task.c.ended_at < scope.until,
        ]
        if scope.process:
            parts.append(user_task.c.process == scope.process)
        if scope.offices is not None:
            parts.append(user_task.c.organisation.in_(sorted(scope.offices)))
        return and_(*parts)

    def decided(
        self, scope: Scope, elements: Collection[str], gateways: Collection[str]
    ) -> Iterator[Found]:
        """Yield how steps were decided, counted: process, element, organisation, flows, times.

        `flows` is what a gateway passed in the step that completed the task, as its history says.
        """
        if not elements:
            return
        chosen = and_(
            event.c.instance_id == user_task.c.instance_id,
            event.c.element.in_(sorted(gateways)),
            event.c.what == "left",
            event.c.at == user_task.c.ended_at,
        )
        columns = (
            user_task.c.process,
            user_task.c.element,
            user_task.c.organisation,
            event.c.detail.label("flows"),
        )
        found = (
            select(*columns, func.count().label("times"))
            .select_from(user_task)
            .join(event, chosen)
            .where(self._completed(scope), user_task.c.element.in_(sorted(elements)))
            .group_by(*columns)
        )
        yield from self._rows(_of_version(found, scope))

    def began(self, scope: Scope, most: int) -> Iterator[int]:
        """Yield when cases began, in seconds since 1970, newest first; no called ones."""
        ids = instance.c.id.between(_id_of(scope.since), _id_of(scope.until))
        found = select(instance.c.id).where(ids, instance.c.parent_id.is_(None))
        for row in self._rows(self._cases(found, scope).order_by(instance.c.id.desc()).limit(most)):
            yield int(row.id[:_DIGITS], 16) // 1000

    def ended(self, scope: Scope, most: int) -> Iterator[int]:
        """Yield when cases ended, in seconds since 1970, newest first; no called ones."""
        found = select(epoch(instance.c.ended_at).label("at")).where(
            instance.c.ended_at >= scope.since,
            instance.c.ended_at < scope.until,
            instance.c.parent_id.is_(None),
        )
        newest = self._cases(found, scope).order_by(instance.c.ended_at.desc()).limit(most)
        for row in self._rows(newest):
            yield int(row.at)

    @staticmethod
    def _cases(found: Select[Any], scope: Scope) -> Select[Any]:
        if scope.process:
            found = found.where(instance.c.process == scope.process)
        if scope.definition_id:
            found = found.where(instance.c.definition_id == scope.definition_id)
        if scope.offices is None:
            return found
        worked = select(user_task.c.instance_id).where(
            user_task.c.instance_id == instance.c.id,
            user_task.c.organisation.in_(sorted(scope.offices)),
        )
        return found.where(worked.exists())

    def cases(self, scope: Scope, size: int) -> Iterator[list[Found]]:
        """Yield the cases that began in a period in batches, oldest first, called ones as well."""
        last, until = _id_of(scope.since), _id_of(scope.until)
        columns = (
            instance.c.id,
            instance.c.business_key,
            instance.c.process,
            instance.c.definition_id,
            instance.c.status,
            instance.c.end_element,
            definition.c.version,
        )
        begin = select(*columns).join(definition, definition.c.id == instance.c.definition_id)
        while True:
            some = self._cases(begin, scope).where(instance.c.id > last, instance.c.id < until)
            rows = list(self._uow.execute(some.order_by(instance.c.id).limit(size)))
            if rows:
                yield rows
            if len(rows) < size:
                return
            last = rows[-1].id

    def history(self, cases: Collection[str]) -> Sequence[Found]:
        """Return the history of some cases, case by case, with the role and office of tasks."""
        found = (
            select(
                event.c.id,
                event.c.instance_id,
                event.c.at,
                event.c.what,
                event.c.element,
                event.c.token,
                event.c.actor_kind,
                event.c.actor,
                user_task.c.role,
                user_task.c.organisation,
            )
            .outerjoin(user_task, user_task.c.id == event.c.token)
            .where(event.c.instance_id.in_(cases))
            .order_by(event.c.instance_id, event.c.id)
        )
        return self._uow.execute(found).all()

    def count(self, scope: Scope) -> int:
        """Return how many cases began in a period, called ones as well."""
        found = select(func.count()).select_from(instance)
        ids = instance.c.id.between(_id_of(scope.since), _id_of(scope.until))
        return int(self._uow.execute(self._cases(found, scope).where(ids)).scalar_one())

    def waiting(self, scope: Scope, offices: Iterable[str], each: int) -> Iterator[Found]:
        """Yield what is open, each office's earliest deadlines first, so many of each.

        With ids, case number, `came` and `due` in seconds since 1970 (None: no deadline).
        """
        columns = (
            user_task.c.id,
            user_task.c.instance_id,
            user_task.c.business_key,
            user_task.c.process,
            user_task.c.element,
            user_task.c.organisation,
            epoch(user_task.c.created_at).label("came"),
            _due().label("due"),
        )
        for office in sorted(offices):
            found = select(*columns).where(
                user_task.c.organisation == office, user_task.c.status == "open"
            )
            if scope.process:
                found = found.where(user_task.c.process == scope.process)
            first = _of_version(found, scope).order_by(user_task.c.due_at, user_task.c.id)
            yield from self._rows(first.limit(each))

    def processes(self) -> list[Found]:
        """Return key, id, version and names of the newest version of each process, by key."""
        newest = (
            select(definition.c.key, func.max(definition.c.version).label("version"))
            .group_by(definition.c.key)
            .subquery()
        )
        found = (
            select(definition.c.key, definition.c.id, definition.c.version, definition.c.names)
            .join(
                newest,
                and_(newest.c.key == definition.c.key, newest.c.version == definition.c.version),
            )
            .order_by(definition.c.key)
        )
        return list(self._uow.execute(found))


def _of_version(found: Select[Any], scope: Scope) -> Select[Any]:
    if not scope.definition_id:
        return found
    return found.join(instance, instance.c.id == user_task.c.instance_id).where(
        instance.c.definition_id == scope.definition_id
    )
