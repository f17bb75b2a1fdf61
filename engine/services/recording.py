"""The rows of one step: what it closed, what it opened, its history and its audit."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from engine import bpmn
from engine.model.acts import (
    Act,
    CompleteTask,
    Deliver,
    FinishHandler,
    FireTimer,
    Mending,
    MoveToken,
    RaiseError,
    SetVariables,
)
from engine.model.people import Actor, Candidate
from engine.model.steps import Happened, JobKind, OpenTask, OpenWait, Status, Step
from engine.model.text import text
from engine.services import arrivals, audit, claims, ending, history
from engine.services.context import Context, UnitOfWork
from engine.store import blind_index
from engine.store.instances import InstanceRow
from engine.store.jobs import NewJob
from engine.store.messages import NewSubscription
from engine.store.tasks import NewTask

#: Why a called case ends when its call activity is interrupted.
INTERRUPTED = text("The step that had called it was interrupted")
#: Elements at which people work.
_BY_PEOPLE = frozenset({"userTask", "manualTask"})
#: How an act is called in history and audit.
_ACTS: Mapping[type, str] = {
    CompleteTask: "completed",
    FinishHandler: "finished",
    RaiseError: "error",
    FireTimer: "fired",
    Deliver: "message",
    MoveToken: "moved",
    SetVariables: "variables",
}


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What goes with a step besides the act.

    The task a person completes, or why an administrator mends; empty for any other.
    """

    #: Task id.
    task: str = ""
    #: Account id.
    by: str = ""
    #: Digest of what was submitted.
    digest: str = ""
    #: What was submitted, to be kept sealed; None: nothing. Personal: in no message, in no log.
    sent: Mapping[str, object] | None = field(default=None, repr=False)
    #: Further acts for the history, e.g. ``{"what": "signed", …}``.
    acts: tuple[Mapping[str, object], ...] = ()
    #: Why an administrator mends the case: kept sealed, and its keyed digest in the audit log.
    reason: str = field(default="", repr=False)
    #: What she does, for the history: ``{"from": …, "to": …}``. No personal data.
    told: Mapping[str, object] = field(default_factory=dict)
    #: What of it may tell of a person, to be kept sealed: a variable's old and new value.
    sealed: Mapping[str, object] | None = field(default=None, repr=False)
    #: Element at which she does it.
    element: str = ""


