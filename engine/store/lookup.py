"""The administrators' list of all cases, and the variables by which it may be searched."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, literal, select, union_all
from sqlalchemy.dialects import postgresql, sqlite

from engine.store import due
from engine.store.listing import CaseList
from engine.store.repository import Found, Repository
from engine.store.scopes import OPEN
from engine.store.tables import case_variable, incident, job, subscription, user_task
from engine.store.types import UtcDateTime
from engine.store.wanted import Wanted


class Lookup(Repository):
    """The administrators' search."""

    def keep(self, instance_id: str, values: Mapping[str, Mapping[str, Any]]) -> None:
        """Write searchable variables of a case, one statement."""
        insert = (postgresql if self._uow.dialect == "postgresql" else sqlite).insert
        rows = [{"instance_id": instance_id, "name": name, **row} for name, row in values.items()]
        new = insert(case_variable).values(rows)
        columns = ("kind", "words", "number", "moment")
        self._uow.execute(
            new.on_conflict_do_update(
                index_elements=["instance_id", "name"],
                set_={name: new.excluded[name] for name in columns},
            )
        )

    def forget(self, instance_id: str) -> None:
        """Delete the searchable variables of a case."""
        self._uow.execute(delete(case_variable).where(case_variable.c.instance_id == instance_id))

    def cases(self, asked: Wanted, offices: frozenset[str] | None) -> CaseList:
        """Return the list of what is asked; `offices`: only cases with work there, None: all."""
        return CaseList(self._uow, asked, offices)

    def stands(self, ids: Sequence[str]) -> Sequence[Found]:
        """Return where cases stand: case, element, kind; office and person of open tasks."""
        task = select(
            user_task.c.instance_id,
            user_task.c.element,
            literal("task").label("kind"),
            user_task.c.organisation,
            user_task.c.assignee,
            user_task.c.due_at,
        ).where(user_task.c.instance_id.in_(ids), OPEN)
        nobody = [literal("").label("organisation"), literal(None), literal(None, UtcDateTime)]
        live = job.c.state.in_(due.OPEN)
        work = select(job.c.instance_id, job.c.element, job.c.kind, *nobody)
        wait = select(
            subscription.c.instance_id, subscription.c.element, subscription.c.kind, *nobody
        )
        return self._uow.execute(
            union_all(
                task,
                work.where(job.c.instance_id.in_(ids), live, job.c.kind != "reminder"),
                wait.where(subscription.c.instance_id.in_(ids)),
            )
        ).all()

    def incidents(self, ids: Sequence[str]) -> dict[str, int]:
        """Return how many open incidents cases have, those that have any."""
        rows = self._uow.execute(
            select(incident.c.instance_id, func.count().label("number"))
            .where(incident.c.instance_id.in_(ids), incident.c.resolved_at.is_(None))
            .group_by(incident.c.instance_id)
        )
        return {row.instance_id: row.number for row in rows}
