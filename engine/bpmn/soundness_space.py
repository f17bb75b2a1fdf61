"""The state space of a game: every marking that tokens can come to, as far as it matters.

A marking is a number whose bits are places: an element with a token at it, or an arc at a join. No
place has more than one token: where a second one comes it is a finding, and that is as far as this
way is played.

Partial order: BPMN's tokens do not compete, so in each marking only one vertex moves, in all its
ways (Valmari's stubborn sets: all that takes from its place, nobody else does). It is the one that
comes first in the diagram: so a token that follows another catches up with it, and two that can
meet do. What takes all others with it moves last. An inclusive join that could pass, but need not
wait only because tokens would come where one already is, takes part in a race: there, everything is
tried. So is what was put off for ever in a part that is not left again (the ignoring problem).
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from engine.bpmn.soundness_circles import finished
from engine.bpmn.soundness_lineage import Meeting, Move, meeting
from engine.bpmn.soundness_net import Arc, Graph, Vertex
from engine.bpmn.soundness_places import Place, Places

#: Stands for what is not played further: a place would have two tokens.
CUT = -1
#: A marking, and how it was reached: the one before, who moved, on which arcs.
Came = tuple[int, int, tuple[Arc, ...]]
#: Way to a place: marking before, who moved, on which arcs.
Step = tuple[int, "Place", tuple[Arc, ...]]


@dataclass(kw_only=True)
class Found:
    """What was found in a game."""

    #: Elements at which tokens wait for ever, with the marking.
    stuck: dict[str, int] = field(default_factory=dict)
    #: Elements to which a second token comes and what that means, with the way there.
    twice: dict[tuple[str, Meeting], Step] = field(default_factory=dict)
    #: Ends that are reached twice.
    ends_twice: dict[tuple[str, Meeting], Step] = field(default_factory=dict)
    #: Markings from which no end can be reached and that are not stuck: the first on a circle.
    endless: int | None = None
    #: Elements that were reached.
    alive: set[str] = field(default_factory=set)
    #: Joins to which tokens came.
    awaited: set[str] = field(default_factory=set)
    #: Whether the scope can end as it should.
    completes: bool = False
    #: Whether the bound was reached: what was not found may be there all the same.
    gave_up: bool = False


class Space(Places):
    """Plays a game."""

    def __init__(self, graph: Graph, budget: int) -> None:
        """Number the places; `budget` is how many markings may be made."""
        super().__init__(graph)
        #: Markings that may still be made.
        self.budget = budget
        self.found = Found()
        self.came: dict[int, Came | None] = {}
        self.follows: dict[int, list[int]] = {}
        #: Markings in which all that can move has been tried.
        self._whole: set[int] = set()
        self._taken: set[Arc] = set()
        self._met: dict[tuple[Arc, int], bool] = {}
        self._todo: deque[int] = deque()

    # --- play ---------------------------------------------------------------------------------

    def play(self, begin: int | None = None) -> Found:
        """Play from the root, or from a marking."""
        first = self.places[0].bits if begin is None else begin
        self.came[first] = None
        self._todo.append(first)
        self._run()
        self.found.gave_up |= self._partly
        while not self.found.gave_up:
            doomed = self._doomed()
            put_off = [state for state in doomed if state not in self._whole]
            if not put_off:
                self.found.endless = self._circle(doomed)
                break
            self._whole.update(put_off)
            self._todo.extend(put_off)
            self._run()
        return self.found

    def _run(self) -> None:
        while self._todo and not self.found.gave_up:
            self._expand(self._todo.popleft())

    def _expand(self, state: int) -> None:
        movable, whole = self._movable(state)
        if not movable:
            self.follows[state] = []
            self._rests(state)
            return
        if not whole and state not in self._whole:
            first = min(movable, key=lambda place: (place.vertex.stops, place.number))
            movable = movable if first.vertex.stops else [first]
        else:
            self._whole.add(state)
        after: list[int] = []
        for place in movable:
            after += self._moved(state, place)
        self.follows[state] = after

    def _movable(self, state: int) -> tuple[list[Place], bool]:
        """Return who can move, and whether all of them have to be tried."""
        found, race = [], False
        tokens = state & self.free
        if tokens and not self.joins and state not in self._whole:
            return [self.own[tokens & -tokens]], False
        tokens |= state & self.halting
        while tokens:
            found.append(self.own[tokens & -tokens])
            tokens &= tokens - 1
        for place in self.joins:
            filled = state & place.bits
            if not filled:
                continue
            self.found.awaited.add(place.vertex.element)
            if place.vertex.join == "all":
                if filled == place.bits:
                    found.append(place)
                continue
            passes, hurried = self._passes(state, place, filled)
            race |= passes and hurried
            if passes:
                found.append(place)
        return found, race

    def _passes(self, state: int, place: Place, filled: int) -> tuple[bool, bool]:
        """Tell whether an inclusive join may pass (BPMN 2.0, 13.4.3), and whether it is a race."""
        tokens = state & ~place.bits & ~self.resting
        empty = full = 0
        for bit, before in place.before.items():
            if bit & filled:
                full |= before
            else:
                empty |= before
        return not tokens & empty & ~full, bool(tokens & empty)

    def _moved(self, state: int, place: Place) -> Iterator[int]:
        """Yield the markings that a move leads to, and note what is new about them."""
        self.found.alive.add(place.vertex.element)
        self.found.alive |= place.vertex.members
        if place.vertex.stops:
            self.found.completes |= place.vertex.completes
            yield self._reach(0, state, place, ())
            return
        rest = state & ~place.bits
        for way in place.ways:
            after = self._filled(rest, state, place, way)
            if after is None:
                yield CUT
                continue
            self.found.completes |= not after & ~self.resting
            yield self._reach(after, state, place, way)

    def _filled(self, rest: int, state: int, place: Place, way: tuple[Arc, ...]) -> int | None:
        """Return a marking with tokens on arcs; None: two are where one is meant."""
        cut = False
        for arc in way:
            if arc not in self._taken:
                self._taken.add(arc)
                self.found.alive |= arc.members
            target, bit = self.target[arc], self.bit[arc]
            if target.vertex.ends:
                self.found.alive.add(target.vertex.element)
                bit &= target.bits
            last = target.vertex.stops and not target.vertex.silent
            if rest & self.same[arc] and not last:
                cut |= self._meets(arc, (state, place, way))
            rest |= bit
        return None if cut else rest

    def _meets(self, arc: Arc, step: Step) -> bool:
        """Note that a second token comes to a place; tell whether one was meant."""
        known = self._met.get((arc, step[1].number))
        if known is None:
            known = self._met[arc, step[1].number] = self._judged(arc, step)
        return known

    def _judged(self, arc: Arc, step: Step) -> bool:
        vertex = self.target[arc].vertex
        told, other = meeting(self._moves(step), self.bit.__getitem__, self.same[arc])
        element = arc.meets or vertex.element
        if other is arc and arc.path:
            element = arc.path[0]
        if vertex.ends:
            self.found.ends_twice.setdefault((vertex.element, told), step)
            return False
        more = told is Meeting.ROUNDS and vertex.id in self._circles
        if more or not self._apart(vertex):
            told = Meeting.CERTAIN
        self.found.twice.setdefault((element, told), step)
        return told is Meeting.CERTAIN

    def _apart(self, vertex: Vertex) -> bool:
        """Tell whether joins ahead take nothing but what comes from here.

        Then several tokens pass them as one does (free choice: W. van der Aalst et al., 2011,
        "generalised soundness"); otherwise one of them may be left there.
        """
        follows = {name: [arc.target for arc in v.out] for name, v in self.graph.vertices.items()}
        ahead = set(finished({vertex.id: follows[vertex.id]}, follows))
        joins = [place.vertex for place in self.joins if place.vertex.id in ahead]
        return all(arc.source in ahead for join in joins for arc in join.into)

    def _moves(self, last: Step) -> list[Move]:
        """Return the moves that lead to a step, and that one."""
        moves = [(last[1].vertex, last[1].bits, last[2])]
        came = self.came[last[0]]
        while came is not None:
            place = self.places[came[1]]
            moves.append((place.vertex, place.bits, came[2]))
            came = self.came[came[0]]
        return moves[::-1]

    def _reach(self, after: int, state: int, place: Place, way: tuple[Arc, ...]) -> int:
        if after not in self.came:
            self.budget -= 1
            if self.budget <= 0:
                self.found.gave_up = True
            self.came[after] = (state, place.number, way)
            self._todo.append(after)
        return after

    def _rests(self, state: int) -> None:
        """Note what a marking means in which nobody can move."""
        held = [place for place in self.joins if state & place.bits]
        if held:
            held.sort(key=lambda place: (place.vertex.join != "all", place.number))
            self.found.stuck.setdefault(held[0].vertex.element, state)

    # --- no way to the end ----------------------------------------------------------------------

    def _doomed(self) -> list[int]:
        """Return the markings from which nothing that rests can be reached, in the order found."""
        before: dict[int, list[int]] = {}
        for state, after in self.follows.items():
            for other in after:
                before.setdefault(other, []).append(state)
        stack = [CUT] + [state for state, after in self.follows.items() if not after]
        good = set(stack)
        while stack:
            for other in before.get(stack.pop(), ()):
                if other not in good:
                    good.add(other)
                    stack.append(other)
        return [state for state in self.came if state not in good]

    def _circle(self, doomed: Sequence[int]) -> int | None:
        """Return the first marking that comes back to itself."""
        if not doomed:
            return None
        state, seen = doomed[0], set[int]()
        while state not in seen:
            seen.add(state)
            state = self.follows[state][0]
        return state

    # --- what is told -----------------------------------------------------------------------------

    def trace(self, state: int, last: Step | None = None) -> tuple[str, ...]:
        """Return the elements passed on the way to a marking, in order, and by one more step."""
        steps: list[tuple[Place, tuple[Arc, ...]]] = [(last[1], last[2])] if last else []
        came = self.came[state]
        while came is not None:
            steps.append((self.places[came[1]], came[2]))
            came = self.came[came[0]]
        passed: list[str] = []
        for place, way in reversed(steps):
            for element in (place.vertex.element, *(name for arc in way for name in arc.path)):
                if element and passed[-1:] != [element]:
                    passed.append(element)
        return tuple(passed)

    def next(self, state: int) -> str:
        """Return the element that moves next in a marking; empty: nobody can."""
        movable = sorted(self._movable(state)[0], key=lambda place: place.number)
        return next((place.vertex.element for place in movable if place.vertex.element), "")
