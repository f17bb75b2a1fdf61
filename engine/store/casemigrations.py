"""Cases that are taken over to another version: which there are, and their rows."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, delete, func, insert, select, update

from engine.errors import StaleRevision
from engine.model.people import Candidate
from engine.model.text import text
from engine.store import values
from engine.store.administered import Reach, worked_at
from engine.store.due import OPEN
from engine.store.instances import InstanceRow
from engine.store.repository import Found, Repository, chunks
from engine.store.tables import (
    instance,
    job,
    subscription,
    task_candidate,
    user_task,
)
from engine.store.tables.instances import GOING_ON

_ON = instance.c.definition_id == bindparam("definition")
_RUNNING = instance.c.status.in_(GOING_ON)
_CASES = (
    select(instance.c.id, instance.c.business_key, instance.c.started_at, instance.c.state)
    .where(_ON, _RUNNING, instance.c.id > bindparam("after"))
    .order_by(instance.c.id)
    .limit(bindparam("size"))
)
_CASE = select(instance.c.id, instance.c.state).where(instance.c.id == bindparam("id"))
_STARTED = select(instance.c.started_at).where(instance.c.id == bindparam("id"))
_MOVE = (
    update(instance)
    .where(instance.c.id == bindparam("key"), instance.c.revision == bindparam("expected"))
    .values(
        revision=instance.c.revision + 1,
        definition_id=bindparam("definition"),
        status=bindparam("state_of_case"),
        state=bindparam("live"),
        variables=bindparam("top"),
        waits=bindparam("waits_for"),
        ended_at=bindparam("ended"),
        end_element=bindparam("end"),
        failure=bindparam("why"),
    )
)
_TASK = (
    update(user_task)
    .where(user_task.c.id == bindparam("key"), user_task.c.status == "open")
    .values(
        form=bindparam("new_form"),
        role=bindparam("new_role"),
        organisation=bindparam("new_organisation"),
        more_candidates=bindparam("more"),
        assignee=bindparam("new_assignee"),
        claimed_at=bindparam("claimed"),
        priority=bindparam("new_priority"),
        due_at=bindparam("new_due"),
        local=bindparam("new_local"),
        revision=user_task.c.revision + 1,
    )
)
_OPEN = select(user_task).where(
    user_task.c.instance_id == bindparam("id"), user_task.c.status == "open"
)
_HELD = select(
    user_task.c.instance_id, user_task.c.element, user_task.c.draft_at, user_task.c.assignee
).where(
    user_task.c.instance_id.in_(bindparam("ids", expanding=True)),
    user_task.c.status == "open",
    user_task.c.element.in_(bindparam("elements", expanding=True)),
    user_task.c.assignee.is_not(None) | user_task.c.draft_at.is_not(None),
)


def _within(reach: Reach) -> list[ColumnElement[bool]]:
    return [] if reach is None else [worked_at(reach)]


class CaseMigrations(Repository):
    """Taking cases over."""

    # --- which cases there are ----------------------------------------------------------------

    # `reach`: only those with work at its offices.

    def count(self, definition_id: str, reach: Reach = None) -> int:
        """Return how many cases run on a version."""
        found: int = self._uow.execute(
            select(func.count()).select_from(instance).where(_ON, _RUNNING, *_within(reach)),
            {"definition": definition_id},
        ).scalar_one()
        return found

    def counts(self, process: str, reach: Reach = None) -> Mapping[str, int]:
        """Return how many cases run on each version of a process that has any, by definition."""
        found = (
            select(instance.c.definition_id, func.count().label("cases"))
            .where(instance.c.process == process, _RUNNING, *_within(reach))
            .group_by(instance.c.definition_id)
        )
        return {row.definition_id: row.cases for row in self._uow.execute(found)}

    def cases(
        self, definition_id: str, after: str, size: int, reach: Reach = None
    ) -> Sequence[Found]:
        """Return id, number, start and sealed state of cases on a version, by id."""
        given = {"definition": definition_id, "after": after, "size": size}
        return self._uow.execute(_CASES.where(*_within(reach)), given).all()

    def case(self, instance_id: str) -> Found:
        """Return id and sealed state of one case."""
        return self._uow.execute(_CASE, {"id": instance_id}).one()

    def state(self, row: Found) -> bytes:
        """Decrypt a state that `cases` or `case` returned."""
        return self._uow.keys.unseal(bytes(row.state), f"instance.state:{row.id}")

    def started(self, instance_id: str) -> datetime:
        """Return when a case was started."""
        found: datetime = self._uow.execute(_STARTED, {"id": instance_id}).scalar_one()
        return found

    def held(self, ids: Sequence[str], elements: Collection[str]) -> Sequence[Found]:
        """Return the open tasks of these elements that somebody has, or has typed into."""
        found: list[Found] = []
        if elements:
            for some in chunks(ids):
                given = {"ids": some, "elements": sorted(elements)}
                found += self._uow.execute(_HELD, given).all()
        return found

    # --- the rows of one case -----------------------------------------------------------------

    def open_tasks(self, instance_id: str) -> Mapping[str, Found]:
        """Return the rows of a case's open tasks by id, sealed columns as they are."""
        return {row.id: row for row in self._uow.execute(_OPEN, {"id": instance_id})}

    def move(
        self,
        locked: InstanceRow,
        *,
        definition_id: str,
        status: str,
        state: bytes,
        variables: Mapping[str, object],
        waits: bool,
        ended_at: datetime | None,
        end_element: str,
        failure: str,
    ) -> None:
        """Write a case on its new version; `StaleRevision` if it changed since it was read."""
        keys = self._uow.keys
        kept = values.dumps(variables)
        given = {
            "key": locked.id,
            "expected": locked.revision,
            "definition": definition_id,
            "state_of_case": status,
            "live": keys.seal(state, f"instance.state:{locked.id}"),
            "top": keys.seal(kept, f"instance.variables:{locked.id}"),
            "waits_for": waits,
            "ended": ended_at,
            "end": end_element,
            "why": failure,
        }
        if self._uow.execute(_MOVE, given).rowcount != 1:
            raise StaleRevision(text("The case was changed at the same moment; please try again"))

    def rewrite_tasks(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Change open tasks; each row says everything but the local variables' seal."""
        self._uow.execute(_TASK, [self._sealed(row) for row in rows])

    def _sealed(self, row: Mapping[str, Any]) -> dict[str, Any]:
        local = row["new_local"]
        if isinstance(local, bytes) or local is None:
            return dict(row)
        place = f"user_task.local:{row['key']}"
        return {**row, "new_local": self._uow.keys.seal(values.dumps(local), place)}

    def offer(self, task_id: str, candidates: Sequence[Candidate]) -> None:
        """Write the further candidates of a task, instead of those it had."""
        self._uow.execute(delete(task_candidate).where(task_candidate.c.task_id == task_id))
        rows = [
            {"task_id": task_id, "organisation": one.organisation, "role": one.role}
            for one in candidates
        ]
        if rows:
            self._uow.execute(insert(task_candidate), rows)

    def rename_tasks(self, instance_id: str, renamed: Mapping[str, str]) -> None:
        """Have all tasks of a case follow their elements, those that are done too.

        Otherwise rounds would be counted from one again, and the strip would forget an office.
        """
        found = update(user_task).where(
            user_task.c.instance_id == instance_id, user_task.c.element.in_(sorted(renamed))
        )
        follows = case(renamed, value=user_task.c.element)
        self._uow.execute(found.values(element=follows))

    def rename_waits(self, renamed: Mapping[str, str], *, waits: bool) -> None:
        """Have the jobs and waits of tokens follow their elements; `renamed` is by token."""
        follows = case(renamed, value=job.c.token)
        lasting = job.c.state.in_(OPEN)
        found = update(job).where(job.c.token.in_(sorted(renamed)), lasting)
        self._uow.execute(found.values(element=follows))
        if waits:
            other = update(subscription).where(subscription.c.token.in_(sorted(renamed)))
            told = case(renamed, value=subscription.c.token)
            self._uow.execute(other.values(element=told))
