"""Which mechanical cures there are for a finding. Only what was tried is offered.

A cure changes how a gateway joins or splits. Each is done on the diagram as it was read, which is
then judged again: it is offered if the finding is gone and none has come that was not there before.
 `engine.bpmn.mending` does the same on the file.
"""

from collections.abc import Iterator
from dataclasses import replace

from engine.bpmn.diagram import Flow, Node, Scope
from engine.bpmn.joints import wrong
from engine.bpmn.soundness import Flaw, Kind, flaws
from engine.bpmn.soundness_graph import joins
from engine.model.problems import Mend
from engine.model.text import Text, text

#: Kinds of gateways by the cure that makes one of them.
JOINS = {
    "join-exclusive": "exclusiveGateway",
    "join-inclusive": "inclusiveGateway",
    "join-parallel": "parallelGateway",
}
#: Takes a join away.
REMOVE = "remove-join"
#: Makes a flow the default one; its id follows.
DEFAULT = "default:"
#: Cures by finding, the likeliest first.
CURES = {
    Kind.STUCK: ("join-exclusive", "join-inclusive", REMOVE),
    Kind.NEVER_JOINS: ("join-exclusive", "join-inclusive", REMOVE),
    Kind.TWICE: ("join-parallel", "join-inclusive"),
    Kind.MAY_MEET: ("join-inclusive", "join-parallel"),
}
#: Gateways before a finding that are tried, the nearest first.
MOST_TRIED = 4
#: Markings that may be played for all trials of one process; a trial counts as 2,000.
MOST_STATES = 20_000


class Mends:
    """Tries cures on one process."""

    def __init__(self, scope: Scope, found: list[Flaw]) -> None:
        """Remember what is wrong as it is."""
        self._scope = scope
        self._known = {(flaw.kind, flaw.element) for flaw in found}
        self._budget = MOST_STATES

    def of(self, flaw: Flaw) -> tuple[Mend, ...]:
        """Return what cures a finding."""
        found = []
        for node in self._gateways(flaw):
            for cure in CURES.get(flaw.kind, ()):
                if self._helps(flaw, node, cure):
                    found.append(Mend(id=f"{cure}@{node.id}", title=_title(cure, node)))
            if found:
                break
        return tuple(found)

    def _gateways(self, flaw: Flaw) -> Iterator[Node]:
        """Yield the joins to which a cure may be done: at the finding, or shortly before it."""
        if flaw.kind not in CURES:
            return
        nodes = dict(every(self._scope))
        tried = 0
        for name in dict.fromkeys((flaw.element, *reversed(flaw.trace))):
            node = nodes.get(name)
            if node is None or tried >= MOST_TRIED or not _mendable(node, flaw):
                continue
            tried += 1
            yield node

    def _helps(self, flaw: Flaw, node: Node, cure: str) -> bool:
        changed = _changed(self._scope, node, cure)
        if changed is None or self._budget <= 0:
            return False
        self._budget -= 2000
        after = flaws(changed, MOST_STATES // 4)
        if any(one.kind is Kind.UNEXPLORED for one in after):
            return False
        gone = not any(one.kind is flaw.kind and one.element == flaw.element for one in after)
        return gone and {(one.kind, one.element) for one in after} <= self._known


def _mendable(node: Node, flaw: Flaw) -> bool:
    """Tell whether an element is a pure join that a cure of a finding may change."""
    if len(node.incoming) < 2 or len(node.outgoing) != 1:
        return False
    if flaw.kind in {Kind.STUCK, Kind.NEVER_JOINS}:
        return joins(node)
    return node.kind == "exclusiveGateway"


def _changed(scope: Scope, node: Node, cure: str) -> Scope | None:
    """Return the process after a cure; None: it cannot be done there."""
    if cure == REMOVE:
        target = dict(every(scope))[node.outgoing[0].target]
        # Where the ways come together right after it anyway, the join is one too many.
        if len(target.incoming) < 2 or target.id == node.id:
            return None
        return _edited(scope, node.id, None)
    if JOINS[cure] == node.kind:
        return None
    return _edited(scope, node.id, replace(node, kind=JOINS[cure]))


def _edited(scope: Scope, name: str, by: Node | None) -> Scope:
    """Return a scope with an element replaced or left out, wherever inside it is."""
    nodes = {}
    gone = scope.nodes.get(name) if by is None else None
    for node in scope.nodes.values():
        if node.id == name:
            if by is not None:
                nodes[name] = by
            continue
        edited = _led_past(node, gone) if gone else node
        if edited.inside is not None:
            edited = replace(edited, inside=_edited(edited.inside, name, by))
        nodes[node.id] = edited
    return replace(scope, nodes=nodes)


def _led_past(node: Node, gone: Node) -> Node:
    """Return an element whose flows lead past one that is left out."""
    target = gone.outgoing[0].target
    incoming = [flow for flow in node.incoming if flow.source != gone.id]
    if node.id == target:
        incoming += [replace(flow, target=target) for flow in gone.incoming]
    outgoing = tuple(_past(flow, gone.id, target) for flow in node.outgoing)
    return replace(node, incoming=tuple(incoming), outgoing=outgoing)


def _past(flow: Flow, gone: str, target: str) -> Flow:
    return replace(flow, target=target) if flow.target == gone else flow


def defaults(node: Node, scope: Scope) -> tuple[Mend, ...]:
    """Return what gives a choice a default flow: the one without a condition, or the last."""
    if node.kind != "exclusiveGateway" or len(node.outgoing) < 2:
        return ()
    free = [flow for flow in node.outgoing if flow.condition is None]
    flow = free[0] if len(free) == 1 else node.outgoing[-1]
    outgoing = tuple(
        replace(one, default=one is flow, condition=None if one is flow else one.condition)
        for one in node.outgoing
    )
    changed = replace(node, outgoing=outgoing)
    if any(True for _ in wrong(changed, scope)):
        return ()
    return (default(flow),)


def default(flow: Flow) -> Mend:
    """Return the cure that makes a flow the default one."""
    title = text("Make {flow} the default flow", flow=flow.id)
    return Mend(id=f"{DEFAULT}{flow.id}", title=title)


def every(scope: Scope) -> Iterator[tuple[str, Node]]:
    """Yield all elements of a scope and those inside it, by id."""
    for name, node in scope.nodes.items():
        yield name, node
        if node.inside is not None:
            yield from every(node.inside)


def _title(cure: str, node: Node) -> Text:
    return {
        "join-exclusive": text("Make {element} an exclusive gateway", element=node.id),
        "join-inclusive": text("Make {element} an inclusive gateway", element=node.id),
        "join-parallel": text("Make {element} a parallel gateway", element=node.id),
        REMOVE: text("Delete the join {element}; its flows lead on by themselves", element=node.id),
    }[cure]
