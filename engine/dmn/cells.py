"""The cells of a table as sets over a line cut into pieces (cell decomposition).

Every constant in a column cuts its line: the pieces are the points themselves and what lies between
them. A cell is true on all of a piece or on none of it, so that one representative decides; a cell
is then a set of pieces, kept as the bits of an integer. Exact for numbers, dates, times, durations,
strings and booleans. A cell that depends on anything but its own input cannot be told: it is None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cmp_to_key
from typing import Final

from engine.dmn.table import Tests
from engine.feel import nodes as n
from engine.feel import operators as ops
from engine.feel.closures import Code
from engine.feel.names import reading
from engine.feel.printing import literal
from engine.feel.runtime import DEFAULT_CONTEXT, Env, Run
from engine.feel.temporal import DAY, NANOS, Date, DateTime, DaysDuration, MonthsDuration, Time
from engine.feel.values import Range, kind_of
from engine.model.text import Text, text

_HALF_DAY: Final = DAY * NANOS


@dataclass(frozen=True, slots=True)
class Piece:
    """A point (`low` and `high` the same) or what lies strictly between two; None is no end.

    `value` is the representative. A piece of neither is "anything else" of an enumeration.
    """

    low: object
    high: object
    value: object

    @property
    def is_point(self) -> bool:
        """Whether it is a single value."""
        return self.low is not None and self.low == self.high


@dataclass(frozen=True, slots=True)
class Line:
    """A column's pieces in order, and its cells as sets of them (None: cannot be told)."""

    pieces: tuple[Piece, ...]
    cells: tuple[int | None, ...]
    ordered: bool

    @property
    def all(self) -> int:
        """The set of all pieces."""
        return (1 << len(self.pieces)) - 1


class NotConstantError(Exception):
    """A test whose outcome the input alone does not decide."""


def _env() -> Env:
    return Env({}, Run(DEFAULT_CONTEXT), {})


def cuts(tests: Tests, compile_node: Callable[[n.Node], Code]) -> list[object]:
    """The constants a cell's tests compare with; NotConstantError for any other test."""
    found: list[object] = []
    for node in tests[1]:
        if not reading(node).constant:
            raise NotConstantError
        value = compile_node(node)(_env())
        found.extend(_ends(value))
    return found


def _ends(value: object) -> list[object]:
    if isinstance(value, Range):
        return [end for end in (value.low, value.high) if end is not None]
    if isinstance(value, list):
        return [end for item in value for end in _ends(item)]
    if isinstance(value, (dict, type(None))):
        raise NotConstantError
    return [value]


def line(
    cells: Iterable[Tests],
    domain: Tests | None,
    compile_node: Callable[[n.Node], Code],
    holds: Callable[[Tests, object], bool],
) -> Line:
    """Cut a column; `domain` are the values allowed, the rest of the line is left out."""
    points: list[object] = []
    told: list[Tests | None] = []
    for tests in cells:
        try:
            points.extend(cuts(tests, compile_node))
            told.append(tests)
        except NotConstantError:
            told.append(None)
    try:
        points.extend([] if domain is None else cuts(domain, compile_node))
    except NotConstantError:
        domain = None
    if len({kind_of(point) for point in points}) > 1:
        return Line((), tuple(None for _ in told), False)
    ordered = _is_ordered([t for t in told if t is not None], domain)
    pieces = [p for p in _pieces(points, ordered) if domain is None or holds(domain, p.value)]
    return Line(tuple(pieces), tuple(_bits(t, pieces, holds) for t in told), ordered)


def _bits(
    tests: Tests | None, pieces: list[Piece], holds: Callable[[Tests, object], bool]
) -> int | None:
    if tests is None:
        return None
    return sum(1 << at for at, piece in enumerate(pieces) if holds(tests, piece.value))


def _is_ordered(cells: list[Tests], domain: Tests | None) -> bool:
    """Whether any test compares by order; otherwise the column is an enumeration."""
    every = [*cells, *([] if domain is None else [domain])]
    return any(isinstance(node, (n.UnaryTest, n.Interval)) for tests in every for node in tests[1])


def _pieces(points: list[object], ordered: bool) -> list[Piece]:
    if not points:
        return [Piece(None, None, _OTHER)]
    if isinstance(points[0], bool):
        return [Piece(False, False, False), Piece(True, True, True)]
    unique = _sorted(points)
    if not ordered:
        beyond = _between(unique[-1], None)
        rest = [] if beyond is None else [Piece(None, None, beyond.value)]
        return [*(Piece(p, p, p) for p in unique), *rest]
    made = [_between(None, unique[0])]
    for index, point in enumerate(unique):
        after = unique[index + 1] if index + 1 < len(unique) else None
        made += [Piece(point, point, point), _between(point, after)]
    return [piece for piece in made if piece is not None]


