"""Whether a scope can get stuck from where its tokens are, by `engine.bpmn.soundness`."""

from collections import Counter
from collections.abc import Mapping

from engine.bpmn.diagram import Scope
from engine.bpmn.soundness import Search, frozen, joins

__all__ = ["joins", "stuck_from"]


def stuck_from(scope: Scope, places: Mapping[str, int]) -> tuple[str, tuple[str, ...]] | None:
    """Return a join that could wait for ever, and the way to it; None: none was found.

    `places` counts the tokens at elements, and, of those that wait at a join, on flows. Where the
    search reaches its bound it finds nothing.
    """
    search = Search(scope)
    return search._from(frozen(_settled(scope, search, Counter(places))))


def _settled(scope: Scope, search: Search, tokens: Counter[str]) -> Counter[str]:
    """Let the parallel joins pass that are complete already."""
    for node in scope.nodes.values():
        incoming = [flow.id for flow in node.incoming]
        if node.kind == "parallelGateway" and joins(node):
            while all(tokens[flow] > 0 for flow in incoming):
                tokens.subtract(incoming)
                tokens[node.id] += 1
    return tokens
