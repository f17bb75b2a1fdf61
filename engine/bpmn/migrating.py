"""Taking a case over to another version of its process, from where it stands.

The rule: what says the same in both versions stays as it is; what says something else is worked out
anew, as of the moment when the token came there. So a task keeps who has it, its deadline and its
timers, unless the new version says otherwise of them; a timer that only the new version has counts
from the task's arrival, and one that has fired already does not come again. Called cases go on in
their own version, handlers that were asked stay asked.

After that the case runs until nothing is ready: a join may have nothing more to wait for.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import orjson
from SpiffWorkflow.util.task import TaskState

from engine.bpmn import codec
from engine.bpmn.diagram import Assignment
from engine.bpmn.formulas import Environment
from engine.bpmn.live import Inner, Instance, LiveTask
from engine.bpmn.pairing import Pairing
from engine.bpmn.placing import Placement, flows_on, place
from engine.bpmn.specs.activities import ActivitySpec, ExternalSpec, UserSpec
from engine.bpmn.specs.base import NodeSpec
from engine.bpmn.specs.events import BoundarySpec, ListenerSpec, arm
from engine.bpmn.specs.gateways import JoinSpec, ParallelSpec
from engine.bpmn.stepping import failures, outcome, waiting
from engine.errors import MigrationRefused, StepFailed
from engine.model.migrations import Hindrance, Migrated, Obstacle, TaskNews, Verdict
from engine.model.text import text

#: What may be known at a moment: functions of the calendar, decision tables of the new version.
Knowledge = Callable[[datetime], Environment]
_NOWHERE = Environment(now=datetime(1970, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, kw_only=True)
class Moments:
    """The times that count when a case is taken over, and what can be known at each."""

    #: The present moment, UTC.
    now: datetime
    #: Tells when the case was started, UTC; asked only where it matters.
    started: Callable[[], datetime]
    #: What an expression may know at a moment.
    knowing: Knowledge


def shape(state: bytes) -> Hashable:
    """Return what the verdict on a state depends on: cases of one shape share it."""
    content = orjson.loads(memoryview(state)[len(codec.VERSION) :])
    names = {row[0]: row[2] for _, _, rows in content["w"] for row in rows}
    return tuple(
        (
            name,
            names.get(container, ""),
            tuple(sorted(_row_shape(row, names) for row in rows)),
        )
        for container, name, rows in content["w"]
    )


def _row_shape(row: list[object], names: dict[object, str]) -> tuple[str, ...]:
    _, host, spec, state, via, _, memory = row
    held = str(via) if state == TaskState.WAITING else ""
    start = str(memory.get("start", "")) if isinstance(memory, dict) else ""
    return str(spec), names.get(host, ""), held, start


def verdict(pairing: Pairing, state: bytes) -> Verdict:
    """Return what a case in this state would meet; no expression is worked out."""
    live = codec.load(pairing.source.scopes, pairing.source.top, state, _NOWHERE)
    found = place(live, pairing)
    return Verdict(
        hindrances=tuple(dict.fromkeys(found.hindrances)),
        consequences=tuple(dict.fromkeys(found.consequences)),
        untouched=frozenset(found.untouched),
        standing=tuple(sorted(t.task_spec.node.id for t in live.everything() if flows_on(t))),
    )


def migrate(pairing: Pairing, state: bytes, moments: Moments) -> Migrated:
    """Take a state over; the one given stays valid.

    Raises `MigrationRefused` if a token has no place, or an expression cannot be worked out.
    """
    live = codec.load(pairing.source.scopes, pairing.source.top, state, _NOWHERE)
    before = frozenset(waiting(live))
    found = place(live, pairing)
    if found.hindrances:
        raise MigrationRefused(found.hindrances[0].message, found.hindrances)
    try:
        return _Move(live, pairing, found, moments).done(before)
    except StepFailed as exc:
        stands = Hindrance(obstacle=Obstacle.FAILED, element=exc.element, message=exc.text)
        raise MigrationRefused(
            text("The new version cannot go on with this case: {reason}", reason=exc.text), [stands]
        ) from exc


class _Move:
    """One case on its way."""

    def __init__(
        self, live: Instance, pairing: Pairing, found: Placement, moments: Moments
    ) -> None:
        self.pairing = pairing
        self.found = found
        self.moments = moments
        self.before = {task.id: task.task_spec.node for task in live.everything()}
        self.live = self._rehomed(live)
        self.tokens = {task.id: task for task in self.live.everything()}

    def done(self, before: frozenset[UUID]) -> Migrated:
        live, found = self.live, self.found
        with failures(live):
            self._map_inputs()
            self._renew()
            for token, spec in found.arming:
                self._arm(token, spec)
            tasks = tuple(self._news(token, said) for token, said in found.tasks.items())
            self._pass_joins()
            live.settle()
        return Migrated(
            state=codec.dump(live),
            step=outcome(live, before),
            renamed=dict(self._renamed()),
            tasks=tasks,
            renewed=tuple(sorted(found.renewed)),
            consequences=tuple(dict.fromkeys(found.consequences)),
        )

    # --- to the new specifications ------------------------------------------------------------

    def _rehomed(self, live: Instance) -> Instance:
        """Return the case as the new version's; read back, which proves that it fits there."""
        target, scopes = self.pairing.target, [live, *live.subprocesses.values()]
        live.withdraw(self.found.dropped)
        for task in live.everything():
            self._rehome(task)
        for workflow in scopes:
            spec = self.pairing.scope(workflow.spec)
            if spec is not None:
                workflow.spec = spec
        live.end = self.pairing.mapping.get(live.end) or live.end
        env = self.moments.knowing(self.moments.now)
        return codec.load(target.scopes, target.top, codec.dump(live), env)

    def _rehome(self, task: LiveTask) -> None:
        task.task_spec = self.found.homes[task.id]
        task.via = self.found.flows.get(task.id) or task.via
        start = task.internal_data.get("start")
        if start is not None:
            task.internal_data["start"] = self.pairing.mapping[start]

    def _renamed(self) -> Iterator[tuple[UUID, str]]:
        for token, spec in self.found.homes.items():
            if self.before[token].id != spec.node.id:
                yield token, spec.node.id

    # --- what is worked out anew --------------------------------------------------------------

    @contextmanager
    def _as_of(self, since: float | None) -> Iterator[None]:
        """Have expressions see the moment when a token came; None: when the case was started."""
        live, kept = self.live, (self.live.env, self.live.moment)
        then = self.moments.started() if since is None else datetime.fromtimestamp(since, UTC)
        live.env, live.moment = self.moments.knowing(then), then.timestamp()
        try:
            yield
        finally:
            live.env, live.moment = kept

    def _map_inputs(self) -> None:
        """Work out changed inputs; what surrounds comes before what is inside."""
        for token, task in self.tokens.items():
            spec = task.task_spec
            if token not in self.found.fresh or not isinstance(spec, ActivitySpec):
                continue
            if isinstance(spec, ExternalSpec):
                continue
            self.live.at = spec.node.id
            own = self.live.scopes.locals.get(token, {})
            for name in {name for name, _ in self.before[token].inputs}:
                own.pop(name, None)
            with self._as_of(task.last_state_change):
                spec.map_inputs(task)

    def _renew(self) -> None:
        for token in sorted(self.found.renewed):
            task = self.tokens[token]
            self.live.at = task.task_spec.node.id
            for name in ("due", "again"):
                task.internal_data.pop(name, None)
            beside = task.host if isinstance(task.task_spec, BoundarySpec) else None
            with self._as_of((task.host or task).last_state_change):
                arm(task.task_spec, task, beside or task)

    def _arm(self, token: UUID | None, spec: NodeSpec) -> None:
        self.live.at = spec.node.id
        task = None if token is None else self.tokens[token]
        with self._as_of(None if task is None else task.last_state_change):
            if isinstance(spec, ListenerSpec):
                spec.arm(self._scope(task).task_tree)
            elif task is not None and isinstance(spec, BoundarySpec):
                spec.arm(task)
            elif task is not None:
                flow = next(flow for flow, after in task.task_spec.follows if after is spec)
                task.sprout(spec, flow.id).run()

    def _scope(self, container: LiveTask | None) -> Instance | Inner:
        if container is None:
            return self.live
        inner: Inner = self.live.subprocesses[container.id]
        return inner

    def _news(self, token: UUID, said: frozenset[str]) -> TaskNews:
        """Work out what the new version says differently of a task."""
        task, spec = self.tokens[token], self.tokens[token].task_spec
        assert isinstance(spec, UserSpec)  # noqa: S101  (only those are noted)
        whole = spec.node.assignment or Assignment()
        duty = Assignment(**{name: getattr(whole, name) for name in said})
        self.live.at = spec.node.id
        with self._as_of(task.last_state_change):
            offer = spec.offer(task, duty)
        return TaskNews(
            token=token,
            element=spec.node.id,
            candidates=offer.candidates if "candidates" in said else None,
            assignee=offer.assignee if "assignee" in said else None,
            form=offer.form if "form" in said else None,
            new_due="due" in said,
            due=offer.due,
            priority=offer.priority if "priority" in said else None,
            local=offer.local if token in self.found.fresh else None,
            new_follow_up="follow_up" in said,
            follow_up=offer.follow_up,
        )

    def _pass_joins(self) -> None:
        """Let tokens go on that wait at a join which has nothing more to wait for."""
        for task in self.tokens.values():
            spec = task.task_spec
            if task._state != TaskState.WAITING or not isinstance(spec, JoinSpec):
                continue
            single = len(spec.node.incoming) < 2
            if single or (isinstance(spec, ParallelSpec) and spec.arrived(task)):
                task._ready()
