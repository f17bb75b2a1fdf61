"""Types inferred before anything runs: what cannot be right, with its place.

Only what is certain is reported: a type that is not known is Any, and Any fits everything. Names
inside a filter may be entries of the items, so that they are taken as known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from engine.feel import nodes as n
from engine.feel import types as t
from engine.feel.builtins.registry import BUILT_IN, BuiltIn, Parameter, Signature
from engine.feel.lexer import place
from engine.feel.operators import TABLES
from engine.feel.properties import PROPERTIES
from engine.feel.temporal import Date, DateTime, DaysDuration, MonthsDuration, Time
from engine.feel.values import Range, kind_of
from engine.model.text import Text, text

Types = Mapping[str, t.Type]


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Something that cannot be right."""

    #: What, for a person.
    message: Text
    #: Line in the expression, from 1.
    line: int
    #: Column, from 1.
    column: int


_NAMED: Final[dict[type, t.Type]] = {
    Date: t.DATE, Time: t.TIME, DateTime: t.DATE_TIME, DaysDuration: t.DAYS,
    MonthsDuration: t.MONTHS, Range: t.RANGE,
}  # fmt: skip
_PROPERTY: Final[dict[str, t.Type]] = {
    "timezone": t.STRING, "time offset": t.DAYS, "start": t.ANY, "end": t.ANY,
    "start included": t.BOOLEAN, "end included": t.BOOLEAN,
}  # fmt: skip


def _sums() -> dict[str, dict[tuple[str, str], t.Type]]:
    """Which types an operator takes, and what comes out."""
    made: dict[str, dict[tuple[str, str], t.Type]] = {}
    for mark, table in TABLES.items():
        made[mark] = {}
        for left, right in table:
            pair = (_type_name(left), _type_name(right))
            made[mark][pair] = _result(mark, left, right)
    made["+"]["string", "string"] = t.STRING
    return made


def _type_name(kind: type) -> str:
    return _NAMED[kind].name if kind in _NAMED else "number"


def _result(mark: str, left: type, right: type) -> t.Type:
    if mark == "/" and left is right:
        return t.NUMBER
    if mark == "-" and left in (Date, DateTime, Time) and right in (Date, DateTime, Time):
        return t.DAYS
    if left in (Date, DateTime, Time):
        return _NAMED[left]
    if right in _NAMED:
        return _NAMED[right]
    return _NAMED.get(left, t.NUMBER)


_SUMS: Final = _sums()


def _known(kind: t.Type) -> bool:
    return kind.name not in ("Any", "Null")


def _unlike(left: t.Type, right: t.Type) -> bool:
    """Both are known and a comparison of them is always null."""
    a, b = t.bare(left), t.bare(right)
    return _known(a) and _known(b) and a.name != b.name


