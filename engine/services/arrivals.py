"""Work that is interrupted and comes again in the same step goes on where it was.

A term is changed while somebody works: the diagram withdraws the task and offers it anew. For that
person it is the same work, so she keeps it, with what she has typed and the files she has added.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from engine.model.steps import Happened, OpenTask, Step
from engine.services.context import UnitOfWork
from engine.store.tasks import NewTask, TaskRow

#: Interrupted tasks by the id of the task that takes their place.
Resumed = Mapping[str, TaskRow]


def resumed(uow: UnitOfWork, step: Step) -> Resumed:
    """Return the interrupted tasks that came again; read before they are closed.

    Only if they are offered to the same people: work that goes to another office starts afresh.
    Costs a statement for each, and none in a step that interrupts no task which comes again.
    """
    found = {}
    for old, new in _again(step):
        row = uow.tasks.find(old.hex)
        if row is not None and row[0].status == "open" and _same_people(uow, row[0], new):
            found[new.token.hex] = row[0]
    return found


def _again(step: Step) -> Iterator[tuple[UUID, OpenTask]]:
    """Yield the interrupted token and the new task of each element that has one of both.

    An element that has more (a multi-instance) is let alone: which is which would be a guess.
    """
    if not step.tasks or not step.closed:
        return
    cancelled = [one for one in step.events if one.happened is Happened.CANCELLED]
    gone = Counter(one.element for one in cancelled)
    come = Counter(task.element for task in step.tasks)
    tokens = {one.element: one.token for one in cancelled}
    for task in step.tasks:
        if gone[task.element] == come[task.element] == 1 and not task.assignee:
            yield tokens[task.element], task


def _same_people(uow: UnitOfWork, before: TaskRow, task: OpenTask) -> bool:
    named = {one.strip() for one in task.candidates}
    return named == {str(one) for one in uow.tasks.candidates(before)}


def taken_over(new: Sequence[NewTask], before: Resumed) -> list[NewTask]:
    """Return the new tasks with assignee and draft of those whose place they take."""
    return [_taken(task, before.get(task.id)) for task in new]


def _taken(task: NewTask, before: TaskRow | None) -> NewTask:
    if before is None:
        return task
    return replace(task, assignee=before.assignee, draft=before.draft, draft_at=before.draft_at)


def move_files(uow: UnitOfWork, before: Resumed) -> None:
    """Let the files of drafts follow them; the new tasks are written by now."""
    for task_id, row in before.items():
        uow.documents.move(row.id, task_id)
