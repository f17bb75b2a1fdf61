"""A scope as the token game sees it: vertices, arcs, and who may take which arc.

Every element becomes a `Vertex` that takes tokens one by one (``any``), one from each arc
(``all``) or what will come (``some``), and puts them on one of its arcs (``each``), on all, on some
of them, or on one of several given sets (``mixed``). What runs beside an activity is told by more
vertices: an activity with boundary events is a choice between its own way on and theirs.

An event that does not interrupt makes a token of its own, each time it fires. Where its way never
meets that of its host again, it is a game of its own (`games`): it can hinder nobody, and its way
may be gone by several tokens at once. Where they meet again it is played together with its host: a
timer fires at most once while its host is at work, a cycle, message or signal any number of times.
"""

from collections.abc import Collection, Iterator, Mapping
from itertools import combinations

from engine.bpmn.diagram import ACTIVITIES, Flow, Node, Scope
from engine.bpmn.soundness_net import ROOT, Arc, Graph, Vertex

#: Events beside one activity whose ways come back to it; of more the game is not played.
MOST_BESIDE = 4


class Drawing:
    """What the elements of a scope have to do with each other."""

    def __init__(self, scope: Scope, silent: Collection[str] = ()) -> None:
        """Look at a scope; `silent` are its subprocesses whose inside never ends as it should."""
        self.scope = scope
        self.silent = silent
        #: Boundary events by host.
        self.edges: dict[str, list[Node]] = {}
        for node in scope.nodes.values():
            if node.attached_to:
                self.edges.setdefault(node.attached_to, []).append(node)
        catches = (node for node in scope.nodes.values() if node.kind == "intermediateCatchEvent")
        self._links = {link_name(node): node.id for node in catches if link_name(node)}

    def link(self, node: Node) -> str:
        """Return the element to which a throwing link leads; empty: it is none."""
        if node.kind != "intermediateThrowEvent" or not link_name(node):
            return ""
        return self._links.get(link_name(node), "")

    def beside(self, node: Node, *, interrupting: bool) -> list[Node]:
        """Return the boundary events of an activity of one of the two kinds."""
        found = self.edges.get(node.id, ()) if node.kind in ACTIVITIES else ()
        return [edge for edge in found if edge.interrupting is interrupting]

    def region(self, starts: Collection[str], together: Collection[str] = ()) -> set[str]:
        """Return the elements that tokens can come to, through events `together` as well."""
        seen: set[str] = set()
        stack = list(starts)
        while stack:
            name = stack.pop()
            if name in seen:
                continue
            seen.add(name)
            node = self.scope.nodes[name]
            stack += [flow.target for flow in node.outgoing]
            stack += [edge.id for edge in self.beside(node, interrupting=True)]
            beside = self.beside(node, interrupting=False)
            stack += [edge.id for edge in beside if edge.id in together]
            stack += [found for found in [self.link(node)] if found]
        return seen

    def joined(self, starts: Collection[str]) -> tuple[set[str], set[str], set[str]]:
        """Return the region of a game, the events in it that are played together with it, others.

        Others do not meet it again, but perhaps at an end.
        """
        together: set[str] = set()
        while True:
            region = self.region(starts, together)
            inner = {name for name in region if self.scope.nodes[name].kind != "endEvent"}
            beside = [
                edge.id
                for name in region
                for edge in self.beside(self.scope.nodes[name], interrupting=False)
                if edge.id not in together
            ]
            met = {edge for edge in beside if not inner.isdisjoint(self.region([edge]))}
            if not met:
                return region, together, set(beside)
            together |= met


def games(scope: Scope, silent: Collection[str] = ()) -> Iterator[Graph]:
    """Yield the games of a scope: the one from its start, and those of events beside it."""
    drawing = Drawing(scope, silent)
    todo = [tuple(node.id for node in scope.starts())]
    begun: set[str] = set()
    while todo:
        starts = todo.pop(0)
        region, together, others = drawing.joined(starts)
        yield _Builder(drawing, region, together).build(starts)
        todo += [(other,) for other in sorted(others - begun)]
        begun |= others