class Checker:
    """One check of one expression."""

    def __init__(
        self, source: str, functions: Types | None = None, types: Types | None = None
    ) -> None:
        self.source = source
        self.functions = functions or {}
        self.types = types or {}
        self.findings: list[Finding] = []

    def say(self, node: n.Node, message: Text) -> None:
        """Report at a node."""
        line, column = place(self.source, node.at)
        self.findings.append(Finding(message=message, line=line, column=column))

    def infer(self, node: n.Node, scope: Types) -> t.Type:
        """The type of a node's value; Any if it cannot be told."""
        rule = self._RULES.get(type(node))
        if rule is not None:
            return rule(self, node, scope)
        for child in n.children(node):
            self.infer(child, scope)
        return t.ANY

    # -- leaves --------------------------------------------------------------------------

    def _literal(self, node: n.Literal, scope: Types) -> t.Type:
        return t.BUILT_IN.get(kind_of(node.value), t.ANY)

    def _name(self, node: n.Name, scope: Types) -> t.Type:
        found = scope.get(node.name) or self.functions.get(node.name)
        if found is not None:
            return found
        if node.name in BUILT_IN:
            return t.FUNCTION
        if "*" not in scope:  # a filter around it may give it a meaning
            self.say(node, text("The name “{name}” is not declared", name=node.name))
        return t.ANY

    def _path(self, node: n.Path, scope: Types) -> t.Type:
        return self._member(node, t.bare(self.infer(node.target, scope)))

    def _member(self, node: n.Path, target: t.Type) -> t.Type:
        if isinstance(target, t.ListType):
            item = self._member(node, t.bare(target.item))
            return t.ListType("list", item)
        if isinstance(target, t.ContextType) and target.fields:
            found = target.fields.get(node.member)
            return found if found is not None else self._no_member(node, target)
        for kind, named in _NAMED.items():
            if named.name == target.name:
                fine = node.member in PROPERTIES[kind]
                found = _PROPERTY.get(node.member, t.NUMBER)
                return found if fine else self._no_member(node, target)
        return self._no_member(node, target) if target.name in _PLAIN else t.ANY

    def _no_member(self, node: n.Path, target: t.Type) -> t.Type:
        message = text("{type} has no “{member}”", type=target, member=node.member)
        self.say(node, message)
        return t.ANY

    # -- operators -----------------------------------------------------------------------

    def _chain(self, node: n.Chain, scope: Types) -> t.Type:
        kind = self.infer(node.first, scope)
        for mark, part in node.rest:
            right = self.infer(part, scope)
            if mark in _SUMS:
                kind = self._sum(mark, part, kind, right)
            else:
                self._comparable(part, kind, right)
                kind = t.BOOLEAN
        return kind

    def _sum(self, mark: str, node: n.Node, left: t.Type, right: t.Type) -> t.Type:
        a, b = t.bare(left), t.bare(right)
        if not _known(a) or not _known(b):
            return t.ANY
        found = _SUMS[mark].get((a.name, b.name))
        if found is None:
            message = text("“{mark}” does not join {left} and {right}", mark=mark, left=a, right=b)
            self.say(node, message)
        return found or t.ANY

    def _comparable(self, node: n.Node, left: t.Type, right: t.Type) -> None:
        if _unlike(left, right):
            message = text(
                "{left} is compared with {right}", left=t.bare(left), right=t.bare(right)
            )
            self.say(node, message)

    def _boolean(self, node: n.Node, scope: Types) -> None:
        kind = t.bare(self.infer(node, scope))
        if _known(kind) and kind.name != "boolean":
            self.say(node, text("{type} stands where true or false is expected", type=kind))

    def _logic(self, node: n.Logic, scope: Types) -> t.Type:
        for part in node.parts:
            self._boolean(part, scope)
        return t.BOOLEAN

    def _negate(self, node: n.Negate, scope: Types) -> t.Type:
        kind = t.bare(self.infer(node.operand, scope))
        if _known(kind) and kind.name not in ("number", t.DAYS.name, t.MONTHS.name):
            self.say(node, text("{type} cannot be negative", type=kind))
        return kind

    def _between(self, node: n.Between, scope: Types) -> t.Type:
        kind = self.infer(node.operand, scope)
        for end in (node.low, node.high):
            self._comparable(end, kind, self.infer(end, scope))
        return t.BOOLEAN

    def _in(self, node: n.In, scope: Types) -> t.Type:
        kind = self.infer(node.operand, scope)
        for test in node.tests:
            self.unary(test, kind, scope)
        return t.BOOLEAN

    def unary(self, node: n.Node, kind: t.Type, scope: Types) -> None:
        """A test of a value of that type."""
        found = t.bare(self.infer(node, {**scope, "?": kind}))
        if isinstance(found, (t.RangeType, t.ListType)) and found.name != t.bare(kind).name:
            found = t.bare(found.item)
        if found.name == "boolean" and not isinstance(node, (n.Literal, n.Name)):
            return  # a condition on the value
        if isinstance(found, t.RangeType):
            found = t.bare(found.item)
        self._comparable(node, kind, found)

    def _interval(self, node: n.Interval, scope: Types) -> t.Type:
        low, high = self.infer(node.low, scope), self.infer(node.high, scope)
        self._comparable(node.high, low, high)
        return t.RangeType("range", low if _known(low) else high)

    def _unary_range(self, node: n.UnaryTest, scope: Types) -> t.Type:
        return t.RangeType("range", self.infer(node.operand, scope))

    def _instance(self, node: n.Instance, scope: Types) -> t.Type:
        self.infer(node.operand, scope)
        if t.resolve(node.type, self.types) is None:
            self.say(node, text("There is no type “{name}”", name=node.type.name))
        return t.BOOLEAN

    # -- control -------------------------------------------------------------------------

    def _if(self, node: n.If, scope: Types) -> t.Type:
        self._boolean(node.condition, scope)
        return _common(self.infer(node.then, scope), self.infer(node.otherwise, scope))

    def _iterators(self, iterators: tuple[n.Iterator, ...], scope: Types) -> Types:
        for iterator in iterators:
            kind = t.bare(self.infer(iterator.domain, scope))
            if iterator.end is not None:
                self._comparable(iterator.end, kind, self.infer(iterator.end, scope))
            elif isinstance(kind, (t.ListType, t.RangeType)):
                kind = kind.item
            scope = {**scope, iterator.name: kind}
        return scope

    def _for(self, node: n.For, scope: Types) -> t.Type:
        inner = self._iterators(node.iterators, scope)
        return t.ListType("list", self.infer(node.body, {**inner, "partial": t.LIST}))

    def _quantified(self, node: n.Quantified, scope: Types) -> t.Type:
        self._boolean(node.body, self._iterators(node.iterators, scope))
        return t.BOOLEAN

    def _filter(self, node: n.Filter, scope: Types) -> t.Type:
        target = t.bare(self.infer(node.target, scope))
        item = target.item if isinstance(target, t.ListType) else target
        fields = t.bare(item)
        inner = {**scope, "item": item, "*": t.ANY}
        if isinstance(fields, t.ContextType):
            inner.update(fields.fields)
        position = t.bare(self.infer(node.condition, inner))
        if position.name == "number":
            return item
        return t.ListType("list", item) if position.name == "boolean" else t.ANY

    # -- collections and functions -------------------------------------------------------

    def _list(self, node: n.ListOf, scope: Types) -> t.Type:
        kinds = [self.infer(item, scope) for item in node.items]
        item = kinds[0] if kinds else t.ANY
        for kind in kinds[1:]:
            item = _common(item, kind)
        return t.ListType("list", item)

    def _context(self, node: n.ContextOf, scope: Types) -> t.Type:
        fields: dict[str, t.Type] = {}
        for key, value in node.entries:
            own = {key: t.FUNCTION} if isinstance(value, n.Function) else {}
            fields[key] = self.infer(value, {**scope, **fields, **own})
        return t.ContextType("context", fields)

    def _function(self, node: n.Function, scope: Types) -> t.Type:
        kinds = tuple(
            t.ANY if kind is None else t.resolve(kind, self.types) or t.ANY
            for _, kind in node.parameters
        )
        names = [name for name, _ in node.parameters]
        result = self.infer(node.body, {**scope, **dict(zip(names, kinds, strict=True))})
        return t.FunctionType("function", kinds, result)

    def _call(self, node: n.Call, scope: Types) -> t.Type:
        given = [self.infer(argument, scope) for argument in node.arguments]
        callee = node.function
        if isinstance(callee, n.Name) and callee.name not in scope:
            built_in = BUILT_IN.get(callee.name)
            if callee.name not in self.functions and built_in is not None:
                return self._built_in(node, built_in, given)
            if callee.name not in self.functions:
                self.say(node, text("There is no function “{name}”", name=callee.name))
                return t.ANY
        found = t.bare(self.infer(callee, scope))
        if not isinstance(found, t.FunctionType):
            return t.ANY
        self._arguments(node, found, given)
        return found.result

    def _arguments(self, node: n.Call, function: t.FunctionType, given: list[t.Type]) -> None:
        if len(given) != len(function.parameters):
            self.say(
                node,
                text(
                    "{found} arguments are given, {wanted} are expected",
                    found=len(given),
                    wanted=len(function.parameters),
                ),
            )
            return
        if node.names:
            return
        for argument, kind, wanted in zip(node.arguments, given, function.parameters, strict=True):
            if not _fits(kind, wanted):
                message = text(
                    "{found} is given where {wanted} is expected", found=kind, wanted=wanted
                )
                self.say(argument, message)

    def _built_in(self, node: n.Call, function: BuiltIn, given: list[t.Type]) -> t.Type:
        fitting = [s for s in function.signatures if _takes(s, node, given)]
        if not fitting:
            kinds = ", ".join(str(t.bare(kind)) for kind in given)
            message = text("“{name}” does not take ({kinds})", name=function.name, kinds=kinds)
            self.say(node, message)
        return fitting[0].result if len(fitting) == 1 else t.ANY

    _RULES: Final[dict[type, Callable[..., t.Type]]] = {
        n.Literal: _literal, n.Name: _name, n.Path: _path, n.Chain: _chain, n.Logic: _logic,
        n.Negate: _negate, n.Between: _between, n.In: _in, n.Interval: _interval,
        n.UnaryTest: _unary_range, n.Instance: _instance, n.If: _if, n.For: _for,
        n.Quantified: _quantified, n.Filter: _filter, n.ListOf: _list, n.ContextOf: _context,
        n.Function: _function, n.Call: _call,
    }  # fmt: skip


