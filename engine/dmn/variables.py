"""The variables an expression reads from outside, through boxes and tables too."""

from __future__ import annotations

from collections.abc import Iterator

from engine.dmn.boxed import BoxedContext
from engine.dmn.table import Table, TypedNode
from engine.feel import nodes as n
from engine.feel.names import reading


def read_names(node: n.Node) -> frozenset[str]:
    """Names of variables; entries of the expression's own contexts are not among them."""
    return frozenset(_names(node, frozenset()))


def _names(node: n.Node, own: frozenset[str]) -> Iterator[str]:
    if isinstance(node, TypedNode):
        yield from _names(node.inner, own)
    elif isinstance(node, BoxedContext):
        for key, value in node.entries:
            yield from _names(value, own | {key})
            own |= {key}
        if node.result is not None:
            yield from _names(node.result, own)
    elif isinstance(node, Table):
        for part in _parts(node):
            yield from _names(part, own | {"?"})
    else:
        yield from reading(node).names - own


def _parts(table: Table) -> Iterator[n.Node]:
    yield from (column.node for column in table.columns)
    yield from (output.default for output in table.outputs if output.default is not None)
    for rule in table.rules:
        yield from rule.results
        for _, nodes in rule.cells:
            yield from nodes
