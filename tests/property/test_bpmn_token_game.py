"""Random diagrams, random acts: the engine and BPMN's token game must say the same.

Between any two acts the engine saves and loads, for it has no other way. Compared after each: what
is offered, what waits at joins, which ends were reached, the variables, whether the case is over.
ZHOLDAMA_HYPOTHESIS=long plays several thousand diagrams.
"""

import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from engine import bpmn
from engine.bpmn.checks import Check
from engine.bpmn.soundness import GRAVE, Kind, flaws
from engine.errors import StepFailed
from engine.model.acts import Act, CompleteTask, FireTimer
from engine.model.steps import Happened, OpenTask, OpenTimer, Status, Step
from tests.property.token_game import Ambiguous, Arc, Endless, Game, Part, Plan, Stuck

LONG = os.environ.get("ZHOLDAMA_HYPOTHESIS") == "long"
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">'
)


# --- random plans ---------------------------------------------------------------------------------


@dataclass
class Drawer:
    """Draws a plan block by block; `draw` is hypothesis's."""

    draw: object
    size: int = 0
    names: Counter[str] = field(default_factory=Counter)

    def pick(self, *options: str) -> str:
        return self.draw(st.sampled_from(options))  # type: ignore[operator]

    def number(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))  # type: ignore[operator]

    def part(self, plan: Plan, kind: str, **more: object) -> str:
        self.names[kind] += 1
        self.size += 1
        name = f"{kind}{self.names[kind]}"
        plan.parts[name] = Part(name, kind, **more)  # type: ignore[arg-type]
        return name

    def join(self, plan: Plan, source: str, target: str, condition: int | None = None) -> Arc:
        arc = Arc(f"f{len(plan.arcs)}_{source}_{target}", source, target, condition)
        plan.arcs.append(arc)
        return arc

    def scope(self, depth: int) -> Plan:
        plan = Plan()
        at = self.chain(plan, self.part(plan, "start"), depth)
        self.join(plan, at, self.part(plan, self.pick("end", "end", "end", "terminate")))
        self.wild(plan)
        return plan

    def chain(self, plan: Plan, at: str, depth: int) -> str:
        for _ in range(self.number(1, 3)):
            at = self.block(plan, at, depth)
        return at

    def block(self, plan: Plan, at: str, depth: int) -> str:
        simple = ("user", "count", "many", "edge")
        deep = ("xor", "and", "or", "loop", "sub", "split")
        kind = self.pick(*simple, *(deep if depth and self.size < 25 else ()))
        return getattr(self, f"draw_{kind}")(plan, at, depth)

    def draw_user(self, plan: Plan, at: str, depth: int) -> str:
        name = self.part(plan, "user")
        self.join(plan, at, name)
        return name

    def draw_count(self, plan: Plan, at: str, depth: int) -> str:
        name = self.part(plan, "count")
        self.join(plan, at, name)
        return name

    def draw_many(self, plan: Plan, at: str, depth: int) -> str:
        times, sequential = self.number(0, 3), self.pick("yes", "no") == "yes"
        name = self.part(plan, "user", times=times, sequential=sequential)
        self.join(plan, at, name)
        return name

    def draw_edge(self, plan: Plan, at: str, depth: int) -> str:
        """An activity with a boundary timer, whose way ends by itself or comes back."""
        host = self.draw_sub(plan, at, depth) if depth and self.number(0, 1) else None
        host = host or self.pick_user(plan, at)
        edge = self.part(plan, "edge", host=host, interrupting=self.pick("yes", "no") == "yes")
        last = self.chain(plan, edge, 0)
        if self.number(0, 1):
            self.join(plan, last, self.part(plan, "end"))
            return host
        merge = self.part(plan, "xor")
        self.join(plan, host, merge)
        self.join(plan, last, merge)
        return merge

    def pick_user(self, plan: Plan, at: str) -> str:
        draw = self.draw_user if self.number(0, 3) else self.draw_many
        return draw(plan, at, 0)

    def fork(self, plan: Plan, at: str, kind: str) -> str:
        name = self.part(plan, kind)
        self.join(plan, at, name)
        return name

    def branches(self, plan: Plan, fork: str, depth: int, *, conditions: bool) -> list[str]:
        """Draw branches; the first is the default. Some end by themselves."""
        lasts = []
        for number in range(self.number(2, 3)):
            first = self.part(plan, "count")
            arc = self.join(plan, fork, first, number if conditions and number else None)
            arc.default = conditions and not number
            last = self.chain(plan, first, depth - 1)
            if number and self.number(0, 5) == 0:
                self.join(plan, last, self.part(plan, "end"))
            else:
                lasts.append(last)
        return lasts

    def both(self, plan: Plan, at: str, depth: int, kind: str, join: str) -> str:
        fork = self.fork(plan, at, kind)
        lasts = self.branches(plan, fork, depth, conditions=kind != "and")
        merge = self.part(plan, join)
        for last in lasts:
            self.join(plan, last, merge)
        return merge

    def draw_xor(self, plan: Plan, at: str, depth: int) -> str:
        return self.both(plan, at, depth, "xor", self.pick("xor", "xor", "or"))

    def draw_and(self, plan: Plan, at: str, depth: int) -> str:
        return self.both(plan, at, depth, "and", self.pick("and", "and", "or", "xor"))

    def draw_or(self, plan: Plan, at: str, depth: int) -> str:
        return self.both(plan, at, depth, "or", self.pick("or", "or", "xor"))

    def draw_split(self, plan: Plan, at: str, depth: int) -> str:
        """A user task with conditions on its own flows."""
        return self.both(plan, at, depth, "user", self.pick("or", "xor"))

    def draw_loop(self, plan: Plan, at: str, depth: int) -> str:
        merge, user = self.part(plan, "xor"), self.part(plan, "user")
        self.join(plan, at, merge)
        self.join(plan, merge, user)
        last = self.chain(plan, user, depth - 1)
        back = self.fork(plan, last, "xor")
        self.join(plan, back, merge, self.number(1, 3))
        after = self.part(plan, "count")
        self.join(plan, back, after).default = True
        return after

    def draw_sub(self, plan: Plan, at: str, depth: int) -> str:
        name = self.part(plan, "sub", inside=self.scope(depth - 1))
        self.join(plan, at, name)
        return name

    def wild(self, plan: Plan) -> None:
        """Add flows that no block structure has: into joins further on, or back to user tasks."""
        order = list(plan.parts)
        for _ in range(self.number(0, 2)):
            sources = [n for n in order if plan.parts[n].kind == "xor" and len(plan.out(n)) > 1]
            sources += [n for n in order if plan.parts[n].kind == "edge"]
            if not sources:
                return
            source = self.draw(st.sampled_from(sources))  # type: ignore[operator]
            later = order[order.index(source) + 1 :]
            targets = [n for n in order if plan.parts[n].kind == "user"]
            targets += [n for n in later if plan.parts[n].kind in {"and", "or"} and plan.into(n)]
            if targets:
                target = self.draw(st.sampled_from(targets))  # type: ignore[operator]
                self.join(plan, source, target, 3)


