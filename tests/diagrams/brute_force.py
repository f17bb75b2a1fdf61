"""BPMN's token game once more: every interleaving, nothing left out, nothing of the product.

`Scopes.read` reads a file by itself; `verdict` plays every scope to the last state. It is slow and
meant to be: the check of law 10 has to come to the same answer with its rules and its order.

What is agreed on with the check is what words mean: a scope is played by itself, around it it is an
activity that ends unless its inside never does; an event beside an activity whose way does not meet
the activity's again (but at an end) is played by itself; where a second token comes, play ends.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
WAITS = {
    "userTask", "manualTask", "serviceTask", "receiveTask", "callActivity", "eventBasedGateway",
    "intermediateCatchEvent", "boundaryEvent",
}  # fmt: skip
TASKS = {
    "userTask", "manualTask", "serviceTask", "receiveTask", "callActivity", "subProcess", "task",
    "scriptTask", "businessRuleTask", "sendTask",
}  # fmt: skip

#: Where a token is: on a flow, or at an element with the events beside it that have fired already.
Token = tuple[str, frozenset[str]]
State = frozenset[tuple[Token, int]]
DONE: State = frozenset({(("", frozenset()), 0)})


class TooMany(Exception):
    """There are more states than this is meant for."""


@dataclass
class Element:
    name: str
    kind: str
    trigger: str = ""
    host: str = ""
    interrupting: bool = True
    once: bool = False
    link: str = ""
    topic: bool = False
    inside: "Sheet | None" = None


@dataclass
class Line:
    name: str
    source: str
    target: str
    asked: bool
    default: bool


@dataclass
class Sheet:
    """A scope as it is drawn."""

    name: str
    handler: bool = False
    elements: dict[str, Element] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)

    def out(self, name: str) -> list[Line]:
        return [line for line in self.lines.values() if line.source == name]

    def into(self, name: str) -> list[Line]:
        return [line for line in self.lines.values() if line.target == name]


@dataclass
class Verdict:
    """What was found, over all scopes."""

    twice: bool = False
    ends_twice: bool = False
    stuck: set[str] = field(default_factory=set)
    never: set[str] = field(default_factory=set)
    no_end: bool = False
    spins: bool = False
    dead: set[str] = field(default_factory=set)
    completes: bool = False


def read(source: bytes) -> list[Sheet]:
    root = ET.fromstring(source)
    return [_sheet(process) for process in root.findall(f"{BPMN}process")]


def _sheet(holder: ET.Element) -> Sheet:
    sheet = Sheet(holder.get("id", ""), handler=holder.get("triggeredByEvent") == "true")
    defaults = {item.get("default") for item in holder}
    for item in holder:
        kind, name = item.tag.removeprefix(BPMN), item.get("id", "")
        if kind == "sequenceFlow":
            asked = item.find(f"{BPMN}conditionExpression") is not None and name not in defaults
            ends = item.get("sourceRef", ""), item.get("targetRef", "")
            sheet.lines[name] = Line(name, *ends, asked, name in defaults)
        elif kind in TASKS or kind.endswith(("Event", "Gateway")):
            sheet.elements[name] = _element(item, kind)
    for name, element in sheet.elements.items():
        lines = [line for line in sheet.out(name) if not line.asked and not line.default]
        if element.kind == "exclusiveGateway" and len(sheet.out(name)) > 1 and len(lines) == 1:
            lines[0].default = True
    return sheet


def _element(item: ET.Element, kind: str) -> Element:
    made = Element(item.get("id", ""), kind, host=item.get("attachedToRef", ""))
    made.interrupting = item.get("cancelActivity", item.get("isInterrupting")) != "false"
    for part in item:
        tag = part.tag.removeprefix(BPMN)
        if tag.endswith("EventDefinition"):
            made.trigger = tag.removesuffix("EventDefinition")
            made.once = made.trigger == "timer" and part.find(f"{BPMN}timeCycle") is None
            made.link = part.get("name", "") if made.trigger == "link" else ""
    made.topic = any(key.endswith("}topic") for key in item.attrib)
    if kind == "subProcess":
        made.inside = _sheet(item)
    return made


def verdict(source: bytes, most: int = 60_000) -> Verdict:
    found = Verdict()
    for sheet in read(source):
        _judge(sheet, found, most, left=False)
    return found


def _judge(sheet: Sheet, found: Verdict, most: int, *, left: bool) -> bool:
    """Play a scope and those inside; return whether it can end by itself."""
    handlers = [e for e in sheet.elements.values() if e.inside is not None and e.inside.handler]
    starts = [s for e in handlers if e.inside for s in e.inside.elements.values()]
    left |= any(s.kind == "startEvent" and s.interrupting for s in starts)
    silent = set()
    for element in sheet.elements.values():
        if element.inside is not None:
            edges = [e for e in sheet.elements.values() if e.host == element.name]
            way_out = left or any(edge.interrupting for edge in edges)
            if not _judge(element.inside, found, most, left=way_out):
                silent.add(element.name)
    begun = [frozenset(e.name for e in sheet.elements.values() if e.kind == "startEvent")]
    reached: set[str] = set()
    completes = bool(handlers)
    for number, names in enumerate(begun):
        play = Play(sheet, names, silent, most)
        play.run(found, left=left)
        reached |= play.reached
        completes |= play.completed and not number
        others = [frozenset({name}) for name in sorted(play.apart)]
        begun += [one for one in others if one not in begun]
    ways = Play(sheet, begun[0], set(), most)
    found.dead |= ways.anywhere(begun[0], set(sheet.elements)) - reached
    found.completes = completes
    return completes


class Play:
    """All plays of a scope from some of its elements."""

    def __init__(self, sheet: Sheet, names: frozenset[str], silent: set[str], most: int) -> None:
        self.sheet, self.names, self.silent, self.most = sheet, names, silent, most
        self.reached: set[str] = set()
        self.fired: set[str] = set()
        self.awaited: set[str] = set()
        self.completed = False
        self.twice = self.ends_twice = False
        #: From state to state, with whether somebody had to wait for it.
        self.after: dict[State, list[tuple[State | None, bool]]] = {}
        self.together, self.apart = self._beside()

    # --- which events are beside the flow -----------------------------------------------------

    def anywhere(self, names: frozenset[str], through: set[str]) -> set[str]:
        seen: set[str] = set()
        stack = list(names)
        while stack:
            name = stack.pop()
            if name not in seen:
                seen.add(name)
                stack += [line.target for line in self.sheet.out(name)] + self._linked(name)
                for edge in self.sheet.elements.values():
                    if edge.host == name and (edge.interrupting or edge.name in through):
                        stack.append(edge.name)
        return seen

    def _linked(self, name: str) -> list[str]:
        link = self.sheet.elements[name].link
        if not link or self.sheet.elements[name].kind != "intermediateThrowEvent":
            return []
        caught = (e for e in self.sheet.elements.values() if e.link == link)
        return [e.name for e in caught if e.kind == "intermediateCatchEvent"]

    def _beside(self) -> tuple[set[str], set[str]]:
        together: set[str] = set()
        while True:
            mine = self.anywhere(self.names, together)
            work = {name for name in mine if self.sheet.elements[name].kind != "endEvent"}
            edges = {
                e.name
                for e in self.sheet.elements.values()
                if e.host in mine and not e.interrupting and e.name not in together
            }
            met = {e for e in edges if self.anywhere(frozenset({e}), set()) & work}
            if not met:
                return together, edges
            together |= met

    # --- play ---------------------------------------------------------------------------------

    def run(self, found: Verdict, *, left: bool) -> None:
        for name in sorted(self.names):
            self._explore(frozenset({((name, frozenset()), 1)}))
        found.twice |= self.twice
        found.ends_twice |= self.ends_twice
        stuck = [s for s, after in self.after.items() if not after and self._waiting(s)]
        for state in stuck:
            found.stuck |= self._waiting(state)
        found.never |= self.awaited - self.fired
        found.no_end |= not left and bool(self._doomed())
        found.spins |= self._goes_round()

    def _explore(self, first: State) -> None:
        todo = [first]
        while todo:
            state = todo.pop()
            if state in self.after:
                continue
            self.after[state] = []
            if len(self.after) > self.most:
                raise TooMany
            self.completed |= state != DONE and not self._live(state)
            self.awaited |= self._waiting(state)
            for element, after in self._moves(state) if state != DONE else ():
                waits = self.sheet.elements[element].kind in WAITS or self._job(element)
                self.after[state].append((after, waits))
                if after is not None:
                    todo.append(after)

    def _job(self, name: str) -> bool:
        element = self.sheet.elements[name]
        if element.kind == "intermediateCatchEvent":
            return not element.link
        if element.inside is not None:
            return not _passable(element.inside)
        return element.topic

    def _live(self, state: State) -> list[Token]:
        return [t for t, _ in state if not t[0].startswith("ended ")]

    def _waiting(self, state: State) -> set[str]:
        lines = [self.sheet.lines[t[0]] for t, _ in state if t[0] in self.sheet.lines]
        return {line.target for line in lines if self._join(line.target)}

    def _join(self, name: str) -> bool:
        kind = self.sheet.elements[name].kind
        return kind in {"parallelGateway", "inclusiveGateway"} and len(self.sheet.into(name)) > 1

    def _moves(self, state: State) -> Iterator[tuple[str, State | None]]:
        tokens = Counter(dict(state))
        for token in list(tokens):
            name = token[0]
            if name in self.sheet.lines:
                target = self.sheet.lines[name].target
                if not self._join(target):
                    yield target, self._next(tokens, [token], [(target, frozenset())])
            elif not name.startswith("ended "):
                yield from self._leave(tokens, token)
        for name in self.sheet.elements:
            if self._join(name):
                yield from self._pass(tokens, name)

    def _next(self, tokens: Counter[Token], less: list[Token], more: list[Token]) -> State | None:
        """Return the state after a move; None: play ends, since two tokens are at one place."""
        after = tokens.copy()
        after.subtract(less)
        after.update(more)
        at: Counter[str] = Counter()
        for token, count in after.items():
            at[token[0]] += count
        for name in [name for name, count in at.items() if count > 1]:
            if not self._ends(name):
                self.twice = True
                return None
            self.ends_twice |= name.startswith("ended ")
            after[name, frozenset()] = 1
        return frozenset((token, count) for token, count in after.items() if count > 0)

    def _ends(self, name: str) -> bool:
        """Tell whether tokens at a place are at an end, or on the way into one."""
        line = self.sheet.lines.get(name)
        place = self.sheet.elements.get(line.target if line else name)
        return place is None or place.kind == "endEvent"

    def _leave(self, tokens: Counter[Token], token: Token) -> Iterator[tuple[str, State | None]]:
        name, fired = token
        element = self.sheet.elements[name]
        self.reached.add(name)
        if element.kind == "endEvent":
            yield name, self._end(tokens, token, element)
            return
        edges = [e for e in self.sheet.elements.values() if e.host == name]
        if name in self.silent and not edges:
            yield name, DONE
        for way in self._ways(name) if name not in self.silent else ():
            yield name, self._next(tokens, [token], way)
        for edge in edges:
            if edge.interrupting:
                yield edge.name, self._next(tokens, [token], [(edge.name, frozenset())])
            elif edge.name in self.together and edge.name not in fired:
                stays = (name, fired | {edge.name} if edge.once else fired)
                yield edge.name, self._next(tokens, [token], [stays, (edge.name, frozenset())])

    def _end(self, tokens: Counter[Token], token: Token, element: Element) -> State | None:
        if element.trigger in {"terminate", "error"}:
            self.completed |= element.trigger == "terminate"
            return DONE
        return self._next(tokens, [token], [(f"ended {element.name}", frozenset())])

    def _ways(self, name: str) -> list[list[Token]]:
        lines, kind = self.sheet.out(name), self.sheet.elements[name].kind
        if self._linked(name):
            return [[(self._linked(name)[0], frozenset())]]
        if kind in {"exclusiveGateway", "eventBasedGateway"}:
            return [[(line.name, frozenset())] for line in lines]
        if kind == "parallelGateway" or not any(line.asked for line in lines):
            return [[(line.name, frozenset()) for line in lines]]
        asked = [line.name for line in lines if line.asked]
        always = [line.name for line in lines if not line.asked and not line.default]
        ways = []
        for bits in range(2 ** len(asked)):
            chosen = always + [line for at, line in enumerate(asked) if bits >> at & 1]
            chosen = chosen or [line.name for line in lines if line.default]
            if chosen:
                ways.append([(line, frozenset[str]()) for line in chosen])
        return ways

    def _pass(self, tokens: Counter[Token], name: str) -> Iterator[tuple[str, State | None]]:
        into = [(line.name, frozenset[str]()) for line in self.sheet.into(name)]
        full = [token for token in into if tokens[token]]
        if not full:
            return
        if self.sheet.elements[name].kind == "parallelGateway":
            if len(full) < len(into):
                return
        elif self._may_come(tokens, name, {token[0] for token in full}):
            return
        self.fired.add(name)
        self.reached.add(name)
        for way in self._ways(name):
            yield name, self._next(tokens, full, way)

    def _may_come(self, tokens: Counter[Token], join: str, full: set[str]) -> bool:
        """BPMN 2.0, 13.4.3: a token can come on an empty flow, and on none that has one."""
        for (name, _), count in tokens.items():
            if not count or name.startswith("ended "):
                continue
            line = self.sheet.lines.get(name)
            if line is not None and line.target == join:
                continue
            met = self._lines_from(line.target if line else name, join)
            if met and not met & full:
                return True
        return False

    def _lines_from(self, name: str, join: str) -> set[str]:
        """Return the flows into a join that can be reached from an element, not past the join."""
        seen: set[str] = set()
        met: set[str] = set()
        stack = [name]
        while stack:
            here = stack.pop()
            if here in seen or here == join:
                continue
            seen.add(here)
            # The way on of a subprocess that never ends is no way.
            lines = [] if here in self.silent else self.sheet.out(here)
            met |= {line.name for line in lines if line.target == join}
            stack += [line.target for line in lines] + self._linked(here)
            for edge in self.sheet.elements.values():
                if edge.host == here and (edge.interrupting or edge.name in self.together):
                    stack.append(edge.name)
        return met

    # --- what the states say ------------------------------------------------------------------

    def _doomed(self) -> set[State]:
        """Return the states from which neither an end, nor a halt, nor a second token is met."""
        before: dict[State | None, set[State]] = defaultdict(set)
        for state, after in self.after.items():
            for other, _ in after:
                before[other].add(state)
        good: set[State | None] = {None} | {s for s, after in self.after.items() if not after}
        stack = list(good)
        while stack:
            for other in before[stack.pop()] - good:
                good.add(other)
                stack.append(other)
        return {state for state in self.after if state not in good}

    def _goes_round(self) -> bool:
        """Tell whether play can come back to a state without anybody having waited."""
        left = {s: {o for o, waits in after if not waits and o} for s, after in self.after.items()}
        gone = [state for state, after in left.items() if not after]
        before: dict[State, set[State]] = defaultdict(set)
        for state, after in left.items():
            for other in after:
                before[other].add(state)
        while gone:
            state = gone.pop()
            left.pop(state)
            for other in before[state]:
                left[other].discard(state)
                if not left[other]:
                    gone.append(other)
        return bool(left)


def _passable(sheet: Sheet) -> bool:
    """Tell whether a way through a scope has nothing to wait for."""
    play = Play(sheet, frozenset(), set(), 1)
    stack = [e.name for e in sheet.elements.values() if e.kind == "startEvent"]
    seen: set[str] = set()
    while stack:
        name = stack.pop()
        element = sheet.elements[name]
        waits = element.kind in WAITS - {"intermediateCatchEvent"} or play._job(name)
        if element.kind == "endEvent":
            return True
        if name not in seen and not waits:
            seen.add(name)
            stack += [line.target for line in sheet.out(name)] + play._linked(name)
    return False
