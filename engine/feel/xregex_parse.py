"""XPath's regular expressions → tree.

XQuery and XPath Functions 3.1, 5.6; XML Schema part 2, appendix F.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from engine.feel.xregex_blocks import BLOCKS

#: Highest number in ``{n,m}``, deepest nesting of groups.
MAX_COUNT: Final = 1000
MAX_DEPTH: Final = 50

CharTest = Callable[[str], bool]


class PatternError(ValueError):
    """The pattern, its flags or the replacement are wrong; FEEL answers null."""


@dataclass(frozen=True, slots=True)
class Chars:
    """One character that passes a test."""

    test: CharTest


@dataclass(frozen=True, slots=True)
class Anchor:
    """``^`` or ``$``."""

    start: bool
    multiline: bool


@dataclass(frozen=True, slots=True)
class BackReference:
    """``\\1``."""

    number: int
    ignore_case: bool


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after another."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Alternation:
    """One of several."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Brackets; number 0 does not capture."""

    inner: Node
    number: int


@dataclass(frozen=True, slots=True)
class Repeat:
    """A quantifier; `most` None is without end."""

    inner: Node
    least: int
    most: int | None
    greedy: bool


Node = Chars | Anchor | BackReference | Sequence | Alternation | Group | Repeat


@dataclass(frozen=True, slots=True)
class Tree:
    """A parsed pattern."""

    node: Node
    groups: int


_SINGLE: Final = {"n": "\n", "r": "\r", "t": "\t"} | {mark: mark for mark in "\\|.-^?*+{}()[]$"}
_QUANTIFIER: Final = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_CATEGORIES: Final = frozenset({
    "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No",
    "P", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Z", "Zs", "Zl", "Zp",
    "S", "Sm", "Sc", "Sk", "So", "C", "Cc", "Cf", "Co", "Cn",
})  # fmt: skip


def _is_space(mark: str) -> bool:
    return mark in " \t\n\r"


def _is_digit(mark: str) -> bool:
    return unicodedata.category(mark) == "Nd"


def _is_word(mark: str) -> bool:
    return unicodedata.category(mark)[0] not in "PZC"


def _is_initial(mark: str) -> bool:
    return mark in ":_" or unicodedata.category(mark)[0] == "L"


def _is_name(mark: str) -> bool:
    return _is_initial(mark) or mark in "-.\u00b7" or unicodedata.category(mark)[0] in "NM"


_CLASSES: Final[dict[str, CharTest]] = {
    "s": _is_space, "d": _is_digit, "w": _is_word, "i": _is_initial, "c": _is_name,
}  # fmt: skip


def _negated(test: CharTest) -> CharTest:
    return lambda mark: not test(mark)


@lru_cache(maxsize=4096)
def _variants(mark: str) -> frozenset[str]:
    """The same letter in other cases."""
    found = {mark, mark.lower(), mark.upper(), mark.casefold(), mark.upper().lower()}
    return frozenset(form for form in found if len(form) == 1)


def _one(wanted: str, ignore_case: bool) -> CharTest:
    if not ignore_case:
        return lambda mark: mark == wanted
    forms = _variants(wanted)
    return lambda mark: not forms.isdisjoint(_variants(mark))


def _span(low: str, high: str, ignore_case: bool) -> CharTest:
    if low > high:
        raise PatternError("a range from a higher to a lower character")
    if not ignore_case:
        return lambda mark: low <= mark <= high
    return lambda mark: any(low <= form <= high for form in _variants(mark))


def _category(name: str) -> CharTest:
    if name in _CATEGORIES:
        return lambda mark: unicodedata.category(mark).startswith(name)
    block = BLOCKS.get(name.removeprefix("Is")) if name.startswith("Is") else None
    if block is None:
        raise PatternError("unknown category")
    low, high = block
    return lambda mark: low <= ord(mark) <= high


def _without_space(pattern: str) -> str:
    """The pattern of flag ``x``: white space goes, but for that in character classes."""
    made: list[str] = []
    depth, escaped = 0, False
    for mark in pattern:
        if _is_space(mark) and not depth:
            continue
        if not escaped:
            depth += (mark == "[") - (mark == "]" and depth > 0)
        escaped = mark == "\\" and not escaped
        made.append(mark)
    return "".join(made)


def parse(pattern: str, flags: str) -> Tree:
    """The tree of a pattern; PatternError for what XPath does not know."""
    if not set(flags) <= set("smixq"):
        raise PatternError("unknown flag")
    if "q" in flags:
        parts = tuple(Chars(_one(mark, "i" in flags)) for mark in pattern)
        return Tree(Sequence(parts), 0)
    return _Parser(_without_space(pattern) if "x" in flags else pattern, flags).whole()


