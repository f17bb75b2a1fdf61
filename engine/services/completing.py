"""Completing a task: check the form, save by its adapter, sign, step. One transaction (law 1)."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from uuid import UUID

from engine.errors import Conflict, FormRefused, StaleRevision, TaskClosed, TaskTaken
from engine.handling import Work
from engine.model.acts import CompleteTask
from engine.model.elements import Element
from engine.model.people import Actor, Candidate
from engine.model.steps import Status, Step
from engine.model.substitution import local_day
from engine.model.text import text
from engine.services import access, bundles, recording, signatures, stepping, submissions
from engine.services.bundles import Bundle
from engine.services.context import Context, UnitOfWork
from engine.services.taskviews import known_values, task_form, work_of
from engine.services.views import CaseState, Completed, TaskForm, TaskState
from engine.store import values as codec
from engine.store.instances import InstanceRow
from engine.store.tasks import TaskRow

#: Reads what was typed, once it is known what was asked.
Typed = Callable[[TaskForm], Mapping[str, object]]


def taken(task: TaskRow) -> TaskTaken:
    """Return the error for a task that is not this person's, with its owner's name."""
    if not task.assignee:
        return TaskTaken(text("Take the task before you work on it"), "")
    owner = task.assignee_name
    return TaskTaken(text("{owner} is working on this task", owner=owner), owner)


#: Why nothing can be done to a task that is not open any more.
CLOSED = text("This task is already completed or withdrawn")


def closed() -> TaskClosed:
    """Return the error for a task that is not open any more."""
    return TaskClosed(CLOSED)


def refuse_unless_mine(task: TaskRow, actor: Actor) -> None:
    """Raise `TaskClosed` or `TaskTaken` unless the task is open and this person's."""
    if task.status != TaskState.OPEN.value:
        raise closed()
    if not actor.account or task.assignee != actor.account:
        raise taken(task)


@dataclass(frozen=True, kw_only=True)
class _Job:
    """A completion under way."""

    #: Locked and loaded.
    task: TaskRow
    #: Its case, locked.
    held: InstanceRow
    #: Its deployment.
    bundle: Bundle
    #: The task's element.
    element: Element
    #: Who may do it.
    candidates: tuple[Candidate, ...]
    #: The task as its adapter sees it.
    work: Work


def complete(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    task_id: str,
    values: Mapping[str, object] | Typed,
    revision: int | None = None,
    *,
    signed: bytes | None = None,
) -> Completed:
    """Complete; see `tasks.complete`."""
    found = uow.tasks.lock(task_id)
    if found is None:
        raise access.no_task()
    task, held = found
    if not isinstance(values, Mapping):
        values = values(task_form(uow, ctx, actor, task, held.definition_id))
    digest = hashlib.sha256(codec.canonical(dict(values))).hexdigest()
    if task.completed_by == actor.account and task.submission == digest:
        return _repeated(uow, actor, task, held)
    _refuse(uow, actor, task, revision)
    stepping.refuse_unless_active(held)
    ctx.witness.typed(uow, actor, task.id, values)
    job = _job(uow, ctx, task, held)
    actor = _author(actor.on(local_day(ctx.now())), job)
    variables, sent = _saved(uow, ctx, actor, job, values)
    if task.has_files:
        uow.documents.keep(task.id)
    acts = _signed(uow, ctx, actor, job, variables, signed)
    submission = recording.Submission(
        task=task.id, by=actor.account, digest=digest, sent=sent, acts=acts
    )
    act = CompleteTask(token=UUID(task.id), variables=variables)
    step = stepping.take(uow, ctx, actor, held, act, submission)
    return _completed(actor, task, step)


def _refuse(uow: UnitOfWork, actor: Actor, task: TaskRow, revision: int | None) -> None:
    """Say the most telling thing that stands against it; foreign tasks do not exist."""
    if task.assignee != actor.account:
        access.task(uow, actor, task.id)
    refuse_unless_mine(task, actor)
    if revision is not None and revision != task.revision:
        raise StaleRevision(
            text("The task was changed in another window since this page was opened")
        )


def _job(uow: UnitOfWork, ctx: Context, task: TaskRow, held: InstanceRow) -> _Job:
    bundle = bundles.of_definition(uow, ctx, held.definition_id)
    element = bundle.definition(held.process).process.elements[task.element]
    work = work_of(ctx, task, element, held.variables)
    candidates: tuple[Candidate, ...] = () if task.candidate is None else (task.candidate,)
    if task.more_candidates:
        # Dropped and learnt by one statement; a completion that fails takes it back.
        candidates += uow.tasks.forget_candidates(task.id)
    return _Job(
        task=task, held=held, bundle=bundle, element=element, candidates=candidates, work=work
    )


