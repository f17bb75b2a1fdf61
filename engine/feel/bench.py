"""How fast: what an evaluation, a table's worth of tests and a parse cost, in microseconds."""

from __future__ import annotations

from collections.abc import Callable
from json import dumps
from pathlib import Path
from shutil import which
from statistics import median
from subprocess import run
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


_FEELIN: Final = """
import { evaluate } from %s;
const scope = { amount: 120, limit: 100 };
const times = [];
for (let round = 0; round < 15; round++) {
  const start = process.hrtime.bigint();
  for (let i = 0; i < 200; i++) evaluate("amount > limit", scope);
  times.push(Number(process.hrtime.bigint() - start) / 200 / 1000);
}
console.log(times.sort((a, b) => a - b)[7]);
"""


def feelin(node_modules: Path) -> dict[str, float]:
    """``feel.comparison.feelin``: the same by bpmn.io's FEEL; empty where it or node is missing."""
    library = node_modules / "@bpmn-io" / "feelin" / "dist" / "index.js"
    node = which("node")
    if node is None or not library.is_file():
        return {}
    code = _FEELIN % dumps(library.resolve().as_uri())
    command = [node, "--input-type=module", "-e", code]
    done = run(command, capture_output=True, check=True)  # noqa: S603 - our own code
    return {"feel.comparison.feelin": float(done.stdout)}
