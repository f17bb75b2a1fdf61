"""Text → tokens, for both notations."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from engine.feel.errors import FeelLimitError, FeelSyntaxError
from engine.model.text import Text, text

#: Longest text taken, in characters.
MAX_TEXT: Final = 100_000

#: Name start characters of DMN 1.5, 10.3.1.2, rule 28 (without the question mark).
START: Final = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
#: Further characters inside a name, rule 29.
PART: Final = START + "0-9\u00b7\u0300-\u036f\u203f-\u2040"

_NUMBER: Final = r"(?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
_SPACE: Final = r"(?P<space>(?:[\s\ufeff\u180e]|//[^\n]*|/\*(?s:.*?)\*/)+)"

_FEEL: Final = re.compile(
    _SPACE
    + rf"|(?P<name>[?{START}][?{PART}]*)|"
    + _NUMBER
    + r'|(?P<string>"(?:[^"\\]|\\(?s:.))*")'
    + r"|(?P<op>\*\*|\.\.|<=|>=|!=|->|[-+*/()\[\]{}<>=.,:@'])"
)
_JUEL: Final = re.compile(
    r"(?P<space>\s+)"
    + rf"|(?P<name>[{START}$][{PART}$]*)|"
    + _NUMBER
    + r"|(?P<string>\"(?:[^\"\\]|\\(?s:.))*\"|'(?:[^'\\]|\\(?s:.))*')"
    + r"|(?P<op>&&|\|\||==|!=|<=|>=|[-+*/%()\[\]{}<>!.,?:])"
)


class Token(NamedTuple):
    """One word of the text; `gap` says whether white space stands before it."""

    kind: str
    text: str
    at: int
    gap: bool


def place(source: str, at: int) -> tuple[int, int]:
    """Line and column (both from 1) of an offset."""
    line = source.count("\n", 0, at) + 1
    return line, at - (source.rfind("\n", 0, at) + 1) + 1


def fail(message: Text, source: str, at: int) -> FeelSyntaxError:
    """The error with its place."""
    line, column = place(source, at)
    return FeelSyntaxError(message, source=source, line=line, column=column)


def _stray(mark: str) -> Text:
    if mark in "\"'":
        return text("The text opened here is not closed")
    return text("Unexpected character “{mark}”", mark=mark)


def tokens(source: str, *, juel: bool = False) -> list[Token]:
    """All tokens and an ``end``; FeelSyntaxError at the first character that fits nothing."""
    if len(source) > MAX_TEXT:
        message = text("The expression is longer than {limit} characters", limit=MAX_TEXT)
        raise FeelLimitError(message, "size")
    scan = (_JUEL if juel else _FEEL).match
    found: list[Token] = []
    at, size, gap = 0, len(source), False
    while at < size:
        hit = scan(source, at)
        if hit is None:
            raise fail(_stray(source[at]), source, at)
        kind = hit.lastgroup or ""
        if kind != "space":
            found.append(Token(kind, hit.group(), at, gap))
        gap = kind == "space"
        at = hit.end()
    found.append(Token("end", "", size, gap))
    return found


_ESCAPE: Final = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
    r"|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{6})|(.))",
    re.DOTALL,
)
_SIMPLE: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def _unescape(hit: re.Match[str]) -> str:
    high, low, short, long, single = hit.groups()
    if high:
        return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)
    if single is not None:
        # An escape FEEL does not know stays as written: "\d" is a pattern for matches().
        return _SIMPLE.get(single, single if single in "\"'\\" else "\\" + single)
    code = int(short or long, 16)
    return "\ufffd" if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF else chr(code)


def string_value(quoted: str) -> str:
    """The value of a string literal with its quotes."""
    body = quoted[1:-1]
    return _ESCAPE.sub(_unescape, body) if "\\" in body else body


def normal_name(name: str) -> str:
    """A name with single spaces."""
    return " ".join(name.split())
