"""The tokens of one text, and the reading of names: what the parser stands on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from engine.feel.errors import FeelLimitError, FeelSyntaxError
from engine.feel.lexer import Token, fail, place, tokens
from engine.feel.naming import STOP, NameIndex
from engine.model.text import Text, text

#: Deepest nesting of brackets, calls and conditions.
MAX_DEPTH: Final = 80

#: Messages for what has no spelling of its own.
_KINDS_WANTED: Final = {
    "type": "A type is expected where {found}",
    "name": "A name is expected where {found}",
}
_BUILT_IN: Final = NameIndex(("date and time", "years and months duration"))
_NAME_SYMBOLS: Final = frozenset("-+*/.'")


class WordReader:
    """A place in the tokens of a text, and the names declared around it."""

    def __init__(self, source: str, names: Iterable[str] | NameIndex = ()) -> None:
        self.source = source
        self.words = tokens(source)
        self.pos = 0
        self.depth = 0
        self.members = NameIndex()
        self.plain: set[int] = set()
        self.scopes: list[NameIndex] = [names if isinstance(names, NameIndex) else NameIndex(names)]

    def _at(self, mark: str) -> bool:
        word = self.words[self.pos]
        return word.text == mark and word.kind in ("op", "name")

    def _accept(self, mark: str) -> bool:
        if self._at(mark):
            self.pos += 1
            return True
        return False

    def _expect(self, mark: str) -> Token:
        word = self.words[self.pos]
        if not self._at(mark):
            raise self._unexpected(word, mark)
        self.pos += 1
        return word

    def _comma(self, close: str) -> None:
        """A comma between parts, or else the closing bracket is what is missing."""
        if not self._accept(","):
            self._expect(close)

    def _end(self) -> None:
        word = self.words[self.pos]
        if word.kind != "end":
            raise self._unexpected(word, "")

    def _unexpected(self, word: Token, wanted: str) -> FeelSyntaxError:
        if word.kind == "end":
            found = text("the expression ends")
        else:
            found = text("“{word}” stands", word=word.text[:40])
        if wanted in _KINDS_WANTED:
            message = Text(_KINDS_WANTED[wanted], {"found": found})
        elif wanted:
            message = text("“{wanted}” is expected where {found}", wanted=wanted, found=found)
        else:
            message = text("Nothing fits where {found}", found=found)
        return fail(message, self.source, word.at)

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            line, column = place(self.source, self.words[self.pos].at)
            message = text(
                "Nested deeper than {limit} levels (line {line}, column {column})",
                limit=MAX_DEPTH, line=line, column=column,
            )  # fmt: skip
            raise FeelLimitError(message, "depth")

    def _label(self) -> str:
        """A name up to a colon, and the colon; nothing is read when there is none."""
        end = self.pos
        while self.words[end].kind in ("name", "number") or self.words[end].text in _NAME_SYMBOLS:
            if self.words[end].kind == "end":
                return ""
            end += 1
        if self.words[end].text != ":" or end == self.pos:
            return ""
        name = self._joined(self.pos, end)
        self.pos = end + 1
        return name

    def _joined(self, start: int, end: int) -> str:
        parts = [self.words[start].text]
        for word in self.words[start + 1 : end]:
            parts.append((" " if word.gap else "") + word.text)
        return "".join(parts)

    def _name(self, *, member: bool = False) -> str:
        """The longest declared name here, or the adjacent words joined.

        After a dot, `member`, the keys of contexts written before count as declared too.
        """
        start = self.pos
        length, name = self._declared(start)
        if member:
            length, name = max((length, name), self.members.match(self.words, start))
        end = start + max(length, 1)
        plain = end
        while self.words[plain].kind == "name" and self.words[plain].text not in STOP:
            plain += 1
        if length and plain == end:
            self.pos = end
            return name
        while self.words[plain].kind == "number" and self.words[plain].gap and plain > start:
            plain += 1
        self.pos = plain
        return self._joined(start, plain)

    def _declared(self, start: int) -> tuple[int, str]:
        best = (0, "")
        for scope in self.scopes:
            found = scope.match(self.words, start)
            if found[0] > best[0]:
                best = found
        built_in = _BUILT_IN.match(self.words, start)
        if built_in[0] > best[0] and self.words[start + built_in[0]].text == "(":
            return built_in
        return best

    def _declaration(self, ends: tuple[str, ...]) -> str:
        start = self.pos
        if self.words[start].kind != "name":
            raise self._unexpected(self.words[start], "name")
        while self.words[self.pos].text not in ends and self.words[self.pos].kind != "end":
            word = self.words[self.pos]
            if word.kind not in ("name", "number") and word.text not in _NAME_SYMBOLS:
                raise self._unexpected(word, ends[0])
            self.pos += 1
        return self._joined(start, self.pos)
