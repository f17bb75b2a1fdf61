"""BPMN's token game, written down a second time: small, slow, and without a look at the engine.

A `Plan` is a diagram as plain data; `Game` plays it: tokens lie on sequence flows, elements take
them from incoming flows and put them on outgoing ones (BPMN 2.0, 13.3 and 13.4). SpiffWorkflow
cannot be the judge: its joins miscount in loops.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

#: Moves within one act; beyond that the diagram goes round without resting.
MOST_MOVES = 3000


class Stuck(Exception):
    """Tokens wait at joins for what can never come."""


class Ambiguous(Exception):
    """BPMN leaves it open: two inclusive joins could pass, and one might hinder the other.

    Or an end terminates while other tokens are on their way in the same act: how far they get
    before it is nobody's promise.
    """


class Endless(Exception):
    """The diagram goes round without resting."""


@dataclass
class Arc:
    """A sequence flow: taken if ``v = condition``; None: no condition."""

    name: str
    source: str
    target: str
    condition: int | None = None
    default: bool = False


@dataclass
class Part:
    """A flow node."""

    name: str
    #: start, end, terminate, user, count (a script), xor, and, or, sub, edge (boundary timer)
    kind: str
    inside: "Plan | None" = None
    host: str = ""
    interrupting: bool = True
    #: Iterations of a multi-instance user task; None: not repeated.
    times: int | None = None
    sequential: bool = False


@dataclass
class Plan:
    """A process or the inside of a subprocess."""

    parts: dict[str, Part] = field(default_factory=dict)
    arcs: list[Arc] = field(default_factory=list)

    def out(self, name: str) -> list[Arc]:
        return [arc for arc in self.arcs if arc.source == name]

    def into(self, name: str) -> list[Arc]:
        return [arc for arc in self.arcs if arc.target == name]

    def edges(self, host: str) -> list[str]:
        return [part.name for part in self.parts.values() if part.host == host]


@dataclass(eq=False)
class Work:
    """An activity at which a token is."""

    serial: int
    part: Part
    armed: list[str]
    inside: "Area | None" = None
    #: Serials of the open iterations, and how many are still to come.
    open: list[int] = field(default_factory=list)
    to_come: int = 0


@dataclass(eq=False)
class Area:
    """A running scope."""

    plan: Plan
    on: Counter[str] = field(default_factory=Counter)
    works: list[Work] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        return not self.works and not +self.on


class Game:
    """Plays a plan."""

    def __init__(self, plan: Plan) -> None:
        self.v = 0
        self.counts: Counter[str] = Counter()
        self.ends: Counter[str] = Counter()
        self._serial = 0
        self._moves = 0
        #: Whether several tokens have been on their way in this act.
        self._forked = False
        self.top = Area(plan)
        self._begin(self.top)
        self._play()

    # --- what can be seen -----------------------------------------------------------------

    @property
    def done(self) -> bool:
        return self.top.empty

    def areas(self, area: "Area | None" = None) -> Iterator[Area]:
        area = area or self.top
        yield area
        for work in area.works:
            if work.inside is not None:
                yield from self.areas(work.inside)

    def offers(self) -> list[tuple[int, str, Area, Work]]:
        """Everything that can be acted on, by age: open user tasks and armed timers."""
        found = []
        for area in self.areas():
            for work in area.works:
                if work.part.kind == "user":
                    serials = work.open if work.part.times is not None else [work.serial]
                    found += [(serial, work.part.name, area, work) for serial in serials]
                found += [(work.serial, edge, area, work) for edge in work.armed]
        return sorted(found, key=lambda offer: offer[0])

    def held(self) -> Counter[str]:
        """Tokens that wait at joins, by join."""
        found: Counter[str] = Counter()
        for area in self.areas():
            for arc in area.plan.arcs:
                found[arc.target] += area.on[arc.name]
        return +found

    # --- acts -----------------------------------------------------------------------------

    def act(self, serial: int, name: str, v: int) -> None:
        """Complete a user task (which sets v), or let a timer fire (which does not)."""
        self._moves = 0
        self._forked = False
        _, _, area, work = next(o for o in self.offers() if o[:2] == (serial, name))
        if name == work.part.name:
            self.v = v
            self._complete(area, work, serial)
        else:
            work.armed.remove(name)
            if area.plan.parts[name].interrupting:
                area.works.remove(work)
            self._emit(area, name)
        self._play()

    def _complete(self, area: Area, work: Work, serial: int) -> None:
        if work.part.times is not None:
            work.open.remove(serial)
            if work.to_come:
                work.to_come -= 1
                work.open.append(self._number())
            if work.open:
                return
        area.works.remove(work)
        self._emit(area, work.part.name)

    # --- the rules ------------------------------------------------------------------------

    def _number(self) -> int:
        self._serial += 1
        return self._serial

    def _begin(self, area: Area) -> None:
        start = next(part.name for part in area.plan.parts.values() if part.kind == "start")
        self._emit(area, start)

    def _emit(self, area: Area, name: str) -> None:
        """Put tokens on the flows out of an element that has just been left."""
        arcs, kind = area.plan.out(name), area.plan.parts[name].kind
        holds = [a for a in arcs if not a.default and a.condition in (None, self.v)]
        if kind == "and":
            chosen = arcs
        elif kind == "xor":
            chosen = holds[:1]
        else:
            chosen = holds
        chosen = chosen or [arc for arc in arcs if arc.default]
        self._forked |= len(chosen) > 1
        for arc in chosen:
            area.on[arc.name] += 1

    def _play(self) -> None:
        while self._move():
            self._moves += 1
            if self._moves > MOST_MOVES:
                raise Endless
        if not self.offers() and not self.done:
            raise Stuck

    def _move(self) -> bool:
        for area in self.areas():
            for arc in area.plan.arcs:
                if area.on[arc.name] and self._take(area, arc):
                    return True
            for work in area.works:
                if work.inside is not None and work.inside.empty:
                    area.works.remove(work)
                    self._emit(area, work.part.name)
                    return True
        return self._inclusive()

    def _take(self, area: Area, arc: Arc) -> bool:
        """Let the target take the token on this flow, if it can; joins of `or` are asked last."""
        part, into = area.plan.parts[arc.target], area.plan.into(arc.target)
        if part.kind == "or" and len(into) > 1:
            return False
        if part.kind == "and":
            if not all(area.on[other.name] for other in into):
                return False
            for other in into:
                area.on[other.name] -= 1
        else:
            area.on[arc.name] -= 1
        self._enter(area, part)
        return True

    def _enter(self, area: Area, part: Part) -> None:
        if part.kind == "end":
            self.ends[part.name] += 1
        elif part.kind == "terminate":
            if self._forked:
                raise Ambiguous
            self.ends[part.name] += 1
            area.on.clear()
            area.works.clear()
        elif part.kind in {"user", "sub"} and part.times != 0:
            self._start(area, part)
        else:
            if part.kind == "count":
                self.counts[part.name] += 1
            self._emit(area, part.name)

    def _start(self, area: Area, part: Part) -> None:
        work = Work(self._number(), part, area.plan.edges(part.name))
        if part.times is not None:
            at_once = 1 if part.sequential else part.times
            work.open = [self._number() for _ in range(at_once)]
            work.to_come = part.times - at_once
        area.works.append(work)
        if part.inside is not None:
            work.inside = Area(part.inside)
            self._begin(work.inside)

    def _inclusive(self) -> bool:
        """All else rests: let an inclusive join pass for which nothing more can come."""
        ready = [
            (area, part)
            for area in self.areas()
            for part in area.plan.parts.values()
            if part.kind == "or" and self._complete_enough(area, part)
        ]
        if not ready:
            return False
        if sum(1 for area, _ in ready if area is ready[0][0]) > 1:
            raise Ambiguous
        area, part = ready[0]
        for arc in area.plan.into(part.name):
            area.on[arc.name] -= 1 if area.on[arc.name] else 0
        self._emit(area, part.name)
        return True

    def _complete_enough(self, area: Area, part: Part) -> bool:
        into = area.plan.into(part.name)
        full = {arc.name for arc in into if area.on[arc.name]}
        empty = {arc.name for arc in into} - full
        if not full or len(into) < 2:
            return False
        at = [work.part.name for work in area.works]
        at += [a.target for a in area.plan.arcs if area.on[a.name] and a.target != part.name]
        for name in at:
            met = self._flows_from(area.plan, name, part.name)
            if met & empty and not met & full:
                return False
        return True

    def _flows_from(self, plan: Plan, name: str, without: str) -> set[str]:
        """All flows that a token at an element can still take without passing another."""
        seen: set[str] = set()
        flows: set[str] = set()
        stack = [name]
        while stack:
            here = stack.pop()
            if here in seen or here == without:
                continue
            seen.add(here)
            for place in (here, *plan.edges(here)):
                for arc in plan.out(place):
                    flows.add(arc.name)
                    stack.append(arc.target)
        return flows
