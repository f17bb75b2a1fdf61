"""The check of a whole model: circles, types of every text, and its tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from engine.dmn import elements as e
from engine.dmn.boxed import BoxedContext
from engine.dmn.table import Column, Output, Table, Tests, TypedNode, in_cell
from engine.dmn.tablecheck import check_table
from engine.feel import nodes as n
from engine.feel import types as t
from engine.feel.checker import Checker
from engine.model.problems import Problem, Severity
from engine.model.text import Text, text
from engine.xml import Element

if TYPE_CHECKING:
    from engine.dmn.model import Model

Types = dict[str, t.Type]


def check(model: Model) -> Iterator[Problem]:
    """Everything found beyond what reading already complained about."""
    yield from _circles(model)
    for drg in model.definitions.drgs:
        logic = model.logic(drg)
        if logic is not None:
            names: Types = dict(_declared(model, drg))
            names.update(zip(logic.parameters, logic.kinds, strict=True))
            yield from _checked(model, drg, logic.node, names)


def _checked(model: Model, drg: e.Drg, node: n.Node, names: Types) -> list[Problem]:
    checker = _BoxedChecker(model, drg)
    try:
        kind = checker.infer(node, names)
    except RecursionError:
        checker.problem(drg.element, "dmn.depth", text("Nested too deeply"))
    else:
        checker.result(drg.element, kind, model.kind(drg), drg.name)
    return checker.problems


def _declared(model: Model, drg: e.Drg) -> Iterator[tuple[str, t.Type]]:
    if model.open:
        yield "*", t.ANY  # names are the variables of whoever asks
    imported: dict[str, dict[str, t.Type]] = {}
    for owner, required, prefix in model.requirements(drg):
        kind = _variable(owner, required)
        if prefix:
            imported.setdefault(prefix, {})[required.name] = kind
        else:
            yield required.name, kind
    for prefix, fields in imported.items():
        yield prefix, t.ContextType("context", fields)
    if drg.kind is e.Kind.KNOWLEDGE:
        yield drg.name, t.FUNCTION


def _variable(model: Model, drg: e.Drg) -> t.Type:
    if drg.kind is not e.Kind.KNOWLEDGE:
        return t.FUNCTION if drg.kind is e.Kind.SERVICE else model.kind(drg)
    logic, kind = model.logic(drg), model.kind(drg)
    if isinstance(kind, t.FunctionType) or logic is None:
        return kind if logic is not None else t.ANY
    return t.FunctionType("function", logic.kinds, kind)


def _circles(model: Model) -> Iterator[Problem]:
    done: set[str] = set()

    def walk(drg: e.Drg, path: tuple[str, ...]) -> Iterator[Problem]:
        if drg.reference.id in path:
            circle = (*path[path.index(drg.reference.id) :], drg.reference.id)
            if len(circle) > 2 or drg.kind is not e.Kind.KNOWLEDGE:
                yield Problem(
                    file=model.definitions.source, line=drg.line, element=drg.reference.id,
                    code="dmn.circle", trace=circle,
                    message=text(
                        "“{name}” requires itself in a circle: {circle}",
                        name=drg.name, circle=" → ".join(circle),
                    ),
                )  # fmt: skip
            return
        if drg.reference.id in done or len(path) > 200:
            return
        done.add(drg.reference.id)
        for owner, required, _ in model.requirements(drg):
            if owner is model:
                yield from walk(required, (*path, drg.reference.id))

    for drg in model.definitions.drgs:
        yield from walk(drg, ())


class _BoxedChecker(Checker):
    """FEEL's checker for boxed expressions: findings become problems with their lines."""

    def __init__(self, model: Model, drg: e.Drg) -> None:
        super().__init__("", types=model.types)
        self.model = model
        self.element = drg.reference.id
        self.name = drg.name
        self.where = drg.element
        self.problems: list[Problem] = []
        self._places = {id(node): where for where, node, _ in model.texts()}
        self._cell: tuple[int, str] | None = None

    def infer(self, node: n.Node, scope: Mapping[str, t.Type]) -> t.Type:
        """The type of a node, boxed or not."""
        own = _BOXED.get(type(node))
        if own is not None:
            return own(self, node, scope)
        where = self._places.get(id(node))
        if where is None:
            return super().infer(node, scope)
        return self._text(where, lambda: super(_BoxedChecker, self).infer(node, scope))

    def _text(self, where: Element, infer: Callable[[], t.Type]) -> t.Type:
        kept, source = self.findings, self.source
        self.findings, self.source = [], e.text_of(where)
        kind = infer()
        for finding in self.findings:
            self.problem(where, "feel.type", self._told(finding.message), finding.line - 1)
        self.findings, self.source = kept, source
        return kind

    def _told(self, message: Text) -> Text:
        if self._cell is None:
            return message
        rule, column = self._cell
        return in_cell(message, table=self.name, rule=rule, column=column)

    def problem(
        self, where: Element, code: str, message: Text, line: int = 0,
        severity: Severity = Severity.ERROR,
    ) -> None:  # fmt: skip
        """Report at an element."""
        inner = e.child(where, "text")
        at = (inner if inner is not None else where).sourceline or 0
        self.problems.append(
            Problem(
                file=self.model.definitions.source,
                line=at + line,
                element=where.get("id") or self.element,
                code=code,
                message=message,
                severity=severity,
            )
        )

    def result(self, where: Element, found: t.Type, wanted: t.Type, name: str) -> None:
        """A value of one type where another is declared."""
        if isinstance(t.bare(wanted), t.FunctionType):
            return
        a, b = t.bare(found), t.bare(wanted)
        if a.name in ("Any", "Null", "function") or b.name == "Any" or _convertible(a, b):
            return
        message = text("“{name}” is declared as {wanted}, and gives {found}",
                       name=name, wanted=b, found=a)  # fmt: skip
        self.problem(where, "dmn.result-type", message)

    # -- boxes ---------------------------------------------------------------------------

    def typed(self, node: TypedNode, scope: Mapping[str, t.Type]) -> t.Type:
        """A box with its type declared."""
        self.infer(node.inner, scope)
        return self._type(self.where, node.ref)

    def _type(self, where: Element, ref: str) -> t.Type:
        found = self.model.types.find(ref)
        if found is None:
            message = text("There is no type “{name}”", name=ref)
            self.problem(where, "dmn.unknown-type", self._told(message))
        return found or t.ANY

    def boxed_context(self, node: BoxedContext, scope: Mapping[str, t.Type]) -> t.Type:
        """Entries, each seeing those before it."""
        fields: Types = {}
        for key, value in node.entries:
            fields[key] = self.infer(value, {**scope, key: t.ANY, **fields})
        if node.result is not None:
            return self.infer(node.result, {**scope, **fields})
        return t.ContextType("context", fields)

    def table(self, node: Table, scope: Mapping[str, t.Type]) -> t.Type:
        """Columns, cells, results, then the table as a whole."""
        kinds = [self._column(column, scope) for column in node.columns]
        for output in node.outputs:
            self._cell = (0, output.label)
            self._type(output.element, output.ref)
        for rule in node.rules:
            for column, tests, kind in zip(node.columns, rule.cells, kinds, strict=False):
                self._cell = (rule.number, column.label)
                self._tests(tests, kind, scope)
            for output, result in zip(node.outputs, rule.results, strict=False):
                self._cell = (rule.number, output.label)
                self._result_cell(result, output, scope)
        self._cell = None
        self.problems.extend(check_table(node, self.model.compiler, self._made))
        return t.ANY

    def _made(self, where: Element, code: str, message: Text, severity: Severity) -> Problem:
        message = text("Table “{table}”: {message}", table=self.name, message=message)
        file = self.model.definitions.source
        element = where.get("id") or self.element
        return Problem(
            file=file, line=where.sourceline or 0, element=element, code=code,
            message=message, severity=severity,
        )  # fmt: skip

    def _column(self, column: Column, scope: Mapping[str, t.Type]) -> t.Type:
        self._cell = (0, column.label)
        found = self.infer(column.node, scope)
        declared = self._type(column.element, column.ref)
        return declared if declared is not t.ANY else found

    def _tests(self, tests: Tests, kind: t.Type, scope: Mapping[str, t.Type]) -> None:
        for node in tests[1]:
            where = self._places.get(id(node))
            if where is not None:
                self._text(where, partial(self._unary_kind, node, kind, scope))

    def _unary_kind(self, node: n.Node, kind: t.Type, scope: Mapping[str, t.Type]) -> t.Type:
        places, self._places = self._places, {}
        self.unary(node, kind, scope)
        self._places = places
        return t.BOOLEAN

    def _result_cell(self, node: n.Node, output: Output, scope: Mapping[str, t.Type]) -> None:
        found = t.bare(self.infer(node, scope))
        wanted = t.bare(self.model.types.find(output.ref) or t.ANY)
        where = self._places.get(id(node))
        if where is None or found.name in ("Any", "Null") or wanted.name == "Any":
            return
        if not _convertible(found, wanted):
            message = text("“{name}” is declared as {wanted}, and gives {found}",
                           name=output.label, wanted=wanted, found=found)  # fmt: skip
            self.problem(where, "feel.type", self._told(message))


_BOXED: dict[type, Callable[..., t.Type]] = {
    TypedNode: _BoxedChecker.typed, BoxedContext: _BoxedChecker.boxed_context,
    Table: _BoxedChecker.table,
}  # fmt: skip


def _convertible(found: t.Type, wanted: t.Type) -> bool:
    if t.conforms(found, wanted):
        return True
    if isinstance(found, t.ListType):
        inner = t.bare(found.item)
        return (
            inner.name == "Any"
            or (isinstance(wanted, t.ListType) and inner.name == "Null")
            or (t.conforms(inner, wanted))
            or (isinstance(wanted, t.ListType) and _convertible(inner, t.bare(wanted.item)))
        )
    if isinstance(wanted, t.ListType):
        return _convertible(found, t.bare(wanted.item))
    if isinstance(found, t.ContextType) and isinstance(wanted, t.ContextType):
        return all(
            name in found.fields and _convertible(t.bare(found.fields[name]), t.bare(kind))
            for name, kind in wanted.fields.items()
        )
    return found.name == "Any" or (found.name, wanted.name) == ("date", "date and time")
