"""Acts on an open task: to somebody else, back to the queue.

Another deadline is `engine.services.cockpit.taskdues`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import Conflict
from engine.model.people import Actor, Candidate
from engine.model.substitution import local_day
from engine.model.text import Text, text
from engine.services import access, completing, notifications
from engine.services import tasks as work
from engine.services.cockpit import calling, typed
from engine.services.cockpit.operations import (
    Change,
    Done,
    Operation,
    Params,
    Preview,
    Subject,
    Wish,
)
from engine.services.context import Context, UnitOfWork
from engine.services.views import TaskState
from engine.store.tasks import TaskRow

NOBODY = text("in the queue")


def stamps(uow: UnitOfWork, subjects: Sequence[str]) -> Mapping[str, str]:
    """Return what a task's state is: whose, until when; drafts are no change."""
    return {
        task: f"{row.status}:{row.assignee or ''}:{row.due_at.timestamp():.0f}"
        for task, row in uow.terms.standing(subjects).items()
    }


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A task with its case."""

    #: Its row.
    task: TaskRow
    #: Row of its case.
    case: Any
    #: Who may do it.
    candidates: tuple[Candidate, ...]


def seen_of(uow: UnitOfWork, wish: Wish) -> Seen:
    """Return the task that an act is about; `NotFound`."""
    found = uow.tasks.find(wish.subject)
    if found is None:
        raise access.no_task()
    task = found[0]
    return Seen(
        task=task,
        case=calling.case(uow, task.instance_id),
        candidates=uow.tasks.candidates(task),
    )


def name_of(uow: UnitOfWork, ctx: Context, seen: Seen) -> Text:
    """Return what a task is called: its step and the number of its case."""
    return text(
        "{step} · {number}",
        step=calling.step(uow, ctx, seen.case, seen.task.element),
        number=seen.task.business_key,
    )


def closed(seen: Seen) -> tuple[Text, ...]:
    """Return why nothing can be done to a task that is not open any more; empty: it is open."""
    return () if seen.task.status == TaskState.OPEN.value else (completing.CLOSED,)


def stamp(uow: UnitOfWork, wish: Wish) -> str:
    """Return what the state of the task is that an act is about: see `stamps`."""
    return stamps(uow, [wish.subject]).get(wish.subject, "")


def refuse_closed(seen: Seen) -> None:
    """Raise `TaskClosed` for a task that is not open any more."""
    if closed(seen):
        raise completing.closed()


def refuse_changed(uow: UnitOfWork, ctx: Context, seen: Seen, *, unchanged: bool) -> None:
    """Raise `Conflict` unless a task is as the act that is taken back left it."""
    if not unchanged:
        name = name_of(uow, ctx, seen)
        raise Conflict(text("{name} has changed since; it stays as it is", name=name))


# To somebody else, or back to the queue.


def people(uow: UnitOfWork, ctx: Context, candidates: Sequence[Candidate]) -> list[tuple[str, str]]:
    """Return who may do a task today, substitutes included: account ids and names, by name."""
    found: set[str] = set()
    for one in candidates:
        found.update(uow.accounts.holders(one))
        found.update(uow.substitutions.of_role(one, local_day(ctx.now())))
    names = uow.accounts.names(found)
    return sorted(names.items(), key=lambda pair: (pair[1], pair[0]))


def _read_account(said: Mapping[str, str]) -> Params:
    return {"account": typed.needed(said, "account", text("Choose who is to have it."), 64)}


def _look_reassign(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
    seen = seen_of(uow, wish)
    fitting = people(uow, ctx, seen.candidates)
    wanted = str(wish.params.get("account", ""))
    name = dict(fitting).get(wanted, "")
    if wanted and not name:
        raise typed.refuse("account", text("This person does not have the role for the task"))
    changes: tuple[Change, ...] = ()
    if name and wanted != seen.task.assignee:
        before = seen.task.assignee_name or NOBODY
        changes = (Change(what=text("Who has it"), before=before, after=name),)
    return Preview(
        name=name_of(uow, ctx, seen),
        changes=changes,
        warnings=_typing(seen),
        refusals=closed(seen),
        stamp=stamp(uow, wish),
        choices={"account": [one for one in fitting if one[0] != seen.task.assignee]},
    )


def _typing(seen: Seen) -> tuple[Text, ...]:
    if seen.task.draft is None:
        return ()
    return (text("What was typed so far stays with the task."),)


def _reassign(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    seen = seen_of(uow, wish)
    refuse_closed(seen)
    return _given(uow, ctx, actor, wish, seen, str(wish.params["account"]))


def _given(
    uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish, seen: Seen, account: str
) -> Done:
    found = [(seen.task, seen.candidates)]
    work.give(uow, ctx, actor, found, account or None, reason=wish.reason)
    case, task, had = seen.task.instance_id, seen.task.id, seen.task.assignee
    if account and account != had:
        notifications.tell(uow, ctx, "assigned", accounts=[account], instance_id=case, task_id=task)
    if had and account != had:
        notifications.tell(uow, ctx, "taken_back", accounts=[had], instance_id=case)
    undo = {"account": had, "now": account}
    return Done(undo=undo, told={"element": seen.task.element})


def _look_release(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
    seen = seen_of(uow, wish)
    refusals = closed(seen)
    if not refusals and not seen.task.assignee:
        refusals = (text("Nobody has it; it is in the queue"),)
    what = text("Who has it")
    return Preview(
        name=name_of(uow, ctx, seen),
        changes=()
        if refusals
        else (Change(what=what, before=seen.task.assignee_name, after=NOBODY),),
        warnings=_typing(seen),
        refusals=refusals,
        stamp=stamp(uow, wish),
    )


def _release(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    seen = seen_of(uow, wish)
    refuse_closed(seen)
    if not seen.task.assignee:
        raise Conflict(text("Nobody has it; it is in the queue"))
    return _given(uow, ctx, actor, wish, seen, "")


def _give_back(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    seen = seen_of(uow, wish)
    refuse_closed(seen)
    refuse_changed(uow, ctx, seen, unchanged=seen.task.assignee == wish.params.get("now"))
    return _given(uow, ctx, actor, wish, seen, str(wish.params["account"]))


OPERATIONS = (
    Operation(
        name="reassign",
        subject=Subject.TASK,
        title=text("Give the task to somebody else"),
        about=text("Only to who holds the role; both people are told."),
        read=_read_account,
        look=_look_reassign,
        act=_reassign,
        undo=_give_back,
        stamps=stamps,
    ),
    Operation(
        name="release",
        subject=Subject.TASK,
        title=text("Give the task back to the queue"),
        about=text("Anybody who holds the role can take it then."),
        look=_look_release,
        act=_release,
        undo=_give_back,
        stamps=stamps,
    ),
)
