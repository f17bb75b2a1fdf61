"""A diagram after reading: nodes, flows and scopes with compiled expressions; no XML, no Spiff."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.bpmn.formulas import Formula

#: Kinds that wait for a person.
PERSON = frozenset({"userTask", "manualTask"})
#: Tasks that a handler or the engine does.
MACHINE = frozenset({"serviceTask", "sendTask", "businessRuleTask", "scriptTask", "task"})
#: Everything that may carry boundary events.
ACTIVITIES = PERSON | MACHINE | {"receiveTask", "callActivity", "subProcess"}
#: Gateways.
GATEWAYS = frozenset(
    {"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway"}
)
#: Events.
EVENTS = frozenset(
    {
        "startEvent",
        "endEvent",
        "boundaryEvent",
        "intermediateCatchEvent",
        "intermediateThrowEvent",
    }
)


@dataclass(frozen=True, kw_only=True)
class Flow:
    """A sequence flow."""

    #: Id.
    id: str
    #: Ids of the nodes it joins.
    source: str
    target: str
    #: Condition; None: always.
    condition: Formula | None = None
    #: Whether the source names it as its default.
    default: bool = False


@dataclass(frozen=True, kw_only=True)
class Event:
    """What an event waits for or does."""

    #: ``none``, ``timer``, ``message``, ``signal``, ``error``, ``terminate`` or ``link``.
    kind: str
    #: Name of the message, signal or link; code of the error, empty: any.
    name: Formula | None = None
    #: ``date``, ``duration`` or ``cycle``.
    timer: str = ""
    #: The timer's value.
    value: Formula | None = None
    #: Business key a thrown message is sent to, or its start event starts a case with (property
    #: ``businessKey``); None: the thrower's own.
    business_key: Formula | None = None
    #: Correlation key (property ``correlationKey``); None: the business key.
    correlation: Formula | None = None
    #: Variables that receive an error's code and message.
    code_variable: str = ""
    message_variable: str = ""


@dataclass(frozen=True, kw_only=True)
class Multi:
    """Multi-instance: an activity done for each item, or so many times."""

    #: One after the other, or all at once.
    sequential: bool
    #: How many times; or None.
    cardinality: Formula | None = None
    #: The items; or None.
    collection: Formula | None = None
    #: Variable that holds the item.
    item: str = ""
    #: Stops the rest when true.
    done: Formula | None = None


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """Who does a user task, by when, on which form."""

    #: Text or list of ``role@organisation``.
    candidates: Formula | None = None
    #: Account id.
    assignee: Formula | None = None
    #: Form key.
    form: Formula | None = None
    #: Deadline.
    due: Formula | None = None
    #: Moment of the reminder.
    follow_up: Formula | None = None
    #: 0–100.
    priority: Formula | None = None


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A decision of a business rule task."""

    #: Key of the decision.
    ref: Formula
    #: Variable for the result; empty: ``decisionResult``, seen by the output mapping only.
    result: str = ""
    #: ``singleEntry``, ``singleResult``, ``collectEntries``, ``resultList`` or empty: as it is.
    mapping: str = ""


@dataclass(frozen=True, kw_only=True)
class Script:
    """FEEL lines of a script task, in order."""

    #: Variable and expression.
    lines: tuple[tuple[str, Formula], ...]


@dataclass(frozen=True, kw_only=True)
class Handover:
    """One ``camunda:in`` or ``camunda:out`` of a call activity."""

    #: Name in the called (in) or calling (out) process; empty with `everything`.
    target: str = ""
    #: Value, evaluated in the process it comes from.
    value: Formula | None = None
    #: ``variables="all"``.
    everything: bool = False


@dataclass(frozen=True, kw_only=True)
class CalledProcess:
    """What a call activity calls."""

    #: Process key.
    key: Formula
    #: ``deployment`` or ``latest``.
    binding: str = "deployment"
    #: Business key of the called instance.
    business_key: Formula | None = None
    #: What it is given.
    ins: tuple[Handover, ...] = ()
    #: What is taken back.
    outs: tuple[Handover, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Node:
    """A flow node."""

    #: Element id.
    id: str
    #: BPMN's local name.
    kind: str
    #: Line in the file.
    line: int
    #: Outgoing flows in the order of drawing.
    outgoing: tuple[Flow, ...] = ()
    #: Incoming flows.
    incoming: tuple[Flow, ...] = ()
    #: What an event (or receive or send task) is about.
    event: Event | None = None
    #: Activity a boundary event sits on.
    attached_to: str = ""
    #: Whether a boundary event, or the start of an event subprocess, interrupts.
    interrupting: bool = True
    #: Multi-instance.
    multi: Multi | None = None
    #: Input mapping: local variable and value.
    inputs: tuple[tuple[str, Formula], ...] = ()
    #: Output mapping: variable outside and value.
    outputs: tuple[tuple[str, Formula], ...] = ()
    #: User task.
    assignment: Assignment | None = None
    #: External topic.
    topic: Formula | None = None
    #: Retries of the handler.
    retry: str = ""
    #: Business rule task.
    decision: Decision | None = None
    #: Script task.
    script: Script | None = None
    #: Call activity.
    called: CalledProcess | None = None
    #: Inside of a subprocess.
    inside: "Scope | None" = None
    #: An event subprocess.
    triggered: bool = False
    #: ``camunda:property`` values.
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """A process or the inside of a subprocess."""

    #: Id of the process or subprocess.
    id: str
    #: Nodes in the order of drawing.
    nodes: Mapping[str, Node]

    def starts(self) -> list[Node]:
        """Return the start events."""
        return [node for node in self.nodes.values() if node.kind == "startEvent"]

    def event_subprocesses(self) -> list[Node]:
        """Return the event subprocesses."""
        return [node for node in self.nodes.values() if node.triggered]