_PLAIN: Final = frozenset(("number", "string", "boolean"))


def _common(left: t.Type, right: t.Type) -> t.Type:
    if left.name == "Null":
        return right
    if right.name == "Null" or t.conforms(right, left):
        return left
    return right if t.conforms(left, right) else t.ANY


def _fits(found: t.Type, wanted: t.Type) -> bool:
    """Whether a value of that type may be given there, conversions included."""
    a, b = t.bare(found), t.bare(wanted)
    if not _known(a) or not _known(b) or t.conforms(a, b):
        return True
    if isinstance(a, t.ListType) and not isinstance(b, t.ListType):
        return _fits(a.item, b)
    if isinstance(b, t.ListType) and not isinstance(a, t.ListType):
        return _fits(a, b.item)
    return (a.name, b.name) in (
        ("date", "date and time"),
        ("function", "function"),
        ("list", "list"),
    )


#: Kinds of parameters that take several types.
_SEVERAL: Final[dict[str, frozenset[str]]] = {
    "moment": frozenset(("date", "date and time")),
    "clock": frozenset(("time", "date", "date and time")),
    "duration": frozenset((t.DAYS.name, t.MONTHS.name)),
    "scalar": frozenset(
        ("number", "string", "date", "time", "date and time", t.DAYS.name, t.MONTHS.name)
    ),
}