@st.composite
def plans(draw: object) -> Plan:
    return Drawer(draw).scope(2)


# --- the same plan as XML -------------------------------------------------------------------------

TAGS = {
    "start": "startEvent",
    "end": "endEvent",
    "terminate": "endEvent",
    "user": "userTask",
    "count": "scriptTask",
    "xor": "exclusiveGateway",
    "and": "parallelGateway",
    "or": "inclusiveGateway",
    "sub": "subProcess",
    "edge": "boundaryEvent",
}


def xml(plan: Plan) -> str:
    return "".join(written(plan, part) for part in plan.parts.values()) + "".join(
        f'<sequenceFlow id="{arc.name}" sourceRef="{arc.source}" targetRef="{arc.target}">'
        + (
            f"<conditionExpression>v = {arc.condition}</conditionExpression>"
            if arc.condition is not None
            else ""
        )
        + "</sequenceFlow>"
        for arc in plan.arcs
    )


def written(plan: Plan, part: Part) -> str:
    attributes, inner, tag = f'id="{part.name}"', "", TAGS[part.kind]
    default = [arc.name for arc in plan.out(part.name) if arc.default]
    if default:
        attributes += f' default="{default[0]}"'
    if part.kind == "count":
        attributes += ' scriptFormat="feel"'
        inner = f"<script>{part.name} = {part.name} + 1</script>"
    if part.kind == "terminate":
        inner = "<terminateEventDefinition/>"
    if part.kind == "edge":
        flag = "true" if part.interrupting else "false"
        attributes += f' attachedToRef="{part.host}" cancelActivity="{flag}"'
        inner = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
    if part.times is not None:
        flag = "true" if part.sequential else "false"
        inner = (
            f'<multiInstanceLoopCharacteristics isSequential="{flag}"><loopCardinality>'
            f"{part.times}</loopCardinality></multiInstanceLoopCharacteristics>"
        )
    if part.inside is not None:
        inner += xml(part.inside)
    return f"<{tag} {attributes}>{inner}</{tag}>"


def counters(plan: Plan) -> list[str]:
    found = [part.name for part in plan.parts.values() if part.kind == "count"]
    for part in plan.parts.values():
        if part.inside is not None:
            found += counters(part.inside)
    return found


# --- the engine -----------------------------------------------------------------------------------


