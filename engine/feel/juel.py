"""The ``${…}`` notation of Camunda 7's diagrams, read to the same tree.

Taken: ``== != < <= > >=`` and their words ``eq ne lt le gt ge``; ``&& || !`` and ``and or not``;
``+ - * /``, ``div``; ``% mod``; ``empty``; ``a ? b : c``; literals; property paths; ``a[0]`` and
``a['key']``; calls of named functions; literal text around several ``${…}``.
Not taken, with an error at the place: method calls (``a.b()``), assignments, lambdas, ``#{…}``
inside ``${…}``, collection literals and Java's operators (``instanceof``, ``.class``).
Unlike JUEL, numbers are decimal, ``"1" + 1`` is null and not 2, and a comparison of unlike types
is null.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from engine.feel import nodes as n
from engine.feel.errors import FeelLimitError, FeelSyntaxError
from engine.feel.lexer import Token, fail, string_value, tokens
from engine.feel.numbers import number_of
from engine.feel.words import MAX_DEPTH
from engine.model.text import text

_WORDS: Final = {
    "eq": "=", "==": "=", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=",
    "&&": "and", "||": "or", "div": "/", "mod": "%",
}  # fmt: skip
_RANK: Final = {
    "or": 1, "and": 2, "=": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4,
    "+": 5, "-": 5, "*": 6, "/": 6, "%": 6,
}  # fmt: skip
_CONSTANT: Final = {"true": True, "false": False, "null": None}
_RESERVED: Final = frozenset({
    "and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "div", "mod", "empty", "instanceof",
})  # fmt: skip


def parse_template(source: str) -> n.Node:
    """A text with ``${…}`` or ``#{…}`` in it; one alone keeps its value, others make a string."""
    parts: list[n.Node] = []
    at = 0
    while at < len(source):
        start = _opening(source, at)
        if start > at:
            parts.append(n.Literal(at, source[at:start]))
        if start == len(source):
            break
        node, at = _embedded(source, start)
        parts.append(node)
    if len(parts) == 1:
        return parts[0]
    return n.Template(0, tuple(parts))


def _opening(source: str, at: int) -> int:
    found = [where for where in (source.find("${", at), source.find("#{", at)) if where >= 0]
    return min(found, default=len(source))


def _embedded(source: str, start: int) -> tuple[n.Node, int]:
    end = _closing(source, start + 2)
    parser = _Parser(source, start + 2, end)
    return parser.whole(), end + 1


def _closing(source: str, at: int) -> int:
    """Offset of the brace that ends the part, not counting those in strings."""
    quote = ""
    start = at
    while at < len(source):
        mark = source[at]
        if quote:
            at += mark == "\\"
            quote = "" if mark == quote else quote
        elif mark in "\"'":
            quote = mark
        elif mark == "}":
            return at
        at += 1
    raise fail(text("The brace opened here is not closed"), source, max(start - 2, 0))


