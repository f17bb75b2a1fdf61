"""Gaps, overlaps, duplicate and unreachable rules of a table, and cells that cannot be right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from engine.dmn.cells import Line, line, words
from engine.dmn.compiling import BoxedCompiler
from engine.dmn.elements import text_of
from engine.dmn.table import Cell, Column, Rule, Table, Tests
from engine.feel import types as t
from engine.feel.expression import compile_unary
from engine.feel.runtime import DEFAULT_CONTEXT, Env, Run
from engine.model.problems import Problem, Severity
from engine.model.text import Text, text
from engine.xml import Element

#: Most findings of one kind named for one table.
MAX_NAMED: Final = 10
#: Most rules of a table that is searched: the work grows with their square.
MAX_RULES: Final = 400
#: Most gaps collected before they are joined.
MAX_GAPS: Final = 300
#: Most sets of rules looked at in search of gaps.
MAX_SEARCH: Final = 20_000

#: Makes a problem of an element.
Make = Callable[[Element, str, Text, Severity], Problem]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with its columns cut into pieces."""

    table: Table
    lines: tuple[Line, ...]

    def cell(self, rule: int, column: int, unknown: int) -> int:
        """The set of pieces of a cell; `unknown` stands for one that cannot be told."""
        found = self.lines[column].cells[rule]
        return unknown if found is None else found

    def wide(self, rule: int) -> list[int]:
        """The rule's region, unknown cells taken as all."""
        return [self.cell(rule, c, col.all) for c, col in enumerate(self.lines)]

    def sure(self, rule: int) -> list[int]:
        """The rule's region where it is certain to fire."""
        return [self.cell(rule, c, 0) for c, _ in enumerate(self.lines)]


def grid(table: Table, compiler: BoxedCompiler) -> Grid:
    """Cut every column of a table."""

    compiled: dict[int, Cell] = {}

    def holds(tests: Tests, value: object) -> bool:
        if not tests[1]:
            return True
        cell = compiled.get(id(tests))
        if cell is None:
            cell = compiled[id(tests)] = compiler.cell(tests, ())
        return cell(Env({}, Run(DEFAULT_CONTEXT), {}), value) is True

    def cut(index: int, column: Column) -> Line:
        cells = [rule.cells[index] for rule in table.rules]
        return line(cells, _domain(column, compiler), compiler.code, holds)

    return Grid(table, tuple(cut(index, column) for index, column in enumerate(table.columns)))


def _domain(column: Column, compiler: BoxedCompiler) -> Tests | None:
    if column.allowed is not None:
        return column.allowed
    kind = compiler.kind(column.ref)
    if isinstance(kind, t.Constrained) and kind.words:
        tests = compile_unary(kind.words)
        return tests.negated, tests.nodes
    return None


def check_table(table: Table, compiler: BoxedCompiler, make: Make) -> Iterator[Problem]:
    """Everything found in one table."""
    yield from _outputs(table, make)
    whole = [r for r in table.rules if len(r.cells) == len(table.columns)]
    if len(whole) != len(table.rules) or not table.columns:
        return
    if len(table.rules) > MAX_RULES:
        yield _too_large(table, make)
        return
    found = grid(table, compiler)
    yield from _impossible(found, make)
    yield from _gaps(found, make)
    yield from _overlaps(found, make)
    yield from _unreachable(found, make)


# -- outputs -----------------------------------------------------------------------------


def _outputs(table: Table, make: Make) -> Iterator[Problem]:
    for rule in table.rules:
        if len(rule.results) < len(table.outputs):
            message = text(
                "Rule {number} has {found} results, the table {wanted} outputs",
                number=rule.number,
                found=len(rule.results),
                wanted=len(table.outputs),
            )
            yield make(rule.element, "dmn.missing-output", message, Severity.ERROR)
        yield from _empty(table, rule, make)


def _empty(table: Table, rule: Rule, make: Make) -> Iterator[Problem]:
    cells = [c for c in rule.element if str(c.tag).endswith("}outputEntry")]
    for cell, output in zip(cells, table.outputs, strict=False):
        if not text_of(cell).strip():
            message = text(
                "Rule {number} gives nothing for “{output}”",
                number=rule.number,
                output=output.label,
            )
            yield make(cell, "dmn.empty-output", message, Severity.WARNING)


# -- regions -----------------------------------------------------------------------------


def _meet(a: list[int], b: list[int]) -> list[int] | None:
    """What two regions share; None if nothing."""
    shared = [x & y for x, y in zip(a, b, strict=True)]
    return shared if all(shared) else None


def _described(found: Grid, region: list[int]) -> Text:
    """A region in words: only the columns that are limited."""
    parts: list[Text] = []
    for column, line_, chosen in zip(found.table.columns, found.lines, region, strict=True):
        if chosen != line_.all:
            parts.append(text("{input}: {values}", input=column.label, values=words(line_, chosen)))
    if not parts:
        return text("anything")
    whole = parts[0]
    for part in parts[1:]:
        whole = text("{first}; {second}", first=whole, second=part)
    return whole


class _TooLargeError(Exception):
    """The search for gaps is given up."""


