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
from engine.feel.builtins.registry import BUILT_IN, BuiltIn
from engine.feel.fitting import NAMED, PROPERTY, SUMS, common, fits, known, takes, unlike
from engine.feel.lexer import place
from engine.feel.properties import PROPERTIES
from engine.feel.values import kind_of
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
        for kind, named in NAMED.items():
            if named.name == target.name:
                fine = node.member in PROPERTIES[kind]
                found = PROPERTY.get(node.member, t.NUMBER)
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
            if mark in SUMS:
                kind = self._sum(mark, part, kind, right)
            else:
                self._comparable(part, kind, right)
                kind = t.BOOLEAN
        return kind

    def _sum(self, mark: str, node: n.Node, left: t.Type, right: t.Type) -> t.Type:
        a, b = t.bare(left), t.bare(right)
        if not known(a) or not known(b):
            return t.ANY
        found = SUMS[mark].get((a.name, b.name))
        if found is None:
            message = text("“{mark}” does not join {left} and {right}", mark=mark, left=a, right=b)
            self.say(node, message)
        return found or t.ANY

    def _comparable(self, node: n.Node, left: t.Type, right: t.Type) -> None:
        if unlike(left, right):
            message = text(
                "{left} is compared with {right}", left=t.bare(left), right=t.bare(right)
            )
            self.say(node, message)

    def _boolean(self, node: n.Node, scope: Types) -> None:
        kind = t.bare(self.infer(node, scope))
        if known(kind) and kind.name != "boolean":
            self.say(node, text("{type} stands where true or false is expected", type=kind))

    def _logic(self, node: n.Logic, scope: Types) -> t.Type:
        for part in node.parts:
            self._boolean(part, scope)
        return t.BOOLEAN

    def _negate(self, node: n.Negate, scope: Types) -> t.Type:
        kind = t.bare(self.infer(node.operand, scope))
        if known(kind) and kind.name not in ("number", t.DAYS.name, t.MONTHS.name):
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
        return t.RangeType("range", low if known(low) else high)

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
        return common(self.infer(node.then, scope), self.infer(node.otherwise, scope))

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
            item = common(item, kind)
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
            if not fits(kind, wanted):
                message = text(
                    "{found} is given where {wanted} is expected", found=kind, wanted=wanted
                )
                self.say(argument, message)

    def _built_in(self, node: n.Call, function: BuiltIn, given: list[t.Type]) -> t.Type:
        fitting = [s for s in function.signatures if takes(s, node, given)]
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
