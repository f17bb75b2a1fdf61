"""Tokens → tree, by FEEL's grammar (DMN 1.5, 10.3.1.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

from engine.feel import nodes as n
from engine.feel.errors import FeelLimitError, FeelSyntaxError
from engine.feel.lexer import Token, fail, place, string_value, tokens
from engine.feel.lexical import temporal_of
from engine.feel.naming import STOP, NameIndex
from engine.feel.numbers import number_of
from engine.feel.typenames import TypeParser
from engine.model.text import Text, text

#: Deepest nesting of brackets, calls and conditions.
MAX_DEPTH: Final = 80

_OR, _AND, _COMPARE, _SUM, _PRODUCT, _POWER = range(1, 7)
_RANK: Final = {
    "or": _OR, "and": _AND,
    "=": _COMPARE, "!=": _COMPARE, "<": _COMPARE, "<=": _COMPARE, ">": _COMPARE, ">=": _COMPARE,
    "between": _COMPARE, "in": _COMPARE,
    "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "**": _POWER,
}  # fmt: skip
UNARY: Final = frozenset(("<", "<=", ">", ">=", "=", "!="))
#: Messages for what has no spelling of its own.
_KINDS_WANTED: Final = {
    "type": "A type is expected where {found}",
    "name": "A name is expected where {found}",
}
_CONSTANT: Final = {"true": True, "false": False, "null": None}
_BUILT_IN: Final = NameIndex(("date and time", "years and months duration"))
_NAME_SYMBOLS: Final = frozenset("-+*/.'")
_AFTER_RANGE: Final = frozenset({
    ")", "]", "}", ",", ".", "..", "", "+", "*", "/", "=", "!=", ":",
    "and", "or", "in", "between", "instance", "then", "else", "return", "satisfies",
})  # fmt: skip


class Parser(TypeParser):
    """One text; `names` are declared, others are guessed by joining adjacent words."""

    def __init__(self, source: str, names: Iterable[str] | NameIndex = ()) -> None:
        self.source = source
        self.words = tokens(source)
        self.pos = 0
        self.depth = 0
        self.scopes: list[NameIndex] = [names if isinstance(names, NameIndex) else NameIndex(names)]

    # -- entry ---------------------------------------------------------------------------

    def whole(self) -> n.Node:
        """The text as one expression."""
        node = self.expression()
        self._end()
        return node

    def whole_tests(self) -> tuple[bool, tuple[n.Node, ...]]:
        """The text as unary tests: whether negated, and the tests; ``-`` gives none."""
        if self._at("-") and self.words[self.pos + 1].kind == "end":
            return False, ()
        negated = self._negation()
        if negated is not None:
            return True, negated
        tests = self._tests("end")
        self._end()
        return False, tests

    def _negation(self) -> tuple[n.Node, ...] | None:
        start = self.pos
        if not (self._at("not") and self.words[start + 1].text == "("):
            return None
        self.pos += 2
        try:
            tests = self._tests(")")
            self._expect(")")
            self._end()
        except FeelSyntaxError:
            self.pos = start
            return None
        return tests

    def _tests(self, close: str) -> tuple[n.Node, ...]:
        found = [self._test()]
        while self._accept(","):
            found.append(self._test())
        return tuple(found)

    def _test(self) -> n.Node:
        word = self.words[self.pos]
        if word.kind == "op" and word.text in UNARY:
            self.pos += 1
            return n.UnaryTest(word.at, word.text, self._ranked(_SUM))
        return self.expression()

    # -- words ---------------------------------------------------------------------------

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

    # -- expressions ---------------------------------------------------------------------

    def expression(self) -> n.Node:
        """Any expression, of the lowest rank."""
        self._deeper()
        word = self.words[self.pos]
        special = self._SPECIAL.get(word.text) if word.kind == "name" else None
        if special is not None and not self._is_declared():
            node = special(self)
        else:
            node = self._ranked(_OR)
        self.depth -= 1
        return node

    def _is_declared(self) -> bool:
        return any(scope.match(self.words, self.pos)[0] for scope in self.scopes)

    def _ranked(self, least: int) -> n.Node:
        left = self._unary()
        count = 0
        while True:
            word = self.words[self.pos]
            rank = _RANK.get(word.text, 0) if word.kind in ("op", "name") else 0
            if rank < least:
                return left
            left = self._operation(left, rank)
            count += 1
            if count > MAX_DEPTH:  # a = b = c = …: the only operators that nest to the left
                self.depth = MAX_DEPTH
                self._deeper()

    def _operation(self, left: n.Node, rank: int) -> n.Node:
        if rank in (_OR, _AND):
            return self._logic(left, rank)
        if self._at("between"):
            return self._between(left)
        if self._at("in"):
            return self._in(left)
        rest: list[tuple[str, n.Node]] = []
        word = self.words[self.pos]
        while word.kind == "op" and _RANK.get(word.text) == rank:
            self.pos += 1
            rest.append((word.text, self._ranked(rank + 1)))
            word = self.words[self.pos]
            if rank == _COMPARE:
                break
        return n.Chain(left.at, left, tuple(rest))

    def _logic(self, left: n.Node, rank: int) -> n.Node:
        mark = "or" if rank == _OR else "and"
        parts = [left]
        while self._accept(mark):
            parts.append(self._operand(rank + 1))
        return n.Logic(left.at, mark, tuple(parts))

    def _operand(self, rank: int) -> n.Node:
        word = self.words[self.pos]
        if word.kind == "name" and word.text in self._SPECIAL:
            return self.expression()
        return self._ranked(rank)

    def _between(self, left: n.Node) -> n.Node:
        self.pos += 1
        low = self._ranked(_SUM)
        self._expect("and")
        return n.Between(left.at, left, low, self._ranked(_SUM))

    def _in(self, left: n.Node) -> n.Node:
        self.pos += 1
        word = self.words[self.pos]
        if word.kind == "op" and word.text in UNARY:
            return n.In(left.at, left, (self._test(),))
        if word.text == "(" and word.kind == "op":
            tests = self._in_brackets()
            if tests is not None:
                return n.In(left.at, left, tests)
        return n.In(left.at, left, (self._ranked(_SUM),))

    def _in_brackets(self) -> tuple[n.Node, ...] | None:
        """``(test, test)``; None (nothing read) where the bracket opens a plain expression."""
        start, depth = self.pos, self.depth
        self.pos += 1
        try:
            tests = self._tests(")")
            self._expect(")")
        except FeelSyntaxError:
            self.pos, self.depth = start, depth
            return None
        if len(tests) == 1 and self.words[self.pos].text in ("+", "-", "*", "/", "**", ".", "["):
            self.pos = start
            return None
        return tests

    def _unary(self) -> n.Node:
        minus = 0
        at = self.words[self.pos].at
        while self._at("-"):
            self.pos += 1
            minus += 1
        node = self._postfix(self._primary())
        if self._at("instance") and self.words[self.pos + 1].text == "of":
            self.pos += 2
            node = n.Instance(node.at, node, self.type_name())
        return n.Negate(at, node) if minus % 2 else self._twice(node, minus, at)

    @staticmethod
    def _twice(node: n.Node, minus: int, at: int) -> n.Node:
        return n.Negate(at, n.Negate(at, node)) if minus else node

    def _postfix(self, node: n.Node) -> n.Node:
        count = 0
        while True:
            mark = self.words[self.pos].text if self.words[self.pos].kind == "op" else ""
            if mark == "." and self.words[self.pos + 1].kind == "name":
                self.pos += 1
                node = n.Path(node.at, node, self._name())
            elif mark == "[" and not self._closes_range():
                node = self._filter(node)
            elif mark == "(":
                node = self._call(node)
            else:
                return node
            count += 1
            if count > MAX_DEPTH:
                self.depth = MAX_DEPTH
                self._deeper()

    def _filter(self, node: n.Node) -> n.Node:
        self.pos += 1
        condition = self.expression()
        self._expect("]")
        return n.Filter(node.at, node, condition)

    def _call(self, node: n.Node) -> n.Node:
        self.pos += 1
        names: list[str] = []
        arguments: list[n.Node] = []
        while not self._at(")"):
            if arguments:
                self._comma(")")
            name = self._argument_name()
            if name:
                names.append(name)
            arguments.append(self.expression())
            if names and len(names) != len(arguments):
                raise self._unexpected(self.words[self.pos], ":")
        self.pos += 1
        return n.Call(node.at, node, tuple(arguments), tuple(names))

    def _argument_name(self) -> str:
        return self._label() if self.words[self.pos].kind == "name" else ""

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

    # -- primaries -----------------------------------------------------------------------

    def _primary(self) -> n.Node:
        word = self.words[self.pos]
        if word.kind == "name":
            return self._named(word)
        if word.kind == "number":
            self.pos += 1
            return n.Literal(word.at, self._number(word))
        if word.kind == "string":
            self.pos += 1
            return n.Literal(word.at, string_value(word.text))
        opening = self._OPENING.get(word.text) if word.kind == "op" else None
        if opening is None:
            raise self._unexpected(word, "")
        return opening(self)

    def _number(self, word: Token) -> Decimal | None:
        return number_of(word.text)

    def _named(self, word: Token) -> n.Node:
        if word.text in self._SPECIAL and not self._is_declared():
            return self.expression()
        if word.text in STOP and not self._is_declared():
            if word.text in _CONSTANT:
                self.pos += 1
                return n.Literal(word.at, _CONSTANT[word.text])
            raise self._unexpected(word, "")
        return n.Name(word.at, self._name())

    def _name(self) -> str:
        """The longest declared name here, or the adjacent words joined."""
        start = self.pos
        length, name = self._declared(start)
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

    def _bracket(self) -> n.Node:
        """``(``: a grouping, a unary test as a value, or an open range."""
        at = self.words[self.pos].at
        self.pos += 1
        word = self.words[self.pos]
        if word.kind == "op" and word.text in UNARY:
            node = self._test()
            self._expect(")")
            return node
        node = self.expression()
        if self._at(".."):
            return self._range(at, node, closed=False)
        self._expect(")")
        return node

    def _square(self) -> n.Node:
        """``[``: a list or a closed range."""
        at = self.words[self.pos].at
        self.pos += 1
        items: list[n.Node] = []
        while not self._at("]"):
            if items:
                self._comma("]")
            items.append(self._test())
            if len(items) == 1 and self._at(".."):
                return self._range(at, items[0], closed=True)
        self.pos += 1
        return n.ListOf(at, tuple(items))

    def _reversed(self) -> n.Node:
        """``]``: a range with its lower end left out."""
        at = self.words[self.pos].at
        self.pos += 1
        return self._range(at, self.expression(), closed=False)

    def _range(self, at: int, low: n.Node, *, closed: bool) -> n.Node:
        self._expect("..")
        high = self.expression()
        word = self.words[self.pos]
        if word.text not in (")", "]", "[") or word.kind != "op":
            raise self._unexpected(word, "]")
        self.pos += 1
        return n.Interval(at, low, high, closed, word.text == "]")

    def _closes_range(self) -> bool:
        """Whether this ``[`` ends a range: nothing a filter could begin with follows it."""
        after = self.words[self.pos + 1]
        return after.kind != "string" and after.text in _AFTER_RANGE

    def _context(self) -> n.Node:
        at = self._expect("{").at
        entries: list[tuple[str, n.Node]] = []
        self.scopes.append(NameIndex())
        while not self._at("}"):
            if entries:
                self._comma("}")
            key = self._key()
            entries.append((key, self.expression()))
            self.scopes[-1].add(key)
        self.scopes.pop()
        self.pos += 1
        return n.ContextOf(at, tuple(entries))

    def _key(self) -> str:
        word = self.words[self.pos]
        if word.kind == "string":
            self.pos += 1
            self._expect(":")
            return string_value(word.text)
        label = self._label() if word.kind == "name" else ""
        if not label:
            raise self._unexpected(word, "name")
        return label

    def _at_literal(self) -> n.Node:
        at = self._expect("@").at
        word = self.words[self.pos]
        if word.kind != "string":
            raise self._unexpected(word, '"…"')
        self.pos += 1
        return n.Literal(at, temporal_of(string_value(word.text)))

    # -- if, for, some, every, function --------------------------------------------------

    def _if(self) -> n.Node:
        at = self._expect("if").at
        condition = self.expression()
        self._expect("then")
        then = self.expression()
        self._expect("else")
        return n.If(at, condition, then, self.expression())

    def _iterators(self) -> tuple[n.Iterator, ...]:
        found: list[n.Iterator] = []
        while True:
            name = self._declaration(("in",))
            self._expect("in")
            domain, end = self.expression(), None
            if self._accept(".."):
                end = self.expression()
            found.append(n.Iterator(name, domain, end))
            self.scopes[-1].add(name)
            if not self._accept(","):
                return tuple(found)

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

    def _for(self) -> n.Node:
        at = self._expect("for").at
        self.scopes.append(NameIndex())
        iterators = self._iterators()
        self._expect("return")
        self.scopes[-1].add("partial")
        body = self.expression()
        self.scopes.pop()
        return n.For(at, iterators, body)

    def _quantified(self) -> n.Node:
        word = self.words[self.pos]
        self.pos += 1
        self.scopes.append(NameIndex())
        iterators = self._iterators()
        self._expect("satisfies")
        body = self.expression()
        self.scopes.pop()
        return n.Quantified(word.at, word.text == "every", iterators, body)

    def _function(self) -> n.Node:
        word = self.words[self.pos]
        if self.words[self.pos + 1].text != "(":
            return self._ranked(_OR) if self._is_declared() else self._plain_name()
        self.pos += 2
        self.scopes.append(NameIndex())
        parameters = self._parameters()
        external = self._accept("external")
        body = self.expression()
        self.scopes.pop()
        return n.Function(word.at, parameters, body, external)

    def _plain_name(self) -> n.Node:
        raise self._unexpected(self.words[self.pos + 1], "(")

    def _parameters(self) -> tuple[tuple[str, n.TypeName | None], ...]:
        found: list[tuple[str, n.TypeName | None]] = []
        while not self._at(")"):
            if found:
                self._expect(",")
            name = self._declaration((",", ")", ":"))
            kind = self.type_name() if self._accept(":") else None
            found.append((name, kind))
            self.scopes[-1].add(name)
        self.pos += 1
        return tuple(found)

    _SPECIAL: Final[dict[str, Callable[[Parser], n.Node]]] = {
        "if": _if, "for": _for, "some": _quantified, "every": _quantified, "function": _function,
    }  # fmt: skip
    _OPENING: Final[dict[str, Callable[[Parser], n.Node]]] = {
        "(": _bracket, "[": _square, "]": _reversed, "{": _context, "@": _at_literal,
    }  # fmt: skip
