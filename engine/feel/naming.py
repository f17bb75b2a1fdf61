"""Known names, findable at the head of a token list: FEEL's names hold spaces and operators.

A name is matched token by token. Around an operator the white space must be as in the declared
name, so that with ``a``, ``b`` and ``a-b`` all declared, ``a-b`` is the name and ``a - b`` a
difference.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from engine.feel.errors import FeelError
from engine.feel.lexer import Token, normal_name, tokens

#: Words that end a name unless a declared name holds them.
STOP: Final = frozenset({
    "and", "or", "in", "between", "instance", "then", "else", "return", "satisfies",
    "if", "for", "some", "every", "true", "false", "null",
})  # fmt: skip

Shape = tuple[tuple[str, bool], ...]


@lru_cache(maxsize=8192)
def shape_of(name: str) -> Shape:
    """The name's tokens, each with whether white space stands before it."""
    try:
        found = tokens(normal_name(name))[:-1]
    except FeelError:
        return ((name, False),)
    return tuple((token.text, token.gap) for token in found)


class NameIndex:
    """A set of names by their first token, longest first."""

    __slots__ = ("_by_first", "names")

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.names: set[str] = set()
        self._by_first: dict[str, list[tuple[Shape, str]]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Declare one more name."""
        name = normal_name(name)
        if name in self.names:
            return
        self.names.add(name)
        shape = shape_of(name)
        if len(shape) > 1:
            bucket = self._by_first.setdefault(shape[0][0], [])
            bucket.append((shape, name))
            bucket.sort(key=lambda pair: -len(pair[0]))

    def match(self, words: list[Token], start: int) -> tuple[int, str]:
        """Length in tokens and name of the longest match at `start`; (0, "") if none."""
        for shape, name in self._by_first.get(words[start].text, ()):
            if _fits(shape, words, start):
                return len(shape), name
        return (1, words[start].text) if words[start].text in self.names else (0, "")


def _fits(shape: Shape, words: list[Token], start: int) -> bool:
    if start + len(shape) > len(words):
        return False
    for offset in range(1, len(shape)):
        word, (expected, gap) = words[start + offset], shape[offset]
        if word.text != expected or word.gap is not gap or word.kind == "string":
            return False
    return True
