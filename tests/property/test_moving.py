"""A token that is moved: BPMN's token game goes on as the engine does, and what is allowed ends.

Random sound diagrams are played to some point; then a random token is moved to a random element,
or behind it. What is refused because it could get stuck must be able to: the game, playing at
random from the same marking, finds a state in which tokens wait for what can never come. What is
allowed must end when all tasks are done. ZHOLDAMA_HYPOTHESIS=long tries two thousand.
"""

import copy
import os
import random
from collections import Counter
from uuid import UUID

from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from engine import bpmn
from engine.errors import MoveRefused, StepFailed
from engine.model.acts import MoveToken
from tests.property.test_bpmn_token_game import (
    Drawer,
    Engine,
    compare,
    foreseen,
    one_act,
    plans,
)
from tests.property.token_game import Ambiguous, Area, Endless, Game, Part, Plan, Stuck, Work

LONG = os.environ.get("ZHOLDAMA_HYPOTHESIS") == "long"
#: Walks that look for a state in which nothing can go on.
WALKS = 400


@st.composite
def forked(draw: st.DrawFn) -> Plan:
    """Draw ways at once that meet again, and work behind them: where moves go wrong most."""
    drawer, plan = Drawer(draw), Plan()
    at = drawer.draw_user(plan, drawer.part(plan, "start"), 0)
    at = drawer.both(plan, at, 1, "and", drawer.pick("and", "and", "or"))
    at = drawer.draw_user(plan, at, 0)
    drawer.join(plan, at, drawer.part(plan, "end"))
    return plan


class Wanderer(Game):
    """Plays on with any choice at each gateway, as the check of diagrams does."""

    chance: random.Random

    def _emit(self, area: Area, name: str) -> None:
        arcs, kind = area.plan.out(name), area.plan.parts[name].kind
        free = [arc for arc in arcs if arc.condition is not None]
        always = [arc for arc in arcs if arc.condition is None and not arc.default]
        default = [arc for arc in arcs if arc.default]
        if kind == "and":
            chosen = arcs
        elif kind == "xor":
            chosen = [self.chance.choice(arcs)] if arcs else []
        else:
            some = [arc for arc in free if self.chance.random() < 0.5]
            chosen = always + some or default
        for arc in chosen:
            area.on[arc.name] += 1


def wandered(game: Game, seed: int) -> bool:
    """Walk on from a game at random; tell whether it came to where nothing can go on."""
    walk = copy.deepcopy(game)
    walk.__class__ = Wanderer
    assert isinstance(walk, Wanderer)
    walk.chance = random.Random(seed)
    try:
        walk._moves = 0
        walk._play()
        for _ in range(40):
            if walk.done:
                return False
            serial, name, _, _ = walk.chance.choice(walk.offers())
            walk.act(serial, name, 0)
    except Stuck:
        return True
    except (Ambiguous, Endless):
        return False
    return bool(_left_waiting(walk))


def _left_waiting(walk: Game) -> bool:
    """Tell whether in some scope nothing is at work, and tokens wait at a join."""
    return any(not area.works and +area.on for area in walk.areas())


# --- the same move in the game --------------------------------------------------------------------


def standing(game: Game) -> list[tuple[Area, Work]]:
    """Return the activities in which a token is; those that wait at joins are let alone."""
    return [(area, work) for area in game.areas() for work in area.works]


def put(game: Game, area: Area, work: Work, target: Part, *, behind: bool) -> None:
    """Take a token away and put one where it is moved to, in the same scope; then play."""
    area.works.remove(work)
    game._moves = 0
    if behind:
        game._emit(area, target.name)
    else:
        game._enter(area, target)
    game._play()


def places(engine: Engine, area: Area, work: Work) -> list[UUID]:
    """Return the tokens of the flow at a work's element."""
    overview = bpmn.overview(engine.definition, engine.state)
    return [t.token for t in overview if t.element == work.part.name and t.flows]


def moved(engine: Engine, token: UUID, target: str, *, behind: bool) -> None:
    act = MoveToken(token=token, target=target, behind=behind)
    engine._took(*bpmn.advance(engine.definition, engine.state, act, engine.env))


