"""The places of a game, as bits of a number: markings are compared and counted quickly."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from engine.bpmn.soundness_circles import finished, parts
from engine.bpmn.soundness_net import ROOT, Arc, Graph, Vertex
from engine.bpmn.soundness_rules import on_circles

#: Ways out of one inclusive split that are played, and flows that have no more ways than that.
MOST_WAYS, FEW = 5000, 12


@dataclass(kw_only=True, eq=False, slots=True)
class Place:
    """A vertex with its bits."""

    #: The vertex.
    vertex: Vertex
    #: Where it comes in the order of the diagram.
    number: int
    #: Bits from which it takes: of its own, or of its arcs.
    bits: int
    #: Sets of arcs with the bits they fill.
    ways: list[tuple[Arc, ...]] = field(default_factory=list)
    #: Of an inclusive join, by bit of an arc: the bits from which a token can come there.
    before: dict[int, int] = field(default_factory=dict)


class Places:
    """A game with its places numbered."""

    def __init__(self, graph: Graph) -> None:
        """Number the places."""
        self.graph = graph
        #: Whether ways were left out.
        self._partly = False
        self._circles = on_circles(graph)
        self._number()

    def _number(self) -> None:
        order = _order(self.graph)
        #: Places by number, and by the bit of a vertex's own.
        self.places: list[Place] = []
        self.own: dict[int, Place] = {}
        self.bit: dict[Arc, int] = {}
        #: Bits that count as the same element.
        self.same: dict[Arc, int] = {}
        self.resting = self.free = self.halting = 0
        at = 1
        for number, name in enumerate(order):
            vertex = self.graph.vertices[name]
            arcs = vertex.into if vertex.join != "any" else []
            place = Place(vertex=vertex, number=number, bits=((1 << max(1, len(arcs))) - 1) * at)
            self.places.append(place)
            for index, arc in enumerate(vertex.into):
                self.bit[arc] = at << index if arcs else at
            if not arcs:
                self.own[at] = place
            if vertex.ends:
                self.resting |= at
                kept = len(vertex.into) > 1 or any(
                    arc.source in self._circles for arc in vertex.into
                )
                place.bits = at if kept else 0
            elif vertex.stops:
                self.halting |= at
            elif not arcs:
                self.free |= at
            at <<= max(1, len(arcs))
        self._prepare()

    def _prepare(self) -> None:
        groups: dict[str, int] = {}
        for place in self.places:
            if place.vertex.join == "any" and not place.vertex.id.endswith(">"):
                groups[place.vertex.element] = groups.get(place.vertex.element, 0) | place.bits
        for place in self.places:
            place.ways = [] if place.vertex.stops else list(self._bounded(place.vertex))
            one = place.vertex.join == "any" and not place.vertex.id.endswith(">")
            for arc in place.vertex.into:
                self.same[arc] = groups[place.vertex.element] if one else self.bit[arc]
        self.target = {arc: p for p in self.places for arc in p.vertex.into}
        self.joins = [place for place in self.places if place.vertex.join != "any"]
        for place in self.joins:
            if place.vertex.join == "some":
                place.before = self._before(place.vertex)

    def _bounded(self, vertex: Vertex) -> Iterator[tuple[Arc, ...]]:
        """Yield the ways out of a vertex; of very many the smallest, and all arcs at once."""
        yield from islice(vertex.ways(), MOST_WAYS)
        if len(vertex.out) > FEW and next(islice(vertex.ways(), MOST_WAYS, None), None):
            self._partly = True
            yield tuple(arc for arc in vertex.out if arc.role != "default")

    def _before(self, join: Vertex) -> dict[int, int]:
        """Return, by bit of each arc into a join, where a token can come from, not past it."""
        found: dict[int, int] = {}
        for arc in join.into:
            seen: set[str] = {join.id, ""}
            stack, bits = [arc.source], 0
            while stack:
                name = stack.pop()
                if name in seen:
                    continue
                seen.add(name)
                vertex = self.graph.vertices[name]
                for other in vertex.into:
                    # An event beside an activity counts as to come, even if it has fired: BPMN asks
                    # for ways in the diagram, and so does the engine.
                    bits |= self.bit[other] | self.same[other]
                    stack.append(other.source)
            found[self.bit[arc]] = bits
        return found

    def marking(self, tokens: Mapping[str, int]) -> int:
        """Return the marking of tokens counted by element and, at joins, by flow."""
        bits = 0
        for place in self.places:
            vertex = place.vertex
            if tokens.get(vertex.id, 0) > 0:
                bits |= place.bits
            for arc in vertex.into if vertex.join != "any" else ():
                if tokens.get(arc.flow, 0) > 0:
                    bits |= self.bit[arc]
        return bits


def _order(graph: Graph) -> list[str]:
    """Return the vertices so that each comes before those after it, as far as there is no circle.

    A circle comes before what leads out of it. A branch is gone to its end before the next is
    begun: tokens in it are played one branch after the other, and what the branches choose does not
    multiply.
    """
    follows = {name: [arc.target for arc in v.out] for name, v in graph.vertices.items()}
    deep = finished({ROOT: follows[ROOT]}, follows)[::-1]
    part = {name: number for number, names in enumerate(parts(follows)) for name in names}
    return sorted(deep, key=lambda name: part[name])
