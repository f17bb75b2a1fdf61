"""What an element reads and writes: the rules of `engine.bpmn.specs`, without running them."""

from collections.abc import Callable, Mapping
from typing import Protocol

from engine.bpmn.diagram import Decision, Event, Handover, Node
from engine.bpmn.formulas import Formula
from engine.bpmn.shapes import Given, Known
from engine.bpmn.states import State, localised, types, written
from engine.feel.types import (
    ANY,
    DATE_TIME,
    LIST,
    NUMBER,
    STRING,
    ContextType,
    ListType,
    Type,
    bare,
)

#: Told of every expression that is evaluated, with what is known then, and for which input.
See = Callable[[Formula, State, str], None]
#: Variables that come from outside; None in their place: nobody says which.
Payload = Mapping[str, Given] | None
#: Variable of a case that a timer started (`engine.services.starts`).
SCHEDULED = {"scheduled": Given(type=DATE_TIME)}
COUNTERS = ("nrOfInstances", "nrOfCompletedInstances", "nrOfActiveInstances")


def unseen(formula: Formula, state: State, what: str) -> None:
    """See nothing: while the states are still being worked out."""


class Neighbours(Protocol):
    """What the other diagrams tell of an element."""

    def payload(self, event: Event) -> Payload:
        """Return what a message or signal brings."""
        ...

    def results(self, key: str) -> Payload:
        """Return the variables that a called process ends with."""
        ...