def _author(actor: Actor, job: _Job) -> Actor:
    """Return in whose place the person completes; `Conflict` if she holds no role of it any more.

    It lay on her desk when the substitution was over, or when the role was taken from her. Whom the
    diagram itself names needs no role.
    """
    named = job.element.assigned or not job.candidates
    if not named and not access.may_claim(actor, job.candidates):
        raise Conflict(
            text("You do not hold the role for this task any more: it goes back to the office")
        )
    return actor.acting_for(job.candidates)


def _saved(
    uow: UnitOfWork, ctx: Context, actor: Actor, job: _Job, values: Mapping[str, object]
) -> tuple[Mapping[str, object], Mapping[str, object] | None]:
    """Check the submission, save it by the adapter; return variables and what to keep."""
    key = job.task.form
    if not key:
        return {}, None
    checked, sent = _checked(uow, ctx, job, values)
    adapter = ctx.extensions.forms.get(key)
    if adapter is None:
        return checked, sent
    return adapter.save(uow.session, job.work, checked, actor), sent


def _checked(
    uow: UnitOfWork, ctx: Context, job: _Job, values: Mapping[str, object]
) -> tuple[Mapping[str, object], Mapping[str, object]]:
    """Return the checked values and what to keep of them; `FormRefused`."""
    form = job.bundle.form(job.task.form)
    documents = _Documents(uow, job.task)
    known = known_values(uow, ctx, job.bundle, job.task, job.work)
    context = {**job.work.variables, **known}
    checked = form.check(values, now=ctx.now(), context=context, documents=documents)
    if checked.errors:
        raise FormRefused(text("Please check the marked fields"), checked.errors)
    kept = submissions.kept(job.held.definition_id, form, checked, context, documents)
    return checked.values, kept


class _Documents(Mapping[str, str]):
    """Names by id of what may be named: the case's files, and those of this draft.

    Read when the first file is named: most completions name none, and save the statement.
    """

    def __init__(self, uow: UnitOfWork, task: TaskRow) -> None:
        """Read nothing yet."""
        self._uow, self._task = uow, task

    @cached_property
    def _names(self) -> dict[str, str]:
        rows = self._uow.documents.of_instance(self._task.instance_id)
        return {row.id: row.name for row in rows if row.draft_task in {None, self._task.id}}

    def __getitem__(self, wanted: str) -> str:
        return self._names[wanted]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _signed(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    job: _Job,
    variables: Mapping[str, object],
    signed: bytes | None,
) -> tuple[Mapping[str, object], ...]:
    """Sign if the element says so and the adapter has something to be signed."""
    ordinal = job.element.properties.get("sign", "")
    adapter = ctx.extensions.forms.get(job.task.form)
    if not ordinal.isdecimal() or adapter is None:
        return ()
    work = replace(job.work, variables={**job.work.variables, **variables})
    document = adapter.document(uow.session, work)
    if document is None:
        return ()
    signing = signatures.Signing(task=job.task, ordinal=int(ordinal), candidates=job.candidates)
    return (signatures.sign(uow, ctx, actor, signing, document, signed),)


def _completed(actor: Actor, task: TaskRow, step: Step) -> Completed:
    mine = [
        one.token.hex
        for one in step.tasks
        if one.assignee == actor.account
        or access.may_claim(actor, recording.candidates_of(one.candidates))
    ]
    states = {Status.ACTIVE: CaseState.ACTIVE, Status.COMPLETED: CaseState.COMPLETED}
    return Completed(
        task_id=task.id,
        instance_id=task.instance_id,
        business_key=task.business_key,
        state=states.get(step.status, CaseState.FAILED),
        next_tasks=tuple(one.token.hex for one in step.tasks),
        mine=tuple(mine),
    )


def _repeated(uow: UnitOfWork, actor: Actor, task: TaskRow, held: InstanceRow) -> Completed:
    """Answer a second sending of the same form as the first one was answered."""
    open_ = uow.tasks.open_of(task.instance_id)
    mine = [
        one.id
        for one in open_
        if one.assignee == actor.account or access.may_claim(actor, uow.tasks.candidates(one))
    ]
    return Completed(
        task_id=task.id,
        instance_id=task.instance_id,
        business_key=task.business_key,
        state=CaseState(held.status),
        repeated=True,
        next_tasks=tuple(one.id for one in open_),
        mine=tuple(mine),
    )
