"""What a token game is played on: vertices, and arcs between them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, combinations
from typing import Any

from engine.bpmn.soundness_circles import finished

#: Id of the vertex from which a game begins.
ROOT = "(root)"


@dataclass(kw_only=True, eq=False, slots=True)
class Arc:
    """A way from a vertex to the next."""

    #: Ids of the vertices it joins; no source: no token can ever come on it.
    source: str
    target: str
    #: Elements passed on the way, in order; one way of several where there were several.
    path: tuple[str, ...] = ()
    #: All elements that are reached when it is taken.
    members: frozenset[str] = frozenset()
    #: Element on the way at which tokens of several ways come together; empty: the target.
    meets: str = ""
    #: Of a vertex that takes some: ``free``, ``always`` or ``default``.
    role: str = ""
    #: Sequence flow that it stands for; empty: none that is drawn.
    flow: str = ""


@dataclass(kw_only=True, eq=False, slots=True)
class Vertex:
    """An element in the token game."""

    #: Id; of several vertices of one element, one has the element's id.
    id: str
    #: Element id; empty: none that is drawn.
    element: str
    #: How it takes tokens: ``any``, ``all`` or ``some``.
    join: str = "any"
    #: How it puts them out: ``each``, ``all``, ``some`` or ``mixed``.
    split: str = "all"
    #: Its arcs.
    into: list[Arc] = field(default_factory=list)
    out: list[Arc] = field(default_factory=list)
    #: Of ``mixed``: the sets of arcs.
    mixed: list[tuple[Arc, ...]] = field(default_factory=list)
    #: Elements besides its own that are reached when it is.
    members: frozenset[str] = frozenset()
    #: Whether it is the work of an activity beside which something has happened already.
    still: bool = False
    #: Whether conditions decide where its token goes.
    guards: bool = False
    #: Takes all other tokens of the scope with it.
    stops: bool = False
    #: An activity that never ends by itself: two tokens may meet there all the same.
    silent: bool = False
    #: Reaching it ends the scope as it should.
    completes: bool = True

    @property
    def ends(self) -> bool:
        """Tell whether tokens stay here for good."""
        return not self.out and not self.stops

    def ways(self) -> Iterator[tuple[Arc, ...]]:
        """Yield the sets of arcs on which it may put tokens, with its arcs as they are now."""
        if self.split == "each":
            yield from ((arc,) for arc in self.out)
        elif self.split == "all":
            yield tuple(self.out)
        elif self.split == "mixed":
            yield from self.mixed
        else:
            yield from self._some()

    def _some(self) -> Iterator[tuple[Arc, ...]]:
        always = tuple(arc for arc in self.out if arc.role == "always")
        free = [arc for arc in self.out if arc.role == "free"]
        sizes = range(1, len(free) + 1)
        for chosen in chain.from_iterable(combinations(free, size) for size in sizes):
            yield always + chosen
        otherwise = always or tuple(arc for arc in self.out if arc.role == "default")
        if otherwise:
            yield otherwise


@dataclass(kw_only=True, eq=False)
class Graph:
    """A game: the vertices that tokens from its root can come to."""

    #: Vertices by id.
    vertices: dict[str, Vertex] = field(default_factory=dict)
    #: Why it cannot be played as it is; empty: it can.
    too_large: str = ""

    def vertex(self, name: str, element: str, **more: Any) -> Vertex:
        """Add a vertex; `more`: as `Vertex` has it."""
        made = self.vertices[name] = Vertex(id=name, element=element, **more)
        return made

    def arc(self, source: Vertex, target: Vertex, role: str = "", flow: str = "") -> Arc:
        """Join two vertices."""
        made = Arc(source=source.id, target=target.id, role=role, flow=flow)
        source.out.append(made)
        target.into.append(made)
        return made

    def prune(self) -> None:
        """Drop the vertices that nothing can come to; parallel joins wait for them all the same."""
        follows = {name: [arc.target for arc in v.out] for name, v in self.vertices.items()}
        reached = set(finished({ROOT: follows[ROOT]}, follows))
        self.vertices = {name: v for name, v in self.vertices.items() if name in reached}
        for vertex in self.vertices.values():
            for arc in list(vertex.into):
                if arc.source not in reached:
                    arc.source = ""
                    if vertex.join != "all":
                        vertex.into.remove(arc)
