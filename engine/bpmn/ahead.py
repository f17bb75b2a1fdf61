"""Whether a scope can get stuck from where its tokens are: the play of `engine.bpmn.soundness`."""

from collections import deque
from collections.abc import Iterable, Mapping

from engine.bpmn.diagram import Scope
from engine.bpmn.soundness import MOST_STATES
from engine.bpmn.soundness_graph import Drawing, games, joins
from engine.bpmn.soundness_lineage import Meeting
from engine.bpmn.soundness_space import Space

__all__ = ["join_behind", "joins", "stuck_from", "twice_from", "way_to"]


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
    """Return the elements at which two tokens are, or to which a second one would surely come.

    The play goes no further than that: of what comes after, nothing is known.
    """
    targets = {flow.id: node.id for node in scope.nodes.values() for flow in node.incoming}
    found = {targets.get(name, name) for name, count in places.items() if count > 1}
    budget = MOST_STATES
    for game in games(scope):
        space = Space(game, budget)
        marking = space.marking(places)
        if marking:
            twice = space.play(marking).twice
            found |= {element for element, told in twice if told is Meeting.CERTAIN}
        budget = max(1, space.budget)
    return frozenset(found)


def way_to(scope: Scope, element: str, join: str) -> tuple[str, ...]:
    """Return the elements of a shortest way from one to another, both included; none: empty.

    Events beside an activity lead on from it, links to where they are caught.
    """
    drawing = Drawing(scope)
    came = {element: ""}
    queue = deque([element])
    while queue and join not in came:
        here = queue.popleft()
        node = scope.nodes[here]
        following = [flow.target for flow in node.outgoing]
        following += [edge.id for edge in drawing.edges.get(here, ())]
        following += [found for found in [drawing.link(node)] if found]
        fresh = [name for name in dict.fromkeys(following) if name not in came]
        came |= dict.fromkeys(fresh, here)
        queue += fresh
    return tuple(_back(came, join)) if join in came else ()


def join_behind(scope: Scope, elements: Iterable[str]) -> str:
    """Return a gateway behind some elements at which a token may have to wait; empty: none.

    The first in the order of drawing; one of the elements themselves counts.
    """
    drawing = Drawing(scope)
    targets = {flow.id: node.id for node in scope.nodes.values() for flow in node.incoming}
    begins = [targets.get(name, name) for name in elements]
    beside = [edge.id for name in begins for edge in drawing.edges.get(name, ())]
    region = drawing.region([*begins, *beside])
    return next((name for name, node in scope.nodes.items() if name in region and joins(node)), "")


def _back(came: Mapping[str, str], last: str) -> list[str]:
    found: list[str] = []
    while last:
        found.append(last)
        last = came[last]
    return found[::-1]
