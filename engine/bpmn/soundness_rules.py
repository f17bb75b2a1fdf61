"""Rules that make a game smaller and leave its verdict as it is.

After Murata ("Petri nets: properties, analysis and applications", 1989: fusion of series places,
of parallel places and transitions, elimination of self-loops), said for vertices and arcs. Each
keeps what can get stuck, what can be there twice, what is reached and whether the end can be:

- *series*: an element with one way in and one way out lies on the way of its neighbours;
- *merge*: ways that come together, and then lead on to one element, lead there by themselves;
- *twins*: two arcs from a split to a join that agree on them are one;
- *round*: a choice to come back at once to where one is changes nothing;
- *nest*: a choice after a choice, or a split after a split, is one.

An element before an end stays if its source lies on a circle: it may be there twice, of which the
end would tell nothing. What structured diagrams are made of disappears altogether this way; what is
left is played.
"""

from collections import deque
from collections.abc import Iterable

from engine.bpmn.soundness_circles import circles
from engine.bpmn.soundness_net import ROOT, Arc, Graph, Vertex

#: Kinds of joins at which two arcs of one split are as good as one.
AGREE = {"each": {"any", "some"}, "all": {"all", "some"}, "some": {"some"}}


def reduce(graph: Graph) -> None:
    """Apply the rules until none does anything."""
    _Reduction(graph).run()


class _Reduction:
    """A graph on which rules are tried."""

    def __init__(self, graph: Graph) -> None:
        self.vertices = graph.vertices
        self.circles = on_circles(graph)
        self.todo = deque(graph.vertices)

    def run(self) -> None:
        """Try all rules at every vertex, and again where something changed."""
        waiting = set(self.todo)
        while self.todo:
            name = self.todo.popleft()
            waiting.discard(name)
            vertex = self.vertices.get(name)
            if vertex is None:
                continue
            touched = self._round(vertex) or self._twins(vertex)
            if not touched and name != ROOT and not vertex.still:
                touched = self._series(vertex) or self._merge(vertex) or self._nest(vertex)
            for other in touched:
                if other not in waiting:
                    waiting.add(other)
                    self.todo.append(other)

    def _drop(self, vertex: Vertex) -> None:
        del self.vertices[vertex.id]

    def _lost(self, source: str, target: Vertex) -> bool:
        """Tell whether tokens in a row between two elements would not be seen any more."""
        return not target.out and source in self.circles

    def _series(self, vertex: Vertex) -> Iterable[str]:
        if len(vertex.into) != 1 or len(vertex.out) != 1 or vertex.split == "mixed":
            return ()
        before, after = vertex.into[0], vertex.out[0]
        target = self.vertices[after.target]
        if not before.source or after is before or self._lost(before.source, target):
            return ()
        self._through(vertex, before, after)
        target.into[target.into.index(after)] = before
        self._drop(vertex)
        return before.source, target.id

    def _through(self, vertex: Vertex, before: Arc, after: Arc) -> None:
        """Let an arc lead through a vertex to where another one leads."""
        before.target = after.target
        before.path += (vertex.element, *after.path)
        before.members |= {vertex.element} | vertex.members | after.members
        before.meets = before.meets or after.meets

    def _merge(self, vertex: Vertex) -> Iterable[str]:
        if vertex.join != "any" or len(vertex.into) < 2 or len(vertex.out) != 1:
            return ()
        after = vertex.out[0]
        target = self.vertices[after.target]
        if target is vertex or target.join != "any" or not target.out or vertex.split == "mixed":
            return ()
        for before in vertex.into:
            if vertex.id == vertex.element:
                before.meets = before.meets or vertex.element
            self._through(vertex, before, after)
        target.into.remove(after)
        target.into += vertex.into
        self._drop(vertex)
        return target.id, *(before.source for before in vertex.into)

    def _twins(self, vertex: Vertex) -> Iterable[str]:
        first: dict[tuple[str, str], Arc] = {}
        for arc in list(vertex.out):
            target = self.vertices[arc.target]
            if target.join not in AGREE.get(vertex.split, ()):
                continue
            if vertex.split == "some" and arc.role != "free":
                continue
            kept = first.setdefault((arc.target, arc.role * (vertex.split == "some")), arc)
            if kept is not arc:
                self._one(vertex, target, kept, arc)
                return vertex.id, target.id
        return self._certain(vertex)

    def _one(self, vertex: Vertex, target: Vertex, kept: Arc, other: Arc) -> None:
        """Let one arc stand for two."""
        kept.members |= other.members
        kept.meets = kept.meets or other.meets
        if vertex.split == "all":
            kept.path += other.path
        elif len(other.path) < len(kept.path):
            kept.path = other.path
        vertex.out.remove(other)
        target.into.remove(other)

    def _certain(self, vertex: Vertex) -> Iterable[str]:
        """See that some of two arcs to one inclusive join, of which one is taken, are one."""
        targets = {arc.target for arc in vertex.out}
        roles = {arc.role for arc in vertex.out}
        if vertex.split != "some" or len(targets) != 1 or roles == {"free"}:
            return ()
        target = self.vertices[targets.pop()]
        if target.join != "some" or len(vertex.out) < 2:
            return ()
        while len(vertex.out) > 1:
            self._one(vertex, target, vertex.out[0], vertex.out[1])
        vertex.split = "all"
        return vertex.id, target.id

    def _round(self, vertex: Vertex) -> Iterable[str]:
        if vertex.split != "each" or vertex.join != "any":
            return ()
        back = [arc for arc in vertex.out if arc.target == vertex.id]
        if not back or len(back) == len(vertex.out):
            return ()
        for arc in back:
            vertex.members |= arc.members
            vertex.out.remove(arc)
            vertex.into.remove(arc)
        return (vertex.id,)

    def _nest(self, vertex: Vertex) -> Iterable[str]:
        if len(vertex.into) != 1 or len(vertex.out) < 2 or not vertex.into[0].source:
            return ()
        before = vertex.into[0]
        source = self.vertices[before.source]
        same = source.split == vertex.split and vertex.split in {"each", "all"}
        ends = any(self._lost(source.id, self.vertices[arc.target]) for arc in vertex.out)
        if not same or ends or source is vertex or source.id == ROOT:
            return ()
        self._inline(source, vertex, before)
        return source.id, *(arc.target for arc in vertex.out)

    def _inline(self, source: Vertex, vertex: Vertex, before: Arc) -> None:
        prefix = (*before.path, vertex.element)
        for arc in vertex.out:
            arc.source = source.id
            arc.members |= before.members | {vertex.element} | vertex.members
            if vertex.split == "each" or arc is vertex.out[0]:
                arc.path = prefix + arc.path
            arc.role = before.role
        source.guards |= vertex.guards
        at = source.out.index(before)
        source.out[at : at + 1] = vertex.out
        self._drop(vertex)


def on_circles(graph: Graph) -> set[str]:
    """Return the vertices from which a way leads back to them."""
    follows = {name: [arc.target for arc in v.out] for name, v in graph.vertices.items()}
    return {name for part in circles(follows) for name in part}
