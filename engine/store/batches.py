"""Batches of administrators' acts, and how it went with each subject.

::

    drawing ──all written──▶ drawn ──start──▶ running ──none waits──▶ finished
                                     stop │ ▲ go on
                                          ▼ │
                                        stopped

A row waits until somebody who runs the batch has locked it and dealt with its subject in the same
transaction; what others have locked is skipped. So nothing is done twice, whoever dies.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    case,
    func,
    insert,
    select,
    update,
)
from sqlalchemy import exists as there_is

from engine.store.ids import new_id
from engine.store.repository import Found, Repository, chunks
from engine.store.tables import batch, batch_item, job

#: Columns that counts are kept in, by outcome.
COUNTED = ("done", "refused", "changed", "undone")
_OF_BATCH = batch_item.c.batch_id == bindparam("batch")
_WAITS = batch_item.c.outcome == "waiting"
_SHOWN = [one for one in batch_item.c if one.name != "undo"]
_NEXT = (
    select(*_SHOWN)
    .where(_OF_BATCH, _WAITS)
    .order_by(batch_item.c.number)
    .limit(bindparam("size"))
    # Several who run one batch take different rows.
    .with_for_update(skip_locked=True)
)
_THIS = and_(_OF_BATCH, batch_item.c.number == bindparam("key"))
_SETTLE = (
    update(batch_item)
    .where(_THIS)
    .values(
        outcome=bindparam("how"),
        cause=bindparam("why"),
        # A row that undoes another's keeps what that takes: it may be tried again.
        undo=func.coalesce(bindparam("back", type_=batch_item.c.undo.type), batch_item.c.undo),
        at=bindparam("moment", type_=batch_item.c.at.type),
    )
)
_LOOKED = update(batch_item).where(_THIS).values(foreseen=bindparam("why"), label=bindparam("name"))


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A row of a batch as it is drawn."""

    #: Id of the subject; a handler's is its topic.
    subject: str
    #: What it is called.
    label: str
    #: Its state; empty: it is gone.
    stamp: str
    #: Number of the parent's row that it takes; None: there is no parent.
    origin: int | None = None
    #: What undoing the parent's row takes; None: it is not undone.
    undo: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Settled:
    """How it went with one row."""

    #: Number of the row.
    number: int
    #: done | refused | changed | undone.
    outcome: str
    #: Why not: a packed sentence.
    cause: str = ""
    #: What undoing it takes; None: it cannot be undone.
    undo: Mapping[str, Any] | None = None


