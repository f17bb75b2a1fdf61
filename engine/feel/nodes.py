"""The tree both notations are parsed to. Every node knows its offset in the text (`at`)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """Any expression."""

    at: int


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A number, string, boolean, null or at-literal, already a value."""

    value: object


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable or function by its normalised name; ``?`` is the input of a unary test."""

    name: str


@dataclass(frozen=True, slots=True)
class Path(Node):
    """``target.member``."""

    target: Node
    member: str


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """``target[condition]``: by position (from 1) or by condition."""

    target: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Subscript(Node):
    """``target[key]`` of the ``${…}`` notation: position from 0, or a key."""

    target: Node
    key: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A call with positional arguments, or named ones when `names` is filled."""

    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chain(Node):
    """Operators of one rank from left to right: ``a + b - c``, ``a < b``."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """``and`` or ``or`` over two or more parts."""

    operator: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Negate(Node):
    """``-operand``."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Between(Node):
    """``operand between low and high``."""

    operand: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class In(Node):
    """``operand in tests``."""

    operand: Node
    tests: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Instance(Node):
    """``operand instance of type``."""

    operand: Node
    type: TypeName


@dataclass(frozen=True, slots=True)
class If(Node):
    """``if … then … else …``."""

    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Iterator:
    """``name in domain``, or ``name in domain..end``."""

    name: str
    domain: Node
    end: Node | None


@dataclass(frozen=True, slots=True)
class For(Node):
    """``for iterators return body``."""

    iterators: tuple[Iterator, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    """``some`` or ``every`` iterators satisfy the body."""

    every: bool
    iterators: tuple[Iterator, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    """``[a, b]``."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextOf(Node):
    """``{a: 1, "b": a}``."""

    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Interval(Node):
    """A range with two ends, each included or not."""

    low: Node
    high: Node
    low_closed: bool
    high_closed: bool


@dataclass(frozen=True, slots=True)
class UnaryTest(Node):
    """``< operand`` and its like, as a value (10.3.1.2, rule 7)."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Function(Node):
    """``function(parameters) body``; an external body is kept but never run."""

    parameters: tuple[tuple[str, TypeName | None], ...]
    body: Node
    external: bool = False


@dataclass(frozen=True, slots=True)
class Template(Node):
    """Literal text with ``${…}`` parts in it: always a string."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Empty(Node):
    """``empty operand`` of the ``${…}`` notation."""

    operand: Node


@dataclass(frozen=True, slots=True)
class TypeName:
    """A type as written: a name, or list, range, context or function of others."""

    at: int
    name: str
    arguments: tuple[TypeName, ...] = ()
    fields: tuple[str, ...] = ()
    result: TypeName | None = None


def children(node: object) -> list[Node]:
    """The nodes directly under a node, in order of the text."""
    found: list[Node] = []
    _collect(node, found, top=True)
    return found


def _collect(value: object, found: list[Node], *, top: bool = False) -> None:
    if isinstance(value, Node) and not top:
        found.append(value)
    elif isinstance(value, tuple):
        for part in value:
            _collect(part, found)
    elif isinstance(value, Iterator) or top:
        for name in value.__dataclass_fields__:  # type: ignore[attr-defined]
            _collect(getattr(value, name), found)
