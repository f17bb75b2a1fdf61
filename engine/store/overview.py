"""Sums for the administrators' overview, each read off an index; and the figures of every hour."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import case, delete, func, insert, select

from engine.store.repository import Found, Repository
from engine.store.scopes import OPEN
from engine.store.seeking import id_at
from engine.store.tables import figure, incident, instance, user_task
from engine.store.tables.instances import GOING_ON


class Overview(Repository):
    """Looks, and writes figures."""

    def versions(self, ids: Collection[str]) -> Sequence[Found]:
        """Return definition, status and number of cases that go on, called ones included."""
        row = instance.c
        wanted = (row.definition_id.in_(sorted(ids)), row.status.in_(GOING_ON))
        counted = select(row.definition_id, row.status, func.count().label("number"))
        grouped = counted.where(*wanted).group_by(row.definition_id, row.status)
        return self._uow.execute(grouped).all()

    def failing(self) -> Sequence[Found]:
        """Return definition and number of cases with an open incident, called ones included."""
        open_ = select(incident.c.instance_id.label("id")).where(
            incident.c.resolved_at.is_(None), incident.c.instance_id.is_not(None)
        )
        some = open_.distinct().subquery()
        rows = select(instance.c.definition_id, func.count().label("number"))
        grouped = rows.join(some, some.c.id == instance.c.id).group_by(instance.c.definition_id)
        return self._uow.execute(grouped).all()

    def offices(self, now: datetime, codes: Collection[str] | None) -> Sequence[Found]:
        """Return office, number of cases with an open task there, and of those past a deadline."""
        task = user_task.c
        late = func.max(case((task.due_at < now, 1), else_=0)).label("late")
        rows = select(task.organisation, late).where(OPEN)
        if codes is not None:
            rows = rows.where(task.organisation.in_(sorted(codes)))
        each = rows.group_by(task.organisation, task.instance_id).subquery()
        sums = select(
            each.c.organisation, func.count().label("number"), func.sum(each.c.late).label("late")
        )
        return self._uow.execute(sums.group_by(each.c.organisation)).all()

    def started(self, since: datetime, until: datetime) -> int:
        """Count topmost cases that were started in a time."""
        row = instance.c
        ids = (row.id >= id_at(since), row.id < id_at(until), row.root_id == row.id)
        return int(self._uow.execute(select(func.count()).where(*ids)).scalar_one())

    def ended(self, since: datetime, until: datetime) -> int:
        """Count topmost cases that ended in a time."""
        row = instance.c
        over = (row.ended_at >= since, row.ended_at < until, row.root_id == row.id)
        return int(self._uow.execute(select(func.count()).where(*over)).scalar_one())

    # Figures.

    def last(self) -> datetime | None:
        """Return the newest hour of which there are figures."""
        newest = select(func.max(figure.c.hour)).where(figure.c.part == "")
        found: datetime | None = self._uow.execute(newest).scalar()
        return found

    def write(self, hour: datetime, rows: Sequence[tuple[str, str, str, int]]) -> None:
        """Write figures of an hour: name, part, value, number."""
        names = ("name", "part", "value", "number")
        self._uow.execute(
            insert(figure), [{"hour": hour, **dict(zip(names, row, strict=True))} for row in rows]
        )

    def forget(self, parts: datetime, sums: datetime) -> None:
        """Delete figures of parts, and sums, of before a moment each."""
        for part, before in ((figure.c.part > "", parts), (figure.c.part == "", sums)):
            self._uow.execute(delete(figure).where(part, figure.c.hour < before))

    def figures(self, since: datetime, until: datetime, part: str = "") -> Sequence[Found]:
        """Return the figures of a time, of one part, oldest first."""
        wanted = (figure.c.hour >= since, figure.c.hour < until, figure.c.part == part)
        return self._uow.execute(select(figure).where(*wanted).order_by(figure.c.hour)).all()
