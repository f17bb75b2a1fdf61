"""Decision tables: their data, and their evaluation by every hit policy (DMN 1.5, 8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from engine.dmn.tracing import Fired, Tracer
from engine.feel import nodes as n
from engine.feel import operators as ops
from engine.feel import types as t
from engine.feel.builtins.registry import BUILT_IN
from engine.feel.runtime import Env
from engine.feel.values import export
from engine.model.text import Text, text
from engine.xml import Element


def in_cell(message: Text, *, table: str, rule: int, column: str) -> Text:
    """A message about a cell, with where the cell is; rule 0 is the column's head."""
    if not rule:
        return text("Table “{table}”, column “{column}”: {message}",
                    table=table, column=column, message=message)  # fmt: skip
    return text("Table “{table}”, rule {rule}, column “{column}”: {message}",
                table=table, rule=rule, column=column, message=message)  # fmt: skip


Tests = tuple[bool, tuple[n.Node, ...]]
Code = Callable[[Env], object]
#: A compiled cell: scope and value → whether it passes.
Cell = Callable[[Env, object], bool | None]
#: A compiled cell that needs no scope.
FastCell = Callable[[object], bool | None]


@dataclass(frozen=True, slots=True)
class TypedNode(n.Node):
    """An expression whose value must be of a type."""

    inner: n.Node
    ref: str


@dataclass(frozen=True, slots=True)
class Column:
    """An input of a table."""

    node: n.Node
    ref: str
    allowed: Tests | None
    label: str
    element: Element


@dataclass(frozen=True, slots=True)
class Output:
    """An output of a table; the order of the values allowed is their priority."""

    name: str
    ref: str
    allowed: Tests | None
    default: n.Node | None
    element: Element
    #: What a person calls it: its name, its label, or its place among the outputs.
    label: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its number from 1, the tests of each input, an expression for each output."""

    number: int
    id: str
    cells: tuple[Tests, ...]
    results: tuple[n.Node, ...]
    annotations: tuple[str, ...]
    element: Element


@dataclass(frozen=True, slots=True)
class Table(n.Node):
    """A decision table as a node of the tree."""

    columns: tuple[Column, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
    policy: str
    aggregation: str
    element: Element


@dataclass(frozen=True, slots=True)
class Input:
    """A compiled column."""

    code: Code
    kind: t.Type
    allowed: Cell | None
    label: str


@dataclass(frozen=True, slots=True)
class Row:
    """A compiled rule: only the cells that test something, by column."""

    rule: Rule
    cells: tuple[tuple[int, FastCell | None, Cell], ...]
    results: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """A compiled output; `order` gives the place of a value among those allowed."""

    name: str
    kind: t.Type
    order: Callable[[Env], list[object]] | None
    default: Code | None


@dataclass(frozen=True, slots=True)
class Compiled:
    """A table ready to run."""

    inputs: tuple[Input, ...]
    rows: tuple[Row, ...]
    targets: tuple[Target, ...]
    policy: str
    aggregation: str
    id: str

    def __call__(self, env: Env) -> object:
        """The table's value; the rules that fired go to the run's trace."""
        values: list[object] = []
        for column in self.inputs:
            value = column.code(env)
            if value is not None and column.kind is not t.ANY:
                value = t.convert(value, column.kind)
            if value is t.UNFIT or self._forbidden(column, value, env):
                note(env, text("The value of “{input}” is not allowed", input=column.label))
                return None
            values.append(value)
        return self._decided(env, values, self._matching(env, values))

    def _forbidden(self, column: Input, value: object, env: Env) -> bool:
        return column.allowed is not None and column.allowed(env, value) is not True

    def _matching(self, env: Env, values: list[object]) -> list[Row]:
        found: list[Row] = []
        first = self.policy == "FIRST"
        for row in self.rows:
            for index, fast, cell in row.cells:
                value = values[index]
                if (cell(env, value) if fast is None else fast(value)) is not True:
                    break
            else:
                found.append(row)
                if first:
                    break
        env.run.spend(len(self.rows))
        return found

    def _decided(self, env: Env, values: list[object], rows: list[Row]) -> object:
        if not rows:
            return self._default(env)
        results = [self._result(env, row) for row in rows]
        chosen = _POLICIES.get(self.policy, _unique)(self, env, rows, results)
        if isinstance(env.run, Tracer):
            env.run.fired.append(self._trace(env.run, values, [rows[i] for i in chosen.rows]))
        return chosen.value

    def _trace(self, run: Tracer, values: list[object], rows: list[Row]) -> Fired:
        inputs = tuple((c.label, export(v)) for c, v in zip(self.inputs, values, strict=True))
        return Fired(
            table=self.id,
            rules=tuple(row.rule.id for row in rows),
            numbers=tuple(row.rule.number for row in rows),
            inputs=inputs,
            annotations=tuple(row.rule.annotations for row in rows),
            decision=run.decision,
        )

    def _default(self, env: Env) -> object:
        if any(target.default is not None for target in self.targets):
            found = [None if g.default is None else g.default(env) for g in self.targets]
            value = self._shaped(found)
            return [value] if self.policy in MANY and not self.aggregation else value
        if self.policy == "COLLECT":
            return {"COUNT": Decimal(0), "": []}.get(self.aggregation)
        return None

    def _result(self, env: Env, row: Row) -> list[object]:
        made: list[object] = []
        for code, target in zip(row.results, self.targets, strict=False):
            value = code(env)
            if value is not None and target.kind is not t.ANY:
                value = t.convert(value, target.kind)
                if value is t.UNFIT:
                    where = row.rule.number
                    note(env, text("Rule {number} gives a value of a wrong type", number=where))
                    value = None
            made.append(value)
        return made + [None] * (len(self.targets) - len(made))  # a rule cut short

    def _shaped(self, values: list[object]) -> object:
        if len(self.targets) == 1:
            return values[0]
        return {target.name: value for target, value in zip(self.targets, values, strict=False)}

    def shape(self, results: list[list[object]]) -> list[object]:
        """One value, or a context of several outputs, for each."""
        return [self._shaped(values) for values in results]

    def ranked(self, env: Env, results: list[list[object]]) -> list[int]:
        """The positions of the results by the priority of their values."""
        orders = [None if g.order is None else g.order(env) for g in self.targets]

        def rank(position: int) -> list[int]:
            pairs = zip(results[position], orders, strict=False)
            return [_place(value, order) for value, order in pairs if order is not None]

        return sorted(range(len(results)), key=rank)


def note(env: Env, message: object) -> None:
    """Write down why something became null."""
    if isinstance(env.run, Tracer):
        env.run.note(message)


def _place(value: object, order: list[object]) -> int:
    for index, known in enumerate(order):
        if ops.member(value, known) is True:
            return index
    return len(order)


# -- hit policies ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Chosen:
    """A policy's choice: the value, and the positions of the rules it comes from."""

    value: object
    rows: list[int]


