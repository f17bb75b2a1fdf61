"""How fast: what an evaluation, a table's worth of tests and a parse cost, in microseconds."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Final

from engine.feel.expression import compile_lenient
from engine.feel.parser import Parser
from engine.feel.runtime import DEFAULT_CONTEXT

_CONDITION: Final = (
    'applicant.age >= 18 and status in ("new", "returned") and sum(items[price > 10].amount) < 500'
)
_COMPARISON: Final = "amount > limit"
_SCOPE: Final[dict[str, object]] = {"amount": 120, "limit": 100}


def measured(act: Callable[[], object], *, rounds: int = 15, times: int = 200) -> float:
    """The median time of one call, in microseconds."""
    found: list[float] = []
    for _ in range(rounds):
        start = perf_counter()
        for _ in range(times):
            act()
        found.append((perf_counter() - start) / times * 1e6)
    return median(found)


def bench() -> dict[str, float]:
    """Figures by name, in microseconds.

    ``feel.comparison``: a cached comparison of two variables, looked up by its text;
    ``feel.comparison.python``: the same by a compiled ``eval``; ``feel.parse``: a typical condition
    parsed without the cache.
    """
    none = frozenset[str]()
    code = compile(_COMPARISON, "bench", "eval")
    return {
        "feel.comparison": measured(
            lambda: compile_lenient(_COMPARISON, none).evaluate(_SCOPE, DEFAULT_CONTEXT)
        ),
        "feel.comparison.python": measured(
            lambda: eval(code, {"__builtins__": {}}, _SCOPE)  # noqa: S307 - a constant of ours
        ),
        "feel.parse": measured(lambda: Parser(_CONDITION).whole(), times=50),
    }
