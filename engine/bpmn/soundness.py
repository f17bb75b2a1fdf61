"""Law 10: a diagram that can get stuck cannot be deployed. Found by playing all choices.

Each scope is played by itself, conditions being free choices: a state is where tokens are, a move
takes the first token that can go and branches where the diagram has a choice (gateways,
conditions, boundary events). The order of moves does not matter for what can get stuck, for tokens
do not compete in BPMN; inclusive joins are asked when all else has gone as far as it can. A state
in which tokens wait at joins and nothing can move is a finding, with the elements that lead to it.

Bounded: after `MOST_STATES` states in all scopes of a process, or with more than `MOST_TOKENS`
tokens at one place (a process that makes ever more of them), the search stops without a finding.
"""

from collections import Counter, deque
from collections.abc import Iterator
from itertools import combinations

from engine.bpmn.diagram import ACTIVITIES, Flow, Node, Scope

#: States played at most per process; ours need some hundreds.
MOST_STATES = 6000
#: Tokens at one place before a branch of the search is given up.
MOST_TOKENS = 2
#: Flows of an inclusive split of which every subset is tried; of more, each alone and all together.
MOST_SUBSETS = 5

State = tuple[tuple[str, int], ...]
Moves = dict[State, tuple[State, str] | None]


class Search:
    """Plays one scope."""

    def __init__(self, scope: Scope, budget: int = MOST_STATES) -> None:
        """Prepare the tables of the scope; `budget` is how many states may be played."""
        self.scope = scope
        #: States that may still be played.
        self.budget = budget
        self.edges: dict[str, list[Node]] = {}
        for node in scope.nodes.values():
            self.edges.setdefault(node.attached_to, []).append(node)
        self.flows = {flow.id: flow for node in scope.nodes.values() for flow in node.outgoing}
        self._sources: dict[str, frozenset[str]] = {}
        self._left = self._ways_left()
        #: Whether a bound stopped the search: nothing found then proves nothing.
        self.gave_up = False

    def _ways_left(self) -> dict[str, int]:
        """Return how far each element is from an end: what ends soon goes first, and is gone."""
        left = {node.id: 0 for node in self.scope.nodes.values() if not node.outgoing}
        todo = deque(left)
        while todo:
            name = todo.popleft()
            for flow in self.scope.nodes[name].incoming:
                if flow.source not in left:
                    left[flow.source] = left[name] + 1
                    todo.append(flow.source)
        return {name: left.get(name, len(self.scope.nodes)) for name in self.scope.nodes}

    def stuck(self) -> tuple[str, tuple[str, ...]] | None:
        """Return a join at which tokens can wait for ever, and the way to it; None: none found."""
        for start in self.scope.starts():
            found = self._from(frozen(Counter([start.id])))
            if found is not None:
                return found
        return None

    def _from(self, first: State) -> tuple[str, tuple[str, ...]] | None:
        came: Moves = {first: None}
        todo = deque([first])
        while todo:
            if self.budget <= 0:
                self.gave_up = True
                return None
            self.budget -= 1
            state = todo.popleft()
            moved = False
            for name, after in self._moves(state):
                moved = True
                if any(count > MOST_TOKENS for _, count in after):
                    self.gave_up = True
                elif after not in came:
                    came[after] = (state, name)
                    todo.append(after)
            if state and not moved:
                return self._join(state), trace(came, state)
        return None

    def _join(self, state: State) -> str:
        """Return the join that waits, a parallel one if there is any."""
        targets = [self.flows[place].target for place, _ in state]
        parallel = [name for name in targets if self.scope.nodes[name].kind == "parallelGateway"]
        return (parallel or targets)[0]

    def _moves(self, state: State) -> Iterator[tuple[str, State]]:
        """Yield element and next state for every way the first token that can go may take."""
        able = [place for place, _ in state if place not in self.flows]
        if not able:
            yield from self._inclusive(state)
            return
        ready = min(able, key=self._left.__getitem__)
        rest = Counter(dict(state))
        rest[ready] -= 1
        node = self.scope.nodes[ready]
        if node.kind == "endEvent" and node.event and node.event.kind in {"terminate", "error"}:
            yield ready, ()
            return
        for flows in self._ways(node):
            yield ready, self._emitted(rest, flows)

    def _emitted(self, tokens: Counter[str], flows: list[Flow]) -> State:
        """Put tokens on flows, and let parallel joins pass that are complete."""
        after = Counter(tokens)
        for flow in flows:
            target = self.scope.nodes[flow.target]
            after[flow.id if joins(target) else target.id] += 1
        for flow in flows:
            target = self.scope.nodes[flow.target]
            incoming = [other.id for other in target.incoming]
            parallel = target.kind == "parallelGateway" and joins(target)
            if parallel and all(after[place] for place in incoming):
                after.subtract(incoming)
                after[target.id] += 1
        return frozen(after)

    # --- the ways out of an element ---------------------------------------------------------

    def _ways(self, node: Node) -> list[list[Flow]]:
        ways = self._own_ways(node)
        if node.kind in ACTIVITIES:
            for edge in self.edges.get(node.id, ()):
                taken = self._own_ways(edge)
                beside = [way + out for way in ways for out in taken]
                ways += taken if edge.interrupting else beside
        return ways

    def _own_ways(self, node: Node) -> list[list[Flow]]:
        out = list(node.outgoing)
        if node.kind in {"exclusiveGateway", "eventBasedGateway"}:
            return [[flow] for flow in out]
        if node.event is not None and node.event.kind == "link" and not out:
            return [self._link(node)]
        if node.kind == "parallelGateway" or not any(flow.condition for flow in out):
            return [out]
        return list(self._subsets(out))

    def _subsets(self, out: list[Flow]) -> Iterator[list[Flow]]:
        """Yield what conditions may let through: some of the flows, otherwise the default."""
        always = [flow for flow in out if flow.condition is None and not flow.default]
        free = [flow for flow in out if flow.condition is not None and not flow.default]
        sizes = range(1, len(free) + 1) if len(free) <= MOST_SUBSETS else (1, len(free))
        for size in sizes:
            for chosen in combinations(free, size):
                yield always + list(chosen)
        otherwise = always or [flow for flow in out if flow.default]
        if otherwise:
            yield otherwise

    def _link(self, node: Node) -> list[Flow]:
        """Return the flows out of the catching end: the link itself is no element to stop at."""
        nodes = self.scope.nodes.values()
        ends = (other for other in nodes if other.kind == "intermediateCatchEvent")
        return next((list(end.outgoing) for end in ends if link_name(end) == link_name(node)), [])

    # --- inclusive joins ----------------------------------------------------------------------

    def _inclusive(self, state: State) -> Iterator[tuple[str, State]]:
        tokens = Counter(dict(state))
        names = dict.fromkeys(self.flows[place].target for place in tokens)
        for name in names:
            node = self.scope.nodes[name]
            full = [flow.id for flow in node.incoming if tokens[flow.id]]
            if node.kind == "inclusiveGateway" and not self._may_come(node, full, tokens):
                after = Counter(tokens)
                after.subtract(full)
                after[name] += 1
                yield name, frozen(after)
                return

    def _may_come(self, node: Node, full: list[str], tokens: Counter[str]) -> bool:
        at = {self.flows[place].target for place in tokens if tokens[place]} - {node.id}
        empty = [flow for flow in node.incoming if flow.id not in full]
        filled = [flow for flow in node.incoming if flow.id in full]
        return any(
            any(name in self._before(flow, node) for flow in empty)
            and not any(name in self._before(flow, node) for flow in filled)
            for name in at
        )

    def _before(self, flow: Flow, without: Node) -> frozenset[str]:
        """Return the elements from which a token can come to a flow without passing the join."""
        if flow.id not in self._sources:
            seen: set[str] = set()
            stack = [flow.source]
            while stack:
                name = stack.pop()
                if name not in seen and name != without.id:
                    seen.add(name)
                    node = self.scope.nodes[name]
                    stack += [other.source for other in node.incoming]
                    stack += [node.attached_to] if node.attached_to else []
            self._sources[flow.id] = frozenset(seen)
        return self._sources[flow.id]


def link_name(node: Node) -> str:
    """Return the name of a link event; empty for any other element."""
    event = node.event
    return event.name.source if event and event.kind == "link" and event.name else ""


def joins(node: Node) -> bool:
    """Tell whether tokens may have to wait at a gateway."""
    return node.kind in {"parallelGateway", "inclusiveGateway"} and len(node.incoming) > 1


def frozen(tokens: Counter[str]) -> State:
    """Return a state that can be compared."""
    return tuple(sorted((place, count) for place, count in tokens.items() if count > 0))


def trace(came: Moves, state: State) -> tuple[str, ...]:
    """Return the elements passed on the way to a state, in order."""
    passed: list[str] = []
    step = came[state]
    while step is not None:
        state, name = step
        passed.append(name)
        step = came[state]
    return tuple(reversed(passed))
