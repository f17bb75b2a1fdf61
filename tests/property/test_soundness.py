"""Random diagrams: the check of law 10 says what playing every interleaving says.

No block structure: flows lead anywhere. `tests.diagrams.brute_force` plays all that can happen,
without rules or order. ZHOLDAMA_HYPOTHESIS=long tries many thousands.
"""

import os
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, assume, event, given, settings
from hypothesis import strategies as st

from engine.bpmn.diagram import Scope
from engine.bpmn.findings import Findings, children
from engine.bpmn.reading import Reader
from engine.bpmn.soundness import GRAVE, Flaw, Judge, Kind
from engine.xml import parse
from tests.diagrams.brute_force import TooMany, Verdict, verdict

LONG = os.environ.get("ZHOLDAMA_HYPOTHESIS") == "long"
GATEWAYS = {"xor": "exclusiveGateway", "and": "parallelGateway", "or": "inclusiveGateway"}


@dataclass
class Sketch:
    """A scope as XML, piece by piece; `draw` is hypothesis's."""

    draw: object
    prefix: str = ""
    names: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    flows: int = 0

    def pick(self, *options: str) -> str:
        return self.draw(st.sampled_from(options))  # type: ignore[operator]

    def number(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))  # type: ignore[operator]

    def scope(self, size: int, depth: int) -> str:
        kinds = ["user", "user", "task", "xor", "xor", "and", "and", "or", "split"]
        kinds += ["timed", "beside"] + ["sub"] * depth
        drawn = [(f"{self.prefix}n{n}", self.pick(*kinds)) for n in range(self.number(1, size))]
        ends = [f"{self.prefix}e{n}" for n in range(self.number(1, 2))]
        self.names = [name for name, _ in drawn]
        self.part("startEvent", f"{self.prefix}s")
        self.flow(f"{self.prefix}s", self.names[0])
        for at, (name, kind) in enumerate(drawn):
            self.element(name, kind, self.names[at + 1 :] * 2 + self.names + ends * 2, depth)
        for name in ends:
            stops = self.pick("", "", "", "<terminateEventDefinition/>")
            self.part("endEvent", name, stops)
        return "".join(self.parts)

    def part(self, kind: str, name: str, inner: str = "", attributes: str = "") -> None:
        self.parts.append(f'<{kind} id="{name}" {attributes}>{inner}</{kind}>')

    def flow(self, source: str, target: str, asked: bool = False) -> str:
        self.flows += 1
        name = f"{self.prefix}f{self.flows}"
        inner = "<conditionExpression>v = 1</conditionExpression>" if asked else ""
        ends = f'sourceRef="{source}" targetRef="{target}"'
        self.parts.append(f'<sequenceFlow id="{name}" {ends}>{inner}</sequenceFlow>')
        return name

    def element(self, name: str, kind: str, targets: list[str], depth: int) -> None:
        if kind in GATEWAYS or kind == "split":
            self.split(name, kind, targets)
            return
        inner, tag = "", {"task": "task", "sub": "subProcess"}.get(kind, "userTask")
        if kind == "sub":
            inner = Sketch(self.draw, f"{name}_").scope(3, depth - 1)
        self.part(tag, name, inner)
        self.flow(name, self.pick(*targets))
        if kind in {"timed", "beside"} or (kind == "sub" and self.number(0, 1)):
            self.edge(name, kind, targets)

    def edge(self, host: str, kind: str, targets: list[str]) -> None:
        flag = "false" if kind == "beside" else "true"
        timer = self.pick("timeDuration", "timeDuration", "timeCycle")
        inner = f"<timerEventDefinition><{timer}>PT1H</{timer}></timerEventDefinition>"
        name = f"{host}_b"
        self.part("boundaryEvent", name, inner, f'attachedToRef="{host}" cancelActivity="{flag}"')
        self.flow(name, self.pick(*targets))

    def split(self, name: str, kind: str, targets: list[str]) -> None:
        number = self.number(1, 3) if kind != "split" else 2
        asked = number > 1 and (kind in {"xor", "or"} or (kind == "split" and self.number(0, 1)))
        default = ""
        for at in range(number):
            last = at == number - 1 and (kind == "xor" or self.number(0, 1) == 1)
            made = self.flow(name, self.pick(*targets), bool(asked) and not last)
            default = f'default="{made}"' if asked and last else ""
        self.part(GATEWAYS.get(kind, "userTask"), name, "", default)


@st.composite
def diagrams(draw: object) -> bytes:
    body = Sketch(draw).scope(7, 1)
    return (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t">'
        f'<process id="p" isExecutable="true">{body}</process></definitions>'
    ).encode()


def scope_of(source: bytes) -> Scope:
    root = parse(source)
    return Reader(root, Findings("random.bpmn")).scope(children(root, "process")[0])


def meets(found: list[Flaw], *kinds: Kind) -> bool:
    return any(flaw.kind in kinds for flaw in found)


def elements(found: list[Flaw], kind: Kind) -> set[str]:
    return {flaw.element for flaw in found if flaw.kind is kind}


def compare(found: list[Flaw], truth: Verdict) -> None:
    stuck = elements(found, Kind.STUCK) | elements(found, Kind.NEVER_JOINS)
    assert bool(stuck) == bool(truth.stuck | truth.never)
    assert stuck <= truth.stuck | truth.never
    assert elements(found, Kind.NEVER_JOINS) <= truth.never
    if not truth.stuck:
        assert elements(found, Kind.NEVER_JOINS) == truth.never
    if not truth.spins:
        assert meets(found, Kind.NO_END) == truth.no_end
    if not meets(found, *GRAVE):
        assert elements(found, Kind.DEAD) == truth.dead
    if not truth.dead:
        assert meets(found, Kind.SPINS, Kind.MAY_SPIN) or not truth.spins
        assert truth.spins or not meets(found, Kind.SPINS)


@settings(
    max_examples=20_000 if LONG else 120,
    deadline=None,
    # To make a diagram smaller takes minutes: the file that failed is small enough to look at.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    print_blob=True,
)
@given(source=diagrams())
def test_the_check_says_what_playing_everything_says(source: bytes) -> None:
    try:
        truth = verdict(source, 20_000 if LONG else 1500)
    except TooMany:
        assume(False)
        return
    judge = Judge()
    judge.scope(scope_of(source), left=False)
    found, games = judge.flaws, judge.games
    assert not meets(found, Kind.UNEXPLORED)
    event("two at one place" if truth.twice else "safe")
    if truth.twice:
        assert any(one.twice for one in games)
        return
    assert not meets(found, Kind.TWICE, Kind.MAY_MEET)
    assert any(one.ends_twice for one in games) or not truth.ends_twice
    assert truth.ends_twice or not meets(found, Kind.ENDS_TWICE)
    compare(found, truth)