class _Parser:
    """Recursive descent over one pattern."""

    def __init__(self, pattern: str, flags: str) -> None:
        self.pattern = pattern
        self.pos = 0
        self.depth = 0
        self.groups = 0
        self.closed: set[int] = set()
        self.ignore_case = "i" in flags
        self.multiline = "m" in flags
        self.dot_all = "s" in flags

    def whole(self) -> Tree:
        node = self._alternation()
        if self.pos < len(self.pattern):
            raise PatternError("a bracket too many")
        return Tree(node, self.groups)

    def _peek(self) -> str:
        return self.pattern[self.pos : self.pos + 1]

    def _take(self) -> str:
        mark = self._peek()
        if not mark:
            raise PatternError("the pattern ends too early")
        self.pos += 1
        return mark

    def _accept(self, mark: str) -> bool:
        if self.pattern.startswith(mark, self.pos):
            self.pos += len(mark)
            return True
        return False

    def _alternation(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise PatternError("nested too deeply")
        parts = [self._sequence()]
        while self._accept("|"):
            parts.append(self._sequence())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else Alternation(tuple(parts))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while self._peek() not in ("", "|", ")"):
            parts.append(self._quantified(self._atom()))
        return Sequence(tuple(parts))

    def _quantified(self, node: Node) -> Node:
        mark = self._peek()
        if mark in _QUANTIFIER and mark:
            self.pos += 1
            least, most = _QUANTIFIER[mark]
        elif mark == "{":
            least, most = self._counts()
        else:
            return node
        return Repeat(node, least, most, not self._accept("?"))

    def _counts(self) -> tuple[int, int | None]:
        end = self.pattern.find("}", self.pos)
        low, comma, high = self.pattern[self.pos + 1 : max(end, self.pos)].partition(",")
        if not low.isdecimal() or (high and not high.isdecimal()) or len(low + high) > 9:
            raise PatternError("wrong quantifier")
        self.pos = end + 1
        least = int(low)
        most = (int(high) if high else None) if comma else least
        if max(least, most or 0) > MAX_COUNT or (most is not None and most < least):
            raise PatternError("wrong quantifier")
        return least, most

    def _atom(self) -> Node:
        mark = self._take()
        if mark == "(":
            return self._group()
        if mark == "[":
            return Chars(self._class())
        if mark == "\\":
            return self._escape()
        if mark in "^$":
            return Anchor(mark == "^", self.multiline)
        if mark == ".":
            return Chars((lambda _: True) if self.dot_all else (lambda found: found not in "\n\r"))
        if mark in "*+?{}]":
            raise PatternError("a quantifier or bracket out of place")
        return Chars(_one(mark, self.ignore_case))

    def _group(self) -> Node:
        number = 0
        if not self._accept("?:"):
            self.groups += 1
            number = self.groups
        inner = self._alternation()
        if not self._accept(")"):
            raise PatternError("a bracket is not closed")
        self.closed.add(number)
        return Group(inner, number)

    def _escape(self) -> Node:
        mark = self._peek()
        if mark and mark in "123456789":
            return self._back_reference()
        return Chars(self._escaped())

    def _back_reference(self) -> Node:
        number = int(self._take())
        while self._peek().isdecimal() and int(f"{number}{self._peek()}") <= self.groups:
            number = int(f"{number}{self._take()}")
        if number not in self.closed:
            raise PatternError("a reference to a group that is not closed before")
        return BackReference(number, self.ignore_case)

    def _escaped(self) -> CharTest:
        mark = self._take()
        if mark in _SINGLE:
            return _one(_SINGLE[mark], self.ignore_case)
        return self._class_escape(mark)

    def _class_escape(self, mark: str) -> CharTest:
        if mark in "pP":
            if not self._accept("{"):
                raise PatternError("wrong category")
            end = self.pattern.find("}", self.pos)
            test = _category(self.pattern[self.pos : max(end, self.pos)])
            self.pos = end + 1
        elif mark.lower() in _CLASSES:
            test = _CLASSES[mark.lower()]
        else:
            raise PatternError("unknown escape")
        return _negated(test) if mark.isupper() else test

    def _class(self) -> CharTest:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise PatternError("nested too deeply")
        negative = self._accept("^")
        tests: list[CharTest] = []
        without: CharTest | None = None
        while not tests or not self._accept("]"):
            if tests and self._accept("-["):
                without = self._class()
                if not self._accept("]"):
                    raise PatternError("a subtraction must come last")
                break
            tests.append(self._class_item(first=not tests))
        self.depth -= 1
        return _combined(tuple(tests), negative, without)

    def _class_item(self, *, first: bool) -> CharTest:
        mark = self._take()
        if mark == "[" or (mark == "]" and not first) or (mark == "]" and first):
            raise PatternError("a bracket out of place in a character class")
        if mark == "-" and not first and self._peek() != "]" and not self._subtracts():
            raise PatternError("a hyphen out of place in a character class")
        if mark == "\\":
            low = self._escaped_single()
            if low is None:
                return self._class_escape(self._take())
            mark = low
        if self._peek() == "-" and self.pattern[self.pos + 1 : self.pos + 2] not in ("]", "["):
            self.pos += 1
            return _span(mark, self._high(), self.ignore_case)
        return _one(mark, self.ignore_case)

    def _subtracts(self) -> bool:
        return self._peek() == "-" and self.pattern[self.pos + 1 : self.pos + 2] == "["

    def _escaped_single(self) -> str | None:
        mark = self._peek()
        if mark in _SINGLE and mark:
            self.pos += 1
            return _SINGLE[mark]
        return None

    def _high(self) -> str:
        mark = self._take()
        if mark == "\\":
            single = self._escaped_single()
            if single is None:
                raise PatternError("a class as the end of a range")
            return single
        return mark


def _combined(tests: tuple[CharTest, ...], negative: bool, without: CharTest | None) -> CharTest:
    @lru_cache(maxsize=512)
    def test(mark: str) -> bool:
        if any(part(mark) for part in tests) is negative:
            return False
        return without is None or not without(mark)

    return test
