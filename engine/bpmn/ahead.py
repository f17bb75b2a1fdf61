"""Whether a scope can get stuck from where its tokens are: the play of `engine.bpmn.soundness`."""

from collections.abc import Mapping

from engine.bpmn.diagram import Scope
from engine.bpmn.soundness import MOST_STATES
from engine.bpmn.soundness_graph import Drawing, games, joins
from engine.bpmn.soundness_space import Space

__all__ = ["joins", "leads_to", "stuck_from", "twice_from"]


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


def twice_from(scope: Scope, places: Mapping[str, int]) -> frozenset[str]:
    """Return the elements to which a second token could come while one is there, or has been."""
    found = {name for name, count in places.items() if count > 1 and name in scope.nodes}
    budget = MOST_STATES
    for game in games(scope):
        space = Space(game, budget)
        marking = space.marking(places)
        if marking:
            found |= {element for element, _ in space.play(marking).twice}
        budget = max(1, space.budget)
    return frozenset(found)


def leads_to(scope: Scope, element: str, join: str) -> bool:
    """Tell whether a token at an element could come to another one, events beside it included."""
    drawing = Drawing(scope)
    beside = [node.id for node in drawing.edges.get(element, ())]
    return join in drawing.region([element, *beside])
