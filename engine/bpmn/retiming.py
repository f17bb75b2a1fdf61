"""Deadlines of an instance by the working calendar: what they would be, and moving them.

A deadline is worked out from the element's own expression, as at the moment when its token came and
with the variables that its scope holds now. Only expressions that ask the calendar count, those of
the element's inputs included (``contact_due = working_days(3)``): anything else no calendar moves.
A cycle that went round already keeps the rule of its next time.
"""

from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from uuid import UUID

from engine.bpmn import codec, timers
from engine.bpmn.formulas import Environment, Formula
from engine.bpmn.live import Instance, LiveTask
from engine.bpmn.parsing import Definition
from engine.bpmn.specs.activities import UserSpec
from engine.bpmn.specs.base import EventSpec, NodeSpec
from engine.bpmn.specs.events import BoundarySpec, ListenerSpec
from engine.bpmn.stepping import FOREIGN
from engine.errors import ExpressionError, TaskClosed
from engine.model.text import text

#: What an expression may know at a moment.
Knowing = Callable[[datetime], Environment]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Functions that look at the moment only to find the day on which something arrived.
BY_THE_DAY = frozenset({"working_days", "working_day_end", "working_day_cycle"})


@dataclass(frozen=True, kw_only=True)
class Term:
    """What an element says of a deadline."""

    #: Element id.
    element: str
    #: Its expression.
    value: Formula
    #: Expression of a task's reminder; None: none, or it is a timer's.
    follow_up: Formula | None = None
    #: Inputs that ask the calendar, in order; a boundary event's are those of its activity.
    inputs: tuple[tuple[str, Formula], ...] = ()
    #: Whether it is a timer.
    timer: bool = False
    #: Activity that a boundary event waits beside; empty: it is none.
    beside: str = ""

    @cached_property
    def names(self) -> frozenset[str]:
        """Return the variables it needs that its inputs do not give."""
        made = {name for name, _ in self.inputs}
        read = self.value.names.union(*(formula.names for _, formula in self.inputs))
        return read - made

    @cached_property
    def by_the_day(self) -> bool:
        """Tell whether all that arrives on one day has one deadline."""
        formulas = [self.value, *(formula for _, formula in self.inputs)]
        return all(one.calls <= BY_THE_DAY for one in formulas)

    def at(self, variables: Mapping[str, object], env: Environment) -> datetime | None:
        """Return the deadline (UTC) by what an element knew at a moment; None: it has none.

        Raises `ExpressionError`.
        """
        return _moment(self, self.value, ChainMap(self.given(variables, env), dict(variables)), env)

    def given(self, variables: Mapping[str, object], env: Environment) -> dict[str, object]:
        """Return its inputs that ask the calendar."""
        made: dict[str, object] = {}
        for name, formula in self.inputs:
            made[name] = formula.value(ChainMap(made, dict(variables)), env)
        return made


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """A deadline of an open token as it would be."""

    #: Token of the task or of the timer event.
    token: UUID
    #: Element id.
    element: str
    #: Whether it is a timer's; otherwise a task's.
    timer: bool
    #: Moment (UTC); None: its expression gives none any more.
    due: datetime | None
    #: Moment (UTC) of a task's reminder.
    follow_up: datetime | None = None
    #: Inputs that are made anew with it.
    given: Mapping[str, object] = field(default_factory=dict)


def _moment(
    term: Term, formula: Formula, seen: Mapping[str, object], env: Environment
) -> datetime | None:
    found = formula.value(seen, env)
    if found is None or found == "":
        return None
    return timers.first(found, env.now)[0] if term.timer else timers.moment(found, env.now)


def terms(definition: Definition) -> dict[str, Term]:
    """Return the deadlines of a process that ask the working calendar, by element."""
    found: dict[str, Term] = {}
    for scope in definition.scopes.values():
        for spec in scope.task_specs.values():
            term = _term(spec)
            if term is not None:
                found[term.element] = term
            for boundary in getattr(spec, "boundaries", ()):
                beside = _term(boundary, spec)
                if beside is not None:
                    found[beside.element] = beside
    return found


def _asks(formula: Formula | None) -> bool:
    return formula is not None and not formula.calls.isdisjoint(timers.CALENDAR_FUNCTIONS)


def _term(spec: object, host: NodeSpec | None = None) -> Term | None:
    if not isinstance(spec, NodeSpec) or (isinstance(spec, BoundarySpec) and host is None):
        return None
    node = spec.node
    duty, event = node.assignment, node.event
    own = (host or spec).node
    inputs = tuple((name, one) for name, one in own.inputs if _asks(one))
    made = {name for name, _ in inputs}
    value = duty.due if isinstance(spec, UserSpec) and duty else None
    if isinstance(spec, EventSpec) and event is not None and event.kind == "timer":
        value = event.value
    if value is None or not (_asks(value) or made & value.names):
        return None
    return Term(
        element=node.id,
        value=value,
        follow_up=duty.follow_up if duty else None,
        inputs=inputs,
        timer=isinstance(spec, EventSpec),
        beside=host.node.id if host is not None else "",
    )


