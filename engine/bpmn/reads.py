"""Who reads the variables that some elements of a process set."""

from collections import defaultdict
from collections.abc import Mapping

from engine.bpmn.diagram import Node
from engine.bpmn.formulas import Formula
from engine.bpmn.states import State
from engine.bpmn.together import Together

#: Element, and name of its input; empty where the expression is for no input.
Place = tuple[str, str]


def readers(
    together: Together, process: str, sources: frozenset[str]
) -> Mapping[str, tuple[Place, ...]]:
    """Return by variable where an expression reads what one of the elements `sources` may have set.

    Of a process that cannot be followed nothing is told.
    """
    found: dict[str, dict[Place, None]] = defaultdict(dict)

    def read(node: Node, formula: Formula, state: State, what: str) -> None:
        for name in sorted(formula.names):
            known = state.get(name)
            if known is not None and known.sources & sources:
                found[name][(node.id, what)] = None

    analysis = together.analysis(process)
    if analysis is not None:
        analysis.read(read)
    return {name: tuple(places) for name, places in sorted(found.items())}
