"""Types as written after ``instance of`` and in parameter lists."""

from __future__ import annotations

from typing import Final

from engine.feel import nodes as n
from engine.feel.lexer import Token
from engine.feel.naming import STOP, NameIndex
from engine.feel.words import WordReader

_LONG: Final = NameIndex(("date and time", "days and time duration", "years and months duration"))


class TypeParser(WordReader):
    """The part of the parser that reads types."""

    def type_name(self) -> n.TypeName:
        """``number``, ``list<T>``, ``context<a: T>``, ``function<T> -> T``, a declared name."""
        word = self.words[self.pos]
        if word.kind != "name":
            raise self._unexpected(word, "type")
        if self.words[self.pos + 1].text != "<":
            return n.TypeName(word.at, self._type_words())
        self.pos += 2
        if word.text == "context":
            return self._context_type(word)
        return self._generic(word)

    def _generic(self, word: Token) -> n.TypeName:
        arguments: list[n.TypeName] = []
        while not self._accept(">"):
            if arguments:
                self._expect(",")
            arguments.append(self.type_name())
        result = self.type_name() if word.text == "function" and self._accept("->") else None
        return n.TypeName(word.at, word.text, tuple(arguments), (), result)

    def _context_type(self, word: Token) -> n.TypeName:
        fields: list[str] = []
        types: list[n.TypeName] = []
        while not self._accept(">"):
            if fields:
                self._expect(",")
            fields.append(self._field())
            types.append(self.type_name())
        return n.TypeName(word.at, "context", tuple(types), tuple(fields))

    def _field(self) -> str:
        words = [self.words[self.pos].text]
        self.pos += 1
        while not self._accept(":"):
            if self.words[self.pos].kind != "name":
                raise self._unexpected(self.words[self.pos], ":")
            words.append(self.words[self.pos].text)
            self.pos += 1
        return " ".join(words)

    def _type_words(self) -> str:
        length, name = _LONG.match(self.words, self.pos)
        if length:
            self.pos += length
            return name
        parts = [self.words[self.pos].text]
        self.pos += 1
        while True:
            word = self.words[self.pos]
            if word.text == "." and self.words[self.pos + 1].kind == "name":
                parts.append("." + self.words[self.pos + 1].text)
                self.pos += 2
            elif word.kind == "name" and word.text not in STOP:
                parts.append(" " + word.text)
                self.pos += 1
            else:
                return "".join(parts)