def _fits_parameter(found: t.Type, parameter: Parameter) -> bool:
    kind = t.bare(found)
    several = _SEVERAL.get(parameter.kind)
    if several is None:
        return _nullable(kind, parameter) if kind.name == "Null" else _fits(kind, parameter.type)
    if isinstance(kind, t.ListType):
        kind = t.bare(kind.item)
    return not _known(kind) or kind.name in several


def _nullable(kind: t.Type, parameter: Parameter) -> bool:
    return kind.name == "Null" and (parameter.nullable or parameter.kind == "any")


def _takes(signature: Signature, node: n.Call, given: list[t.Type]) -> bool:
    if node.names:
        known = {parameter.name: parameter for parameter in signature.parameters}
        needed = {name for name, parameter in known.items() if not parameter.optional}
        if signature.variadic or not needed <= set(node.names) <= known.keys():
            return False
        pairs = zip(given, (known[name] for name in node.names), strict=True)
        return all(_fits_parameter(kind, parameter) for kind, parameter in pairs)
    parameters = list(signature.parameters)
    if signature.variadic:
        parameters += [parameters[-1]] * (len(given) - len(parameters))
    required = sum(not parameter.optional for parameter in parameters)
    if not required <= len(given) <= len(parameters):
        return False
    return all(_fits_parameter(k, p) for k, p in zip(given, parameters, strict=False))


def check_tree(
    source: str,
    node: n.Node,
    declared: Types,
    *,
    functions: Types | None = None,
    types: Types | None = None,
) -> tuple[t.Type, list[Finding]]:
    """The inferred type of a tree and what cannot be right in it."""
    checker = Checker(source, functions, types)
    kind = checker.infer(node, declared)
    return kind, checker.findings