class Record:
    """Writes the rows of one step."""

    def __init__(
        self,
        uow: UnitOfWork,
        ctx: Context,
        actor: Actor,
        held: InstanceRow,
        definition: bpmn.Definition,
        now: datetime,
    ) -> None:
        """Write for this instance, in this transaction, at this moment."""
        self.uow = uow
        self.ctx = ctx
        self.actor = actor
        self.held = held
        self.definition = definition
        self.now = now
        #: Tasks this step interrupts that come again in it, by their new tokens.
        self.resumed: arrivals.Resumed = {}

    def close(self, step: Step, submission: Submission, act: Act | None) -> None:
        """Close tasks, jobs and waits of tokens that are not open any more."""
        closed = [token.hex for token in step.closed]
        if not closed:
            return
        tasks = self._perhaps_tasks(step, act)
        if tasks:
            self.resumed = arrivals.resumed(self.uow, step)
            self.uow.tasks.close(
                tasks,
                self.now,
                own=submission.task,
                by=submission.by,
                digest=submission.digest,
                sent=submission.sent,
            )
        # Before the jobs: a called case that has just ended by itself may have reported it.
        self._withdraw_called(step)
        # The job that brought this act is done since a moment ago, and its token has no other.
        waiting = [token for token in closed if token != _of_job(act)]
        self.uow.jobs.cancel(waiting, self.now)
        if self.held.waits:
            self.uow.subscriptions.close(closed)

    def _perhaps_tasks(self, step: Step, act: Act | None) -> list[str]:
        """Return the closed tokens that are tasks', or of which history tells nothing."""
        elements = self.definition.process.elements
        others = {
            event.token
            for event in step.events
            if event.element in elements and elements[event.element].kind not in _BY_PEOPLE
        }
        if isinstance(act, FinishHandler | FireTimer | Deliver):
            others.add(act.token)
        return [token.hex for token in step.closed if token not in others]

    def _withdraw_called(self, step: Step) -> None:
        """Cancel the instances of call activities that were interrupted."""
        elements = self.definition.process.elements
        for event in step.events:
            called = event.element in elements and elements[event.element].called
            if called and event.happened is Happened.CANCELLED:
                for child in self.uow.instances.called_by(self.held.id, event.token.hex):
                    ending.withdraw(self.uow, self.ctx, self.actor, child, INTERRUPTED.msgid)

    def open(self, step: Step, act: Act | None, submission: Submission) -> None:
        """Write history, new tasks, jobs and waits, what an end means, and the audit."""
        self.uow.events.add(self._events(step, act, submission))
        self.open_rows(step)
        self._audit(step, act, submission)

    def open_rows(self, step: Step) -> None:
        """Write new tasks, jobs and waits, and what an end means."""
        if step.tasks:
            self._offer([_new_task(task) for task in step.tasks])
        jobs = list(self._jobs(step))
        if jobs:
            self.uow.jobs.add(jobs, self.now)
            if any(job.due_at <= self.now for job in jobs):
                self.ctx.bell.ring(self.uow)
        if step.waits:
            self.uow.subscriptions.add([self._wait(wait) for wait in step.waits], self.now)
        if step.status is Status.FAILED:
            self._fail(step)

    def _offer(self, new: list[NewTask]) -> None:
        """Write new tasks; what was interrupted and comes again goes on where it was."""
        self.uow.tasks.add(self.held, arrivals.taken_over(new, self.resumed), self.now)
        arrivals.move_files(self.uow, self.resumed)

    def _events(self, step: Step, act: Act | None, submission: Submission) -> list[dict[str, Any]]:
        rows = []
        if act is None:
            rows.append(self.event("started", detail=submission.told, reason=submission.reason))
        elif isinstance(act, Mending):
            rows.append(self._mended(act, submission))
        elif isinstance(act, CompleteTask | RaiseError):
            element = self._element_of(step, act.token)
            rows.append(self.event(_ACTS[type(act)], element, act.token.hex, _told(act)))
            rows += [
                self.event(str(said["what"]), element, act.token.hex, _rest(said))
                for said in submission.acts
            ]
        rows += [
            self.event(one.happened.value, one.element, one.token.hex, one.detail, one.sealed)
            for one in step.events
        ]
        return rows or [self.event(_ACTS[type(act)])]

    def _mended(self, act: Mending, why: Submission) -> dict[str, Any]:
        token = act.token.hex if act.token is not None else ""
        return self.event(_ACTS[type(act)], why.element, token, why.told, why.sealed, why.reason)

    @staticmethod
    def _element_of(step: Step, token: UUID) -> str:
        return next((one.element for one in step.events if one.token == token), "")

    def event(
        self,
        what: str,
        element: str = "",
        token: str = "",
        detail: Mapping[str, Any] | None = None,
        sealed: Mapping[str, Any] | None = None,
        reason: str = "",
    ) -> dict[str, Any]:
        """Return a row of this case's history."""
        return history.event_row(
            self.held.id, self.now, self.actor, what, element, token, detail, reason, sealed
        )

    def _jobs(self, step: Step) -> Iterator[NewJob]:
        for timer in step.timers:
            # A retry moves the row's own moment; what was due stays known.
            told = {"due": timer.due}
            yield self._job(JobKind.TIMER, timer.element, timer.token.hex, timer.due, payload=told)
        for task in step.tasks:
            if task.follow_up is not None:
                yield self._job(JobKind.REMINDER, task.element, task.token.hex, task.follow_up)
        yield from self._handlers(step)
        for call in step.calls:
            payload = {
                "called": call.called,
                "binding": call.binding,
                "business_key": call.business_key,
                "variables": call.variables,
            }
            yield self._job(
                JobKind.CALL, call.element, call.token.hex, topic=call.called, payload=payload
            )
        for sent in step.thrown:
            payload = {
                "kind": sent.kind,
                "correlation": sent.correlation,
                "business_key": sent.business_key,
                "payload": sent.payload,
            }
            yield self._job(JobKind.MESSAGE, sent.element, topic=sent.name, payload=payload)
        if step.status is not Status.ACTIVE and self.held.parent_id:
            yield self._report(step)

    def _handlers(self, step: Step) -> Iterator[NewJob]:
        for open_ in step.handlers:
            found = self.ctx.extensions.handler_of(open_.topic)
            retry = open_.retry or (found.retry if found else "")
            job = self._job(
                JobKind.HANDLER,
                open_.element,
                open_.token.hex,
                topic=open_.topic,
                payload=open_.inputs,
            )
            yield replace(job, retry=retry, max_attempts=claims.plan(retry).max_attempts)

    def _report(self, step: Step) -> NewJob:
        """Tell the calling instance that this one has ended (law 11)."""
        told: dict[str, object] = {"ended": True, "outputs": step.variables}
        if step.status is Status.FAILED:
            told = {"ended": True, "error": _code_of(step), "message": step.failure}
        job = self._job(JobKind.CALL, "", topic=self.held.process, payload=told)
        return replace(job, instance_id=self.held.parent_id, token=self.held.parent_token or "")

    def _job(
        self,
        kind: JobKind,
        element: str,
        token: str = "",
        due: datetime | None = None,
        *,
        topic: str = "",
        payload: Mapping[str, Any] | None = None,
    ) -> NewJob:
        return NewJob(
            kind=kind,
            due_at=due or self.now,
            element=element,
            token=token,
            instance_id=self.held.id,
            topic=topic,
            payload=payload or {},
            max_attempts=claims.OWN_PLAN.max_attempts,
        )

    def _wait(self, wait: OpenWait) -> NewSubscription:
        return NewSubscription(
            instance_id=self.held.id,
            definition_id=None,
            business_key=self.held.business_key,
            element=wait.element,
            token=wait.token.hex,
            kind=wait.kind,
            name=wait.name,
            correlation=wait.correlation,
        )

    def _fail(self, step: Step) -> None:
        """Close what is left, and have an administrator look."""
        ending.close_all(self.uow, self.held.id, self.now)
        element = step.events[-1].element if step.events else ""
        self.uow.incidents.add(
            instance_id=self.held.id,
            job_id=None,
            element=element,
            message=step.failure,
            at=self.now,
        )

    def _audit(self, step: Step, act: Act | None, why: Submission) -> None:
        detail: dict[str, object] = {"status": step.status.value, **why.told}
        if why.reason:
            detail["reason"] = blind_index(why.reason)
        if act is not None and act.token is not None:
            detail["element"] = why.element or self._element_of(step, act.token)
            detail["token"] = act.token.hex
        name = f"instance.{_ACTS[type(act)]}" if act is not None else "instance.started"
        audit.append(self.uow, self.ctx, self.actor, name, f"instance:{self.held.id}", detail)


