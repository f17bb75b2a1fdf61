"""Variables followed through a process: at each element, what is surely set, perhaps set, of what
type.

A forward analysis over the places of `engine.bpmn.ways`, until nothing changes: where ways meet,
a variable is sure if all of them set it (a parallel join: if one does), its type is what they have
in common. Subprocesses and boundary events see what the scopes of Camunda 7 let them see
(`engine.bpmn.scopes`). It knows nothing of values: a way that a condition never lets through counts
as well, which is why "may not be set" is a warning and only "nothing sets it" an error.

The method is the textbooks' (Kildall 1973; Nielson, Nielson and Hankin, Principles of Program
Analysis, chapter 2: reaching definitions and definite assignment).
"""

from collections import deque
from collections.abc import Callable, Iterator
from functools import partial

from engine.bpmn.diagram import Node, Scope
from engine.bpmn.effects import Effects, See, unseen
from engine.bpmn.formulas import Formula
from engine.bpmn.states import State, Variable, merged, without_locals, written
from engine.bpmn.ways import IN, Side, Ways

#: Most rounds over a process; ours need three or four. What is not settled then is not told.
MOST_ROUNDS = 60
#: Most entries of states that are put together, over all rounds: about a second and 100 MB. Our
#: largest diagram needs 50 thousand.
MOST_WORK = 1_000_000

#: Told of every expression: element, expression, what is known, name of the input it is for.
Reader = Callable[[Node, Formula, State, str], None]


class Analysis:
    """What is known at every place of a process."""

    def __init__(self, scope: Scope, effects: Effects, begin: Callable[[Node], State]) -> None:
        """Work it out; `begin` gives what a start event of the process itself starts with."""
        self.ways = Ways(scope)
        self.effects = effects
        self._begin = begin
        #: What is known when a token arrives, by place; what can't be reached is not there.
        self.arrived: dict[str, State] = {}
        #: What is known inside an activity: its inputs too.
        self.inside: dict[str, State] = {}
        #: What is known when a token goes on.
        self.left: dict[str, State] = {}
        self._spent = 0
        self.settled = self._settle()
        #: Everything that is set anywhere.
        self.names = {name for state in self.left.values() for name in state}

    @property
    def open(self) -> bool:
        """Tell whether anything may set variables that nobody knows of."""
        return self.effects.open

    def _settle(self) -> bool:
        for _ in range(MOST_ROUNDS):
            changed = [place for place in self.ways.order if self._update(place)]
            if not changed:
                return self._spent < MOST_WORK
        return False

    def _update(self, place: str) -> bool:
        if self._spent >= MOST_WORK:
            return False
        known = self._known_at(place)
        if known is None or self.arrived.get(place) == known:
            return False
        self.arrived[place] = known
        self._through(place, known, unseen)
        return True

    def _known_at(self, place: str) -> State | None:
        if place in self.ways.starts:
            return self._begin(self.ways.nodes[place])
        sides = [self._side(side) for side in self.ways.before[place]]
        known = [state for state in sides if state is not None]
        if not known:
            return None
        self._spent += sum(map(len, known))
        node = self.ways.nodes.get(place)
        return merged(known, every=node is not None and node.kind == "parallelGateway")

    def _side(self, side: Side) -> State | None:
        place, kind = side
        return (self.arrived if kind == IN else self.left).get(place)

    def _through(self, place: str, known: State, see: See) -> None:
        node = self.ways.nodes.get(place)
        if node is None:
            self._close(self.ways.nodes[place.removesuffix("/")], place, known, see)
        elif node.inside is not None:
            self._open(node, known, see)
        else:
            inside = self.inside[place] = self.effects.enter(node, known, see)
            made = {} if self._inner_start(node) else self.effects.work(node, inside, see)
            left = self.effects.leave(node, known, inside, made, see)
            if node.multi is not None and node.multi.done is not None:
                see(node.multi.done, {**left, **_locals(inside, place)}, "")
            # Without any item nothing is done.
            self.left[place] = left if node.multi is None else merged([known, left])
            self._conditions(node, place, see)

    def _inner_start(self, node: Node) -> bool:
        """Tell whether an event's variables were written before its subprocess began."""
        return node.kind == "startEvent" and bool(self.ways.around[node.id])

    def _open(self, node: Node, known: State, see: See) -> None:
        start = next(iter(node.inside.starts()), None) if node.inside else None
        if node.triggered and start is not None and start.event is not None:
            for name, one in self.effects.brought(start.event).items():
                known = written(known, name, one, start.id)
        self.inside[node.id] = self.left[node.id] = self.effects.enter(node, known, see)

    def _close(self, node: Node, place: str, known: State, see: See) -> None:
        if node.multi is not None and node.multi.done is not None:
            see(node.multi.done, self._after_one(node, place), "")
        around = self.arrived.get(node.id, {})
        outside = without_locals(known, node.id, around)
        self.left[place] = self.effects.leave(node, outside, known, {}, see)
        self._conditions(node, place, see)

    def _after_one(self, node: Node, place: str) -> State:
        """Return what is known when one item of a repeated subprocess is done."""
        sides = [side for side in self.ways.before[place] if side[0] != node.id]
        known = [state for state in map(self._side, sides) if state is not None]
        return merged(known) if known else self.left[node.id]

    def _conditions(self, node: Node, place: str, see: See) -> None:
        for flow in node.outgoing:
            if flow.condition is not None and node.kind != "parallelGateway":
                see(flow.condition, self.left[place], "")

    # --- what others ask ----------------------------------------------------------------------

    def read(self, reader: Reader) -> None:
        """Tell of every expression of every element that can be reached."""
        for place in self.ways.order:
            known = self.arrived.get(place)
            node = self.ways.nodes.get(place.removesuffix("/"))
            if known is not None and node is not None:
                self._through(place, known, partial(reader, node))
                self._events_beside(node, known, reader)

    def _events_beside(self, node: Node, known: State, reader: Reader) -> None:
        """Tell of what events beside the flow read: in the scope that they wait in."""
        if node.event is None or node.kind not in {"boundaryEvent", "startEvent"}:
            return
        if node.kind == "startEvent" and not self._inner_start(node):
            return
        seen = self.inside.get(node.attached_to, known)
        for formula in (node.event.value, node.event.name, node.event.correlation):
            if formula is not None:
                reader(node, formula, seen, "")

    def way_without(self, place: str, name: str) -> tuple[str, ...]:
        """Return the elements of a shortest way to a place on which a variable is not set."""
        came: dict[str, str] = {place: ""}
        queue = deque([place])
        while queue:
            here = queue.popleft()
            if here in self.ways.starts:
                return self._path(here, came)
            for source, kind in self.ways.before[here]:
                known = self._side((source, kind))
                if known is None or source in came or _sure(known, name):
                    continue
                came[source] = here
                queue.append(source)
        return ()

    def _path(self, place: str, came: dict[str, str]) -> tuple[str, ...]:
        found: list[str] = []
        while place:
            name = place.removesuffix("/")
            if not found or found[-1] != name:
                found.append(name)
            place = came[place]
        return tuple(found)

    def ends(self) -> Iterator[State]:
        """Yield what is known at the ends of the process itself."""
        for name, node in self.ways.nodes.items():
            if node.kind == "endEvent" and not self.ways.around[name] and name in self.left:
                yield self.left[name]


def _sure(state: State, name: str) -> bool:
    found = state.get(name)
    return found is not None and found.sure


def _locals(state: State, owner: str) -> dict[str, Variable]:
    return {name: one for name, one in state.items() if one.local == owner}
