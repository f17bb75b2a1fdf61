r"""Patterns of text fields: the part of JavaScript's regular expressions that Python reads alike.

A pattern comes from an analyst and is matched against what anybody typed, so its worst case is
counted before it is accepted: how many ways the matcher could try on a text of `LONGEST`
characters. ``(a+)+`` has 2ⁿ, ``^[А-Я]{2}\d{6}$`` one. Look-around, back-references and what only
one of the two languages knows are refused.
"""

import re
import warnings
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from engine.errors import ValueRefused
from engine.model.text import text

#: Texts that are matched are no longer than this; longer ones break the rule unmatched.
LONGEST = 256
#: Ways a match may be tried.
_MOST_WAYS = 2_000_000
#: What Python reads and JavaScript does not, or otherwise: flags and names of groups, \A, {,n}.
_PYTHON_ONLY = re.compile(r"\(\?(?!:)|\\[AZaNU]|\{,")

# Python's own parser of patterns has no public name; it has kept this one since 3.11.
_parser: Any = import_module("re._parser")


def compiled(source: str) -> re.Pattern[str]:
    """Return the pattern; `ValueRefused` if it can't be read or could take too long."""
    try:
        if _PYTHON_ONLY.search(source):
            _refuse(None)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            pattern = re.compile(source, re.ASCII)
            tree = _parser.parse(source, re.ASCII)
        ways = _ways(tree) * (1 if source.startswith("^") else LONGEST)
    except (re.error, RecursionError, OverflowError, Warning, ValueRefused) as error:
        raise ValueRefused(
            text("The pattern {pattern} cannot be used: {reason}", pattern=source, reason=error)
        ) from error
    if ways > _MOST_WAYS:
        raise ValueRefused(
            text(
                "The pattern {pattern} could take too long: begin it with ^ "
                "and give its repetitions an upper bound",
                pattern=source,
            )
        )
    return pattern


def matches(pattern: re.Pattern[str], value: str) -> bool:
    """Tell whether a text contains a match; texts beyond `LONGEST` do not."""
    return len(value) <= LONGEST and pattern.search(value) is not None


def _ways(items: Iterable[tuple[Any, Any]]) -> int:
    ways = 1
    for code, content in items:
        ways = min(ways * _COUNT.get(str(code), _refuse)(content), _MOST_WAYS + 1)
    return ways


def _once(content: object) -> int:
    return 1


def _refuse(content: object) -> int:
    raise ValueRefused(text("flags, look-around and back-references are not allowed"))


def _branch(content: tuple[Any, list[Any]]) -> int:
    return sum(_ways(branch) for branch in content[1])


def _group(content: tuple[Any, ...]) -> int:
    return _ways(content[-1])


def _repeat(content: tuple[int, Any, Any]) -> int:
    """Count the ways to repeat: any number of times from the least to the most, each any way."""
    least, most, body = content
    once = _ways(body)
    most = min(int(most), LONGEST)
    if once == 1:
        return max(most - min(int(least), LONGEST) + 1, 1)
    total = 0
    for times in range(int(least), most + 1):
        total = min(total + once ** min(times, 64), _MOST_WAYS + 1)
    return max(total, 1)


_COUNT: dict[str, Callable[[Any], int]] = {
    "LITERAL": _once,
    "NOT_LITERAL": _once,
    "ANY": _once,
    "IN": _once,
    "AT": _once,
    "BRANCH": _branch,
    "SUBPATTERN": _group,
    "MAX_REPEAT": _repeat,
    "MIN_REPEAT": _repeat,
}