def _new_task(task: OpenTask) -> NewTask:
    return NewTask(
        id=task.token.hex,
        element=task.element,
        candidates=tuple(candidates_of(task.candidates)),
        assignee=task.assignee,
        form=task.form,
        priority=task.priority,
        due=task.due,
        local=task.local,
    )


def candidates_of(written: Iterable[str]) -> Iterator[Candidate]:
    """Read ``role@organisation`` strings, each once, in order; a role alone has no organisation."""
    seen = set()
    for one in written:
        role, _, organisation = one.strip().partition("@")
        if role and (role, organisation) not in seen:
            seen.add((role, organisation))
            yield Candidate(role, organisation)


def _told(act: Act) -> dict[str, object]:
    if isinstance(act, RaiseError):
        return {"code": act.code, "message": act.message}
    return {}


def _of_job(act: Act | None) -> str:
    """Return the token on which a job acts; empty: no job does."""
    return act.token.hex if isinstance(act, FinishHandler | FireTimer) else ""


def _rest(said: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in said.items() if key != "what"}


def _code_of(step: Step) -> str:
    """Return the error code a failed instance ended with; its failure if it named none."""
    for one in reversed(step.events):
        code = one.detail.get("error") or one.detail.get("code")
        if code:
            return str(code)
    return step.failure
