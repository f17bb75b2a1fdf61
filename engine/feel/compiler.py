"""Tree → closures. Each closure takes the scope (`Env`) and gives the value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from engine.feel import closures as c
from engine.feel import nodes as n
from engine.feel import operators as ops
from engine.feel import types as t
from engine.feel.calls import UserFunction, invoke, lookup_function
from engine.feel.closures import Code, Scopes
from engine.feel.loops import Step, for_code, quantified_code
from engine.feel.names import reading
from engine.feel.printing import display
from engine.feel.properties import member_of
from engine.feel.runtime import DEFAULT_CONTEXT, Env, Run
from engine.feel.selection import select, subscript
from engine.feel.values import Range, kind_of


class Compiler:
    """One compilation: the types known by name."""

    def __init__(self, types: Mapping[str, t.Type] | None = None) -> None:
        self.types = types or {}

    def code(self, node: n.Node, scopes: Scopes = ()) -> Code:
        """The closure of a node in these scopes."""
        return _TABLE[type(node)](self, node, scopes)

    # -- leaves --------------------------------------------------------------------------

    def literal(self, node: n.Literal, scopes: Scopes) -> Code:
        """A constant."""
        value = node.value
        return lambda env: value

    def name(self, node: n.Name, scopes: Scopes) -> Code:
        """A variable: in the nearest scope that has it, or outermost, or a function."""
        hops: list[int] = []
        for hop, names in enumerate(reversed(scopes)):
            if names is None:
                hops.append(hop)
            elif node.name in names:
                return c.local(node.name, hop) if not hops else c.filtered(node.name, hops, hop)
        if hops:
            return c.filtered(node.name, hops, -1)
        return c.root(node.name)

    # -- paths ---------------------------------------------------------------------------

    def path(self, node: n.Path, scopes: Scopes) -> Code:
        """``a.b.c``: along plain Python dictionaries where the root is one."""
        members: list[str] = [node.member]
        target = node.target
        while isinstance(target, n.Path):
            members.append(target.member)
            target = target.target
        if isinstance(target, n.Name) and not scopes:
            return c.root_path(target.name, tuple(reversed(members)))
        inner, member = self.code(node.target, scopes), node.member
        return lambda env: member_of(inner(env), member)

    def filter(self, node: n.Filter, scopes: Scopes) -> Code:
        """``list[condition]``."""
        target = self.code(node.target, scopes)
        condition = self.code(node.condition, (*scopes, None))
        return lambda env: select(target(env), condition, env)

    def subscript(self, node: n.Subscript, scopes: Scopes) -> Code:
        """``a[0]`` and ``a['key']`` of the ``${…}`` notation."""
        target, key = self.code(node.target, scopes), self.code(node.key, scopes)
        return lambda env: subscript(target(env), key(env))

    # -- operators -----------------------------------------------------------------------

    def chain(self, node: n.Chain, scopes: Scopes) -> Code:
        """Arithmetic and comparisons, the short ones without a loop."""
        first = self.code(node.first, scopes)
        rest = [(mark, self.code(part, scopes)) for mark, part in node.rest]
        if len(rest) > 1:
            return c.long_chain(first, rest)
        mark, second = rest[0]
        build = c.COMPARISONS.get(mark)
        if build is not None:
            return build(first, second)
        return c.arithmetic(mark, first, second)

    def logic(self, node: n.Logic, scopes: Scopes) -> Code:
        """``and`` stops at false, ``or`` at true; anything but a boolean counts as null."""
        parts = tuple(self.code(part, scopes) for part in node.parts)
        stop = node.operator == "or"
        if len(parts) == 2:
            return c.two_parts(parts[0], parts[1], stop)

        def run(env: Env) -> object:
            unknown = False
            for part in parts:
                value = part(env)
                if value is stop:
                    return stop
                unknown = unknown or value is not (not stop)
            return None if unknown else not stop

        return run

    def negate(self, node: n.Negate, scopes: Scopes) -> Code:
        """``-x``."""
        inner = self.code(node.operand, scopes)
        if isinstance(node.operand, n.Literal):
            value = ops.negate(node.operand.value)
            return lambda env: value
        return lambda env: ops.negate(inner(env))

    def between(self, node: n.Between, scopes: Scopes) -> Code:
        """``x between a and b``, both included."""
        value, low, high = (self.code(x, scopes) for x in (node.operand, node.low, node.high))

        def run(env: Env) -> object:
            found = value(env)
            return ops.conjunction(
                [ops.compare(">=", found, low(env)), ops.compare("<=", found, high(env))]
            )

        return run

    def contained(self, node: n.In, scopes: Scopes) -> Code:
        """``x in tests``: true if any is."""
        value = self.code(node.operand, scopes)
        inner = (*scopes, frozenset(("?",)))
        tests = [self.test(test, inner) for test in node.tests]

        def run(env: Env) -> object:
            found = value(env)
            scope = env.inner({"?": found})
            results = [test(scope, found) for test in tests]
            if any(result is True for result in results):
                return True
            return None if None in results else False

        return run

    def test(self, node: n.Node, scopes: Scopes) -> Callable[[Env, object], bool | None]:
        """A unary test: a boolean over ``?``, or what the value must equal or lie in."""
        code = self.code(node, scopes)
        asks = mentions(node, "?")

        def run(env: Env, value: object) -> bool | None:
            candidate = code(env)
            if asks and isinstance(candidate, bool):
                return candidate
            if asks and candidate is None:
                return None
            return ops.member(value, candidate)

        return run

    def fast_test(self, node: n.Node) -> Callable[[object], bool | None] | None:
        """A unary test that needs no scope: a constant, a comparison with one, a range of them."""
        if isinstance(node, n.Literal):
            return c.equals(node.value)
        if not isinstance(node, (n.UnaryTest, n.Interval)) or not reading(node).constant:
            return None
        found = self.code(node)(Env({}, Run(DEFAULT_CONTEXT), {}))
        return c.in_range(found) if isinstance(found, Range) else None

    def instance(self, node: n.Instance, scopes: Scopes) -> Code:
        """``x instance of type``: null is an instance of Null alone."""
        inner = self.code(node.operand, scopes)
        found = t.resolve(node.type, self.types)
        wanted = None if found is None else t.unconstrained(found)

        def run(env: Env) -> object:
            value = inner(env)
            if wanted is None:
                return None
            return wanted.name == "Null" if value is None else wanted.holds(value)

        return run

    def interval(self, node: n.Interval, scopes: Scopes) -> Code:
        """A range; null if its ends have different types."""
        low, high = self.code(node.low, scopes), self.code(node.high, scopes)
        low_closed, high_closed = node.low_closed, node.high_closed

        def run(env: Env) -> object:
            a, b = low(env), high(env)
            if a is not None and b is not None and kind_of(a) != kind_of(b):
                return None
            return Range(a, b, low_closed, high_closed)

        return run

    def unary(self, node: n.UnaryTest, scopes: Scopes) -> Code:
        """``(< 5)`` as a value."""
        inner, mark = self.code(node.operand, scopes), node.operator
        return lambda env: ops.unary_range(mark, inner(env))

    # -- control -------------------------------------------------------------------------

    def choice(self, node: n.If, scopes: Scopes) -> Code:
        """``if``: false and null take the second branch; what is no boolean gives null."""
        condition = self.code(node.condition, scopes)
        then, otherwise = self.code(node.then, scopes), self.code(node.otherwise, scopes)

        def run(env: Env) -> object:
            found = condition(env)
            if found is True:
                return then(env)
            return otherwise(env) if found is False or found is None else None

        return run

    def repeat(self, node: n.For, scopes: Scopes) -> Code:
        """``for``: the results so far are ``partial``."""
        steps, scopes = self._steps(node.iterators, scopes)
        body = self.code(node.body, (*scopes, frozenset(("partial",))))
        return for_code(steps, body, partial=mentions(node.body, "partial"))

    def quantified(self, node: n.Quantified, scopes: Scopes) -> Code:
        """``some`` and ``every``."""
        steps, scopes = self._steps(node.iterators, scopes)
        return quantified_code(steps, self.code(node.body, scopes), every=node.every)

    def _steps(
        self, iterators: tuple[n.Iterator, ...], scopes: Scopes
    ) -> tuple[list[Step], Scopes]:
        steps: list[Step] = []
        for iterator in iterators:
            end = None if iterator.end is None else self.code(iterator.end, scopes)
            steps.append(Step(iterator.name, self.code(iterator.domain, scopes), end))
            scopes = (*scopes, frozenset((iterator.name,)))
        return steps, scopes

    # -- collections ---------------------------------------------------------------------

    def items(self, node: n.ListOf, scopes: Scopes) -> Code:
        """A list."""
        parts = [self.code(part, scopes) for part in node.items]

        def run(env: Env) -> object:
            env.run.made_list(len(parts))
            return [part(env) for part in parts]

        return run

    def context(self, node: n.ContextOf, scopes: Scopes) -> Code:
        """A context; each entry sees the ones before it. Null if a key comes twice."""
        names: frozenset[str] = frozenset()
        parts: list[tuple[str, Code]] = []
        for key, value in node.entries:
            seen = names | {key} if isinstance(value, n.Function) else names  # for recursion
            parts.append((key, self.code(value, (*scopes, seen))))
            names |= {key}
        double = len(names) != len(node.entries)

        def run(env: Env) -> object:
            made: dict[str, object] = {}
            inner = env.inner(made)
            env.run.spend(len(parts))
            for key, code in parts:
                made[key] = code(inner)
            return None if double else dict(made)

        return run

    # -- functions -----------------------------------------------------------------------

    def function(self, node: n.Function, scopes: Scopes) -> Code:
        """A user-defined function with the scope it was made in."""
        names = tuple(name for name, _ in node.parameters)
        kinds = tuple(
            t.ANY if kind is None else t.resolve(kind, self.types) or t.ANY
            for _, kind in node.parameters
        )
        body = self.code(node.body, (*scopes, frozenset(names)))
        external = node.external
        return lambda env: None if external else UserFunction(names, kinds, body, env)

    def call(self, node: n.Call, scopes: Scopes) -> Code:
        """A call: of a named function, or of whatever the expression before it gives."""
        callee, names = node.function, node.names
        codes = [self.code(part, scopes) for part in node.arguments]
        if isinstance(callee, n.Name) and not any(s and callee.name in s for s in scopes):
            find = lookup_function(callee.name)
        else:
            find = self.code(callee, scopes)

        def run(env: Env) -> object:
            return invoke(find(env), [code(env) for code in codes], names, env.run)

        return run

    # -- of the other notation -----------------------------------------------------------

    def template(self, node: n.Template, scopes: Scopes) -> Code:
        """Text around values; null is the empty text."""
        parts = [self.code(part, scopes) for part in node.parts]

        def run(env: Env) -> object:
            made = "".join(display(part(env), env.run) or "" for part in parts)
            env.run.made_string(len(made))
            return made

        return run

    def empty(self, node: n.Empty, scopes: Scopes) -> Code:
        """``empty x``: null, the empty text, list or context."""
        inner = self.code(node.operand, scopes)
        return lambda env: inner(env) in (None, "", [], {})


def mentions(node: n.Node, name: str) -> bool:
    """Whether a name is read anywhere in the expression."""
    if isinstance(node, n.Name):
        return node.name == name
    return any(mentions(child, name) for child in n.children(node))


_TABLE: Final[dict[type, Callable[..., Code]]] = {
    n.Literal: Compiler.literal, n.Name: Compiler.name, n.Path: Compiler.path,
    n.Filter: Compiler.filter, n.Subscript: Compiler.subscript, n.Chain: Compiler.chain,
    n.Logic: Compiler.logic, n.Negate: Compiler.negate, n.Between: Compiler.between,
    n.In: Compiler.contained, n.Instance: Compiler.instance, n.Interval: Compiler.interval,
    n.UnaryTest: Compiler.unary, n.If: Compiler.choice, n.For: Compiler.repeat,
    n.Quantified: Compiler.quantified, n.ListOf: Compiler.items, n.ContextOf: Compiler.context,
    n.Function: Compiler.function, n.Call: Compiler.call, n.Template: Compiler.template,
    n.Empty: Compiler.empty,
}  # fmt: skip