class _Parser:
    """One part between the braces; positions are those of the whole text."""

    def __init__(self, source: str, start: int, end: int) -> None:
        self.source = source
        self.words = self._words(start, end)
        self.pos = 0
        self.depth = 0

    def _words(self, start: int, end: int) -> list[Token]:
        # Blanks in front keep the offsets those of the whole text, line breaks included.
        blank = "".join(c if c == "\n" else " " for c in self.source[:start])
        found = tokens(blank + self.source[start:end], juel=True)
        return [word._replace(text=_WORDS.get(word.text, word.text)) for word in found]

    def whole(self) -> n.Node:
        node = self._choice()
        if self.words[self.pos].kind != "end":
            raise self._unexpected()
        return node

    def _unexpected(self, wanted: str = "") -> FeelSyntaxError:
        word = self.words[self.pos]
        if word.kind == "end":
            found = text("the expression ends")
        else:
            found = text("“{word}” stands", word=word.text[:40])
        if wanted == "name":
            message = text("A name is expected where {found}", found=found)
        elif wanted:
            message = text("“{wanted}” is expected where {found}", wanted=wanted, found=found)
        else:
            message = text("Nothing fits where {found}", found=found)
        return fail(message, self.source, word.at)

    def _accept(self, mark: str) -> bool:
        word = self.words[self.pos]
        if word.text == mark and word.kind in ("op", "name"):
            self.pos += 1
            return True
        return False

    def _expect(self, mark: str) -> None:
        if not self._accept(mark):
            raise self._unexpected(mark)

    def _choice(self) -> n.Node:
        self._deeper()
        node = self._ranked(1)
        if self._accept("?"):
            then = self._choice()
            self._expect(":")
            node = n.If(node.at, node, then, self._choice())
        self.depth -= 1
        return node

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FeelLimitError(
                text("Nested deeper than {limit} levels", limit=MAX_DEPTH), "depth"
            )

    def _ranked(self, least: int) -> n.Node:
        left = self._unary()
        count = 0
        while (rank := self._rank()) >= least:
            left = self._operation(left, rank)
            count += 1
            if count > MAX_DEPTH:
                self.depth = MAX_DEPTH
                self._deeper()
        return left

    def _rank(self) -> int:
        word = self.words[self.pos]
        return _RANK.get(word.text, 0) if word.kind in ("op", "name") else 0

    def _operation(self, left: n.Node, rank: int) -> n.Node:
        rest: list[tuple[str, n.Node]] = []
        while self._rank() == rank:
            mark = self.words[self.pos].text
            self.pos += 1
            rest.append((mark, self._ranked(rank + 1)))
            if rank in (3, 4):
                break
        if rank <= 2:
            mark = rest[0][0]
            return n.Logic(left.at, mark, (left, *(part for _, part in rest)))
        return self._arithmetic(left, rest)

    def _arithmetic(self, left: n.Node, rest: list[tuple[str, n.Node]]) -> n.Node:
        if all(mark != "%" for mark, _ in rest):
            return n.Chain(left.at, left, tuple(rest))
        for mark, right in rest[:MAX_DEPTH]:
            if mark == "%":
                left = n.Call(left.at, n.Name(left.at, "modulo"), (left, right))
            else:
                left = n.Chain(left.at, left, ((mark, right),))
        return left

    def _unary(self) -> n.Node:
        word = self.words[self.pos]
        if word.kind not in ("op", "name") or word.text not in ("!", "not", "-", "empty"):
            return self._postfix(self._primary())
        self._deeper()
        self.pos += 1
        operand = self._unary()
        self.depth -= 1
        if word.text == "-":
            return n.Negate(word.at, operand)
        if word.text == "empty":
            return n.Empty(word.at, operand)
        return n.Call(word.at, n.Name(word.at, "not"), (operand,))

    def _postfix(self, node: n.Node) -> n.Node:
        for _ in range(MAX_DEPTH):
            if self._accept("."):
                node = n.Path(node.at, node, self._identifier())
                if self.words[self.pos].text == "(":
                    message = text("Methods cannot be called here, only named functions")
                    raise fail(message, self.source, self.words[self.pos].at)
            elif self._accept("["):
                node = n.Subscript(node.at, node, self._choice())
                self._expect("]")
            else:
                return node
        raise FeelLimitError(text("Nested deeper than {limit} levels", limit=MAX_DEPTH), "depth")

    def _identifier(self) -> str:
        word = self.words[self.pos]
        if word.kind != "name":
            raise self._unexpected("name")
        self.pos += 1
        return word.text

    def _primary(self) -> n.Node:
        word = self.words[self.pos]
        if word.kind == "number":
            self.pos += 1
            return n.Literal(word.at, self._number(word.text))
        if word.kind == "string":
            self.pos += 1
            return n.Literal(word.at, string_value(word.text))
        if word.kind == "name" and word.text not in _RESERVED:
            return self._named(word)
        if self._accept("("):
            node = self._choice()
            self._expect(")")
            return node
        raise self._unexpected()

    @staticmethod
    def _number(digits: str) -> Decimal | None:
        return number_of(digits)

    def _named(self, word: Token) -> n.Node:
        self.pos += 1
        if word.text in _CONSTANT:
            return n.Literal(word.at, _CONSTANT[word.text])
        name = n.Name(word.at, word.text)
        return self._call(name) if self._accept("(") else name

    def _call(self, name: n.Name) -> n.Node:
        arguments: list[n.Node] = []
        while not self._accept(")"):
            if arguments:
                self._expect(",")
            arguments.append(self._choice())
        return n.Call(name.at, name, tuple(arguments))