class Engine:
    """An instance, seen as the token game sees it."""

    def __init__(self, plan: Plan) -> None:
        body = f'{HEAD}<process id="p" isExecutable="true">{xml(plan)}</process></definitions>'
        with pytest.MonkeyPatch.context() as patched:
            # What can get stuck may not be deployed; here it is played to see that it does.
            patched.setattr(Check, "stuck", lambda self, scope: None)
            parsed = bpmn.parse(body.encode(), "random.bpmn")
        assert parsed.processes, [str(problem.message) for problem in parsed.problems]
        self.definition = parsed.processes["p"]
        self.env = bpmn.Environment(now=NOW)
        self.rows: dict[UUID, OpenTask | OpenTimer] = {}
        self.ends: Counter[str] = Counter()
        begin = {"v": 0} | dict.fromkeys(counters(plan), 0)
        self._took(*bpmn.start(self.definition, begin, self.env))

    def _took(self, state: bytes, step: Step) -> None:
        self.state, self.step = state, step
        for token in step.closed:
            self.rows.pop(token, None)
        for row in (*step.tasks, *step.timers):
            self.rows[row.token] = row
        ended = (item.element for item in step.events if item.happened is Happened.ENDED)
        self.ends.update(ended)

    def offers(self) -> list[str]:
        return sorted(row.element for row in self.rows.values())

    def act(self, name: str, which: int, v: int) -> None:
        row = [row for row in self.rows.values() if row.element == name][which]
        act: Act = CompleteTask(token=row.token, variables={"v": v})
        if isinstance(row, OpenTimer):
            act = FireTimer(token=row.token, due=row.due)
        self._took(*bpmn.advance(self.definition, self.state, act, self.env))

    def held(self) -> Counter[str]:
        tokens = bpmn.overview(self.definition, self.state)
        return Counter(token.element for token in tokens if token.kind.endswith("Gateway"))


def compare(game: Game, engine: Engine) -> None:
    assert engine.offers() == sorted(offer[1] for offer in game.offers())
    assert engine.held() == game.held()
    assert engine.ends == game.ends
    assert (engine.step.status is Status.COMPLETED) == game.done
    variables = dict(engine.step.variables)
    assert variables.pop("v") == game.v
    assert {name: count for name, count in variables.items() if count} == dict(+game.counts)


def played(plan: Plan, data: st.DataObject, acts: int) -> str:
    """Play both; return how it ended."""
    try:
        game = Game(plan)
    except Stuck:
        with pytest.raises(StepFailed, match="in vain"):
            Engine(plan)
        return "stuck at once"
    except (Ambiguous, Endless) as exc:
        return type(exc).__name__
    engine = Engine(plan)
    compare(game, engine)
    for _ in range(acts):
        if game.done:
            return "completed"
        over = one_act(game, engine, data)
        if over:
            return over
        compare(game, engine)
    return "still running"


def one_act(game: Game, engine: Engine, data: st.DataObject) -> str:
    """Do a random act in both; return why the play cannot go on, or nothing."""
    offers = game.offers()
    serial, name, _, _ = data.draw(st.sampled_from(offers))
    which = [offer[0] for offer in offers if offer[1] == name].index(serial)
    v, before = data.draw(st.integers(0, 3)), engine.state
    try:
        game.act(serial, name, v)
    except Stuck:
        with pytest.raises(StepFailed, match="in vain"):
            engine.act(name, which, v)
        assert engine.state is before
        return "stuck"
    except (Ambiguous, Endless) as exc:
        return type(exc).__name__
    engine.act(name, which, v)
    return ""


@settings(
    max_examples=6000 if LONG else 200,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    print_blob=True,
)
@given(plan=plans(), data=st.data())
def test_the_engine_plays_bpmns_token_game(plan: Plan, data: st.DataObject) -> None:
    how = played(plan, data, 40 if LONG else 15)
    event(how)
    if how == "stuck":
        assert foreseen(plan), "the check did not see that this can get stuck"


def foreseen(plan: Plan) -> bool:
    """Tell whether the check of law 10 refuses a plan that can get stuck, or gives up."""
    found = flaws(Engine(plan).definition.top.scope)
    return any(flaw.kind in GRAVE or flaw.kind is Kind.UNEXPLORED for flaw in found)


def test_the_game_finds_what_spiffworkflow_gets_wrong() -> None:
    """The model itself, on the diagram of trap 13: in round 2 d is not offered while c waits."""
    drawer = Drawer(None)
    plan = Plan()
    for name, kind in {
        "s": "start", "m": "xor", "a": "user", "f": "and", "b": "user", "c": "user",
        "j": "and", "d": "user",
    }.items():  # fmt: skip
        plan.parts[name] = Part(name, kind)
    for pair in ("sm", "ma", "af", "fb", "fc", "bj", "cj", "jd", "dm"):
        drawer.join(plan, *pair)
    game, engine = Game(plan), Engine(plan)
    for _ in range(3):
        for name in ("a", "b", "c", "d"):
            offer = next(o for o in game.offers() if o[1] == name)
            game.act(offer[0], name, 0)
            engine.act(name, 0, 0)
            compare(game, engine)
        assert [offer[1] for offer in game.offers()] == ["a"]
