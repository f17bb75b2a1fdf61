"""Which steps may send work back, and by which flow.

A step that may says so (property ``returns``, with the paragraph). Which of the ways behind it is
the way back, the drawing itself tells: of the flows out of the gateway that decides, the one by
which the step is soonest reached again, counting people's tasks.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.bpmn.diagram import Node, Scope
from engine.bpmn.soundness_graph import Drawing

#: What people do.
_BY_PEOPLE = frozenset({"userTask", "manualTask"})
#: Further than any way: never reached.
_FAR = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A step that may send work back, and by which flow it does."""

    #: Element id.
    element: str
    #: Gateway that decides.
    gateway: str
    #: The flow back.
    flow: str


def choices(scopes: Iterable[Scope]) -> tuple[Choice, ...]:
    """Return the steps of some scopes that may send work back; where it is told apart from on."""
    return tuple(
        found
        for scope in scopes
        for node in scope.nodes.values()
        if "returns" in node.properties
        for found in _Ways(scope).back(node)
    )


class _Ways:
    """The ways of a scope."""

    def __init__(self, scope: Scope) -> None:
        self._nodes = scope.nodes
        self._drawing = Drawing(scope)

    def back(self, step: Node) -> Iterator[Choice]:
        gateway = self._decides(step)
        if gateway is None:
            return
        far = {flow.id: self._distance(flow.target, step.id) for flow in gateway.outgoing}
        soonest = min(far.values())
        nearest = [flow for flow, steps in far.items() if steps == soonest]
        if soonest < _FAR and len(nearest) == 1:
            yield Choice(element=step.id, gateway=gateway.id, flow=nearest[0])

    def _decides(self, step: Node) -> Node | None:
        """Return the gateway that chooses behind a step, before anybody else works."""
        seen, here = {step.id}, self._following(step)
        while len(here) == 1 and here[0].id not in seen:
            (node,) = here
            if node.kind == "exclusiveGateway" and len(node.outgoing) > 1:
                return node
            if node.kind in _BY_PEOPLE:
                return None
            seen.add(node.id)
            here = self._following(node)
        return None

    def _following(self, node: Node) -> list[Node]:
        """Return what comes behind a node; behind a thrown link, where it is caught."""
        names = [flow.target for flow in node.outgoing]
        names += filter(None, [self._drawing.link(node)])
        return [self._nodes[name] for name in names]

    def _distance(self, start: str, goal: str) -> int:
        """Return how many people's tasks lie before a node is reached; `_FAR`: it is not."""
        best, waiting = {start: 0}, [start]
        while waiting:
            here = self._nodes[waiting.pop()]
            if here.id == goal:
                continue
            step = best[here.id] + (here.kind in _BY_PEOPLE)
            for node in self._following(here):
                if step < best.get(node.id, _FAR):
                    best[node.id] = step
                    waiting.append(node.id)
        return best.get(goal, _FAR)
