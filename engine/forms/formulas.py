"""FEEL inside a form: conditions, bounds, computed values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from engine import feel
from engine.errors import ExpressionError

#: Names that conditions inside a row may use, as in form-js.
SPECIAL = frozenset({"this", "parent", "i", "_this_", "_parent_", "_i_"})
#: Longest expression that is read.
LONGEST = 2000


@dataclass(frozen=True)
class Formula:
    """An expression as it stands in the file, without its leading ``=``."""

    #: FEEL.
    source: str

    @cached_property
    def compiled(self) -> "feel.Expression":
        """Return the parsed expression; raises `ExpressionError`."""
        return feel.compile(self.source)

    def value(self, scope: Mapping[str, object], now: datetime) -> object:
        """Return the result; None where FEEL has no answer or a bound is reached."""
        try:
            return self.compiled.evaluate(scope, feel.Context(now=now))
        except ExpressionError:
            return None

    def holds(self, scope: Mapping[str, object], now: datetime) -> bool:
        """Tell whether the result is true; null and anything else is not."""
        return self.value(scope, now) is True
