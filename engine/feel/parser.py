"""Tokens → tree, by FEEL's grammar (DMN 1.5, 10.3.1.2)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from engine.feel import nodes as n
from engine.feel.errors import FeelSyntaxError
from engine.feel.lexer import Token, string_value
from engine.feel.lexical import temporal_of
from engine.feel.naming import STOP, NameIndex
from engine.feel.numbers import number_of
from engine.feel.typenames import TypeParser
from engine.feel.words import MAX_DEPTH

_OR, _AND, _COMPARE, _SUM, _PRODUCT, _POWER = range(1, 7)
_RANK: Final = {
    "or": _OR, "and": _AND,
    "=": _COMPARE, "!=": _COMPARE, "<": _COMPARE, "<=": _COMPARE, ">": _COMPARE, ">=": _COMPARE,
    "between": _COMPARE, "in": _COMPARE,
    "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "**": _POWER,
}  # fmt: skip
UNARY: Final = frozenset(("<", "<=", ">", ">=", "=", "!="))
_CONSTANT: Final = {"true": True, "false": False, "null": None}
_AFTER_OPERAND: Final = frozenset(("+", "-", "*", "/", "**", ".", "["))
_AFTER_RANGE: Final = frozenset({
    ")", "]", "}", ",", ".", "..", "", "+", "*", "/", "=", "!=", ":",
    "and", "or", "in", "between", "instance", "then", "else", "return", "satisfies",
})  # fmt: skip


class Parser(TypeParser):
    """One text; `names` are declared, others are guessed by joining adjacent words."""

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
        if start in self.plain:
            return None
        self.pos += 1
        try:
            tests = self._tests(")")
            self._expect(")")
        except FeelSyntaxError:
            tests = ()
        if tests and (len(tests) > 1 or self.words[self.pos].text not in _AFTER_OPERAND):
            return tests
        # Remembered: brackets within brackets would double the work at each level.
        self.plain.add(start)
        self.pos, self.depth = start, depth
        return None

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
                node = n.Path(node.at, node, self._name(member=True))
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
            self.members.add(key)
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
