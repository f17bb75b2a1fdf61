"""Which variables an expression needs: all it reads, but those it asks whether they are there."""

from collections.abc import Iterator

from engine.feel import Expression
from engine.feel import nodes as n

#: Functions that are made for a value that may be missing.
ASKING = frozenset({"get or else", "is defined", "is"})


def needed(expression: Expression) -> frozenset[str]:
    """Return the root variables without which the expression cannot mean what it says.

    A variable that is compared with null, true or false, given to ``get or else``, or asked for its
    type or emptiness may be missing: the whole expression has thought of it.
    """
    if not expression.names:
        return frozenset()
    return expression.names - frozenset(_asked(expression.node))


def _asked(node: n.Node) -> Iterator[str]:
    if isinstance(node, n.Chain):
        yield from _compared(node)
    elif isinstance(node, n.Call) and isinstance(node.function, n.Name):
        if node.function.name in ASKING:
            yield from (part.name for part in node.arguments if isinstance(part, n.Name))
    elif isinstance(node, n.Empty | n.Instance) and isinstance(node.operand, n.Name):
        yield node.operand.name
    for child in n.children(node):
        yield from _asked(child)


def _compared(node: n.Chain) -> Iterator[str]:
    sides = [node.first, *(part for mark, part in node.rest if mark in {"=", "!="})]
    if len(sides) == 2 and any(_known(side) for side in sides):
        yield from (side.name for side in sides if isinstance(side, n.Name))


def _known(node: n.Node) -> bool:
    return isinstance(node, n.Literal) and (node.value is None or isinstance(node.value, bool))
