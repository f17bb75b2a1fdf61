"""Work that is interrupted and comes again in the same step goes on where it was.

A term is changed while somebody works: the diagram withdraws the task and offers it anew. For that
person it is the same work, so she keeps it, with what she has typed and the files she has added.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from engine.model.steps import Happened, Step
from engine.services.context import UnitOfWork
from engine.store.tasks import NewTask, TaskRow

#: Interrupted tasks by the token that took their place.
Resumed = Mapping[UUID, TaskRow]


def resumed(uow: UnitOfWork, step: Step) -> Resumed:
    """Return the interrupted tasks that came again; read before they are closed.

    Costs a statement for each, and none in a step that interrupts no task which comes again. An
    element that does so more than once (a multi-instance) is let alone: which is which is a guess.
    """
    found = {new: uow.tasks.find(old.hex) for old, new in _again(step)}
    return {
        token: row[0] for token, row in found.items() if row is not None and row[0].status == "open"
    }


def _again(step: Step) -> Iterator[tuple[UUID, UUID]]:
    """Yield the interrupted and the new token of each element that has one of both."""
    if not step.tasks or not step.closed:
        return
    cancelled = [one for one in step.events if one.happened is Happened.CANCELLED]
    gone = Counter(one.element for one in cancelled)
    come = Counter(task.element for task in step.tasks)
    tokens = {one.element: one.token for one in cancelled}
    for task in step.tasks:
        if gone[task.element] == come[task.element] == 1:
            yield tokens[task.element], task.token


def take_over(uow: UnitOfWork, new: Sequence[NewTask], before: Resumed) -> list[NewTask]:
    """Return the new tasks with assignee and draft of those they take the place of.

    Only if they are offered to the same people: work that goes to another office starts afresh.
    """
    return [_taken(uow, task, before.get(UUID(task.id))) for task in new]


def _taken(uow: UnitOfWork, task: NewTask, before: TaskRow | None) -> NewTask:
    if before is None or task.assignee or set(task.candidates) != set(uow.tasks.candidates(before)):
        return task
    return replace(task, assignee=before.assignee, draft=before.draft, draft_at=before.draft_at)


def move_files(uow: UnitOfWork, new: Sequence[NewTask], before: Resumed) -> None:
    """Let the files of a draft follow it."""
    for task in new:
        row = before.get(UUID(task.id))
        if row is not None and task.draft_at is not None:
            uow.documents.move(row.id, task.id)
