"""What becomes of claimed jobs: fire, finish, fail. A person tries again by `cockpit`.

Every function that records a result is fenced: it raises `LeaseLost` unless the row is still
claimed by the same executor for the same attempt, and then nothing of the transaction stands.
The instance is locked first and the job after it, as a person's step does: no deadlock.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from engine.errors import LeaseLost
from engine.model.acts import Act, FinishHandler, FireTimer, RaiseError
from engine.model.people import SYSTEM, Actor, ActorKind
from engine.model.steps import JobKind
from engine.model.text import Text, packed, text
from engine.services import (
    access,
    audit,
    deploying,
    desk,
    instances,
    messages,
    notifications,
    standing,
    starts,
    stepping,
)
from engine.services.claims import Claimed
from engine.services.context import Context, UnitOfWork
from engine.store.instances import InstanceRow

#: How long a message thrown by a case waits for somebody to catch it, unless it says itself.
TTL = timedelta(days=30)
#: What leaves its own instance alone. A message locks another one: two locks would be a deadlock.
WITHOUT_STEP = {JobKind.MESSAGE, JobKind.REMINDER}

Save = Callable[[Any], None]


# Recording. The instance is locked before its job everywhere, as a person's step does it.


def _fence(uow: UnitOfWork, ctx: Context, job: Claimed) -> InstanceRow | None:
    """Lock the instance, then mark the job done; return the instance, None if there is none yet."""
    steps = job.instance_id and job.kind not in WITHOUT_STEP
    held = uow.instances.lock(job.instance_id) if steps else None
    if not uow.jobs.finish(job.id, job.owner, ctx.now()):
        raise LeaseLost(text("The job was taken over or withdrawn"))
    return held


def _step(uow: UnitOfWork, ctx: Context, actor: Actor, held: InstanceRow | None, act: Act) -> None:
    if held is None:
        raise access.no_case()
    stepping.take(uow, ctx, actor, held, act)


def _actor(kind: ActorKind, job: Claimed) -> Actor:
    return Actor(kind=kind, name=job.topic or job.element)


def finish(
    uow: UnitOfWork,
    ctx: Context,
    job: Claimed,
    outputs: Mapping[str, object],
    saves: Iterable[Save] = (),
) -> None:
    """Record what a handler returned: its own saves, then the step. Caller commits.

    Raises `LeaseLost`, `StepFailed`, `StaleRevision`, and whatever a save raises.
    """
    act = FinishHandler(token=UUID(job.token), outputs=outputs)
    _conclude(uow, ctx, job, act, saves)


def raise_error(
    uow: UnitOfWork,
    ctx: Context,
    job: Claimed,
    code: str,
    message: str,
    saves: Iterable[Save] = (),
) -> None:
    """Record a handler's business outcome, for the event of the diagram that catches it."""
    act = RaiseError(token=UUID(job.token), code=code, message=message)
    _conclude(uow, ctx, job, act, saves)


def _conclude(uow: UnitOfWork, ctx: Context, job: Claimed, act: Act, saves: Iterable[Save]) -> None:
    held = _fence(uow, ctx, job)
    for save in saves:
        desk.run(uow, ctx, job.instance_id, save)
    _step(uow, ctx, _actor(ActorKind.HANDLER, job), held, act)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """How an attempt failed."""

    #: Why, without personal data.
    reason: Text
    #: Where in the code, masked and bounded; may be empty.
    trace: str = ""
    #: What the outside system knows the request by; may be empty.
    request: str = ""


def fail(
    uow: UnitOfWork, ctx: Context, job: Claimed, failure: Failure, pause: timedelta | None
) -> None:
    """Record a failed attempt: again after `pause`, or (None) an incident. `LeaseLost`."""
    now = ctx.due_now(uow)
    said = packed(failure.reason)
    if pause is not None:
        held = uow.jobs.back_off(job.id, job.owner, now + pause, said)
    else:
        held = uow.jobs.kill(job.id, job.owner, said)
    if not held:
        raise LeaseLost(text("The job was taken over or withdrawn"))
    uow.failures.failed(
        job.id,
        topic=job.topic,
        attempt=job.attempt,
        executor=job.owner,
        message=said,
        request=failure.request,
        trace=failure.trace,
        at=now,
    )
    if pause is None:
        _give_up(uow, ctx, job, said, now)