Results = list[list[object]]
Policy = Callable[[Compiled, Env, list[Row], Results], Chosen]


def _violation(env: Env, table: Compiled, rows: list[Row], policy: str) -> Chosen:
    numbers = ", ".join(str(row.rule.number) for row in rows)
    if isinstance(env.run, Tracer):
        env.run.violate(
            text("Rules {rules} of table {table} contradict its hit policy {policy}",
                 rules=numbers, table=table.id, policy=policy)
        )  # fmt: skip
    return Chosen(None, list(range(len(rows))))


def _unique(table: Compiled, env: Env, rows: list[Row], results: Results) -> Chosen:
    if len(rows) > 1:
        return _violation(env, table, rows, "UNIQUE")
    return Chosen(table.shape(results)[0], [0])


def _first(table: Compiled, env: Env, rows: list[Row], results: Results) -> Chosen:
    return Chosen(table.shape(results)[0], [0])


def _any(table: Compiled, env: Env, rows: list[Row], results: Results) -> Chosen:
    shaped = table.shape(results)
    if any(ops.equal(value, shaped[0]) is not True for value in shaped):
        return _violation(env, table, rows, "ANY")
    return Chosen(shaped[0], list(range(len(rows))))


def _priority(table: Compiled, env: Env, rows: list[Row], results: Results) -> Chosen:
    best = table.ranked(env, results)[0]
    return Chosen(table.shape(results)[best], [best])


def _rule_order(table: Compiled, env: Env, rows: list[Row], results: Results) -> Chosen:
    return Chosen(table.shape(results), list(range(len(rows))))


def _output_order(table: Compiled, env: Env, rows: list[Row], results: Results) -> Chosen:
    order = table.ranked(env, results)
    shaped = table.shape(results)
    return Chosen([shaped[position] for position in order], order)


def _collect(table: Compiled, env: Env, rows: list[Row], results: Results) -> Chosen:
    every = list(range(len(rows)))
    name = _AGGREGATORS.get(table.aggregation)
    if name is None:
        return Chosen(table.shape(results), every)
    columns = [list(column) for column in zip(*results, strict=True)]
    made = [BUILT_IN[name].call([column], (), env.run) for column in columns]
    return Chosen(table._shaped(made), every)


_AGGREGATORS: Final = {"SUM": "sum", "COUNT": "count", "MIN": "min", "MAX": "max"}
MANY: Final = frozenset(("COLLECT", "RULE ORDER", "OUTPUT ORDER"))
_POLICIES: Final[dict[str, Policy]] = {
    "UNIQUE": _unique, "FIRST": _first, "ANY": _any, "PRIORITY": _priority,
    "RULE ORDER": _rule_order, "OUTPUT ORDER": _output_order, "COLLECT": _collect,
}  # fmt: skip
