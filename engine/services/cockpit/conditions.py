"""A condition over searchable variables, written in FEEL, as plain data that the store can ask.

Read are comparisons of a variable with a constant, ``between``, ``in``, ``and``, ``or``, ``not``
and questions for null; what else FEEL knows is refused with its place. FEEL's logic has three
values: for each part it is worked out when it is true and when it is false (DMN 1.5, 10.3.2.8 to
10.3.2.15); what is neither is null, and a case is found only if the whole is true.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from engine.errors import ValueRefused
from engine.feel import FeelError, FeelSyntaxError
from engine.feel import nodes as n
from engine.feel.expression import compile_lenient, part
from engine.feel.lexer import place
from engine.model.text import Text, text
from engine.services.searchable import kept
from engine.store.wanted import All, Any, Compare, Condition, There

#: Longest condition, characters, and how many comparisons it may have.
LONGEST, MOST = 500, 30
_FLIPPED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_COLUMNS = {
    "text": "words",
    "date": "words",
    "number": "number",
    "boolean": "number",
    "moment": "moment",
}
_ONLY = text(
    "A condition here compares variables with constants: =, !=, <, >, between, in, and, or, not"
)


@dataclass(frozen=True, kw_only=True)
class Ways:
    """When a part of a condition is true, and when it is false."""

    #: True.
    yes: Condition
    #: False.
    no: Condition


_ALWAYS, _NEVER = All(), Any()


def read(written: str) -> Condition:
    """Return when a condition is true; `ValueRefused` says what cannot be asked, and where."""
    source = written.strip()
    if not source:
        return _ALWAYS
    if len(source) > LONGEST:
        raise ValueRefused(text("A condition has at most {most} characters", most=LONGEST))
    try:
        return _Reader(source).whole()
    except FeelSyntaxError as problem:
        raise ValueRefused(_placed(problem.message, problem.column)) from problem
    except FeelError as problem:
        raise ValueRefused(text("This is no condition: {why}", why=problem.text)) from problem


def _placed(message: Text, column: int) -> Text:
    return text("{message} (character {column})", message=message, column=column)


@lru_cache(maxsize=64)
def variables(written: str) -> tuple[str, ...]:
    """Return the names that a condition reads, sorted; none if it cannot be read."""
    try:
        return tuple(sorted(compile_lenient(written.strip(), frozenset()).names))
    except FeelError:
        return ()


class _Reader:
    """Reads one condition."""

    def __init__(self, source: str) -> None:
        """Take the text."""
        self._source = source
        self._count = 0

    def whole(self) -> Condition:
        """Return when it is true."""
        return self._ways(compile_lenient(self._source, frozenset()).node).yes

    def _refused(self, node: n.Node, message: Text = _ONLY) -> ValueRefused:
        line, column = place(self._source, node.at)
        return ValueRefused(_placed(message, column if line == 1 else node.at + 1))

    def _ways(self, node: n.Node) -> Ways:
        readers: dict[type, Callable[..., Ways]] = {
            n.Logic: self._logic,
            n.Call: self._not,
            n.Chain: self._chain,
            n.Between: self._between,
            n.In: self._in,
            n.Name: self._flag,
            n.Literal: self._literal,
        }
        reader = readers.get(type(node))
        if reader is None:
            raise self._refused(node)
        return reader(node)

    def _logic(self, node: n.Logic) -> Ways:
        parts = [self._ways(one) for one in node.parts]
        return _all(parts) if node.operator == "and" else _any(parts)

    def _not(self, node: n.Call) -> Ways:
        named = isinstance(node.function, n.Name) and node.function.name == "not"
        if not named or len(node.arguments) != 1 or node.names:
            raise self._refused(node)
        inner = self._ways(node.arguments[0])
        return Ways(yes=inner.no, no=inner.yes)

    def _chain(self, node: n.Chain) -> Ways:
        (operator, right), *more = node.rest
        if more or operator not in _FLIPPED:
            raise self._refused(node)
        if isinstance(node.first, n.Name):
            return self._compared(node.first, operator, right)
        if isinstance(right, n.Name):
            return self._compared(right, _FLIPPED[operator], node.first)
        raise self._refused(node)

    def _between(self, node: n.Between) -> Ways:
        low = self._compared(node.operand, ">=", node.low)
        return _all([low, self._compared(node.operand, "<=", node.high)])

    def _in(self, node: n.In) -> Ways:
        return _any([self._test(node.operand, one) for one in node.tests])

    def _test(self, operand: n.Node, test: n.Node) -> Ways:
        if isinstance(test, n.UnaryTest):
            if test.operator not in {"=", "!="} and self._constant(test.operand) is None:
                raise self._refused(test, text("Nothing is less or more than null"))
            return self._compared(operand, test.operator, test.operand)
        if isinstance(test, n.Interval):
            self._ends(test)
            low = self._compared(operand, ">=" if test.low_closed else ">", test.low)
            high = self._compared(operand, "<=" if test.high_closed else "<", test.high)
            return _all([low, high])
        if isinstance(test, n.ListOf):
            return self._among(operand, test)
        return self._compared(operand, "=", test)

    def _ends(self, test: n.Interval) -> None:
        """Refuse a range that is none: FEEL gives null for it, and null is in null."""
        low, high = self._constant(test.low), self._constant(test.high)
        kinds = {kept(one)["kind"] for one in (low, high)}
        if len(kinds) > 1 or "none" in kinds or low > high:  # type: ignore[operator]  # of one kind, and no null
            raise self._refused(test, text("The ends of a range are of one kind, the lower first"))

    def _among(self, operand: n.Node, test: n.ListOf) -> Ways:
        """Read ``in [a, b]``: unlike ``in (a, b)`` it is false, not null, for another kind."""
        found = [self._compared(operand, "=", one).yes for one in test.items]
        return Ways(yes=Any(parts=tuple(found)), no=All(parts=tuple(_never(one) for one in found)))

    def _flag(self, node: n.Name) -> Ways:
        yes, no = (self._atom(node, "=", "boolean", flag) for flag in (1.0, 0.0))
        return Ways(yes=yes, no=no)

    def _literal(self, node: n.Literal) -> Ways:
        if not isinstance(node.value, bool):
            raise self._refused(node)
        return Ways(yes=_ALWAYS, no=_NEVER) if node.value else Ways(yes=_NEVER, no=_ALWAYS)

    def _compared(self, operand: n.Node, operator: str, constant: n.Node) -> Ways:
        if not isinstance(operand, n.Name):
            raise self._refused(operand)
        value = self._constant(constant)
        if value is None:
            return self._null(operand.name, operator)
        kind, held = self._held(constant, value)
        if kind == "boolean" and operator not in {"=", "!="}:
            raise self._refused(constant, text("A boolean is neither less nor more than another"))
        yes = self._atom(operand, operator, kind, held)
        no = self._atom(operand, _OPPOSITE[operator], kind, held)
        # Nothing equals null, and null is no less than anything: DMN 1.5, table 53.
        gone = There(name=operand.name, there=False)
        if operator == "=":
            return Ways(yes=yes, no=Any(parts=(no, gone)))
        return Ways(yes=Any(parts=(yes, gone)), no=no) if operator == "!=" else Ways(yes=yes, no=no)

    @staticmethod
    def _null(name: str, operator: str) -> Ways:
        gone, there = There(name=name, there=False), There(name=name, there=True)
        if operator == "=":
            return Ways(yes=gone, no=there)
        return Ways(yes=there, no=gone) if operator == "!=" else Ways(yes=_NEVER, no=_NEVER)

    def _atom(
        self, operand: n.Name, operator: str, kind: str, value: str | float | datetime
    ) -> Compare:
        self._count += 1
        if self._count > 2 * MOST:
            raise self._refused(operand, text("At most {most} comparisons", most=MOST))
        return Compare(
            name=operand.name, column=_COLUMNS[kind], kind=kind, operator=operator, value=value
        )

    def _constant(self, node: n.Node) -> object:
        whole = part(self._source, node)
        if whole.names or not whole.constant:
            said = text("A variable is compared with a constant, not with another variable")
            raise self._refused(node, said)
        found = whole.evaluate({})
        if found is None and not (isinstance(node, n.Literal) and node.value is None):
            raise self._refused(node, text("This constant has no value"))
        return found

    def _held(self, node: n.Node, value: object) -> tuple[str, str | float | datetime]:
        if isinstance(value, datetime) and value.tzinfo is None:
            raise self._refused(node, text("Write the moment with its zone: …T09:00:00+05:00"))
        if not isinstance(value, str | int | float | date) and type(value).__name__ != "Decimal":
            raise self._refused(node)
        row = kept(value)
        kind = str(row["kind"])
        if kind == "none":
            said = text("No variable is kept with such a value: it is too long, or like an IIN")
            raise self._refused(node, said)
        held: str | float | datetime = row[_COLUMNS[kind]]
        return kind, held


def _never(one: Condition) -> Condition:
    if isinstance(one, Compare):
        return Compare(**{**vars(one), "never": True})
    assert isinstance(one, There)  # noqa: S101  (what `= null` gives)
    return There(name=one.name, there=not one.there)


def _all(parts: Iterable[Ways]) -> Ways:
    yes, no = _split(parts)
    return Ways(yes=All(parts=yes), no=Any(parts=no))


def _any(parts: Iterable[Ways]) -> Ways:
    yes, no = _split(parts)
    return Ways(yes=Any(parts=yes), no=All(parts=no))


def _split(parts: Iterable[Ways]) -> tuple[tuple[Condition, ...], tuple[Condition, ...]]:
    found = tuple(parts)
    return tuple(one.yes for one in found), tuple(one.no for one in found)
