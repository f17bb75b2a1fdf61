"""Batches of cases that are taken over to another version, and how it went with each."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, insert, literal, select, update

from engine.store.casemigrations import RUNNING
from engine.store.ids import new_id
from engine.store.repository import Found, Repository, chunks
from engine.store.tables import definition, instance, migration, migration_case

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


class MigrationBatches(Repository):
    """Batches."""

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
            instance.c.definition_id == source_id, instance.c.status.in_(RUNNING)
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

    def finish(self, batch: str, at: datetime) -> None:
        """Mark a batch as finished if nothing of it waits."""
        waits = select(migration_case.c.instance_id).where(
            migration_case.c.migration_id == batch, migration_case.c.outcome == "waiting"
        )
        self._uow.execute(
            update(migration)
            .where(migration.c.id == batch, migration.c.finished_at.is_(None), ~waits.exists())
            .values(finished_at=at)
        )
