"""Errors of the expression language.

ZholdamaError
└── FeelError                 anything that goes wrong with an expression
    ├── FeelSyntaxError       the text is not FEEL (or not ``${…}``)
    │   └── FeelNameError     a name that nobody declared
    ├── FeelTypeError         types that cannot meet, found before anything ran; a foreign object
    └── FeelLimitError        a bound was reached: steps, depth, size, time
"""

from __future__ import annotations

from engine.errors import ZholdamaError


class FeelError(ZholdamaError):
    """An expression cannot be read or evaluated."""


class FeelSyntaxError(FeelError):
    """The text of an expression is wrong at a line and column (both from 1)."""

    def __init__(self, message: str, *, text: str = "", line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.text = text
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return f"{self.message} (line {self.line}, column {self.column})"


class FeelNameError(FeelSyntaxError):
    """An expression reads a name that is not declared."""


class FeelTypeError(FeelError):
    """A value of a kind that FEEL does not know, or types that cannot meet."""

    def __init__(self, message: str, *, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


class FeelLimitError(FeelError):
    """A bound of the evaluation was reached: steps, depth, size of a value, or time."""

    def __init__(self, message: str, *, limit: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.limit = limit
