"""FEEL's compiler with the nodes of boxed expressions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from engine.dmn import table as tables
from engine.dmn.boxed import BoxedContext
from engine.dmn.itemtypes import ItemTypes
from engine.feel import nodes as n
from engine.feel import types as t
from engine.feel.closures import Code, Scopes
from engine.feel.compiler import Compiler
from engine.feel.expression import compile_unary
from engine.feel.runtime import Env
from engine.model.text import text
from engine.xml import Element

_INPUT: Final = frozenset(("?",))


class BoxedCompiler(Compiler):
    """Compiles the expressions of one model."""

    def __init__(self, types: ItemTypes) -> None:
        super().__init__(types)
        self.item_types = types

    def code(self, node: n.Node, scopes: Scopes = ()) -> Code:
        """The closure of a node, boxed or FEEL's own."""
        own = self._OWN.get(type(node))
        return super().code(node, scopes) if own is None else own(self, node, scopes)

    def kind(self, ref: str) -> t.Type:
        """The type of a typeRef; Any where it is unknown (the check says so)."""
        return self.item_types.find(ref) or t.ANY

    def typed(self, node: tables.TypedNode, scopes: Scopes) -> Code:
        """A value converted to its declared type, or null."""
        inner, kind = self.code(node.inner, scopes), self.kind(node.ref)
        if isinstance(kind, t.FunctionType) or kind is t.ANY:
            return inner

        def run(env: Env) -> object:
            value = t.convert(inner(env), kind)
            if value is t.UNFIT:
                tables.note(env, text("A value is not of type {type}", type=kind))
                return None
            return value

        return run

    def boxed_context(self, node: BoxedContext, scopes: Scopes) -> Code:
        """Entries one after another, each seeing those before it; then the result, if any."""
        names: frozenset[str] = frozenset()
        parts: list[tuple[str, Code]] = []
        for key, value in node.entries:
            seen = names | {key} if _is_function(value) else names
            parts.append((key, self.code(value, (*scopes, seen))))
            names |= {key}
        result = None if node.result is None else self.code(node.result, (*scopes, names))

        def run(env: Env) -> object:
            made: dict[str, object] = {}
            inner = env.inner(made)
            for key, code in parts:
                made[key] = code(inner)
            return dict(made) if result is None else result(inner)

        return run

    def table(self, node: tables.Table, scopes: Scopes) -> Code:
        """A decision table."""
        inputs = tuple(self._input(column, scopes) for column in node.columns)
        targets = tuple(self._target(output, node, scopes) for output in node.outputs)
        rows = tuple(self._row(rule, len(inputs), scopes) for rule in node.rules)
        name = _id(node.element)
        return tables.Compiled(inputs, rows, targets, node.policy, node.aggregation, name)

    def _input(self, column: tables.Column, scopes: Scopes) -> tables.Input:
        allowed = None if column.allowed is None else self.cell(column.allowed, scopes)
        code = self.code(column.node, scopes)
        return tables.Input(code, self.kind(column.ref), allowed, column.label)

    def _target(self, output: tables.Output, node: tables.Table, scopes: Scopes) -> tables.Target:
        ref = output.ref
        if not ref and len(node.outputs) == 1:
            ref = node.element.get("typeRef") or ""
        kind = self.kind(ref)
        if node.policy in tables.MANY and isinstance(kind, t.ListType) and not output.ref:
            kind = kind.item  # the table's type is that of the whole list
        default = None if output.default is None else self.code(output.default, scopes)
        return tables.Target(output.name, kind, self._order(output, kind, scopes), default)

    def _order(
        self, output: tables.Output, kind: t.Type, scopes: Scopes
    ) -> Callable[[Env], list[object]] | None:
        if output.allowed is not None:
            codes = [self.code(node, scopes) for node in output.allowed[1]]
        elif isinstance(kind, t.Constrained) and kind.words:
            codes = [self.code(node, scopes) for node in compile_unary(kind.words).nodes]
        else:
            return None
        return lambda env: [code(env) for code in codes]

    def _row(self, rule: tables.Rule, columns: int, scopes: Scopes) -> tables.Row:
        cells = tuple(
            (index, self.fast_cell(tests), self.cell(tests, scopes))
            for index, tests in enumerate(rule.cells[:columns])
            if tests[1]
        )
        return tables.Row(rule, cells, tuple(self.code(node, scopes) for node in rule.results))

    def cell(self, tests: tables.Tests, scopes: Scopes) -> tables.Cell:
        """The tests of one cell as one closure."""
        negated, nodes = tests
        if len(nodes) == 1 and not negated:
            return self.cell_test(nodes[0], scopes)
        parts = tuple(self.cell_test(node, scopes) for node in nodes)

        def run(env: Env, value: object) -> bool | None:
            results = [part(env, value) for part in parts]
            found = True if True in results else None if None in results else False
            return found if not negated or found is None else not found

        return run

    def fast_cell(self, tests: tables.Tests) -> tables.FastCell | None:
        """The tests of one cell as one closure that needs no scope, where there is one."""
        negated, nodes = tests
        if negated:
            return None
        if len(nodes) == 1:
            return self.fast_test(nodes[0])
        words = [node.value for node in nodes if isinstance(node, n.Literal)]
        if len(words) == len(nodes) and all(isinstance(word, str) for word in words):
            return frozenset(words).__contains__
        return None

    def cell_test(self, node: n.Node, scopes: Scopes) -> tables.Cell:
        """One test, in a scope with ``?``; without the scope where the test does not need it."""
        fast = self.fast_test(node)
        if fast is not None:
            return partial(_unscoped, fast)
        test = self.test(node, (*scopes, _INPUT))
        return lambda env, value: test(env.inner({"?": value}), value)

    _OWN: Final[dict[type, Callable[..., Code]]] = {
        tables.TypedNode: typed, BoxedContext: boxed_context, tables.Table: table,
    }  # fmt: skip


def _unscoped(fast: tables.FastCell, env: Env, value: object) -> bool | None:
    return fast(value)


def _is_function(node: n.Node) -> bool:
    return isinstance(node.inner if isinstance(node, tables.TypedNode) else node, n.Function)


def _id(element: Element) -> str:
    return element.get("id") or ""
