"""Expressions of a diagram: plain text, ``= FEEL`` or ``${…}``, compiled once at deployment.

The only place of this room that evaluates anything. SpiffWorkflow's own evaluation is never
reached (`engine.bpmn.live.NoScripts`; `tests/contract/test_evaluation_places.py`).
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from engine import feel
from engine.bpmn.needs import needed
from engine.errors import ExpressionError, StepFailed
from engine.feel import nodes
from engine.feel.builtins import BUILT_IN
from engine.feel.checker import check_tree
from engine.feel.types import ANY, DATE_TIME, STRING, Type
from engine.model.text import text

#: Deepest nesting of a value kept as a variable.
MAX_DEPTH = 40

#: Functions of the engine that give a moment.
MOMENTS = frozenset({"working_days", "working_day_end", "halfway", "next_working_close"})

#: Key that marks what JSON has no form for; see `engine.bpmn.codec`.
TAG = "\x01"

Decide = Callable[[str, Mapping[str, object]], tuple[object, object]]


def _no_decisions(ref: str, inputs: Mapping[str, object]) -> tuple[object, object]:
    raise StepFailed(text("There is no decision {ref} here", ref=ref))


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What a step may know besides its instance: the moment, functions, decision tables."""

    #: The moment of the step, aware, UTC.
    now: datetime
    #: Functions for expressions by name; see `engine.bpmn.calendar_functions`.
    functions: Mapping[str, Callable[..., object]] = field(default_factory=dict)
    #: Evaluates a decision: ``(key, variables) -> (value, fired rules)``.
    decide: Decide = _no_decisions

    def __post_init__(self) -> None:
        """Prepare the context that every expression of the step is evaluated in."""
        context = feel.Context(now=self.now, functions=self.functions)
        object.__setattr__(self, "context", context)

    #: Evaluation context of the expression language.
    context: Any = field(init=False, repr=False, compare=False)


class Formula:
    """A compiled expression, or a constant text."""

    __slots__ = ("_compiled", "source")

    def __init__(self, source: str, compiled: Any) -> None:
        """Keep the text for messages; `compiled` None: the text is the value."""
        self.source = source
        self._compiled = compiled

    @property
    def constant(self) -> str | None:
        """Return the text if there is nothing to evaluate."""
        return self.source if self._compiled is None else None

    @property
    def calls(self) -> frozenset[str]:
        """Return the names of the functions it calls."""
        return frozenset() if self._compiled is None else frozenset(self._compiled.calls)

    @property
    def names(self) -> frozenset[str]:
        """Return the variables it reads."""
        return frozenset() if self._compiled is None else frozenset(self._compiled.names)

    @property
    def needs(self) -> frozenset[str]:
        """Return the variables that must have a value: those it reads without asking for null."""
        return frozenset() if self._compiled is None else needed(self._compiled)

    def mistakes(
        self, functions: Collection[str], types: Mapping[str, Type] | None = None
    ) -> list[feel.Finding]:
        """Return what is wrong whatever the values: unlike types, wrong arguments.

        `types` are those of the variables, as far as they are known.
        """
        return self._inferred(functions, types or {})[1]

    def kind(self, functions: Collection[str], types: Mapping[str, Type]) -> Type:
        """Return the type of its value, given those of the variables; ``Any`` if unknown."""
        if self._compiled is None:
            return STRING
        node = self._compiled.node
        if isinstance(node, nodes.Call) and isinstance(node.function, nodes.Name):
            moment = node.function.name in MOMENTS and node.function.name in functions
            return DATE_TIME if moment else self._inferred(functions, types)[0]
        return self._inferred(functions, types)[0]

    def _inferred(
        self, functions: Collection[str], types: Mapping[str, Type]
    ) -> tuple[Type, list[feel.Finding]]:
        if self._compiled is None:
            return STRING, []
        declared = {name: types.get(name, ANY) for name in self._compiled.names}
        engines = dict.fromkeys([*functions, *self._compiled.calls - BUILT_IN.keys()], ANY)
        return check_tree(self._compiled.text, self._compiled.node, declared, functions=engines)

    def value(self, scope: Mapping[str, object], env: Environment) -> object:
        """Evaluate; raises `ExpressionError`."""
        if self._compiled is None:
            return self.source
        return self._compiled.evaluate(scope, env.context)

    def __repr__(self) -> str:
        return f"Formula({self.source!r})"


def marked(source: str) -> bool:
    """Tell whether a text says by itself that it is an expression."""
    return source.startswith("=") or "${" in source or "#{" in source


def formula(source: str, *, bare: str = "text", language: str = "") -> Formula:
    """Compile a text of the diagram.

    A text without ``=`` or ``${…}`` is a constant if `bare` is ``text``, FEEL if it is ``feel``.
    `language` is what the diagram says (``feel``, ``juel``); anything else is refused.
    Raises `ExpressionError`.
    """
    source = source.strip()
    said = language.strip().lower().rpartition("/")[2]
    if said not in {"", "feel", "juel"}:
        raise ExpressionError(
            text("The language {language} is not executed; write FEEL", language=language)
        )
    if marked(source):
        return Formula(source, feel.compile_any(source))
    if said == "feel" or bare == "feel":
        return Formula(source, feel.compile(source))
    return Formula(source, None)


_KEPT = (bool, int, str, date, datetime, time, timedelta)


def plain(value: object, depth: int = 0) -> object:
    """Return a value as a variable may hold it: JSON's kinds, Decimal, dates, times, timedelta.

    Whole Decimals become int, tuples lists, what only FEEL knows its text. Raises
    `ExpressionError` for what cannot be kept: infinity, objects, too deep a nesting.
    """
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return Decimal(value)
    if value is None or isinstance(value, _KEPT):
        return value
    if isinstance(value, Decimal | float):
        return _number(value)
    if depth > MAX_DEPTH:
        raise ExpressionError(text("A value is nested deeper than {limit}", limit=MAX_DEPTH))
    if isinstance(value, Mapping):
        return {_key(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item, depth + 1) for item in value]
    if type(value).__module__.startswith("engine.feel") or type(value).__name__ == "UUID":
        return str(value)
    raise ExpressionError(text("A {kind} cannot be kept as a variable", kind=type(value).__name__))


def _key(key: object) -> str:
    """Return a key as text; the one that marks dates in a stored state is nobody's name."""
    if key == TAG:
        raise ExpressionError(text("A name may not be a control character"))
    return str(key)


def _number(value: Decimal | float) -> object:
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise ExpressionError(text("A number must be finite"))
        return value
    if not value.is_finite():
        raise ExpressionError(text("A number must be finite"))
    if value.adjusted() < 18 and value == value.to_integral_value():
        return int(value)
    return value