class _Search:
    """Finds what a set of rules leaves uncovered, column by column."""

    def __init__(self, found: Grid, rules: list[int], region: list[int], most: int) -> None:
        self.grid = found
        self.region = region
        self.boxes = {rule: found.wide(rule) for rule in rules}
        self.most = most
        self.left = MAX_SEARCH
        self.gaps: list[list[int]] = []

    def run(self) -> list[list[int]]:
        """The regions that no rule covers, at most `most`."""
        self._column(0, frozenset(self.boxes), [])
        return self.gaps

    def _column(self, index: int, active: frozenset[int], chosen: list[int]) -> None:
        self.left -= 1
        if self.left < 0:
            raise _TooLargeError
        if len(self.gaps) >= self.most:
            return
        if not active:
            self.gaps.append([*chosen, *self.region[index:]])
            return
        if index == len(self.region):
            return
        for rules, pieces in self._split(index, active).items():
            self._column(index + 1, rules, [*chosen, pieces])

    def _split(self, index: int, active: frozenset[int]) -> dict[frozenset[int], int]:
        """The pieces of a column by the rules still possible on them."""
        made: dict[frozenset[int], int] = {}
        for at in range(len(self.grid.lines[index].pieces)):
            bit = 1 << at
            if self.region[index] & bit:
                rules = frozenset(rule for rule in active if self.boxes[rule][index] & bit)
                made[rules] = made.get(rules, 0) | bit
        return made


# -- findings ----------------------------------------------------------------------------


def _impossible(found: Grid, make: Make) -> Iterator[Problem]:
    for index, rule in enumerate(found.table.rules):
        for column, line_ in zip(found.table.columns, found.lines, strict=True):
            if line_.cells[index] == 0:
                message = text(
                    "Rule {number} never fires: no allowed value of “{input}” fits its condition",
                    number=rule.number,
                    input=column.label,
                )
                yield make(rule.element, "dmn.impossible-rule", message, Severity.WARNING)
                break


def _gaps(found: Grid, make: Make) -> Iterator[Problem]:
    table = found.table
    if any(output.default is not None for output in table.outputs):
        return
    everything = [line_.all for line_ in found.lines]
    try:
        gaps = _Search(found, list(range(len(table.rules))), everything, MAX_GAPS).run()
    except _TooLargeError:
        yield _too_large(table, make)
        return
    for gap in _merged(gaps)[:MAX_NAMED]:
        message = text("No rule for: {values}", values=_described(found, gap))
        yield make(table.element, "dmn.gap", message, Severity.WARNING)


def _too_large(table: Table, make: Make) -> Problem:
    message = text("The table is too large to be searched for gaps")
    return make(table.element, "dmn.table-size", message, Severity.WARNING)


def _merged(gaps: list[list[int]]) -> list[list[int]]:
    """Regions joined where they differ in one column only, until none do."""
    found = True
    while found:
        found = False
        for column in range(len(gaps[0]) if gaps else 0):
            by_rest: dict[tuple[int, ...], int] = {}
            for gap in gaps:
                rest = (*gap[:column], *gap[column + 1 :])
                by_rest[rest] = by_rest.get(rest, 0) | gap[column]
            if len(by_rest) < len(gaps):
                found = True
                gaps = [
                    [*rest[:column], pieces, *rest[column:]] for rest, pieces in by_rest.items()
                ]
    return gaps


def _same_results(first: Rule, second: Rule) -> bool:
    def texts(rule: Rule) -> list[str]:
        cells = [c for c in rule.element if str(c.tag).endswith("}outputEntry")]
        return [" ".join(text_of(cell).split()) for cell in cells]

    return texts(first) == texts(second)


def _overlaps(found: Grid, make: Make) -> Iterator[Problem]:
    rules, policy = found.table.rules, found.table.policy
    named = 0
    for a in range(len(rules)):
        for b in range(a + 1, len(rules)):
            shared = _meet(found.sure(a), found.sure(b))
            if shared is None or named >= MAX_NAMED:
                continue
            problem = _overlap(found, rules[a], rules[b], shared, policy, make)
            if problem is not None:
                named += 1
                yield problem


def _overlap(
    found: Grid, first: Rule, second: Rule, shared: list[int], policy: str, make: Make
) -> Problem | None:
    same = found.sure(first.number - 1) == found.sure(second.number - 1)
    if same and _same_results(first, second):
        message = text("Rule {b} repeats rule {a}", a=first.number, b=second.number)
        return make(second.element, "dmn.duplicate-rule", message, Severity.WARNING)
    if policy == "UNIQUE" or (policy == "ANY" and not _same_results(first, second)):
        message = text(
            "Rules {a} and {b} both fire, against hit policy {policy}: {values}",
            a=first.number,
            b=second.number,
            policy=policy,
            values=_described(found, shared),
        )
        return make(second.element, "dmn.overlap", message, Severity.WARNING)
    return None


def _unreachable(found: Grid, make: Make) -> Iterator[Problem]:
    """Rules of a FIRST table that earlier rules leave nothing to."""
    if found.table.policy != "FIRST":
        return
    for index, rule in enumerate(found.table.rules):
        earlier = [i for i in range(index) if all(found.sure(i))]
        region = found.wide(index)
        if not earlier or not all(region):
            continue
        try:
            reached = _Search(found, earlier, region, 1).run()
        except _TooLargeError:
            continue
        if not reached:
            message = text("Rule {number} is never reached: rules before it take all its cases",
                           number=rule.number)  # fmt: skip
            yield make(rule.element, "dmn.unreachable-rule", message, Severity.WARNING)
