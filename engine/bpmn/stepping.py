"""One act, one step: load, act, run until nothing is ready, describe, dump."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.util.task import TaskState

from engine.bpmn import codec, moving, naming, outlook
from engine.bpmn.formulas import Environment
from engine.bpmn.live import Instance, LiveTask
from engine.bpmn.parsing import Definition
from engine.bpmn.placing import flows_on
from engine.bpmn.specs.activities import ActivitySpec, CallSpec, ExternalSpec, UserSpec
from engine.bpmn.specs.base import EventSpec, NodeSpec
from engine.bpmn.specs.errors import raise_error
from engine.bpmn.specs.scope import begin
from engine.errors import MoveRefused, StepFailed, TaskClosed, ValueRefused, ZholdamaError
from engine.model.acts import (
    Act,
    CompleteTask,
    Deliver,
    FinishHandler,
    FireTimer,
    Mending,
    RaiseError,
    SetVariables,
)
from engine.model.steps import (
    OpenCall,
    OpenHandler,
    OpenTask,
    OpenTimer,
    OpenWait,
    Status,
    Step,
)
from engine.model.text import text

#: What SpiffWorkflow, or a fault of ours, may raise inside a step. Its errors have two roots.
FOREIGN = (
    SpiffWorkflowException,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, kw_only=True)
class OpenToken:
    """A token where an instance stands."""

    #: Token; acts name it.
    token: UUID
    #: Element id.
    element: str
    #: BPMN's local name of the element.
    kind: str
    #: When it came here (UTC).
    since: datetime
    #: Whether somebody came here: False for a boundary event or listener that is only armed.
    active: bool = True
    #: Whether it is of the flow, and can be moved: False for what waits beside it, and iterations.
    flows: bool = True


def start(
    definition: Definition,
    variables: Mapping[str, object],
    env: Environment,
    *,
    element: str = "",
    payload: Mapping[str, object] | None = None,
) -> tuple[bytes, Step]:
    """Start an instance at its plain start event, or at `element` (a timer's, a message's).

    `payload` are the variables of the message. Raises `ValueRefused` if there is no such start
    event, `StepFailed` if the first step cannot be taken. See `start_at` for other elements.
    """
    live = Instance(definition.top, env)
    spec = definition.top.plain_start
    if element:
        found = definition.top.task_specs.get(element)
        spec = found if isinstance(found, NodeSpec) and found.node.kind == "startEvent" else None
    if spec is None:
        key = definition.process.key
        raise ValueRefused(
            text("{process} has no start event {element}", process=key, element=element)
            if element
            else text("{scope} has no start event without a trigger", scope=key)
        )
    with failures(live):
        live.scopes.write(None, {**variables, **(payload or {})})
        begin(live, spec)
        live.settle()
    return codec.dump(live), outcome(live, frozenset())


def start_at(
    definition: Definition,
    variables: Mapping[str, object],
    env: Environment,
    element: str,
    *,
    behind: bool = False,
) -> tuple[bytes, Step]:
    """Start an instance at any element, or behind it: what was before it counts as done.

    Raises `MoveRefused` if it cannot begin or could not end there, `StepFailed`.
    """
    live = Instance(definition.top, env)
    with failures(live):
        live.scopes.write(None, variables)
        moving.place(definition, live, element, behind=behind)
        live.settle()
        outlook.refuse_if_stuck(definition, live, outlook.Standing())
    return codec.dump(live), outcome(live, frozenset())


def advance(definition: Definition, state: bytes, act: Act, env: Environment) -> tuple[bytes, Step]:
    """Do one act and run until nothing is ready.

    Raises `TaskClosed` if the token is not open, `ValueRefused` if the act does not fit the element
    (a form for a timer), `MoveRefused` if a token cannot be moved there, `StepFailed` if the step
    cannot be taken. The state given stays valid.
    """
    live = codec.load(definition.scopes, definition.top, state, env)
    before = frozenset(waiting(live))
    if isinstance(act, Mending):
        with failures(live):
            _mend(definition, live, act)
        return codec.dump(live), outcome(live, before)
    task = live.find(act.token)
    if task is None:
        raise TaskClosed(text("This task is already completed or withdrawn"))
    live.at = task.task_spec.node.id
    with failures(live):
        _act(live, task, act)
        live.settle()
    return codec.dump(live), outcome(live, before)


def overview(definition: Definition, state: bytes) -> list[OpenToken]:
    """Return the open tokens: where the instance stands, joins included."""
    live = codec.load(definition.scopes, definition.top, state, Environment(now=_EPOCH))
    return [
        OpenToken(
            token=task.id,
            element=task.task_spec.node.id,
            kind=task.task_spec.node.kind,
            since=datetime.fromtimestamp(task.last_state_change, UTC),
            active=not task.task_spec.hushed(task),
            flows=flows_on(task),
        )
        for task in live.everything()
    ]


def aims(definition: Definition, state: bytes, token: UUID) -> list[moving.Aim]:
    """Return the elements to which a token may be moved."""
    live = codec.load(definition.scopes, definition.top, state, Environment(now=_EPOCH))
    return list(moving.aims(definition, live, token))


def begins(definition: Definition) -> list[moving.Aim]:
    """Return the elements at which a case may begin by hand: `start_at`."""
    return list(moving.aims(definition, Instance(definition.top, Environment(now=_EPOCH)), None))


def twice(definition: Definition, state: bytes) -> frozenset[str]:
    """Return the elements to which a second token could come from where a case stands."""
    return outlook.twice(
        codec.load(definition.scopes, definition.top, state, Environment(now=_EPOCH))
    )


def scopes(definition: Definition, state: bytes) -> list[naming.Named]:
    """Return the variables of a case, its own first, then those of its tokens."""
    live = codec.load(definition.scopes, definition.top, state, Environment(now=_EPOCH))
    return naming.scopes(live)


def seen(definition: Definition, state: bytes, token: UUID) -> Mapping[str, object]:
    """Return the local variables that a token sees, its own and those around it."""
    live = codec.load(definition.scopes, definition.top, state, Environment(now=_EPOCH))
    return next((live.scopes.local(task) for task in live.everything() if task.id == token), {})


#: Databases keep fewer digits of a moment than we do; a timer must not be lost for that.
_ROUNDING = timedelta(seconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def waiting(live: Instance) -> Iterator[UUID]:
    """Yield the tokens that wait for something outside."""
    return (task.id for task in live.everything() if task._state == TaskState.STARTED)


@contextmanager
def failures(live: Instance) -> Iterator[None]:
    """Map what goes wrong inside a step to `StepFailed` with the element at work."""
    try:
        yield
    except (StepFailed, TaskClosed, ValueRefused, MoveRefused) as exc:
        if isinstance(exc, StepFailed) and not exc.element:
            exc.element = live.at
        raise
    except ZholdamaError as exc:
        raise StepFailed(
            text("{element}: {reason}", element=live.at, reason=exc.text), live.at
        ) from exc
    except FOREIGN as exc:
        raise StepFailed(
            text("{element} cannot be executed: {reason}", element=live.at, reason=exc), live.at
        ) from exc


def _act(live: Instance, task: LiveTask, act: Act) -> None:
    spec = task.task_spec
    match act:
        case CompleteTask(variables=values) if isinstance(spec, UserSpec):
            spec.finish(task, values)
        case FinishHandler(outputs=outputs) if isinstance(spec, ExternalSpec | CallSpec):
            spec.finish(task, outputs)
        case RaiseError() if isinstance(spec, ActivitySpec):
            _raise(task, act)
        case FireTimer() if isinstance(spec, EventSpec) and "due" in task.internal_data:
            _fire(spec, task, act)
        case Deliver() if isinstance(spec, EventSpec) and "due" not in task.internal_data:
            spec.fire(task, act.payload)
        case _:
            raise ValueRefused(
                text("{act} does not fit {element}", act=type(act).__name__, element=spec.node.id)
            )


def _mend(definition: Definition, live: Instance, act: Mending) -> None:
    if isinstance(act, SetVariables):
        naming.write(live, act)
        live.settle()
        return
    before = outlook.standing(live)
    moving.move(definition, live, act)
    live.settle()
    outlook.refuse_if_stuck(definition, live, before)


def _raise(task: LiveTask, act: RaiseError) -> None:
    if not raise_error(task, act.code, act.message, act.variables):
        raise StepFailed(
            text(
                "Nothing catches the error {code} of {element}: {message}",
                code=act.code,
                element=task.task_spec.node.id,
                message=act.message,
            ),
            task.task_spec.node.id,
        )


def _fire(spec: EventSpec, task: LiveTask, act: FireTimer) -> None:
    if act.due < task.internal_data["due"] - _ROUNDING:
        raise TaskClosed(text("This timer is due later"))
    spec.fire(task, {})


def _status(live: Instance) -> Status:
    if live.failure:
        return Status.FAILED
    if live.busy:
        return Status.ACTIVE
    if not live.end:
        raise StepFailed(text("Nothing is left to do, but no end event was reached"), live.at)
    return Status.COMPLETED


def outcome(live: Instance, before: frozenset[UUID]) -> Step:
    """Say what was done to an instance since `before` were the tokens that waited."""
    opened = list(live.journal.opened.values())
    return Step(
        status=_status(live),
        end=live.end,
        failure=live.failure,
        events=tuple(live.journal.events),
        tasks=tuple(item for item in opened if isinstance(item, OpenTask)),
        timers=tuple(item for item in opened if isinstance(item, OpenTimer)),
        handlers=tuple(item for item in opened if isinstance(item, OpenHandler)),
        waits=tuple(item for item in opened if isinstance(item, OpenWait)),
        calls=tuple(item for item in opened if isinstance(item, OpenCall)),
        thrown=tuple(live.journal.thrown),
        closed=tuple(sorted(before.difference(waiting(live)))),
        variables=live.scopes.top,
    )
