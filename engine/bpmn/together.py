"""Diagrams that are deployed together: who calls whom, who sends which message, what comes in.

What a case begins with, for the check of variables, is known from these places:

- ``camunda:property name="starts-with" value="origin: string, rows: list<context>, late: date?"``
  at the process, or at one of its start events. Types are FEEL's; a name alone is of any type;
  ``?``: not always given; an empty value: a case begins with nothing.
- `engine.handling.begins`, where a domain's code starts cases; `engine.handling.sends` for the
  messages that its code sends.
- call activities that call the process, and events that send the message it starts with, in the
  diagrams deployed with it; a timer gives ``scheduled``.

Where none of these says anything, a variable that nothing sets is a warning, not an error: whoever
starts the case may give it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine.bpmn.dataflow import Analysis
from engine.bpmn.diagram import CalledProcess, Event, Node, Scope
from engine.bpmn.effects import SCHEDULED, Effects, Payload
from engine.bpmn.shapes import Given, Known, read_declared
from engine.bpmn.states import State, begun, merged
from engine.errors import ExpressionError
from engine.model.elements import Process

#: Property of a process or start event that declares what a case begins with.
STARTS_WITH = "starts-with"
#: What sends a message or signal.
THROWS = frozenset({"endEvent", "intermediateThrowEvent", "sendTask"})


@dataclass(frozen=True, kw_only=True, eq=False)
class Drawn:
    """A process as it is drawn in a file."""

    #: File.
    file: str
    #: Its elements.
    scope: Scope
    #: What is known of it without running it.
    process: Process
    #: Line of the process in the file.
    line: int = 0
    #: Whether all of it could be read: else nothing is said about its variables.
    whole: bool = True


@dataclass(frozen=True, kw_only=True)
class _Call:
    """A call activity."""

    #: The process that calls.
    caller: str
    #: The call activity.
    node: Node
    #: What it calls.
    called: CalledProcess


class Together:
    """All processes of a deployment, followed when somebody asks."""

    def __init__(self, drawn: Iterable[Drawn], known: Known) -> None:
        """Note who calls and who sends; nothing is followed yet."""
        self.known = known
        #: Processes by key; of two with one key the first.
        self.drawn: dict[str, Drawn] = {}
        self._calls: dict[str, list[_Call]] = defaultdict(list)
        self._throws: dict[tuple[str, str], list[tuple[str, Node]]] = defaultdict(list)
        self._catches: set[tuple[str, str]] = set()
        self._done: dict[str, Analysis] = {}
        self._busy: set[str] = set()
        for one in drawn:
            self.drawn.setdefault(one.process.key, one)
            for node in every(one.scope):
                self._note(one.process.key, node)

    def _note(self, key: str, node: Node) -> None:
        called = node.called.key.constant if node.called else None
        if node.called is not None and called is not None:
            self._calls[called].append(_Call(caller=key, node=node, called=node.called))
        event = node.event
        if event is None or event.kind not in {"message", "signal"} or event.name is None:
            return
        name = (event.kind, event.name.source)
        if node.kind in THROWS:
            self._throws[name].append((key, node))
        else:
            self._catches.add(name)

    def analysis(self, key: str) -> Analysis | None:
        """Return a process followed; None if it is not here, or is being followed just now."""
        if key in self._done:
            return self._done[key]
        if key in self._busy or key not in self.drawn:
            return None
        self._busy.add(key)
        one = self.drawn[key]
        effects = Effects(self.known, self)
        found = Analysis(one.scope, effects, lambda node: self._begin(one, node, effects))
        self._busy.discard(key)
        self._done[key] = found
        return found

    # --- what a case begins with --------------------------------------------------------------

    def _begin(self, one: Drawn, node: Node, effects: Effects) -> State:
        key = one.process.key
        declared = {
            **declared_by(one.process.properties),
            **declared_by(node.properties),
        }
        kind = node.event.kind if node.event is not None else "none"
        if kind == "timer":
            ways = [begun(SCHEDULED, key)]
        elif kind in {"message", "signal"} and node.event is not None:
            values = self.payload(node.event)
            ways = [] if values is None else [begun(values, key)]
        else:
            ways = list(self._plain(key))
        if not ways and not any(
            STARTS_WITH in held for held in (one.process.properties, node.properties)
        ):
            effects.open = True
        known = merged(ways) if ways else {}
        return {**known, **begun(declared, key)}

    def _plain(self, key: str) -> Iterator[State]:
        if key in self.known.starts:
            yield begun(self.known.starts[key], key)
        for call in self._calls[key]:
            yield begun(self._handed(call), key)

    def _handed(self, call: _Call) -> Mapping[str, Given]:
        """Return what a call activity gives the process it calls."""
        found = self.analysis(call.caller)
        seen = found.inside.get(call.node.id, {}) if found is not None else {}
        given: dict[str, Given] = {}
        for way in call.called.ins:
            if way.everything:
                given.update(
                    {name: Given(type=one.type, sure=one.sure) for name, one in seen.items()}
                )
            elif way.value is not None and found is not None:
                given[way.target] = Given(type=found.effects.kind(way.value, seen))
            else:
                given[way.target] = Given()
        return given

    # --- what others tell an element ----------------------------------------------------------

    def payload(self, event: Event) -> Payload:
        """Return what a message or signal brings: what all who send it give; None: nobody does."""
        if event.name is None or event.name.constant is None:
            return None
        name = event.name.source
        ways = [self._sent(key, node) for key, node in self._throws[event.kind, name]]
        if event.kind == "message" and name in self.known.messages:
            ways.append(self.known.messages[name])
        if not ways:
            return None
        known = merged([begun(one, "") for one in ways])
        return {name: Given(type=one.type, sure=one.sure) for name, one in known.items()}

    def _sent(self, key: str, node: Node) -> Mapping[str, Given]:
        found = self.analysis(key)
        seen = found.inside.get(node.id) if found is not None else None
        if found is None or seen is None:
            return {name: Given() for name, _ in node.inputs}
        return {name: Given(type=seen[name].type) for name, _ in node.inputs}

    def results(self, key: str) -> Payload:
        """Return the variables that a called process ends with; None if it is not here."""
        found = self.analysis(key)
        if found is None:
            return None
        ends = list(found.ends())
        known = merged(ends) if ends else {}
        return {name: Given(type=one.type, sure=one.sure) for name, one in known.items()}

    def catches(self, event: Event) -> bool:
        """Tell whether anything waits for a message or signal."""
        if event.name is None or event.name.constant is None:
            return True
        return (event.kind, event.name.source) in self._catches

    def sends(self, event: Event) -> bool:
        """Tell whether anything sends a message or signal."""
        if event.name is None or event.name.constant is None:
            return True
        name = event.name.source
        return bool(self._throws[event.kind, name]) or name in self.known.messages


def message_names(one: Drawn) -> set[str]:
    """Return the names of the messages that a process sends or waits for."""
    events = (node.event for node in every(one.scope))
    return {
        event.name.source
        for event in events
        if event is not None and event.kind == "message" and event.name is not None
    }


def declared_by(properties: Mapping[str, str]) -> Mapping[str, Given]:
    """Return what the property ``starts-with`` declares; nothing if it cannot be read."""
    try:
        return read_declared(properties.get(STARTS_WITH, ""))
    except ExpressionError:
        return {}


def every(scope: Scope) -> Iterator[Node]:
    """Walk all elements, those inside subprocesses too."""
    for node in scope.nodes.values():
        yield node
        if node.inside is not None:
            yield from every(node.inside)