def _give_up(uow: UnitOfWork, ctx: Context, job: Claimed, said: str, now: datetime) -> None:
    incident = uow.incidents.add(
        instance_id=job.instance_id or None,
        job_id=job.id,
        element=job.element,
        message=said,
        at=now,
    )
    detail = {"job": job.id, "element": job.element, "attempts": job.attempt}
    audit.append(uow, ctx, SYSTEM, "incident", incident, detail)


# Jobs that need no handler.


def fire(uow: UnitOfWork, ctx: Context, job: Claimed) -> None:
    """Do a timer, call, message or reminder in the caller's transaction. Caller commits.

    Raises `LeaseLost`, `StepFailed`, `StaleRevision`, `AmbiguousMessage`.
    """
    _FIRE[job.kind](uow, ctx, job, _fence(uow, ctx, job))


def _fire_timer(uow: UnitOfWork, ctx: Context, job: Claimed, held: InstanceRow | None) -> None:
    actor = _actor(ActorKind.TIMER, job)
    if not job.instance_id:
        again = job.payload.get("again")
        starts.fire(uow, ctx, actor, job.definition_id, job.element, job.due, again)
        return
    _step(uow, ctx, actor, held, FireTimer(token=UUID(job.token), due=job.due))


def _call(uow: UnitOfWork, ctx: Context, job: Claimed, held: InstanceRow | None) -> None:
    """Start the called instance, or tell the calling one that it has ended."""
    actor = _actor(ActorKind.SYSTEM, job)
    told = job.payload
    if "ended" in told:
        _step(uow, ctx, actor, held, _end_of_call(job))
        return
    definition_id = _pinned(uow, held, str(told["called"]), str(told.get("binding", "")))
    instances.start(
        uow,
        ctx,
        actor,
        str(told["called"]),
        str(told.get("business_key") or job.business_key),
        told.get("variables") or {},
        parent=(job.instance_id, job.token),
        definition_id=definition_id,
    )


def _end_of_call(job: Claimed) -> Act:
    told = job.payload
    if told.get("error"):
        return RaiseError(
            token=UUID(job.token), code=str(told["error"]), message=str(told.get("message", ""))
        )
    return FinishHandler(token=UUID(job.token), outputs=told.get("outputs") or {})


def _pinned(uow: UnitOfWork, held: InstanceRow | None, called: str, binding: str) -> str:
    """Return the version that was deployed with the caller's, or "" for the latest (law 4)."""
    if binding == "latest":
        return ""
    own = uow.definitions.find(held.definition_id) if held else None
    if own is None:
        return ""
    if called in (own.calls or {}):
        return str(own.calls[called])
    beside = uow.definitions.of_deployment(own.deployment_id)
    return next((str(row.id) for row in beside if row.key == called), "")


def _publish(uow: UnitOfWork, ctx: Context, job: Claimed, held: InstanceRow | None) -> None:
    actor = _actor(ActorKind.SYSTEM, job)
    told = job.payload
    if told.get("kind") == "signal":
        messages.signal(uow, ctx, actor, job.topic, told.get("payload") or {})
        return
    messages.publish(
        uow,
        ctx,
        actor,
        job.topic,
        business_key=str(told.get("business_key") or job.business_key),
        correlation=str(told.get("correlation", "")),
        payload=told.get("payload") or {},
        ttl=timedelta(seconds=told["ttl"]) if "ttl" in told else TTL,
    )


def _remind(uow: UnitOfWork, ctx: Context, job: Claimed, held: InstanceRow | None) -> None:
    """Tell who has the task, or everybody who may take it, that half of the time is over."""
    found = uow.tasks.find(job.token)
    if found is None or found[0].status != "open":
        return
    task = found[0]
    notifications.tell(
        uow,
        ctx,
        "reminder",
        accounts=[task.assignee] if task.assignee else [],
        candidates=[] if task.assignee else uow.tasks.candidates(task.id),
        instance_id=job.instance_id,
        task_id=task.id,
    )


def _activate(uow: UnitOfWork, ctx: Context, job: Claimed, held: InstanceRow | None) -> None:
    deploying.activate(uow, ctx, job.token)


def _substitute(uow: UnitOfWork, ctx: Context, job: Claimed, held: InstanceRow | None) -> None:
    standing.fire(uow, ctx, job)


Fire = Callable[[UnitOfWork, Context, Claimed, InstanceRow | None], None]
_FIRE: Mapping[JobKind, Fire] = {
    JobKind.TIMER: _fire_timer,
    JobKind.CALL: _call,
    JobKind.MESSAGE: _publish,
    JobKind.REMINDER: _remind,
    JobKind.SUBSTITUTION: _substitute,
    JobKind.ACTIVATION: _activate,
}