def deadlines(definition: Definition, state: bytes, knowing: Knowing) -> list[Deadline]:
    """Return what the deadlines of the open tokens would be now; those that fail are left out."""
    live = codec.load(definition.scopes, definition.top, state, Environment(now=_EPOCH))
    known = terms(definition)
    found = []
    for task in live.everything():
        term = known.get(task.task_spec.node.id)
        if term is not None and live.find(task.id) is not None:
            one = _deadline(live, task, term, knowing)
            if one is not None:
                found.append(one)
    return found


def _deadline(live: Instance, task: LiveTask, term: Term, knowing: Knowing) -> Deadline | None:
    if term.timer and "due" not in task.internal_data:
        return None
    beside = task.host if isinstance(task.task_spec, BoundarySpec) else None
    came = datetime.fromtimestamp(task.last_state_change, UTC)
    env = knowing(came)
    try:
        if _went_round(task, beside):
            return _round(task, came, env)
        seen = live.scopes.seen(beside or task)
        given = term.given(seen, env)
        whole = ChainMap(given, dict(seen))
        due = _moment(term, term.value, whole, env)
        remind = _moment(term, term.follow_up, whole, env) if term.follow_up else None
    except (ExpressionError, *FOREIGN):
        return None
    own = given if beside is None else {}
    return Deadline(
        token=task.id,
        element=term.element,
        timer=term.timer,
        due=due,
        follow_up=remind,
        given=own,
    )


def _went_round(task: LiveTask, beside: LiveTask | None) -> bool:
    """Tell whether a cycle's timer was armed anew when it fired, later than what it stands beside.

    Of an event subprocess' start nobody knows when its scope was opened: it counts as such, too.
    """
    if "again" not in task.internal_data:
        return False
    if isinstance(task.task_spec, ListenerSpec):
        return True
    return beside is not None and task.last_state_change > beside.last_state_change


def _round(task: LiveTask, came: datetime, env: Environment) -> Deadline | None:
    """Return the next time of a cycle that goes by the calendar; None: it goes by the clock."""
    name = task.internal_data["again"].get("next")
    call = env.functions.get(name) if isinstance(name, str) else None
    if call is None:
        return None
    due = timers.moment(call(came), env.now)
    return Deadline(token=task.id, element=task.task_spec.node.id, timer=True, due=due)


def retimed(
    definition: Definition,
    state: bytes,
    dues: Mapping[UUID, datetime],
    given: Mapping[UUID, Mapping[str, object]] | None = None,
) -> bytes:
    """Return the state with other due moments for some timers, and with inputs made anew.

    Raises `TaskClosed` for a token that is no timer, or waits no more.
    """
    live = codec.load(definition.scopes, definition.top, state, Environment(now=_EPOCH))
    for token, due in dues.items():
        task = live.find(token)
        if task is None or "due" not in task.internal_data:
            raise TaskClosed(text("This timer does not wait any more"))
        task.internal_data["due"] = due
    for token, values in (given or {}).items():
        task = live.find(token)
        if task is not None and values:
            live.scopes.write_local(task, values)
    return codec.dump(live)


def twins(definition: Definition, element: str) -> frozenset[str]:
    """Return the boundary timers of a task that are due when it is due: the same expression."""
    for scope in definition.scopes.values():
        spec = scope.task_specs.get(element)
        duty = spec.node.assignment if isinstance(spec, UserSpec) else None
        if isinstance(spec, NodeSpec) and duty is not None and duty.due is not None:
            said = _bare(duty.due.source)
            return frozenset(
                one.node.id
                for one in spec.boundaries
                if one.node.event is not None
                and one.node.event.value is not None
                and _bare(one.node.event.value.source) == said
            )
    return frozenset()


def beside(definition: Definition, state: bytes, token: str) -> dict[str, str]:
    """Return the timers that wait on the edge of a task's token: elements by token, hexadecimal."""
    live = codec.load(definition.scopes, definition.top, state, Environment(now=_EPOCH))
    task = live.find(UUID(token))
    if task is None:
        return {}
    return {
        one.id.hex: one.task_spec.node.id for one in task.dependents if "due" in one.internal_data
    }


def _bare(source: str) -> str:
    """Return an expression without its marks, and out of the cycle that begins with it."""
    said = source.strip().removeprefix("=").strip()
    if said.startswith(("${", "#{")) and said.endswith("}"):
        said = said[2:-1].strip()
    if said.startswith("working_day_cycle(") and said.endswith(")"):
        said = said[len("working_day_cycle(") : -1].strip()
    return said
