"""User tasks: lock for completion, claim, assign, close. Lists stand in `engine.store.inbox`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    LargeBinary,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from engine.model.people import Candidate
from engine.store import values
from engine.store.instances import InstanceRow, calendar_version, instance_row
from engine.store.moments import database_now
from engine.store.repository import Found, Repository, chunks
from engine.store.tables import (
    account,
    deadline,
    document,
    instance,
    no_deadline,
    task_candidate,
    user_task,
)

_before = user_task.alias("before")
#: Which arrival at its element a task is: one more than the last of an earlier step. Read off an
#: index, so that the 10,000th round costs what the first did; a multi-instance's tasks share it.
_ROUND = (
    func.coalesce(
        select(_before.c.round)
        .where(
            _before.c.instance_id == bindparam("instance_id"),
            _before.c.element == bindparam("element"),
            _before.c.step < bindparam("step"),
        )
        .order_by(_before.c.round.desc())
        .limit(1)
        .scalar_subquery(),
        0,
    )
    + 1
)
_later = {"round", "ended_at", "completed_by", "sent", "due_by_hand"}
_given = [column.name for column in user_task.c if column.name not in _later]
_ADD = insert(user_task).values({**{name: bindparam(name) for name in _given}, "round": _ROUND})
_LOCK = (
    select(
        user_task,
        account.c.name.label("assignee_name"),
        exists().where(document.c.draft_task == user_task.c.id).label("has_files"),
        calendar_version,
        database_now().label("database_now"),
        *[column.label(f"instance__{column.name}") for column in instance.c],
    )
    .select_from(
        user_task.join(instance, instance.c.id == user_task.c.instance_id).outerjoin(
            account, account.c.id == user_task.c.assignee
        )
    )
    .where(user_task.c.id == bindparam("id"))
    # The instance first, as every step does it. Rows that refer to it need not wait.
    .with_for_update(of=[instance, user_task], key_share=True)
)
_SHOW = select(
    user_task, account.c.name.label("assignee_name"), instance.c.definition_id
).select_from(
    user_task.join(instance, instance.c.id == user_task.c.instance_id).outerjoin(
        account, account.c.id == user_task.c.assignee
    )
)
_FIND = _SHOW.where(user_task.c.id == bindparam("id"))
_COMPLETED = select(
    user_task.c.id,
    user_task.c.instance_id,
    user_task.c.role,
    user_task.c.organisation,
    user_task.c.assignee,
    user_task.c.completed_by,
).where(user_task.c.id.in_(bindparam("ids", expanding=True)), user_task.c.status == "completed")
_CLAIM = (
    update(user_task)
    .where(
        user_task.c.id == bindparam("key"),
        user_task.c.status == "open",
        user_task.c.assignee.is_(None),
    )
    .values(
        assignee=bindparam("who"),
        claimed_at=bindparam("at"),
        revision=user_task.c.revision + 1,
    )
)
_own = user_task.c.id == bindparam("own")
_CLOSE = (
    update(user_task)
    .where(user_task.c.id.in_(bindparam("tokens", expanding=True)), user_task.c.status == "open")
    .values(
        status=case((_own, "completed"), else_="cancelled"),
        completed_by=case((_own, bindparam("by")), else_=None),
        submission=case((_own, bindparam("digest")), else_=""),
        # An open task's is null; the column tells PostgreSQL the type where both would be.
        sent=case((_own, bindparam("sent", type_=LargeBinary)), else_=user_task.c.sent),
        ended_at=bindparam("at"),
        draft=None,
    )
)


@dataclass(frozen=True, kw_only=True)
class TaskRow:
    """A task as services need it: decrypted."""

    #: Task id: the token, hexadecimal.
    id: str
    #: Instance id.
    instance_id: str
    #: Process key.
    process: str
    #: Element id.
    element: str
    #: Case number.
    business_key: str
    #: open | completed | cancelled.
    status: str
    #: First candidate; None: the diagram names nobody.
    candidate: Candidate | None
    #: Whether there are more in `task_candidate`.
    more_candidates: bool
    #: Account id; empty: free.
    assignee: str
    #: That person's name.
    assignee_name: str
    #: Since when.
    claimed_at: datetime | None
    #: Form key.
    form: str
    #: Deadline.
    due: datetime | None
    #: When it arrived.
    created_at: datetime
    #: When it was completed or withdrawn.
    ended_at: datetime | None
    #: Account id of who completed it.
    completed_by: str
    #: Digest of what was submitted.
    submission: str
    #: Which arrival at this element it is, from 1.
    round: int
    #: Local variables.
    local: Mapping[str, object]
    #: Counts drafts, claims, assignments.
    revision: int
    #: What was typed; None: no draft.
    draft: Mapping[str, object] | None
    #: When.
    draft_at: datetime | None
    #: Whether the draft has files; only known of a locked task.
    has_files: bool
    #: What was sent (`engine.services.submissions`); None: nothing is kept.
    sent: Mapping[str, object] | None


@dataclass(frozen=True, kw_only=True)
class NewTask:
    """A task to be inserted."""

    #: Task id: the token, hexadecimal.
    id: str
    #: Element id.
    element: str
    #: Who may claim it; the first one goes into the row itself.
    candidates: tuple[Candidate, ...]
    #: Account id, if the diagram names one.
    assignee: str
    #: Form key.
    form: str
    #: 0–100.
    priority: int
    #: Deadline.
    due: datetime | None
    #: Local variables.
    local: Mapping[str, object]
    #: What was typed at the task whose place it takes; None: nothing.
    draft: Mapping[str, object] | None = None
    #: When.
    draft_at: datetime | None = None


class Tasks(Repository):
    """User tasks."""

    def lock(self, task_id: str) -> tuple[TaskRow, InstanceRow] | None:
        """Lock a task's instance for a step; return both, decrypted, by one statement."""
        row = self._locked("instance", _LOCK, {"id": task_id}).first()
        if row is None:
            return None
        return self._row(row), instance_row(row, self._uow.keys, "instance__")

    def find(self, task_id: str) -> tuple[TaskRow, str] | None:
        """Return a task and its pinned definition's id."""
        row = self._uow.execute(_FIND, {"id": task_id}).first()
        return None if row is None else (self._row(row), row.definition_id)

    def elements(self, task_ids: Sequence[str]) -> dict[str, str]:
        """Return element ids by task id."""
        rows = self._uow.execute(
            select(user_task.c.id, user_task.c.element).where(user_task.c.id.in_(task_ids))
        )
        return {row.id: row.element for row in rows}

    def completed(self, task_ids: Sequence[str]) -> Sequence[Found]:
        """Return whose the completed ones of some tasks were: id, case, candidate, people."""
        return self._uow.execute(_COMPLETED, {"ids": task_ids}).all()

    def _row(self, row: Found) -> TaskRow:
        candidate = Candidate(row.role, row.organisation) if row.role else None
        return TaskRow(
            id=row.id,
            instance_id=row.instance_id,
            process=row.process,
            element=row.element,
            business_key=row.business_key,
            status=row.status,
            candidate=candidate,
            more_candidates=row.more_candidates,
            assignee=row.assignee or "",
            assignee_name=row.assignee_name or "",
            claimed_at=row.claimed_at,
            form=row.form,
            due=deadline(row.due_at),
            created_at=row.created_at,
            ended_at=row.ended_at,
            completed_by=row.completed_by or "",
            submission=row.submission,
            round=row.round,
            local=self._opened(row.local, f"user_task.local:{row.id}") or {},
            revision=row.revision,
            draft=self._opened(row.draft, f"user_task.draft:{row.id}"),
            draft_at=row.draft_at,
            has_files=bool(getattr(row, "has_files", False)),
            sent=self._opened(row.sent, f"user_task.sent:{row.id}"),
        )

    def _opened(self, sealed: Any, place: str) -> Any:
        return None if sealed is None else values.loads(self._uow.keys.unseal(bytes(sealed), place))

    def candidates(self, task: TaskRow | str) -> tuple[Candidate, ...]:
        """Return all candidates of a task, given as a row or by its id; none if it is unknown."""
        if isinstance(task, str):
            found = self.find(task)
            return () if found is None else self.candidates(found[0])
        first = () if task.candidate is None else (task.candidate,)
        if not task.more_candidates:
            return first
        rows = self._uow.execute(
            select(task_candidate.c.role, task_candidate.c.organisation).where(
                task_candidate.c.task_id == task.id
            )
        )
        return first + tuple(sorted(Candidate(row.role, row.organisation) for row in rows))

    def add(self, held: InstanceRow, new: Sequence[NewTask], at: datetime) -> None:
        """Insert the tasks a step opened."""
        rows = [self._new(held, task, at) for task in new]
        self._uow.execute(_ADD, rows)
        more = [
            {"task_id": task.id, "organisation": extra.organisation, "role": extra.role}
            for task in new
            for extra in task.candidates[1:]
        ]
        if more:
            self._uow.execute(insert(task_candidate), more)

    def _new(self, held: InstanceRow, task: NewTask, at: datetime) -> dict[str, Any]:
        first = task.candidates[0] if task.candidates else Candidate("", "")
        place = f"user_task.local:{task.id}"
        typed = f"user_task.draft:{task.id}"
        return {
            "id": task.id,
            "instance_id": held.id,
            "process": held.process,
            "element": task.element,
            "business_key": held.business_key,
            "status": "open",
            "role": first.role,
            "organisation": first.organisation,
            "more_candidates": len(task.candidates) > 1,
            "assignee": task.assignee or None,
            "claimed_at": at if task.assignee else None,
            "form": task.form,
            "priority": task.priority,
            "due_at": task.due or no_deadline(at),
            "created_at": at,
            "submission": "",
            "step": held.revision,
            "local": self._uow.keys.seal(values.dumps(task.local), place) if task.local else None,
            "revision": 1,
            "draft": (
                None if task.draft is None else self._uow.keys.seal(values.dumps(task.draft), typed)
            ),
            "draft_at": task.draft_at,
        }

    def claim(self, task_id: str, account_id: str, at: datetime) -> bool:
        """Take a free open task; False if somebody was faster or it is closed."""
        done = self._uow.execute(_CLAIM, {"key": task_id, "who": account_id, "at": at})
        return done.rowcount == 1

    def assign(
        self, task_id: str, account_id: str | None, at: datetime, *, expected: str | None = None
    ) -> bool:
        """Give an open task to somebody or back to the queue; the draft stays.

        With `expected`, only if that account has it now.
        """
        statement = update(user_task).where(user_task.c.id == task_id, user_task.c.status == "open")
        if expected is not None:
            statement = statement.where(user_task.c.assignee == expected)
        done = self._uow.execute(
            statement.values(
                assignee=account_id,
                claimed_at=at if account_id else None,
                revision=user_task.c.revision + 1,
            )
        )
        return done.rowcount == 1

    def close(
        self,
        tokens: Iterable[str],
        at: datetime,
        *,
        own: str = "",
        by: str = "",
        digest: str = "",
        sent: Mapping[str, object] | None = None,
    ) -> None:
        """Close open tasks by their tokens: `own` as completed by `by`, the rest as withdrawn.

        `sent` is what `own` was completed with; it costs no statement of its own.
        """
        sealed = None
        if sent is not None:
            sealed = self._uow.keys.seal(values.dumps(sent), f"user_task.sent:{own}")
        told = {"own": own, "by": by or None, "digest": digest, "sent": sealed, "at": at}
        for some in chunks(tokens):
            self._uow.execute(_CLOSE, {"tokens": some, **told})

    def set_local(self, task_id: str, local: Mapping[str, object]) -> None:
        """Write the local variables that an open task's form sees."""
        sealed = self._uow.keys.seal(values.dumps(local), f"user_task.local:{task_id}")
        self._uow.execute(
            update(user_task)
            .where(user_task.c.id == task_id, user_task.c.status == "open")
            .values(local=sealed if local else None)
        )

    def forget_candidates(self, task_id: str) -> tuple[Candidate, ...]:
        """Drop the further candidates of a task that is being closed; return them, sorted."""
        rows = self._uow.execute(
            delete(task_candidate)
            .where(task_candidate.c.task_id == task_id)
            .returning(task_candidate.c.role, task_candidate.c.organisation)
        )
        return tuple(sorted(Candidate(row.role, row.organisation) for row in rows))

    def open_of(self, instance_id: str) -> list[TaskRow]:
        """Return the open tasks of a case, by deadline."""
        rows = self._uow.execute(
            _SHOW.where(
                user_task.c.instance_id == instance_id, user_task.c.status == "open"
            ).order_by(user_task.c.due_at, user_task.c.id)
        )
        return [self._row(row) for row in rows]

    def on_desk(self, account_id: str) -> list[TaskRow]:
        """Return somebody's open tasks, by id: whoever moves several locks them in one order."""
        rows = self._uow.execute(
            _SHOW.where(user_task.c.assignee == account_id, user_task.c.status == "open").order_by(
                user_task.c.id
            )
        )
        return [self._row(row) for row in rows]

    def on_desks(self, organisation: str) -> Sequence[Found]:
        """Return id, assignee and role of the claimed open tasks of an organisation.

        A task that names several of its roles comes once for each.
        """
        claimed = and_(user_task.c.status == "open", user_task.c.assignee.is_not(None))
        first = select(user_task.c.id, user_task.c.assignee, user_task.c.role).where(
            claimed, user_task.c.organisation == organisation
        )
        more = (
            select(user_task.c.id, user_task.c.assignee, task_candidate.c.role)
            .join(task_candidate)
            .where(claimed, task_candidate.c.organisation == organisation)
        )
        return self._uow.execute(first.union_all(more)).all()
