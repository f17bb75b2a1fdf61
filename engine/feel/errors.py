"""Errors of the expression language.

ExpressionError (engine.errors)
└── FeelError                 anything that goes wrong with an expression
    ├── FeelSyntaxError       the text is not FEEL (or not ``${…}``)
    │   └── FeelNameError     a name that nobody declared
    ├── FeelTypeError         types that cannot meet, found before anything ran; a foreign object
    └── FeelLimitError        a bound was reached: steps, depth, size, time
"""

from __future__ import annotations

from engine.errors import ExpressionError
from engine.model.text import Text, text


class FeelError(ExpressionError):
    """An expression cannot be read or evaluated."""


class FeelSyntaxError(FeelError):
    """The text of an expression is wrong at a line and column (both from 1)."""

    def __init__(self, message: Text, *, source: str = "", line: int = 1, column: int = 1) -> None:
        """Keep where it is; `message` is the sentence without the place."""
        super().__init__(
            text(
                "{message} (line {line}, column {column} of “{source}”)",
                message=message,
                line=line,
                column=column,
                source=source if len(source) <= 80 else source[:79] + "…",
            )
        )
        self.message = message
        self.source = source
        self.line = line
        self.column = column


class FeelNameError(FeelSyntaxError):
    """An expression reads a name that is not declared."""


class FeelTypeError(FeelError):
    """A value of a kind that FEEL does not know, or types that cannot meet."""


class FeelLimitError(FeelError):
    """A bound of the evaluation was reached: steps, depth, size of a value, or time."""

    def __init__(self, message: Text, limit: str) -> None:
        """Keep which limit: ``steps``, ``depth``, ``size`` or ``time``."""
        super().__init__(message)
        self.limit = limit
