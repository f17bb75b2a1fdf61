"""Where a token can come to, through called processes too."""

from collections.abc import Iterable, Iterator, Mapping

from engine import bpmn
from engine.bpmn.diagram import Node, Scope
from engine.bpmn.soundness_graph import link_name

#: Process key and element id.
Place = tuple[str, str]


class Ways:
    """Ways between elements of several processes that call each other."""

    def __init__(self, definitions: Mapping[str, bpmn.Definition]) -> None:
        """Draw the ways of these processes, by key."""
        self._definitions = definitions
        self._next: dict[Place, list[Place]] = {}
        self._callers: dict[str, list[Place]] = {}
        for key, definition in definitions.items():
            self._scope(key, definition.top.scope, None)
        for key, definition in definitions.items():
            self._called(key, definition)

    def lead(self, starts: Iterable[Place], goals: Iterable[Place]) -> bool:
        """Tell whether a token can come from any of these to any of those."""
        ends, ahead, seen = set(goals), list(starts), set[Place]()
        while ahead:
            here = ahead.pop()
            if here in ends:
                return True
            if here not in seen:
                seen.add(here)
                ahead += self._next.get(here, ())
        return False

    def _add(self, start: Place, *ends: Place) -> None:
        self._next.setdefault(start, []).extend(ends)

    def _scope(self, key: str, scope: Scope, around: Node | None) -> None:
        for node in scope.nodes.values():
            here = (key, node.id)
            self._add(here, *((key, flow.target) for flow in node.outgoing))
            if node.attached_to:
                self._add((key, node.attached_to), here)
            for start in self._begins(node, scope):
                self._add(here, (key, start))
            # While a scope is open, its event subprocesses may begin.
            self._add(here, *((key, one.id) for one in scope.event_subprocesses()))
            if node.inside is not None:
                self._scope(key, node.inside, node)
            if around is not None and node.kind == "endEvent":
                self._add(here, *((key, flow.target) for flow in around.outgoing))

    @staticmethod
    def _begins(node: Node, scope: Scope) -> Iterator[str]:
        """Yield where a token goes from an element without a flow."""
        if node.inside is not None:
            yield from (one.id for one in node.inside.starts())
        if node.kind == "intermediateThrowEvent" and link_name(node):
            for other in scope.nodes.values():
                if other.kind == "intermediateCatchEvent" and link_name(other) == link_name(node):
                    yield other.id

    def _called(self, key: str, definition: bpmn.Definition) -> None:
        for element in definition.process.elements.values():
            other = self._definitions.get(element.called)
            if other is None:
                continue
            here, inner = (key, element.id), other.process
            starts = [one.id for one in other.top.scope.starts()]
            self._add(here, *((inner.key, start) for start in starts))
            back = list(self._next.get(here, ()))
            for node in other.top.scope.nodes.values():
                if node.kind == "endEvent":
                    self._add((inner.key, node.id), *(one for one in back if one[0] == key))
