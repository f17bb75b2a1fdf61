"""FEEL, the expression language of DMN 1.5, and the ``${…}`` notation on the same tree.

Pure: no clock but the one in the `Context`, no I/O, no Python object reachable, bounds on
everything. ``engine.feel.evaluate("age >= 18", {"age": 20})`` is all that is needed to begin.
"""

from collections.abc import Mapping

from engine.feel import types
from engine.feel.checker import Finding
from engine.feel.errors import (
    FeelError,
    FeelLimitError,
    FeelNameError,
    FeelSyntaxError,
    FeelTypeError,
)
from engine.feel.expression import (
    Expression,
    UnaryTests,
    check,
    compile,  # noqa: A004 - the word for it
    compile_any,
    compile_juel,
    compile_lenient,
    compile_unary,
)
from engine.feel.runtime import DEFAULT_CONTEXT, Context, Limits
from engine.feel.temporal import Date, DateTime, DaysDuration, MonthsDuration, Time
from engine.feel.values import Range, from_python, to_python


def evaluate(
    text: str, scope: Mapping[str, object] | None = None, context: Context = DEFAULT_CONTEXT
) -> object:
    """The value of FEEL text with these variables, as Python's kinds."""
    names = scope or {}
    spaced = frozenset(name for name in names if not name.isidentifier())
    return compile_lenient(text, spaced).evaluate(names, context)


__all__ = [
    "Context", "Date", "DateTime", "DaysDuration", "Expression", "FeelError", "FeelLimitError",
    "FeelNameError", "FeelSyntaxError", "FeelTypeError", "Finding", "Limits", "MonthsDuration",
    "Range", "Time", "UnaryTests", "check", "compile", "compile_any", "compile_juel",
    "compile_unary", "evaluate", "from_python", "to_python", "types",
]  # fmt: skip
