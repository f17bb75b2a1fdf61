"""A process and its subprocesses as one graph of places, for following variables through it.

A place is an element's id; the end of a subprocess is a place of its own (`closing`). An edge comes
from what is known on arrival (`IN`) or on departure (`OUT`) of a place.
"""

from collections import defaultdict
from collections.abc import Iterator

from engine.bpmn.diagram import Node, Scope

IN, OUT = "in", "out"
#: An edge's beginning: place and side.
Side = tuple[str, str]


def closing(name: str) -> str:
    """Return the place at which a subprocess is over; no element has such an id."""
    return f"{name}/"


class Ways:
    """Which places lead to which."""

    def __init__(self, scope: Scope) -> None:
        """Lay all places out, those inside subprocesses too."""
        #: Elements by id.
        self.nodes: dict[str, Node] = {}
        #: Subprocess around an element; empty at the top.
        self.around: dict[str, str] = {}
        #: Where what is known at a place comes from.
        self.before: dict[str, list[Side]] = defaultdict(list)
        #: Start events at which the process itself begins.
        self.starts = [node.id for node in scope.starts()]
        self._scope(scope, "")
        #: Places in an order in which most come after those they depend on.
        self.order = list(self._ordered())

    def _scope(self, scope: Scope, around: str) -> list[str]:
        """Lay out a scope; return the places of it and of all inside."""
        own: list[str] = []
        for node in scope.nodes.values():
            self.nodes[node.id], self.around[node.id] = node, around
            own.append(node.id)
        inside = {
            node.id: self._inside(node) for node in scope.nodes.values() if node.inside is not None
        }
        everything = own + [place for places in inside.values() for place in places]
        for node in scope.nodes.values():
            self._edges(node, scope, around, inside.get(node.id, []), everything, inside)
        return everything

    def _inside(self, node: Node) -> list[str]:
        scope = node.inside
        if scope is None:
            return []
        places = self._scope(scope, node.id)
        for start in scope.starts():
            self.before[start.id].append((node.id, OUT))
        ends = [(end, OUT) for end in _ends(scope)]
        self.before[closing(node.id)] += ends or [(node.id, OUT)]
        if node.multi is not None:
            # No item at all: the inside is passed by.
            self.before[closing(node.id)].append((node.id, OUT))
        return [*places, closing(node.id)]

    def _edges(
        self,
        node: Node,
        scope: Scope,
        around: str,
        within: list[str],
        everything: list[str],
        inside: dict[str, list[str]],
    ) -> None:
        for flow in node.outgoing:
            self.before[flow.target].append((_leaving(node), OUT))
        if node.kind == "boundaryEvent" and node.attached_to in scope.nodes:
            # It may come at any time: everything that the host has done by then may be done.
            self.before[node.id].append((node.attached_to, IN))
            self.before[node.id] += [(place, OUT) for place in inside.get(node.attached_to, [])]
        if node.triggered:
            self._triggered(node, scope, around, within, everything)
        self._link(node, scope)

    def _triggered(
        self, node: Node, scope: Scope, around: str, within: list[str], everything: list[str]
    ) -> None:
        """An event subprocess may begin whenever the scope around it is open."""
        opened = (
            [(around, OUT)]
            if around
            else [(start.id, OUT) for start in scope.starts() if not start.triggered]
        )
        own = {node.id, *within}
        self.before[node.id] += opened
        self.before[node.id] += [(place, OUT) for place in everything if place not in own]
        first = next(iter(node.inside.starts()), None) if node.inside else None
        if around and first is not None and first.interrupting:
            self.before[closing(around)].append((closing(node.id), OUT))

    def _link(self, node: Node, scope: Scope) -> None:
        if node.kind == "intermediateThrowEvent":
            for other in _thrown(node, scope):
                self.before[other].append((node.id, OUT))

    def _ordered(self) -> Iterator[str]:
        after = defaultdict[str, list[str]](list)
        for place, sides in self.before.items():
            for source, _ in sides:
                after[source].append(place)
        seen, queue = set(self.starts), list(self.starts)
        for place in queue:
            yield place
            fresh = [other for other in after[place] if other not in seen]
            seen.update(fresh)
            queue += fresh


def _leaving(node: Node) -> str:
    return node.id if node.inside is None else closing(node.id)


def _ends(scope: Scope) -> Iterator[str]:
    """Yield the places at which a scope's own tokens end.

    What began with a boundary event that does not interrupt ends beside them: the activity's own
    token goes on, and what it does counts.
    """
    boundaries = defaultdict[str, list[str]](list)
    for node in scope.nodes.values():
        if node.attached_to and node.interrupting:
            boundaries[node.attached_to].append(node.id)
    queue = [node.id for node in scope.starts()]
    seen = set(queue)
    for name in queue:
        node = scope.nodes[name]
        if not node.outgoing and not _throws_on(node):
            yield _leaving(node)
        fresh = [flow.target for flow in node.outgoing] + boundaries[name] + _thrown(node, scope)
        queue += [other for other in dict.fromkeys(fresh) if other not in seen]
        seen.update(fresh)


def _throws_on(node: Node) -> bool:
    """Tell whether an end is none for the scope: a link goes on, an error leaves it."""
    return node.event is not None and node.event.kind in {"link", "error"}


def _thrown(node: Node, scope: Scope) -> list[str]:
    event = node.event
    if event is None or event.kind != "link" or event.name is None:
        return []
    return [
        other.id
        for other in scope.nodes.values()
        if other.kind == "intermediateCatchEvent"
        and other.event is not None
        and other.event.name is not None
        and other.event.name.source == event.name.source
    ]
