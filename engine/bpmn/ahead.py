"""Whether a scope can get stuck from where its tokens are: the play of `engine.bpmn.soundness`."""

from collections.abc import Mapping

from engine.bpmn.diagram import Scope
from engine.bpmn.soundness import MOST_STATES
from engine.bpmn.soundness_graph import games, joins
from engine.bpmn.soundness_space import Space

__all__ = ["joins", "stuck_from"]


def stuck_from(scope: Scope, places: Mapping[str, int]) -> tuple[str, tuple[str, ...]] | None:
    """Return a join that could wait for ever, and the way to it; None: none was found.

    `places` counts the tokens at elements, and, of those that wait at a join, on flows. Several at
    one place go the same ways. Where the play reaches its bound, nothing is found.
    """
    budget = MOST_STATES
    for game in games(scope):
        space = Space(game, budget)
        marking = space.marking(places)
        if marking:
            for join, state in space.play(marking).stuck.items():
                return join, space.trace(state)
        budget = max(1, space.budget)
    return None
