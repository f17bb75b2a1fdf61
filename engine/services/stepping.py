"""The only place that loads an instance, steps it and writes the rows of the step (law 1).

Completing a task costs at most ten statements: lock and read instance and task · close tasks ·
cancel jobs · drop waits (only where there ever were any) · instance · events · new tasks · new jobs
· two of the audit chain. Each further one must be argued for: searchable variables, where the
process declares any and the step changed one.
"""

from dataclasses import replace
from datetime import datetime

from engine import bpmn
from engine.errors import Conflict, TaskClosed
from engine.model.acts import Act, Deliver, Mending
from engine.model.people import Actor
from engine.model.steps import Status, Step
from engine.model.text import text
from engine.services import access, bundles, calendar, searchable
from engine.services.context import Context, UnitOfWork
from engine.services.ending import ENDED, OPEN
from engine.services.recording import Record, Submission
from engine.services.views import CaseState
from engine.store.instances import InstanceRow
from engine.watching import points

#: State of a case by what a step says of it.
STATES = {
    Status.ACTIVE: CaseState.ACTIVE,
    Status.COMPLETED: CaseState.COMPLETED,
    Status.FAILED: CaseState.FAILED,
}


def advance(uow: UnitOfWork, ctx: Context, actor: Actor, instance_id: str, act: Act) -> Step:
    """Lock the instance, load, act, advance until nothing is ready, write all rows. Caller commits.

    Rows: instance, tasks, jobs (timers, handlers, calls, messages, reminders), subscriptions,
    events, audit. Raises `TaskClosed` (token not open, or the case has ended), `StepFailed`,
    `Conflict` if the case is suspended.
    """
    held = uow.instances.lock(instance_id)
    if held is None:
        raise access.no_case()
    return take(uow, ctx, actor, held, act)


def take(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    held: InstanceRow,
    act: Act,
    submission: Submission | None = None,
) -> Step:
    """Take a step of an instance that is locked and loaded; see `advance`."""
    refuse_unless_active(held)
    with points.Stepping(held.process, held.id, uow.after_commit):
        return _taken(uow, ctx, actor, held, act, submission or Submission())


def mend(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    held: InstanceRow,
    act: Mending,
    submission: Submission,
) -> Step:
    """Take a step that an administrator takes by hand: the case may be suspended, and stays so."""
    if held.status not in OPEN:
        raise TaskClosed(ENDED)
    with points.Stepping(held.process, held.id, uow.after_commit):
        return _taken(uow, ctx, actor, held, act, submission)


def _taken(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    held: InstanceRow,
    act: Act,
    submission: Submission,
) -> Step:
    bundle = bundles.of_definition(uow, ctx, held.definition_id)
    definition = bundle.definition(held.process)
    now = ctx.moment(held.database_now)
    env = bundle.environment(calendar.at_version(uow, ctx, held.calendar_version), now)
    state, step = bpmn.advance(definition, held.state, act, env)
    _write_instance(uow, held, state, step, now)
    searchable.keep(uow, definition.process, held.id, held.variables, step.variables)
    record = Record(uow, ctx, actor, held, definition, now)
    record.close(step, submission, act)
    record.open(step, act, submission)
    return deliver_buffered(uow, ctx, actor, held, step, now)


def refuse_unless_active(held: InstanceRow) -> None:
    """Raise `Conflict` for a suspended case, `TaskClosed` for one that has ended."""
    if held.status == CaseState.SUSPENDED.value:
        raise Conflict(text("The case is suspended by an administrator"))
    if held.status != CaseState.ACTIVE.value:
        raise TaskClosed(text("This task is already completed or withdrawn"))


def _write_instance(
    uow: UnitOfWork, held: InstanceRow, state: bytes, step: Step, now: datetime
) -> None:
    ended = step.status is not Status.ACTIVE
    uow.instances.write(
        held,
        # A case that is mended while it is suspended stays so.
        status=STATES[step.status].value if ended else held.status,
        state=state,
        variables=step.variables,
        waits=held.waits or bool(step.waits),
        ended_at=now if ended else None,
        end_element=step.end,
        failure=step.failure,
    )


def deliver_buffered(
    uow: UnitOfWork, ctx: Context, actor: Actor, held: InstanceRow, step: Step, now: datetime
) -> Step:
    """Hand over messages that came before anybody waited; each is a step of its own."""
    for wait in step.waits:
        if wait.kind != "message":
            continue
        payload = uow.messages.take(wait.name, wait.correlation, held.business_key, now)
        if payload is not None:
            act = Deliver(token=wait.token, name=wait.name, payload=payload)
            return _joined(step, _delivered(uow, ctx, actor, held.id, act))
    return step


def _delivered(uow: UnitOfWork, ctx: Context, actor: Actor, instance_id: str, act: Deliver) -> Step:
    """Deliver within the same act: also to a case that is suspended, while it is mended."""
    held = uow.instances.lock(instance_id)
    if held is None or held.status not in OPEN:
        raise TaskClosed(ENDED)
    with points.Stepping(held.process, held.id, uow.after_commit):
        return _taken(uow, ctx, actor, held, act, Submission())


def _joined(first: Step, second: Step) -> Step:
    """Return what two steps in a row did, as far as a caller asks: the tasks that are open now."""
    still = tuple(task for task in first.tasks if task.token not in second.closed)
    return replace(second, events=first.events + second.events, tasks=still + second.tasks)
