"""Boxed expressions → the tree of FEEL, with a few nodes of their own (DMN 1.5, 7.3 and 10.2)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from engine.dmn.elements import child, children, expression_of, text_of, type_ref
from engine.dmn.table import Column, Output, Rule, Table, Tests, TypedNode, in_cell
from engine.feel import nodes as n
from engine.feel.errors import FeelError
from engine.feel.lexer import normal_name
from engine.feel.naming import NameIndex
from engine.feel.parser import Parser
from engine.model.text import Text, text
from engine.xml import Element, local

Names = frozenset[str]
_NULL: Final = n.Literal(0, None)


@dataclass(frozen=True, slots=True)
class BoxedContext(n.Node):
    """A context whose last entry, if it has no name, is its value."""

    entries: tuple[tuple[str, n.Node], ...]
    result: n.Node | None


@lru_cache(maxsize=1024)
def _index(names: Names) -> NameIndex:
    return NameIndex(names)


#: Called with the element and what is wrong in it.
Complain = Callable[[Element, Text, str], None]


class Reader:
    """Reads the expressions of one model; what is wrong goes to `complain`, and null takes its
    place."""

    def __init__(self, members: Collection[str], complain: Complain) -> None:
        self.members = frozenset(members)
        self._complain = complain
        #: Name of what is being read, and within a table the rule (0: the head) and the column.
        self.name = ""
        self.cell: tuple[int, str] | None = None
        self.texts: list[tuple[Element, n.Node, Names]] = []

    def complain(self, element: Element, message: Text, code: str) -> None:
        """Report at an element, with the cell it is in."""
        if self.cell is not None:
            rule, column = self.cell
            message = in_cell(message, table=self.name, rule=rule, column=column)
        self._complain(element, message, code)

    def read(self, element: Element, names: Names) -> n.Node:
        """The tree of an expression element in which these names are visible."""
        try:
            node = self._TABLE[local(element)](self, element, names)
        except RecursionError:
            self.complain(element, text("Nested too deeply"), "dmn.depth")
            return _NULL
        return self._typed(node, type_ref(element))

    def _typed(self, node: n.Node, ref: str) -> n.Node:
        return TypedNode(0, node, ref) if ref and ref != "Any" else node

    def inner(self, element: Element | None, names: Names, *tags: str) -> n.Node:
        """The expression under an element (or under its child of that tag)."""
        if element is not None and tags:
            element = child(element, *tags)
        found = None if element is None else expression_of(element)
        return _NULL if found is None else self.read(found, names)

    # -- texts ---------------------------------------------------------------------------

    def parse(self, element: Element, words: str, names: Names) -> n.Node:
        """FEEL text of an element."""
        if not words.strip() or self._foreign(element):
            return _NULL
        try:
            node = Parser(words, _index(names | self.members)).whole()
        except FeelError as exc:
            self.complain(element, exc.text, "feel.syntax")
            return _NULL
        except RecursionError:
            self.complain(element, text("Nested too deeply"), "feel.depth")
            return _NULL
        self.texts.append((element, node, names))
        return node

    def _foreign(self, element: Element) -> bool:
        """Whether a text is declared to be in another language than FEEL."""
        language = element.get("expressionLanguage") or ""
        if not language or "feel" in language.lower():
            return False
        message = text("Only FEEL is evaluated, not {language}", language=language)
        self.complain(element, message, "dmn.language")
        return True

    def tests(self, element: Element, names: Names) -> tuple[bool, tuple[n.Node, ...]]:
        """Unary tests of an element: whether negated, and the tests."""
        words = text_of(element)
        if not words.strip():
            return False, ()
        if self._foreign(element):
            return False, (_NULL,)
        try:
            index = _index(names | self.members | {"?"})
            negated, nodes = Parser(words, index).whole_tests()
        except FeelError as exc:
            self.complain(element, exc.text, "feel.syntax")
            return False, (_NULL,)
        self.texts.extend((element, node, names | {"?"}) for node in nodes)
        return negated, nodes

    # -- kinds ---------------------------------------------------------------------------

    def _literal(self, element: Element, names: Names) -> n.Node:
        return self.parse(element, text_of(element), names)

    def _context(self, element: Element, names: Names) -> n.Node:
        entries: list[tuple[str, n.Node]] = []
        result: n.Node | None = None
        for entry in children(element, "contextEntry"):
            variable = child(entry, "variable")
            name = "" if variable is None else normal_name(variable.get("name") or "")
            function = child(entry, "functionDefinition") is not None
            node = self.inner(entry, names | {name} if function else names)
            if variable is None:
                result = node
            else:
                entries.append((name, self._typed(node, type_ref(variable))))
                names |= {name}
        return BoxedContext(0, tuple(entries), result)

    def _invocation(self, element: Element, names: Names) -> n.Node:
        callee = self.inner(element, names)
        labels: list[str] = []
        values: list[n.Node] = []
        for binding in children(element, "binding"):
            parameter = child(binding, "parameter")
            ref = "" if parameter is None else type_ref(parameter)
            labels.append("" if parameter is None else normal_name(parameter.get("name") or ""))
            values.append(self._typed(self.inner(binding, names), ref))
        return n.Call(0, callee, tuple(values), tuple(labels))

    def _list(self, element: Element, names: Names) -> n.Node:
        return n.ListOf(0, tuple(self.read(c, names) for c in children(element) if _boxed(c)))

    def _relation(self, element: Element, names: Names) -> n.Node:
        columns = [
            (normal_name(column.get("name") or ""), type_ref(column))
            for column in children(element, "column")
        ]
        rows: list[n.Node] = []
        for row in children(element, "row"):
            cells = [self.read(cell, names) for cell in children(row) if _boxed(cell)]
            pairs = zip(columns, cells, strict=False)
            entries = tuple((name, self._typed(cell, ref)) for (name, ref), cell in pairs)
            rows.append(BoxedContext(0, entries, None))
        return n.ListOf(0, tuple(rows))

    def _function(self, element: Element, names: Names) -> n.Node:
        parameters: list[tuple[str, n.TypeName | None]] = []
        for parameter in children(element, "formalParameter"):
            ref = type_ref(parameter)
            name = normal_name(parameter.get("name") or "")
            parameters.append((name, n.TypeName(0, ref) if ref else None))
        if element.get("kind", "FEEL") != "FEEL":
            self.complain(element, text("Functions in Java or PMML are not run"), "dmn.external")
            return n.Function(0, tuple(parameters), _NULL, external=True)
        inner = names | {name for name, _ in parameters}
        return n.Function(0, tuple(parameters), self.inner(element, inner))

    def _conditional(self, element: Element, names: Names) -> n.Node:
        condition, then, otherwise = (
            self.inner(element, names, tag) for tag in ("if", "then", "else")
        )
        return n.If(0, condition, then, otherwise)

    def _iterator(self, element: Element, names: Names) -> tuple[n.Iterator, str]:
        name = normal_name(element.get("iteratorVariable") or "")
        part = child(element, "in")
        domain = self.inner(element, names, "in")
        return n.Iterator(
            name, self._typed(domain, "" if part is None else type_ref(part)), None
        ), name

    def _for(self, element: Element, names: Names) -> n.Node:
        iterator, name = self._iterator(element, names)
        body = self.inner(element, names | {name, "partial"}, "return")
        return n.For(0, (iterator,), body)

    def _quantified(self, element: Element, names: Names) -> n.Node:
        iterator, name = self._iterator(element, names)
        body = self.inner(element, names | {name}, "satisfies")
        return n.Quantified(0, local(element) == "every", (iterator,), body)

    def _filter(self, element: Element, names: Names) -> n.Node:
        target = self.inner(element, names, "in")
        return n.Filter(0, target, self.inner(element, names | {"item"}, "match"))

    # -- tables --------------------------------------------------------------------------

    def _table(self, element: Element, names: Names) -> n.Node:
        around = self.cell
        columns = tuple(self._column(found, names) for found in children(element, "input"))
        parts = list(children(element, "output"))
        only = element.get("outputLabel") or self.name
        outputs = tuple(
            self._output(found, only if len(parts) == 1 else f"#{number}", names)
            for number, found in enumerate(parts, 1)
        )
        rules = tuple(
            self._rule(found, number, columns, outputs, names)
            for number, found in enumerate(children(element, "rule"), 1)
        )
        self.cell = around
        return Table(
            0, columns, outputs, rules,
            element.get("hitPolicy", "UNIQUE"), element.get("aggregation", ""), element,
        )  # fmt: skip

    def _column(self, element: Element, names: Names) -> Column:
        expression = child(element, "inputExpression")
        words = text_of(expression)
        label = element.get("label") or " ".join(words.split())
        self.cell = (0, label)
        node = _NULL if expression is None else self.parse(expression, words, names)
        ref = "" if expression is None else type_ref(expression)
        values = child(element, "inputValues")
        allowed = None if values is None else self.tests(values, names)
        return Column(node, ref, allowed if allowed and allowed[1] else None, label, element)

    def _output(self, element: Element, called: str, names: Names) -> Output:
        values = child(element, "outputValues")
        default = child(element, "defaultOutputEntry")
        name = normal_name(element.get("name") or "")
        label = name or element.get("label") or called
        self.cell = (0, label)
        allowed = None if values is None else self.tests(values, names)
        return Output(
            name,
            type_ref(element),
            allowed if allowed and allowed[1] else None,
            None if default is None else self.parse(default, text_of(default), names),
            element,
            label,
        )

    def _rule(
        self,
        element: Element,
        number: int,
        columns: tuple[Column, ...],
        outputs: tuple[Output, ...],
        names: Names,
    ) -> Rule:
        entries = list(children(element, "inputEntry"))
        self.cell = None
        if len(entries) != len(columns):
            self.complain(
                element,
                text("Rule {number} has {found} conditions, the table {wanted} inputs",
                     number=number, found=len(entries), wanted=len(columns)),
                "dmn.rule-shape",
            )  # fmt: skip
        cells: list[Tests] = []
        for column, entry in zip(columns, entries, strict=False):
            self.cell = (number, column.label)
            cells.append(self.tests(entry, names))
        results: list[n.Node] = []
        for output, entry in zip(outputs, children(element, "outputEntry"), strict=False):
            self.cell = (number, output.label)
            results.append(self.parse(entry, text_of(entry), names))
        notes = tuple(text_of(note).strip() for note in children(element, "annotationEntry"))
        return Rule(number, element.get("id") or "", tuple(cells), tuple(results), notes, element)

    _TABLE: Final[dict[str, Callable[[Reader, Element, Names], n.Node]]] = {
        "literalExpression": _literal, "context": _context, "invocation": _invocation,
        "list": _list, "relation": _relation, "functionDefinition": _function,
        "conditional": _conditional, "for": _for, "some": _quantified, "every": _quantified,
        "filter": _filter, "decisionTable": _table,
    }  # fmt: skip


def _boxed(element: Element) -> bool:
    return local(element) in Reader._TABLE
