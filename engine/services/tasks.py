"""Work of people: inbox, claim, draft, complete, assign."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from engine.errors import Forbidden, StaleRevision, TaskClosed, TaskTaken, ValueRefused
from engine.model.people import Actor, Candidate
from engine.model.substitution import local_day
from engine.model.text import text
from engine.services import access, completing, history, taskviews
from engine.services import inbox as boxes
from engine.services.context import Context, UnitOfWork
from engine.services.views import (
    Completed,
    Counts,
    InboxPage,
    InboxQuery,
    TaskState,
    TaskView,
    Workload,
    WorkloadRow,
)
from engine.store.asked import Filter
from engine.store.tables import deadline
from engine.store.tasks import TaskRow

#: Tasks on a supervisor's page, and in one bulk act.
MOST = 500
#: How often `claim_next` tries again when somebody was faster.
TRIES = 5


def inbox(uow: UnitOfWork, ctx: Context, actor: Actor, query: InboxQuery) -> InboxPage:
    """Return one page of a box with counts, cards and strips."""
    return boxes.page(uow, ctx, actor, query)


def counts(uow: UnitOfWork, ctx: Context, actor: Actor) -> Counts:
    """Return the numbers beside the boxes."""
    return boxes.counts(uow, ctx, actor)


def news(uow: UnitOfWork, ctx: Context, actor: Actor, stamp: str) -> int:
    """Return how many tasks came to my office since `InboxPage.stamp`."""
    return boxes.news(uow, ctx, actor, stamp)


def look(uow: UnitOfWork, ctx: Context, actor: Actor, task_id: str) -> TaskView:
    """Return everything the task's page shows; `NotFound` for foreign and unknown ids alike."""
    return taskviews.task_view(uow, ctx, actor, task_id)


def claim(uow: UnitOfWork, ctx: Context, actor: Actor, task_id: str) -> None:
    """Take a free task. Mine already: nothing happens. `TaskTaken`, `TaskClosed`, `NotFound`.

    `Forbidden` for who may look at it but holds none of its roles.
    """
    actor = actor.on(local_day(ctx.now()))
    task, _, candidates = access.task(uow, actor, task_id)
    if not access.may_claim(actor, candidates) and task.assignee != actor.account:
        raise Forbidden(text("This task belongs to another role"))
    if not _take(uow, ctx, actor.acting_for(candidates), task):
        raise _lost(uow, actor, task_id)


def _take(uow: UnitOfWork, ctx: Context, actor: Actor, task: TaskRow) -> bool:
    if task.status == TaskState.OPEN.value and task.assignee == actor.account:
        return True
    if not uow.tasks.claim(task.id, actor.account, ctx.now()):
        return False
    history.note(uow, ctx, actor, task.instance_id, "claimed", element=task.element, token=task.id)
    return True


def _lost(uow: UnitOfWork, actor: Actor, task_id: str) -> TaskTaken | TaskClosed:
    """Return why a conditional change did nothing, as the row is now."""
    found = uow.tasks.find(task_id)
    if found is None or found[0].status != TaskState.OPEN.value:
        return completing.closed()
    return completing.taken(found[0])


def claim_many(
    uow: UnitOfWork, ctx: Context, actor: Actor, task_ids: Sequence[str]
) -> Mapping[str, bool]:
    """Take all that are free and mine to take; tell per id whether it is mine now.

    One foreign or unknown id: `NotFound`, nothing is taken.
    """
    actor = actor.on(local_day(ctx.now()))
    found = [access.task(uow, actor, one) for one in _bulk(task_ids)]
    return {
        task.id: access.may_claim(actor, candidates)
        and _take(uow, ctx, actor.acting_for(candidates), task)
        for task, _, candidates in found
    }


def _bulk(task_ids: Sequence[str]) -> list[str]:
    """Return ids once each, sorted, so that two bulk acts lock rows in one order."""
    ids = sorted(set(task_ids))
    if not 1 <= len(ids) <= MOST:
        raise ValueRefused(text("Choose between 1 and {most} tasks", most=MOST))
    return ids


def claim_next(uow: UnitOfWork, ctx: Context, actor: Actor) -> str | None:
    """Take the free task of my roles that is due first; None if there is none."""
    actor = actor.on(local_day(ctx.now()))
    for _ in range(TRIES):
        rows = uow.inbox.page(actor, Filter(office=True, free=True), after=None, size=20)
        if not rows:
            return None
        for row in rows:
            task, _, candidates = access.task(uow, actor, row.id)
            if access.may_claim(actor, candidates) and _take(
                uow, ctx, actor.acting_for(candidates), task
            ):
                return task.id
    return None


def release(uow: UnitOfWork, ctx: Context, actor: Actor, task_id: str) -> None:
    """Give a task back to the queue; its draft stays. By its owner, a supervisor, an admin."""
    task, _, candidates = access.task(uow, actor, task_id)
    if not task.assignee and task.status == TaskState.OPEN.value:
        return
    mine = task.assignee == actor.account
    if not mine and not access.manages(uow, actor, task.instance_id, candidates):
        raise completing.taken(task)
    if not uow.tasks.assign(task_id, None, ctx.now(), expected=task.assignee):
        raise _lost(uow, actor, task_id)
    author = actor.acting_for(candidates) if mine else access.as_head(uow, actor, candidates)
    history.note(
        uow, ctx, author, task.instance_id, "released", element=task.element, token=task.id
    )