class Effects:
    """Reads and writes of elements."""

    def __init__(self, known: Known, neighbours: Neighbours) -> None:
        """Keep what is known around the diagram."""
        self.known = known
        self.neighbours = neighbours
        #: Whether something was met that may set variables nobody knows of.
        self.open = False

    def kind(self, formula: Formula, state: State) -> Type:
        """Return the type of an expression's value at a place."""
        return formula.kind(self.known.functions, types(state))

    # --- arriving -----------------------------------------------------------------------------

    def enter(self, node: Node, state: State, see: See = unseen) -> State:
        """Return what is known inside an activity: its item and its inputs besides the rest."""
        if node.multi is not None:
            state = self._repeated(node, state, see)
        for name, formula in node.inputs:
            see(formula, state, name)
            state = localised(state, name, self.kind(formula, state), node.id)
        return state

    def _repeated(self, node: Node, state: State, see: See) -> State:
        multi = node.multi
        item: Type = ANY
        if multi is not None and multi.collection is not None:
            see(multi.collection, state, "")
            found = bare(self.kind(multi.collection, state))
            item = found.item if isinstance(found, ListType) else ANY
        if multi is not None and multi.cardinality is not None:
            see(multi.cardinality, state, "")
        for name in (*COUNTERS, "loopCounter"):
            state = localised(state, name, NUMBER, node.id)
        if multi is not None and multi.item:
            state = localised(state, multi.item, item, node.id)
        return state

    # --- at work ------------------------------------------------------------------------------

    def work(self, node: Node, state: State, see: See = unseen) -> Mapping[str, Given]:
        """Return what an element gives before any mapping, seeing what it reads."""
        made: dict[str, Given] = {}
        for part in (self._duty, self._handled, self._decided, self._called, self._event):
            made.update(part(node, state, see))
        return made

    def _duty(self, node: Node, state: State, see: See) -> Mapping[str, Given]:
        duty = node.assignment
        if duty is None:
            return {}
        parts = (duty.candidates, duty.assignee, duty.form, duty.due, duty.follow_up, duty.priority)
        for formula in parts:
            if formula is not None:
                see(formula, state, "")
        if duty.form is None:
            return {}
        shape = self.known.form_shapes.get(duty.form.constant or "")
        return self._told(shape.gives if shape is not None else None)

    def _told(self, values: Payload) -> Mapping[str, Given]:
        """Return what somebody gives; whoever does not say may give anything."""
        if values is None:
            self.open = True
            return {}
        return values

    def _handled(self, node: Node, state: State, see: See) -> Mapping[str, Given]:
        if node.topic is None:
            return {}
        see(node.topic, state, "")
        shape = self.known.topics.get(node.topic.constant or "")
        if shape is None:
            return self._told(None)
        return {name: Given(type=shape.gives.get(name, ANY)) for name in shape.outputs}

    def _decided(self, node: Node, state: State, see: See) -> Mapping[str, Given]:
        decision = node.decision
        if decision is None:
            return {}
        see(decision.ref, state, "")
        shape = self.known.decision_shapes.get(decision.ref.constant or "")
        found = decided(decision, shape.gives if shape is not None else ANY)
        return {decision.result or "decisionResult": Given(type=found)}

    def _called(self, node: Node, state: State, see: See) -> Mapping[str, Given]:
        called = node.called
        if called is None:
            return {}
        for formula in (called.key, called.business_key, *(way.value for way in called.ins)):
            if formula is not None:
                see(formula, state, "")
        return self._returned(called.outs, called.key.constant or "")

    def _returned(self, ways: tuple[Handover, ...], key: str) -> Mapping[str, Given]:
        if not ways:
            return {}
        results = self.neighbours.results(key)
        made: dict[str, Given] = {}
        for way in ways:
            if way.everything:
                made.update(self._told(results))
            else:
                source = (results or {}).get(way.value.source if way.value else "")
                made[way.target] = Given(type=source.type if source else ANY)
        return made

    def _event(self, node: Node, state: State, see: See) -> Mapping[str, Given]:
        event = node.event
        if event is None:
            return {}
        if node.kind in {"boundaryEvent", "startEvent"}:
            see = unseen  # what these read is looked at where it can be seen
        for formula in (event.value, event.name, event.correlation, event.business_key):
            if formula is not None:
                see(formula, state, "")
        if node.kind in {"endEvent", "intermediateThrowEvent", "sendTask"}:
            return {}
        return self.brought(event)

    def brought(self, event: Event) -> Mapping[str, Given]:
        """Return the variables that an event brings when it comes."""
        if event.kind == "error":
            names = (event.code_variable, event.message_variable)
            return {name: Given(type=STRING) for name in names if name}
        if event.kind in {"message", "signal"}:
            return self._told(self.neighbours.payload(event))
        return {}

    # --- leaving ------------------------------------------------------------------------------

    def leave(
        self,
        node: Node,
        outside: State,
        inside: State,
        made: Mapping[str, Given],
        see: See = unseen,
    ) -> State:
        """Return what is known after an element, given what is known around and inside of it."""
        if node.script is not None:
            for name, formula in node.script.lines:
                see(formula, inside, "")
                one = Given(type=self.kind(formula, inside))
                inside = written(inside, name, one, node.id)
                outside = written(outside, name, one, node.id)
        if not node.outputs:
            return self._kept(node, outside, inside, made)
        for name, one in made.items():
            inside = (
                localised(inside, name, one.type, node.id)
                if one.sure
                else written(inside, name, one, node.id)
            )
        for name, formula in node.outputs:
            see(formula, inside, "")
            one = Given(type=self.kind(formula, inside))
            outside = written(outside, name, one, node.id)
            if inside.get(name) is None or inside[name].local != node.id:
                inside = written(inside, name, one, node.id)
        return outside

    def _kept(self, node: Node, outside: State, inside: State, made: Mapping[str, Given]) -> State:
        own = {name for name, _ in node.inputs}
        if node.decision is not None and not node.decision.result:
            own.add("decisionResult")
        if node.multi is not None and node.multi.item:
            own.add(node.multi.item)
        for name, one in made.items():
            if name not in own:
                outside = written(outside, name, one, node.id)
        return outside


def decided(decision: Decision, found: Type) -> Type:
    """Return the type of a decision's result after ``camunda:mapDecisionResult``."""
    kind = bare(found)
    item = bare(kind.item) if isinstance(kind, ListType) else kind
    single = next(iter(item.fields.values()), ANY) if isinstance(item, ContextType) else item
    if isinstance(item, ContextType) and len(item.fields) != 1:
        single = ANY
    by_mapping: dict[str, Type] = {
        "singleEntry": single,
        "singleResult": item,
        "collectEntries": ListType("list", single),
        "resultList": ListType("list", item) if kind is not ANY else LIST,
    }
    return by_mapping.get(decision.mapping, found)