def drawn_move(game: Game, engine: Engine, data: st.DataObject) -> tuple[Area, Work, UUID] | None:
    """Choose a token that stands alone at its element: which is which is no question then."""
    alone = [
        (area, work, found[0])
        for area, work in standing(game)
        for found in [places(engine, area, work)]
        if len(found) == 1 and sum(w.part.name == work.part.name for _, w in standing(game)) == 1
    ]
    return data.draw(st.sampled_from(alone)) if alone else None


def finish(engine: Engine) -> None:
    """Complete all tasks, oldest first, each with the choice that leads on."""
    for _ in range(200):
        tasks = [row for row in engine.rows.values() if hasattr(row, "candidates")]
        if not tasks:
            break
        engine.act(tasks[0].element, _which(engine, tasks[0].token), 0)


def _which(engine: Engine, token: UUID) -> int:
    row = engine.rows[token]
    same = [one.token for one in engine.rows.values() if one.element == row.element]
    return same.index(token)


class Try:
    """One move: drawn from a state of the game, done in a copy of it and in the engine."""

    def __init__(self, game: Game, engine: Engine, data: st.DataObject) -> None:
        self.engine = engine
        chosen = drawn_move(game, engine, data)
        assume(chosen is not None)
        assert chosen is not None
        area, work, self.token = chosen
        self.behind = data.draw(st.booleans())
        target = data.draw(st.sampled_from(list(area.plan.parts)))
        #: The game after the move, with its scope and the work that is moved.
        self.game = copy.deepcopy(game)
        self.area = list(self.game.areas())[list(game.areas()).index(area)]
        self.work = self.area.works[area.works.index(work)]
        self.target = self.area.plan.parts[target]

    def done(self) -> bool:
        """Move it in the engine; what is refused leaves the case as it was."""
        before = self.engine.state
        try:
            moved(self.engine, self.token, self.target.name, behind=self.behind)
        except (MoveRefused, StepFailed) as refused:
            assert self.engine.state is before
            event(type(refused).__name__)
            self.judge(refused)
            return False
        return True

    def judge(self, refused: Exception) -> None:
        """See that what was refused for that can really wait for ever."""
        if isinstance(refused, MoveRefused) and refused.join:
            doubled = "Two tokens" in str(refused)
            event("doubled" if doubled else "could wait for ever")
            if not doubled:
                assert_stuck(self.game, self.area, self.work, self.target, behind=self.behind)

    def follow(self) -> bool:
        """Move it in the game; False: BPMN leaves open what happens."""
        try:
            put(self.game, self.area, self.work, self.target, behind=self.behind)
        except (Ambiguous, Endless):
            return False
        return True


@settings(
    max_examples=2000 if LONG else 80,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
    ],
    print_blob=True,
)
@given(plan=st.one_of(plans(), forked()), data=st.data())
def test_what_is_moved_goes_on_as_the_token_game_says(plan: Plan, data: st.DataObject) -> None:
    try:
        game = Game(plan)
    except (Stuck, Ambiguous, Endless):
        assume(False)
    assume(not foreseen(plan))
    engine = Engine(plan)
    for _ in range(data.draw(st.integers(0, 6))):
        if game.done or one_act(game, engine, data):
            return
    assume(not game.done)
    tried = Try(game, engine, data)
    if not tried.done() or not tried.follow():
        return
    compare(tried.game, engine)
    event("moved")
    finish(engine)
    assert engine.step.status.value == "completed"


def assert_stuck(game: Game, area: Area, work: Work, target: Part, *, behind: bool) -> None:
    """Prove by playing at random that tokens could wait in vain after such a move."""
    area.works.remove(work)
    if behind:
        game._emit(area, target.name)
    else:
        try:
            game._enter(area, target)
        except Ambiguous:
            return
    assert any(wandered(game, seed) for seed in range(WALKS)), (
        f"nothing got stuck: {Counter(w.part.name for _, w in standing(game))}"
    )
