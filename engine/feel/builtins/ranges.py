"""Functions on ranges and points (10.3.4.11), and ``range`` itself.

A point is treated as the closed range from itself to itself: the table of the specification gives
the same answers that way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engine.feel import nodes as n
from engine.feel.builtins.registry import BUILT_IN, built_in
from engine.feel.errors import FeelError
from engine.feel.operators import negate, order
from engine.feel.parser import Parser
from engine.feel.runtime import Run
from engine.feel.values import Range, kind_of


class _NoOrderError(ValueError):
    """Ends that cannot be compared."""


def _as_range(value: object) -> Range:
    return value if isinstance(value, Range) else Range(value, value, True, True)


def _order(left: object, right: object) -> int:
    found = order(left, right)
    if found is None:
        raise _NoOrderError
    return found


def _before(a: Range, b: Range) -> bool:
    found = _order(a.high, b.low)
    return found < 0 or (found == 0 and not (a.high_closed and b.low_closed))


def _meets(a: Range, b: Range) -> bool:
    return a.high_closed and b.low_closed and _order(a.high, b.low) == 0


def _overlaps(a: Range, b: Range) -> bool:
    return not _before(a, b) and not _before(b, a)


def _starts_before(a: Range, b: Range) -> bool:
    found = _order(a.low, b.low)
    return found < 0 or (found == 0 and a.low_closed and not b.low_closed)


def _ends_within(a: Range, b: Range) -> bool:
    found = _order(a.high, b.high)
    return found < 0 or (found == 0 and (not a.high_closed or b.high_closed))


def _starts_within(a: Range, b: Range) -> bool:
    found = _order(a.low, b.low)
    return found > 0 or (found == 0 and (not a.low_closed or b.low_closed))


def _overlaps_before(a: Range, b: Range) -> bool:
    return _starts_before(a, b) and _overlaps(a, b) and _ends_within(a, b)


def _finishes(a: Range, b: Range) -> bool:
    same = a.high_closed is b.high_closed and _order(a.high, b.high) == 0
    return same and _starts_within(a, b)


def _starts(a: Range, b: Range) -> bool:
    same = a.low_closed is b.low_closed and _order(a.low, b.low) == 0
    return same and _ends_within(a, b)


def _during(a: Range, b: Range) -> bool:
    return _starts_within(a, b) and _ends_within(a, b)


def _coincides(a: Range, b: Range) -> bool:
    same = a.low_closed is b.low_closed and a.high_closed is b.high_closed
    return same and _order(a.low, b.low) == 0 and _order(a.high, b.high) == 0


Relation = Callable[[Range, Range], bool]


def _flip(relation: Relation) -> Relation:
    return lambda a, b: relation(b, a)


_PP, _PR = ("point1", "point2"), ("point", "range")
_RP, _RR = ("range", "point"), ("range1", "range2")
_RELATIONS: Final[tuple[tuple[str, Relation, tuple[tuple[str, str], ...]], ...]] = (
    ("before", _before, (_PR, _RP, _RR, _PP)),
    ("after", _flip(_before), (_PR, _RP, _RR, _PP)),
    ("meets", _meets, (_RR,)),
    ("met by", _flip(_meets), (_RR,)),
    ("overlaps", _overlaps, (_RR,)),
    ("overlaps before", _overlaps_before, (_RR,)),
    ("overlaps after", _flip(_overlaps_before), (_RR,)),
    ("finishes", _finishes, (_PR, _RR)),
    ("finished by", _flip(_finishes), (_RP, _RR)),
    ("includes", _flip(_during), (_RP, _RR)),
    ("during", _during, (_PR, _RR)),
    ("starts", _starts, (_PR, _RR)),
    ("started by", _flip(_starts), (_RP, _RR)),
    ("coincides", _coincides, (_RR, _PP)),
)


def _declare(name: str, relation: Relation, shapes: tuple[tuple[str, str], ...]) -> None:
    def answer(run: Run, left: object, right: object) -> object:
        return relation(_as_range(left), _as_range(right))

    for shape in shapes:
        kinds = ("range" if part.startswith("range") else "scalar" for part in shape)
        text = ", ".join(f"{part}: {kind}" for part, kind in zip(shape, kinds, strict=True))
        built_in(name, text, "boolean")(answer)


for _name, _relation, _shapes in _RELATIONS:
    _declare(_name, _relation, _shapes)


_ENDS: Final = frozenset(("date", "time", "date and time", "duration"))


class _NotLiteralError(ValueError):
    """An end of the range is more than a literal."""


def _literal(node: n.Node, run: Run) -> object:
    if isinstance(node, n.Literal):
        return node.value
    if isinstance(node, n.Negate) and isinstance(node.operand, n.Literal):
        return negate(node.operand.value)
    if isinstance(node, n.Call) and isinstance(node.function, n.Name):
        return _constructed(node, node.function.name, run)
    raise _NotLiteralError


def _constructed(node: n.Call, name: str, run: Run) -> object:
    literal = all(isinstance(part, n.Literal) for part in node.arguments)
    if name not in _ENDS or not literal:
        raise _NotLiteralError
    values = [part.value for part in node.arguments if isinstance(part, n.Literal)]
    return BUILT_IN[name].call(values, node.names, run)


@built_in("range", "from: string", "range")
def range_(run: Run, text: str) -> object:
    """A range from its text; its ends are literals of one type, in order."""
    try:
        node = Parser(text).whole()
    except FeelError:
        return None
    if not isinstance(node, n.Interval):
        return None
    low, high = _literal(node.low, run), _literal(node.high, run)
    if low is None or high is None or kind_of(low) != kind_of(high) or _order(low, high) > 0:
        return None
    return Range(low, high, node.low_closed, node.high_closed)
