"""Cases that are taken over to another version: their rows, and the batches they are taken in."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, literal, select, update

from engine.errors import StaleRevision
from engine.model.people import Candidate
from engine.model.text import text
from engine.store import values
from engine.store.ids import new_id
from engine.store.instances import InstanceRow
from engine.store.repository import Found, Repository, chunks
from engine.store.tables import (
    definition,
    instance,
    job,
    migration,
    migration_case,
    subscription,
    task_candidate,
    user_task,
)

#: States of a case that can be taken over.
RUNNING = ("active", "suspended")
_ON = instance.c.definition_id == bindparam("definition")
_RUNNING = instance.c.status.in_(RUNNING)
_CASES = (
    select(instance.c.id, instance.c.business_key, instance.c.started_at, instance.c.state)
    .where(_ON, _RUNNING, instance.c.id > bindparam("after"))
    .order_by(instance.c.id)
    .limit(bindparam("size"))
)
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
        element=bindparam("new_element"),
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
_HELD = select(user_task.c.instance_id, user_task.c.element).where(
    user_task.c.instance_id.in_(bindparam("ids", expanding=True)),
    user_task.c.status == "open",
    user_task.c.element.in_(bindparam("elements", expanding=True)),
    user_task.c.assignee.is_not(None) | user_task.c.draft_at.is_not(None),
)
_OF_BATCH = migration_case.c.migration_id == bindparam("batch")
_NEXT = (
    select(migration_case.c.instance_id)
    .where(_OF_BATCH, migration_case.c.outcome == "waiting")
    .order_by(migration_case.c.instance_id)
    .limit(1)
    # Two who run one batch take different cases.
    .with_for_update(skip_locked=True)
)
_SETTLE = (
    update(migration_case)
    .where(_OF_BATCH, migration_case.c.instance_id == bindparam("case"))
    .values(
        outcome=bindparam("how"),
        obstacle=bindparam("why"),
        element=bindparam("place"),
        message=bindparam("said"),
        at=bindparam("moment"),
    )
)


class CaseMigrations(Repository):
    """Taking cases over."""

    # --- which cases there are ----------------------------------------------------------------

    def count(self, definition_id: str) -> int:
        """Return how many cases run on a version."""
        found: int = self._uow.execute(
            select(func.count()).select_from(instance).where(_ON, _RUNNING),
            {"definition": definition_id},
        ).scalar_one()
        return found

    def counts(self, process: str) -> Mapping[str, int]:
        """Return how many cases run on each version of a process that has any, by definition."""
        found = (
            select(instance.c.definition_id, func.count().label("cases"))
            .where(instance.c.process == process, _RUNNING)
            .group_by(instance.c.definition_id)
        )
        return {row.definition_id: row.cases for row in self._uow.execute(found)}

    def cases(self, definition_id: str, after: str, size: int) -> Sequence[Found]:
        """Return id, number, start and sealed state of cases on a version, by id."""
        given = {"definition": definition_id, "after": after, "size": size}
        return self._uow.execute(_CASES, given).all()

    def state(self, row: Found) -> bytes:
        """Decrypt a state that `cases` returned."""
        return self._uow.keys.unseal(bytes(row.state), f"instance.state:{row.id}")

    def started(self, instance_id: str) -> datetime:
        """Return when a case was started."""
        found: datetime = self._uow.execute(_STARTED, {"id": instance_id}).scalar_one()
        return found

    def held(self, ids: Sequence[str], elements: Collection[str]) -> set[tuple[str, str]]:
        """Return case and element of open tasks of these elements that somebody works on."""
        found: set[tuple[str, str]] = set()
        if elements:
            for some in chunks(ids):
                given = {"ids": some, "elements": sorted(elements)}
                rows = self._uow.execute(_HELD, given)
                found |= {(row.instance_id, row.element) for row in rows}
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

    def rename(self, renamed: Mapping[str, str], *, waits: bool) -> None:
        """Have the jobs and waits of tokens follow their elements; `renamed` is by token."""
        rows = [{"of": token, "new": element} for token, element in renamed.items()]
        for table in (job, subscription) if waits else (job,):
            found = update(table).where(table.c.token == bindparam("of"))
            if table is job:
                found = found.where(job.c.state.in_(["ready", "claimed", "dead"]))
            self._uow.execute(found.values(element=bindparam("new")), rows)

    # --- batches ------------------------------------------------------------------------------

    def add(
        self,
        *,
        process: str,
        source_id: str,
        target_id: str,
        mapping: Mapping[str, str],
        reason: str,
        at: datetime,
        by: str,
        cases: Sequence[str] | None,
    ) -> str:
        """Write a batch of these cases (None: all that run on the old version); return its id."""
        found = new_id(at)
        row = {
            "id": found,
            "process": process,
            "source_id": source_id,
            "target_id": target_id,
            "mapping": dict(mapping),
            "reason": reason,
            "created_at": at,
            "created_by": by,
        }
        self._uow.execute(insert(migration), row)
        self._fill(found, source_id, cases)
        return found

    def _fill(self, batch: str, source_id: str, cases: Sequence[str] | None) -> None:
        columns = ["migration_id", "instance_id", "outcome", "obstacle", "element", "message"]
        empty = [literal(""), literal(""), literal("")]
        chosen = select(literal(batch), instance.c.id, literal("waiting"), *empty).where(
            instance.c.definition_id == source_id, _RUNNING
        )
        parts = [chosen]
        if cases is not None:
            parts = [chosen.where(instance.c.id.in_(some)) for some in chunks(cases)]
        for part in parts:
            self._uow.execute(insert(migration_case).from_select(columns, part))

    def batch(self, batch: str) -> Found | None:
        """Return a batch with the numbers of its two versions."""
        new, old = definition.alias(), definition.alias()
        return self._uow.execute(
            select(migration, old.c.version.label("before"), new.c.version.label("after"))
            .join(old, old.c.id == migration.c.source_id)
            .join(new, new.c.id == migration.c.target_id)
            .where(migration.c.id == batch)
        ).first()

    def batches(self, process: str, size: int) -> Sequence[Found]:
        """Return the batches of a process, newest first."""
        return self._uow.execute(
            select(migration)
            .where(migration.c.process == process)
            .order_by(migration.c.id.desc())
            .limit(size)
        ).all()

    def outcomes(self, batch: str) -> Mapping[tuple[str, str], int]:
        """Return how many cases of a batch came out how: by outcome and obstacle."""
        found = (
            select(migration_case.c.outcome, migration_case.c.obstacle, func.count().label("n"))
            .where(_OF_BATCH)
            .group_by(migration_case.c.outcome, migration_case.c.obstacle)
        )
        rows = self._uow.execute(found, {"batch": batch})
        return {(row.outcome, row.obstacle): row.n for row in rows}

    def report(self, batch: str, after: str, size: int) -> Sequence[Found]:
        """Return the rows of a batch, with case numbers, by case."""
        return self._uow.execute(
            select(migration_case, instance.c.business_key)
            .outerjoin(instance, instance.c.id == migration_case.c.instance_id)
            .where(_OF_BATCH, migration_case.c.instance_id > after)
            .order_by(migration_case.c.instance_id)
            .limit(size),
            {"batch": batch},
        ).all()

    def following(self, batch: str) -> str | None:
        """Lock and return the next case of a batch that waits; None: none that nobody has."""
        found: str | None = self._uow.execute(_NEXT, {"batch": batch}).scalar()
        return found

    def settle(
        self,
        batch: str,
        case: str,
        at: datetime,
        *,
        outcome: str,
        obstacle: str = "",
        element: str = "",
        message: str = "",
    ) -> None:
        """Write how it went with a case."""
        given = {"batch": batch, "case": case, "how": outcome, "why": obstacle, "moment": at}
        self._uow.execute(_SETTLE, {**given, "place": element, "said": message})

    def finish(self, batch: str, at: datetime) -> bool:
        """Mark a batch as finished if nothing of it waits; tell whether it is."""
        waits = select(migration_case.c.instance_id).where(
            migration_case.c.migration_id == batch, migration_case.c.outcome == "waiting"
        )
        done = self._uow.execute(
            update(migration)
            .where(migration.c.id == batch, migration.c.finished_at.is_(None), ~waits.exists())
            .values(finished_at=at)
        )
        return bool(done.rowcount == 1)