class Batches(Repository):
    """Batches and their rows."""

    # --- batches ------------------------------------------------------------------------------

    def add(self, at: datetime, **given: Any) -> str:
        """Insert a batch that is being drawn; return its id.

        `given`: operation, subject, params, selection, said, made_by, made_name, parent_id, way.
        """
        found = new_id(at)
        row = {
            "id": found,
            "made_at": at,
            "reason": None,
            "state": "drawing",
            "cursor": "",
            "total": 0,
            "looked": 0,
            "begun_with": 0,
            "trouble": "",
            **dict.fromkeys(COUNTED, 0),
        }
        self._uow.execute(insert(batch), {**row, **given})
        return found

    def find(self, batch_id: str) -> Found | None:
        """Return a batch."""
        return self._uow.execute(select(batch).where(batch.c.id == batch_id)).first()

    def lock(self, batch_id: str) -> Found | None:
        """Lock a batch and return it. Lock it first, its rows after it."""
        found = select(batch).where(batch.c.id == batch_id).with_for_update()
        return self._uow.execute(found).first()

    def change(self, batch_id: str, **values: Any) -> None:
        """Change a batch."""
        self._uow.execute(update(batch).where(batch.c.id == batch_id).values(**values))

    def page(self, made_by: str | None, after: str, size: int) -> Sequence[Found]:
        """Return batches newest first, of one person or (None) of all, before an id."""
        found = select(batch).order_by(batch.c.id.desc()).limit(size)
        if made_by is not None:
            found = found.where(batch.c.made_by == made_by)
        if after:
            found = found.where(batch.c.id < after)
        return self._uow.execute(found).all()

    def children(self, batch_id: str) -> Sequence[Found]:
        """Return the batches that take rows of this one, oldest first."""
        found = select(batch).where(batch.c.parent_id == batch_id).order_by(batch.c.id)
        return self._uow.execute(found).all()

    def count(self, batch_id: str, counts: Mapping[str, int]) -> None:
        """Add to the counts of a batch: by outcome."""
        raised = {name: batch.c[name] + n for name, n in counts.items() if n}
        if raised:
            self.change(batch_id, **raised)

    def finish(self, batch_id: str, at: datetime) -> bool:
        """Mark a running batch as finished if none of its rows waits; tell whether it was."""
        waits = there_is().where(batch_item.c.batch_id == batch_id, _WAITS)
        done = self._uow.execute(
            update(batch)
            .where(batch.c.id == batch_id, batch.c.state == "running", ~waits)
            .values(state="finished", finished_at=at)
        )
        return done.rowcount == 1

    def jobs_alive(self, batch_id: str) -> int:
        """Return how many jobs work, or are going to work, a batch off."""
        found = select(func.count()).where(
            job.c.token == batch_id, job.c.state.in_(["ready", "claimed"])
        )
        return int(self._uow.execute(found).scalar_one())

    def remove(self, batch_id: str) -> None:
        """Delete a batch that was never begun."""
        self._uow.execute(batch_item.delete().where(batch_item.c.batch_id == batch_id))
        self._uow.execute(batch.delete().where(batch.c.id == batch_id))

    # --- rows ---------------------------------------------------------------------------------

    def draw(self, batch_id: str, first: int, rows: Sequence[Drawn]) -> None:
        """Insert rows, numbered from `first` on."""
        if not rows:
            return
        same = {"batch_id": batch_id, "foreseen": "", "outcome": "waiting", "cause": ""}
        self._uow.execute(
            insert(batch_item),
            [
                {
                    **same,
                    "number": number,
                    "subject_id": one.subject,
                    "label": one.label[:255],
                    "stamp": one.stamp,
                    "origin": one.origin,
                    "undo": None if one.undo is None else dict(one.undo),
                    "at": None,
                }
                for number, one in enumerate(rows, first)
            ],
        )

    def rows(
        self, batch_id: str, after: int, size: int, *wanted: ColumnElement[bool]
    ) -> Sequence[Found]:
        """Return rows by number, after one."""
        found = select(*_SHOWN, batch_item.c.undo.is_not(None).label("undoable")).where(
            batch_item.c.batch_id == batch_id, batch_item.c.number > after, *wanted
        )
        return self._uow.execute(found.order_by(batch_item.c.number).limit(size)).all()

    def came_out(
        self, batch_id: str, outcomes: Sequence[str], after: int, size: int
    ) -> Sequence[Found]:
        """Return rows that came out in one of some ways, by number, after one."""
        return self.rows(batch_id, after, size, batch_item.c.outcome.in_(outcomes))

    def foreseen(self, batch_id: str, after: int, size: int) -> Sequence[Found]:
        """Return rows that will be refused, as it looked, by number, after one."""
        return self.rows(batch_id, after, size, batch_item.c.foreseen != "")

    def undo_of(self, batch_id: str, numbers: Sequence[int]) -> Mapping[int, Mapping[str, Any]]:
        """Return what undoing rows takes, by number."""
        found: dict[int, Mapping[str, Any]] = {}
        for some in chunks(numbers):
            rows = self._uow.execute(
                select(batch_item.c.number, batch_item.c.undo).where(
                    batch_item.c.batch_id == batch_id, batch_item.c.number.in_(some)
                )
            )
            found.update({row.number: row.undo or {} for row in rows})
        return found

    def count_foreseen(self, batch_id: str) -> int:
        """Return how many waiting rows will be refused, as it looked."""
        found = select(func.count()).where(
            batch_item.c.batch_id == batch_id, batch_item.c.foreseen != "", _WAITS
        )
        return int(self._uow.execute(found).scalar_one())

    def causes(self, batch_id: str, size: int) -> Sequence[Found]:
        """Return why rows were refused or left, and how many for each, the most frequent first."""
        told = case((batch_item.c.cause != "", batch_item.c.cause), else_=batch_item.c.foreseen)
        n = func.count().label("n")
        return self._uow.execute(
            select(told.label("cause"), batch_item.c.outcome, n)
            .where(batch_item.c.batch_id == batch_id, told != "")
            .group_by(told, batch_item.c.outcome)
            .order_by(n.desc(), told)
            .limit(size)
        ).all()

    def outcomes(self, batch_id: str) -> Mapping[str, int]:
        """Count the rows by outcome, as they are: what the batch's own counts must say."""
        found = (
            select(batch_item.c.outcome, func.count().label("n"))
            .where(batch_item.c.batch_id == batch_id)
            .group_by(batch_item.c.outcome)
        )
        return {row.outcome: row.n for row in self._uow.execute(found)}

    def looked(self, batch_id: str, rows: Sequence[tuple[int, str, str]]) -> None:
        """Write what was seen of rows: number, label, why it will be refused."""
        if rows:
            given = [
                {"batch": batch_id, "key": number, "name": name[:255], "why": why}
                for number, name, why in rows
            ]
            self._uow.execute(_LOOKED, given)

    def following(self, batch_id: str, size: int) -> Sequence[Found]:
        """Lock and return the next rows that wait and that nobody has."""
        return self._uow.execute(_NEXT, {"batch": batch_id, "size": size}).all()

    def settle(self, batch_id: str, at: datetime, rows: Sequence[Settled]) -> None:
        """Write how it went with rows; the counts are another matter: see `count`."""
        plain = [one.number for one in rows if one.outcome == "done" and one.undo is None]
        for some in chunks(plain):
            self._uow.execute(
                update(batch_item)
                .where(batch_item.c.batch_id == batch_id, batch_item.c.number.in_(some))
                .values(outcome="done", at=at)
            )
        rest = [one for one in rows if one.outcome != "done" or one.undo is not None]
        if rest:
            given = [self._settled(batch_id, at, one) for one in rest]
            self._uow.execute(_SETTLE, given)

    @staticmethod
    def _settled(batch_id: str, at: datetime, one: Settled) -> dict[str, Any]:
        return {
            "batch": batch_id,
            "key": one.number,
            "how": one.outcome,
            "why": one.cause,
            "back": None if one.undo is None else dict(one.undo),
            "moment": at,
        }

    def mark_undone(self, batch_id: str, numbers: Sequence[int]) -> int:
        """Mark rows as undone that were done; return how many."""
        marked = 0
        for some in chunks(numbers):
            done = self._uow.execute(
                update(batch_item)
                .where(
                    batch_item.c.batch_id == batch_id,
                    batch_item.c.number.in_(some),
                    batch_item.c.outcome == "done",
                )
                .values(outcome="undone")
            )
            marked += int(done.rowcount)
        return marked
