"""Law 10: a diagram that can get stuck cannot be deployed. Found by playing the token game.

What is asked is what the field asks (W. van der Aalst, "Verification of workflow nets", 1997, and
van der Aalst et al., "Soundness of workflow nets: classification, decidability, and analysis",
2011; for BPMN as Corradini et al., 2018, and Kräuter et al., "BPMN Analyzer 2.0", 2024, put it):

- *safeness*: no element and no flow has two tokens at once. Two tokens where one is meant are
  an **error** (`Kind.TWICE`): the work is done twice, a join miscounts, a circle makes ever more.
- *option to complete*: from whatever was reached, the end can be reached. Three **errors**: tokens
  wait at a join for ever (`STUCK`; `NEVER_JOINS` if that join never passes at all); nothing waits
  in vain, but no end can be reached any more (`NO_END`).
- *proper completion*: when a case is over, no token is left and each end was reached once at
  most. In BPMN a token that reaches an end is gone, so none can be left; that branches share an end
  event, and it is reached twice, is allowed and harmless: a **warning** (`ENDS_TWICE`). Ends that
  terminate or throw take the others with them.
- *no dead elements*: each can be reached (`DEAD`, a **warning**; told only where nothing worse is,
  for behind an error everything is dead).

Beyond these, a circle without anything to wait for (`SPINS`): the engine would go round within one
step until it gives up. An error where nothing in it could change what its conditions say, or no
way leads out; a warning where a script or a table may. And where the bound is reached, that is said
(`UNEXPLORED`, a warning): what was not found may be there all the same.

Multiplicity is harmless, and no finding, beside the flow: an event that does not interrupt makes
tokens of its own on purpose (see `soundness_graph`). A repeated activity counts as one, whatever
happens in its iterations.

Each scope is played by itself, conditions being free choices: the inside of a subprocess is played
first, and around it is an activity that ends, unless its inside never does, or is left by its
boundary events; a called process is an activity. A scope that may be left from outside (an
interrupting event subprocess, or boundary event around it) always has a way to the end; a join that
waits in vain is an error there too.

A game is made smaller first (`soundness_rules`: reduction after Murata) and then played in one
order (`soundness_space`: stubborn sets after Valmari).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from engine.bpmn.diagram import Node, Scope
from engine.bpmn.soundness_circles import circles
from engine.bpmn.soundness_graph import Drawing, games, joins, link_name
from engine.bpmn.soundness_lineage import Meeting
from engine.bpmn.soundness_net import Graph
from engine.bpmn.soundness_rules import reduce
from engine.bpmn.soundness_space import Found, Space

__all__ = ["GRAVE", "MOST_STATES", "Flaw", "Kind", "flaws"]

#: Markings played at most per process; ours need some hundreds. 5 µs each on a fair machine.
MOST_STATES = 50_000
#: Kinds of elements that are done at once: they neither wait for anybody nor for any time.
INSTANT = frozenset({"task", "scriptTask", "businessRuleTask", "sendTask"})


class Kind(Enum):
    """What can be wrong with how tokens go; the value is what follows ``bpmn.`` in the code."""

    STUCK = "stuck"
    NEVER_JOINS = "never-joins"
    TWICE = "twice"
    MAY_MEET = "may-meet"
    NO_END = "no-end"
    SPINS = "spins"
    MAY_SPIN = "may-spin"
    ENDS_TWICE = "ends-twice"
    DEAD = "unreached"
    UNEXPLORED = "unexplored"


#: Kinds that stop a deployment.
GRAVE = frozenset({Kind.STUCK, Kind.NEVER_JOINS, Kind.TWICE, Kind.NO_END, Kind.SPINS})
#: What is told of two tokens that meet; of others nothing.
MEANING = {Meeting.CERTAIN: Kind.TWICE, Meeting.GUARDED: Kind.MAY_MEET}


@dataclass(frozen=True, kw_only=True)
class Flaw:
    """A finding."""

    #: What it is.
    kind: Kind
    #: Element at which it shows.
    element: str
    #: Elements that lead there, in order.
    trace: tuple[str, ...] = ()


def flaws(scope: Scope, budget: int = MOST_STATES) -> list[Flaw]:
    """Return what is wrong with a process and the scopes inside it, the inner ones first.

    `budget` is how many markings may be played in all.
    """
    judge = Judge(budget)
    judge.scope(scope, left=False)
    return judge.flaws


class Judge:
    """Judges one process."""

    def __init__(self, budget: int = MOST_STATES) -> None:
        """Begin with nothing; `budget` is how many markings may be played."""
        #: Markings that may still be played.
        self.budget = budget
        #: What is wrong.
        self.flaws: list[Flaw] = []
        #: What the games showed, also what there are reasons not to tell.
        self.games: list[Found] = []

    def scope(self, scope: Scope, *, left: bool) -> bool:
        """Judge a scope; `left`: it may be left from outside. Return whether it can end itself."""
        before = len(self.flaws)
        handlers = scope.event_subprocesses()
        left = left or any(_interrupts(node) for node in handlers)
        silent: set[str] = set()
        for node in scope.nodes.values():
            if node.inside is not None:
                interrupted = any(
                    edge.attached_to == node.id and edge.interrupting
                    for edge in scope.nodes.values()
                )
                if not self.scope(node.inside, left=left or interrupted) and not node.triggered:
                    silent.add(node.id)
        spinning = list(_spins(scope))
        endless = {name for kind, circle, _ in spinning if kind is Kind.SPINS for name in circle}
        found = [self._game(graph, scope, left, endless) for graph in games(scope, silent)]
        alive = set[str]().union(*(one.alive for one in found))
        for kind, circle, trace in spinning:
            if alive.issuperset(circle):
                self._note(kind, trace[0], trace)
        grave = any(flaw.kind in GRAVE for flaw in self.flaws[before:])
        if not grave and not any(one.gave_up for one in found):
            self._dead(scope, alive)
        return bool(handlers) or any(one.completes or one.gave_up for one in found[:1])

    def _note(self, kind: Kind, element: str, trace: tuple[str, ...] = ()) -> None:
        if trace and trace[-1] != element:
            trace = (*trace, element)
        self.flaws.append(Flaw(kind=kind, element=element, trace=trace))

    def _game(self, graph: Graph, scope: Scope, left: bool, spinning: set[str]) -> Found:
        """Play one game of a scope and note what it shows."""
        if graph.too_large:
            self._note(Kind.UNEXPLORED, graph.too_large)
            return Found(gave_up=True)
        reduce(graph)
        space = Space(graph, self.budget)
        found = space.play()
        self.games.append(found)
        self.budget = max(0, space.budget)
        for (element, told), step in found.twice.items():
            if told in MEANING:
                self._note(MEANING[told], element, space.trace(step[0], step))
        sure = not found.twice and not found.gave_up
        self._joins(space, found, sure)
        if found.endless is not None and not left and space.next(found.endless) not in spinning:
            self._note(Kind.NO_END, space.next(found.endless), space.trace(found.endless))
        for (element, told), step in found.ends_twice.items():
            if told is Meeting.CERTAIN:
                self._note(Kind.ENDS_TWICE, element, space.trace(step[0], step))
        if found.gave_up:
            self._note(Kind.UNEXPLORED, scope.id)
        return found

    def _joins(self, space: Space, found: Found, sure: bool) -> None:
        """Note the joins that wait in vain."""
        for element, state in found.stuck.items():
            never = sure and element not in found.alive
            self._note(Kind.NEVER_JOINS if never else Kind.STUCK, element, space.trace(state))
        if sure and not found.stuck:
            for element in sorted(found.awaited - found.alive):
                self._note(Kind.NEVER_JOINS, element)

    def _dead(self, scope: Scope, alive: set[str]) -> None:
        """Note the elements that no game reached, though a way leads there."""
        drawing = Drawing(scope)
        drawn = drawing.region([node.id for node in scope.starts()], list(scope.nodes))
        for name in scope.nodes:
            if name in drawn and name not in alive:
                self._note(Kind.DEAD, name)


def _spins(scope: Scope) -> Iterator[tuple[Kind, list[str], tuple[str, ...]]]:
    """Yield the circles without a wait: what they mean, their elements, a way round."""
    drawing = Drawing(scope)
    follows = _without_waits(scope, drawing)
    for circle in circles(follows):
        first = next(name for name in scope.nodes if name in circle)
        nodes = [scope.nodes[name] for name in circle]
        leaves = any(set(_targets(node, drawing)) - set(circle) for node in nodes)
        opens = leaves and any(map(_changes, nodes))
        ends = opens or any(_held(node, circle) for node in nodes)
        kind = Kind.MAY_SPIN if ends else Kind.SPINS
        yield kind, circle, _round(first, set(circle), follows)


def _without_waits(scope: Scope, drawing: Drawing) -> dict[str, list[str]]:
    """Return what follows what where no token ever waits, for what can be reached."""
    drawn = drawing.region([node.id for node in scope.starts()], list(scope.nodes))
    passing = {name for name in drawn if _instant(scope.nodes[name])}
    while True:
        follows = {
            name: [target for target in _targets(scope.nodes[name], drawing) if target in passing]
            for name in passing
        }
        # A parallel join on a circle waits for what comes from elsewhere.
        waits = {
            name
            for circle in circles(follows)
            for name in circle
            if scope.nodes[name].kind == "parallelGateway" and _held(scope.nodes[name], circle)
        }
        if not waits:
            return follows
        passing -= waits


def _held(node: Node, circle: list[str]) -> bool:
    """Tell whether a join on a circle may wait for tokens that come from elsewhere."""
    return joins(node) and any(flow.source not in circle for flow in node.incoming)


def _interrupts(node: Node) -> bool:
    """Tell whether an event subprocess ends all else in its scope."""
    return node.inside is not None and any(start.interrupting for start in node.inside.starts())


def _targets(node: Node, drawing: Drawing) -> list[str]:
    link = drawing.link(node)
    return [*(flow.target for flow in node.outgoing), *([link] if link else [])]


def _instant(node: Node) -> bool:
    """Tell whether a token passes an element without waiting for a person, a job or an event."""
    if node.topic is not None or node.triggered:
        return False
    if node.inside is not None:
        return _passable(node.inside)
    if node.kind in {"intermediateCatchEvent", "boundaryEvent"}:
        return bool(link_name(node))
    return node.kind in INSTANT or node.kind in {
        "startEvent",
        "intermediateThrowEvent",
        "exclusiveGateway",
        "parallelGateway",
        "inclusiveGateway",
    }


def _passable(scope: Scope) -> bool:
    """Tell whether a token may go through a subprocess without waiting."""
    drawing = Drawing(scope)
    stack = [node.id for node in scope.starts()]
    seen: set[str] = set()
    while stack:
        name = stack.pop()
        node = scope.nodes[name]
        if node.kind == "endEvent" and node.topic is None:
            return True
        if name not in seen and _instant(node):
            seen.add(name)
            stack += _targets(node, drawing)
    return False


def _changes(node: Node) -> bool:
    """Tell whether an element may change what conditions see."""
    return (
        node.kind in {"scriptTask", "businessRuleTask"}
        or bool(node.outputs)
        or (node.inside is not None and any(map(_changes, node.inside.nodes.values())))
    )


def _round(first: str, circle: set[str], follows: Mapping[str, list[str]]) -> tuple[str, ...]:
    """Return a way from an element back to itself, the shortest."""
    came: dict[str, str] = {}
    todo = [first]
    for name in todo:
        for target in follows[name]:
            if target == first:
                way = [first, name]
                while way[-1] != first:
                    way.append(came[way[-1]])
                return tuple(reversed(way))
            if target in circle and target not in came:
                came[target] = name
                todo.append(target)
    return (first,)