#: Stands for any value of a column that no cell tests.
_OTHER: Final = "\U0010ffff"


def _sorted(points: list[object]) -> list[object]:
    found: list[object] = []
    for point in sorted(points, key=cmp_to_key(lambda a, b: ops.order(a, b) or 0)):
        if not found or ops.equal(found[-1], point) is not True:
            found.append(point)
    return found


def _between(low: object, high: object) -> Piece | None:
    """The open piece between two points; None if nothing lies there."""
    sample = low if low is not None else high
    value = _SAMPLES[type(sample)](low, high) if type(sample) in _SAMPLES else None
    return None if value is None else Piece(low, high, value)


def _number(low: Decimal | None, high: Decimal | None) -> object:
    if low is None:
        return None if high is None else high - 1
    return low + 1 if high is None else (low + high) / 2


def _whole(low: int | None, high: int | None, step: int = 1) -> int | None:
    """An integer strictly between; None if there is none."""
    if low is None:
        return None if high is None else high - step
    if high is None:
        return low + step
    return (low + high) // 2 if high - low > 1 else None


def _date(low: Date | None, high: Date | None) -> object:
    found = _whole(low.days if low else None, high.days if high else None)
    return None if found is None else Date.of_days(found)


def _moment(low: DateTime | None, high: DateTime | None) -> object:
    zone = (low or high or DateTime(Date(1970, 1, 1), Time(0))).zone
    found = _whole(low.local if low else None, high.local if high else None, _HALF_DAY)
    return None if found is None else DateTime.of_local(found, zone)


def _time(low: Time | None, high: Time | None) -> object:
    zone = (low or high or Time(0)).zone
    found = _whole(low.nanos if low else -1, high.nanos if high else DAY * NANOS)
    return None if found is None else Time(found, zone)


def _days(low: DaysDuration | None, high: DaysDuration | None) -> object:
    found = _whole(low.nanos if low else None, high.nanos if high else None)
    return None if found is None else DaysDuration(found)


def _months(low: MonthsDuration | None, high: MonthsDuration | None) -> object:
    found = _whole(low.months if low else None, high.months if high else None)
    return None if found is None else MonthsDuration(found)


def _string(low: str | None, high: str | None) -> object:
    if low is None:
        return "" if high else None
    after = low + "\x00"
    return after if high is None or after < high else None


_SAMPLES: Final[dict[type, Callable[..., object]]] = {
    Decimal: _number, Date: _date, DateTime: _moment, Time: _time, DaysDuration: _days,
    MonthsDuration: _months, str: _string,
}  # fmt: skip


# -- words -------------------------------------------------------------------------------


def words(column: Line, chosen: int) -> Text | str:
    """A set of pieces as a person writes it: values, or ranges joined where they touch."""
    if chosen == column.all:
        return text("anything")
    picked = [at for at in range(len(column.pieces)) if chosen >> at & 1]
    if not column.ordered:
        return _listed([_value(column.pieces[at]) for at in picked])
    runs: list[tuple[int, int]] = []
    for at in picked:
        if runs and runs[-1][1] == at - 1:
            runs[-1] = (runs[-1][0], at)
        else:
            runs.append((at, at))
    return _listed([_run(column.pieces[a], column.pieces[b]) for a, b in runs])


def _listed(parts: list[Text | str]) -> Text | str:
    if len(parts) == 1:
        return parts[0]
    whole: Text | str = parts[0]
    for part in parts[1:4]:
        whole = text("{first}, {second}", first=whole, second=part)
    return whole if len(parts) <= 4 else text("{first}, {second}", first=whole, second="…")


def _value(piece: Piece) -> Text | str:
    return literal(piece.low) if piece.is_point else text("any other value")


def _run(first: Piece, last: Piece) -> str:
    if first is last and first.is_point:
        return literal(first.low)
    if first.low is None and last.high is None:
        return "-"
    low, high = literal(first.low), literal(last.high)
    if first.low is None:
        return f"{'<=' if last.is_point else '<'} {high}"
    if last.high is None:
        return f"{'>=' if first.is_point else '>'} {low}"
    return f"{'[' if first.is_point else '('}{low}..{high}{']' if last.is_point else ')'}"
