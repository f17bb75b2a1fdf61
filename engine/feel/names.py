"""Which names an expression reads and calls, told apart from its own."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from engine.feel import nodes as n
from engine.feel.builtins import BUILT_IN


@dataclass(slots=True)
class Reading:
    """What was read, with the offset of the first place."""

    #: Root variables.
    found: dict[str, int] = field(default_factory=dict)
    #: Names inside a filter's condition: entries of the items, or root variables.
    inside: dict[str, int] = field(default_factory=dict)
    #: Functions called by name.
    called: dict[str, int] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        """Root variables."""
        return frozenset(self.found)

    @property
    def calls(self) -> frozenset[str]:
        """Functions called by name."""
        return frozenset(self.called)

    @property
    def constant(self) -> bool:
        """Whether neither a variable nor the clock nor an engine function is read."""
        timeless = all(name in BUILT_IN and name not in ("now", "today") for name in self.called)
        return timeless and not self.found and not self.inside

    def unknown(
        self, names: Collection[str], functions: Collection[str]
    ) -> Iterator[tuple[str, int]]:
        """Names read and functions called that are not among these, with their offsets."""
        for name, at in self.found.items():
            if name not in names and name not in BUILT_IN and name not in functions:
                yield name, at
        for name, at in self.called.items():
            if name not in names and name not in BUILT_IN and name not in functions:
                yield name, at


def reading(node: n.Node, own: Collection[str] = ()) -> Reading:
    """Everything the tree reads; `own` are names bound around it."""
    made = Reading()
    _read(node, frozenset(own), False, made)
    return made


def _read(node: n.Node, own: frozenset[str], filtering: bool, made: Reading) -> None:
    if isinstance(node, n.Name):
        _read_name(node, own, filtering, made)
    elif isinstance(node, n.Call) and isinstance(node.function, n.Name):
        if node.function.name not in own:
            made.called.setdefault(node.function.name, node.function.at)
        for argument in node.arguments:
            _read(argument, own, filtering, made)
    elif isinstance(node, n.Filter):
        _read(node.target, own, filtering, made)
        _read(node.condition, own | {"item"}, True, made)
    else:
        for child, bound in _bound(node, own):
            _read(child, bound, filtering, made)


def _read_name(node: n.Name, own: frozenset[str], filtering: bool, made: Reading) -> None:
    if node.name in own:
        return
    (made.inside if filtering else made.found).setdefault(node.name, node.at)


def _bound(node: n.Node, own: frozenset[str]) -> Iterator[tuple[n.Node, frozenset[str]]]:
    """The children of a node with the names bound at each."""
    if isinstance(node, (n.For, n.Quantified)):
        for iterator in node.iterators:
            yield iterator.domain, own
            if iterator.end is not None:
                yield iterator.end, own
            own |= {iterator.name}
        yield node.body, own | {"partial"}
    elif isinstance(node, n.ContextOf):
        for key, value in node.entries:
            yield value, own | {key} if isinstance(value, n.Function) else own
            own |= {key}
    elif isinstance(node, n.Function):
        yield node.body, own | {name for name, _ in node.parameters}
    elif isinstance(node, n.In):
        yield node.operand, own
        yield from ((test, own | {"?"}) for test in node.tests)
    else:
        yield from ((child, own) for child in n.children(node))