def assign(
    uow: UnitOfWork, ctx: Context, actor: Actor, task_ids: Sequence[str], account: str | None
) -> int:
    """Give tasks to a person (None: back to the queue); all or none. Return how many changed.

    Supervisor of a candidate organisation or admin, otherwise `Forbidden`; foreign ids `NotFound`;
    `ValueRefused` if that person holds none of the candidate roles; `TaskClosed`.
    """
    found = [access.task(uow, actor, one) for one in _bulk(task_ids)]
    for task, _, candidates in found:
        if not access.manages(uow, actor, task.instance_id, candidates):
            raise Forbidden(text("Only the head of the organisation may assign this task"))
    return give(uow, ctx, actor, [(task, candidates) for task, _, candidates in found], account)


def give(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    found: Sequence[tuple[TaskRow, tuple[Candidate, ...]]],
    account: str | None,
    *,
    reason: str = "",
) -> int:
    """Give tasks that are the actor's to give, with their candidates, to a person or the queue.

    Return how many changed; raises what `assign` raises, but asks nobody's role.
    """
    name = _fitting(uow, ctx, account, [candidates for _, candidates in found])
    changed = 0
    for task, candidates in found:
        if task.status == TaskState.OPEN.value and task.assignee == (account or ""):
            continue
        if not uow.tasks.assign(task.id, account, ctx.now()):
            raise completing.closed()
        _note_assigned(uow, ctx, access.as_head(uow, actor, candidates), task, name, reason)
        changed += 1
    return changed


def _fitting(
    uow: UnitOfWork, ctx: Context, account: str | None, wanted: Sequence[tuple[Candidate, ...]]
) -> str:
    """Return the person's name if she may do all of these tasks; `ValueRefused` otherwise."""
    if account is None:
        return ""
    row = uow.accounts.find(account)
    own, places = uow.substitutions.held(account, local_day(ctx.now()))
    held = own | {one.candidate for one in places}
    if row is None or not row.active or any(held.isdisjoint(some) for some in wanted):
        raise ValueRefused(text("This person does not have the role for the task"))
    return str(row.name)


def _note_assigned(
    uow: UnitOfWork, ctx: Context, actor: Actor, task: TaskRow, name: str, reason: str
) -> None:
    detail = {"to": name, "from": task.assignee_name}
    history.note(
        uow,
        ctx,
        actor,
        task.instance_id,
        "assigned" if name else "released",
        detail,
        element=task.element,
        token=task.id,
        reason=reason,
    )


def save_draft(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    task_id: str,
    values: Mapping[str, object],
    revision: int,
) -> int:
    """Keep what was typed, unchecked; return the new revision. `TaskTaken`, `StaleRevision`."""
    now = ctx.now()
    if uow.drafts.save(task_id, actor.account, values, expected=revision, at=now):
        return revision + 1
    task, _, _ = access.task(uow, actor, task_id)
    completing.refuse_unless_mine(task, actor)
    raise StaleRevision(text("The task was changed in another window since this page was opened"))


def complete(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    task_id: str,
    values: Mapping[str, object] | completing.Typed,
    revision: int | None = None,
    *,
    signed: bytes | None = None,
) -> Completed:
    """Check the form, save by its adapter, sign if the element says so, step. Caller commits.

    Raises `FormRefused` (errors by field), `TaskTaken` (``owner``), `TaskClosed`, `StaleRevision`,
    `SignatureRefused`, `NotFound`. The same submission again answers the same (``repeated``).
    `values` may be a function of what the task asks for (`views.TaskForm`): a page that reads what
    was posted by the task's form need not ask for it by statements of its own.
    `signed`: the document with the signature, where the person's own machine signs.
    """
    return completing.complete(uow, ctx, actor, task_id, values, revision, signed=signed)


def workload(uow: UnitOfWork, ctx: Context, actor: Actor, organisation: str) -> Workload:
    """Return an organisation's open work by person; supervisor or admin, otherwise `Forbidden`."""
    office = uow.organisations.find(organisation)
    if office is None or not access.supervises(uow, actor, [Candidate("", organisation)]):
        raise Forbidden(text("Only the head of the organisation sees its workload"))
    now = ctx.now()
    return Workload(
        organisation=organisation,
        names=office.names,
        rows=tuple(_loads(uow, organisation, now)),
        tasks=boxes.task_rows(uow, ctx, actor, uow.inbox.of_organisation(organisation, MOST)),
    )


def _loads(uow: UnitOfWork, organisation: str, now: datetime) -> list[WorkloadRow]:
    sums = {
        row.assignee or "": row for row in uow.inbox.load_of(organisation, now, boxes.tonight(now))
    }
    people = uow.accounts.all(organisation)
    held = uow.accounts.memberships([person.id for person in people])
    rows = [
        _load(sums.pop(person.id, None), person.id, person.name, organisation, held[person.id])
        for person in people
    ]
    names = uow.accounts.names(sums)
    rows += [_load(sums[one], one, names[one], organisation, []) for one in sorted(names)]
    return [*rows, _load(sums.get(""), "", "", organisation, [])]


def _load(
    sums: object, account: str, name: str, organisation: str, held: Sequence[Candidate]
) -> WorkloadRow:
    return WorkloadRow(
        account=account,
        name=name,
        roles=tuple(one.role for one in held if one.organisation == organisation),
        open=getattr(sums, "open", 0),
        overdue=getattr(sums, "overdue", 0),
        today=getattr(sums, "today", 0),
        next_due=deadline(getattr(sums, "next_due", None)),
    )
