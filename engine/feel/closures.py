"""The small closures an expression is made of; the common cases short and without a table."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from engine.feel import numbers
from engine.feel import operators as ops
from engine.feel.calls import as_value
from engine.feel.properties import member_of
from engine.feel.runtime import NOTHING, Env
from engine.feel.values import READY, Range, from_python

Code = Callable[[Env], object]

#: Scopes known while compiling, innermost last: the names of one, or None for a filter's.
Scopes = tuple[frozenset[str] | None, ...]


# -- names -------------------------------------------------------------------------------


def root(name: str) -> Code:
    """A variable of the outermost scope, or else a function of that name as a value."""

    def run(env: Env) -> object:
        try:
            value = env.root[name]
        except KeyError:
            return as_value(name, env.run)
        return value if type(value) in READY else from_python(value)

    return run


def root_path(name: str, members: tuple[str, ...]) -> Code:
    """``name.a.b``: Python's own dictionaries are walked without turning them into values."""
    first = root(name)

    def run(env: Env) -> object:
        value = env.root.get(name)
        if type(value) is not dict:
            value = first(env)
            for member in members:
                value = member_of(value, member)
            return value
        for index, member in enumerate(members):
            if type(value) is not dict:
                value = from_python(value)
                for rest in members[index:]:
                    value = member_of(value, rest)
                return value
            value = value.get(member)
        return value if type(value) in READY else from_python(value)

    return run


def local(name: str, hop: int) -> Code:
    """A variable of the scope `hop` levels out."""
    if hop == 0:
        return lambda env: env.vars.get(name)
    if hop == 1:
        return lambda env: env.parent.vars.get(name)  # type: ignore[union-attr]

    def run(env: Env) -> object:
        scope: Env | None = env
        for _ in range(hop):
            scope = scope.parent  # type: ignore[union-attr]
        return scope.vars.get(name)  # type: ignore[union-attr]

    return run


def filtered(name: str, hops: list[int], end: int) -> Code:
    """A name inside filters: an entry of an item looked at, ``item``, or the scope at `end`."""
    stops = frozenset(hops)
    outer = root(name)

    def run(env: Env) -> object:
        scope: Env | None = env
        hop = 0
        while scope is not None and hop != end:
            if hop in stops:
                found = _of_item(scope, name)
                if found is not NOTHING:
                    return found
            scope, hop = scope.parent, hop + 1
        return outer(env) if scope is None else scope.vars.get(name)

    return run


def _of_item(scope: Env, name: str) -> object:
    item = scope.item
    if isinstance(item, dict) and name in item:
        return item[name]
    return scope.vars["item"] if name == "item" else NOTHING


# -- comparison --------------------------------------------------------------------------


def _equal(left: Code, right: Code) -> Code:
    def run(env: Env) -> object:
        a, b = left(env), right(env)
        if type(a) is str and type(b) is str:
            return a == b
        return ops.equal(a, b)

    return run


def _unequal(left: Code, right: Code) -> Code:
    return lambda env: ops.compare("!=", left(env), right(env))


def _less(left: Code, right: Code) -> Code:
    def run(env: Env) -> object:
        a, b = left(env), right(env)
        return a < b if type(a) is Decimal and type(b) is Decimal else ops.compare("<", a, b)

    return run


def _at_most(left: Code, right: Code) -> Code:
    def run(env: Env) -> object:
        a, b = left(env), right(env)
        return a <= b if type(a) is Decimal and type(b) is Decimal else ops.compare("<=", a, b)

    return run


def _more(left: Code, right: Code) -> Code:
    def run(env: Env) -> object:
        a, b = left(env), right(env)
        return a > b if type(a) is Decimal and type(b) is Decimal else ops.compare(">", a, b)

    return run


def _at_least(left: Code, right: Code) -> Code:
    def run(env: Env) -> object:
        a, b = left(env), right(env)
        return a >= b if type(a) is Decimal and type(b) is Decimal else ops.compare(">=", a, b)

    return run


COMPARISONS: Final[dict[str, Callable[[Code, Code], Code]]] = {
    "=": _equal, "!=": _unequal, "<": _less, "<=": _at_most, ">": _more, ">=": _at_least,
}  # fmt: skip


# -- arithmetic and logic ----------------------------------------------------------------


def arithmetic(mark: str, left: Code, right: Code) -> Code:
    """One operator; sums of numbers without the table."""
    fast = {"+": numbers.add, "-": numbers.subtract, "*": numbers.multiply}.get(mark)
    if fast is None:
        return lambda env: ops.arithmetic(mark, left(env), right(env), env.run)

    def run(env: Env) -> object:
        a, b = left(env), right(env)
        if type(a) is Decimal and type(b) is Decimal:
            made = fast(a, b)
            return made if made.is_finite() else None
        return ops.arithmetic(mark, a, b, env.run)

    return run


def long_chain(first: Code, rest: list[tuple[str, Code]]) -> Code:
    """Operators of one rank, from the left."""

    def run(env: Env) -> object:
        value = first(env)
        for mark, code in rest:
            value = ops.arithmetic(mark, value, code(env), env.run)
        return value

    return run


def two_parts(left: Code, right: Code, stop: bool) -> Code:
    """``and`` (stop at false) or ``or`` (stop at true) of two."""
    go = not stop

    def run(env: Env) -> object:
        a = left(env)
        if a is stop:
            return stop
        b = right(env)
        if b is stop:
            return stop
        return go if a is go and b is go else None

    return run


# -- unary tests without a scope ---------------------------------------------------------


def equals(wanted: object) -> Callable[[object], bool | None]:
    """Equal to a constant."""
    kind = type(wanted)
    if kind in (str, bool, Decimal):
        return lambda value: value == wanted if type(value) is kind else ops.equal(value, wanted)
    return lambda value: ops.member(value, wanted)


def in_range(interval: Range) -> Callable[[object], bool | None]:
    """Within a constant range; between numbers without the general comparison."""
    low, high = interval.low, interval.high
    if interval.operator or not isinstance(low, Decimal) or not isinstance(high, Decimal):
        return lambda value: ops.within(value, interval)
    low_closed, high_closed = interval.low_closed, interval.high_closed

    def run(value: object) -> bool | None:
        if type(value) is not Decimal:
            return ops.within(value, interval)
        above = value >= low if low_closed else value > low
        return above and (value <= high if high_closed else value < high)

    return run