class _Builder:
    """Makes the graph of one game."""

    def __init__(self, drawing: Drawing, region: set[str], together: set[str]) -> None:
        self.drawing = drawing
        self.nodes = {name: node for name, node in drawing.scope.nodes.items() if name in region}
        self.together = together
        self.graph = Graph()
        #: The vertices that put out what an element's own flows carry.
        self.tails: dict[str, Vertex] = {}

    def build(self, starts: Collection[str]) -> Graph:
        """Return the graph."""
        root = self.graph.vertex(ROOT, "", split="each")
        for node in self.nodes.values():
            self._vertices(node)
        for start in starts:
            self.graph.arc(root, self.graph.vertices[start])
        for node in self.nodes.values():
            self._flows(node)
        for node in self.nodes.values():
            self._missing(node)
        self.graph.prune()
        return self.graph

    def _vertices(self, node: Node) -> None:
        made = self.graph.vertex(node.id, node.id, join=_join(node))
        kind = node.event.kind if node.event else ""
        if node.kind == "endEvent" and kind in {"terminate", "error"}:
            made.stops, made.completes = True, kind == "terminate"
        beside = self.drawing.edges.get(node.id, ()) if node.kind in ACTIVITIES else ()
        beside = [edge for edge in beside if edge.interrupting or edge.id in self.together]
        silent = node.id in self.drawing.silent
        if silent and not beside:
            made.stops, made.silent, made.completes = True, True, False
        elif not beside and not silent:
            self.tails[node.id] = made
        elif not silent:
            self.tails[node.id] = self.graph.vertex(f"{node.id}>", node.id)

    def _flows(self, node: Node) -> None:
        vertex = self.graph.vertices[node.id]
        tail = self.tails.get(node.id)
        if tail is not None:
            self._split(node, tail)
        if vertex is not tail and not vertex.stops:
            self._beside(node, vertex)

    def _split(self, node: Node, tail: Vertex) -> None:
        link = self.drawing.link(node)
        if link:
            self.graph.arc(tail, self.graph.vertices[link])
        tail.split = _split(node)
        tail.guards = any(flow.condition for flow in node.outgoing) and tail.split != "all"
        for flow in node.outgoing:
            self.graph.arc(tail, self.graph.vertices[flow.target], _role(flow), flow.id)

    def _beside(self, node: Node, vertex: Vertex) -> None:
        """Give an activity the choice between its own way on and those of the events beside it."""
        once = [
            edge.id
            for edge in self.drawing.beside(node, interrupting=False)
            if edge.id in self.together and not fires_again(edge)
        ]
        if len(once) > MOST_BESIDE:
            self.graph.too_large, once = node.id, []
        variants: dict[frozenset[str], Vertex] = {frozenset(): vertex}
        for size in range(1, len(once) + 1):
            for fired in combinations(once, size):
                made = self.graph.vertex("!".join((node.id, *fired)), node.id)
                made.still, variants[frozenset(fired)] = True, made
        for fired_already, variant in variants.items():
            self._choices(node, variant, fired_already, variants)

    def _choices(
        self,
        node: Node,
        vertex: Vertex,
        fired: frozenset[str],
        variants: Mapping[frozenset[str], Vertex],
    ) -> None:
        graph, vertex.split = self.graph, "mixed"
        if node.id in self.tails:
            vertex.mixed.append((graph.arc(vertex, self.tails[node.id]),))
        for edge in self.drawing.edges[node.id]:
            if edge.interrupting:
                vertex.mixed.append((graph.arc(vertex, graph.vertices[edge.id]),))
            elif edge.id in self.together and edge.id not in fired:
                stays = variants.get(fired | {edge.id}, vertex)
                beside = graph.arc(vertex, stays), graph.arc(vertex, graph.vertices[edge.id])
                vertex.mixed.append(beside)
        if all(len(way) == 1 for way in vertex.mixed):
            vertex.split, vertex.mixed = "each", []

    def _missing(self, node: Node) -> None:
        """Let a parallel join wait for the flows on which nothing of this game can come as well."""
        if _join(node) == "all":
            vertex = self.graph.vertices[node.id]
            for flow in node.incoming:
                if flow.source not in self.tails:
                    vertex.into.append(Arc(source="", target=vertex.id, flow=flow.id))


def _join(node: Node) -> str:
    if len(node.incoming) < 2:
        return "any"
    return {"parallelGateway": "all", "inclusiveGateway": "some"}.get(node.kind, "any")


def _split(node: Node) -> str:
    if node.kind in {"exclusiveGateway", "eventBasedGateway"}:
        return "each"
    conditions = any(flow.condition for flow in node.outgoing)
    return "some" if conditions and node.kind != "parallelGateway" else "all"


def joins(node: Node) -> bool:
    """Tell whether tokens may have to wait at a gateway."""
    return _join(node) != "any"


def _role(flow: Flow) -> str:
    if flow.default:
        return "default"
    return "free" if flow.condition is not None else "always"


def fires_again(edge: Node) -> bool:
    """Tell whether an event that does not interrupt may happen more than once."""
    return edge.event is None or edge.event.kind != "timer" or edge.event.timer == "cycle"


def link_name(node: Node) -> str:
    """Return the name of a link event; empty for any other element."""
    event = node.event
    return event.name.source if event and event.kind == "link" and event.name else ""
