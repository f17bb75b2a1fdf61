"""Parsed once, evaluated often: `Expression` and `UnaryTests`, cached by text and names."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from engine.feel import nodes as n
from engine.feel import types as t
from engine.feel.checker import Finding, check_tree
from engine.feel.closures import Code
from engine.feel.compiler import Compiler
from engine.feel.errors import FeelLimitError, FeelNameError
from engine.feel.juel import parse_template
from engine.feel.lexer import place
from engine.feel.names import Reading, reading
from engine.feel.parser import Parser
from engine.feel.runtime import CURRENT, DEFAULT_CONTEXT, Context, Env, Run
from engine.feel.values import export, from_python
from engine.model.text import text

CACHE_SIZE = 8192


def _too_deep() -> FeelLimitError:
    return FeelLimitError(text("Nested too deeply to be evaluated"), "depth")


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """One parsed and compiled expression; immutable, to be used by any number of threads."""

    #: As it was written.
    text: str
    #: The tree.
    node: n.Node
    #: Root variables it reads.
    names: frozenset[str]
    #: Functions it calls by name.
    calls: frozenset[str]
    #: Whether its value is the same whatever the scope.
    constant: bool
    _code: Code = field(repr=False)

    def evaluate(self, scope: Mapping[str, object], context: Context = DEFAULT_CONTEXT) -> object:
        """The value in Python's kinds (see `values.export`); FeelLimitError, FeelTypeError."""
        CURRENT.run = run = Run(context)
        value = self.value(scope, run)
        return value if value is None or value is True or value is False else export(value)

    def value(self, scope: Mapping[str, object], run: Run) -> object:
        """The value as FEEL holds it, on meters that several evaluations may share."""
        try:
            return self._code(Env(scope, run, {}))
        except RecursionError:
            raise _too_deep() from None

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, eq=False)
class UnaryTests:
    """The cell of a decision table: tests of one input value, ``-`` accepting any."""

    #: As it was written.
    text: str
    #: The trees of the tests; none for ``-``.
    nodes: tuple[n.Node, ...]
    #: Whether the tests stand in ``not(…)``.
    negated: bool
    #: Root variables it reads, without ``?``.
    names: frozenset[str]
    #: Functions it calls by name.
    calls: frozenset[str]
    _tests: tuple[object, ...] = field(repr=False)

    def test(
        self, value: object, scope: Mapping[str, object], context: Context = DEFAULT_CONTEXT
    ) -> bool:
        """Whether a Python value passes."""
        CURRENT.run = run = Run(context)
        return self.holds(from_python(value), scope, run) is True

    def holds(self, value: object, scope: Mapping[str, object], run: Run) -> bool | None:
        """Whether a FEEL value passes; null where a test has no answer and none is true."""
        if not self._tests:
            return True
        env = Env(scope, run, {"?": value})
        try:
            results = [test(env, value) for test in self._tests]  # type: ignore[operator]
        except RecursionError:
            raise _too_deep() from None
        found = True if True in results else None if None in results else False
        return found if not self.negated or found is None else not found


def _expression(source: str, node: n.Node, types: Mapping[str, t.Type] | None = None) -> Expression:
    read = reading(node)
    try:
        code = Compiler(types).code(node)
    except RecursionError:
        raise _too_deep() from None
    return Expression(source, node, read.names, read.calls, read.constant, code)


def _check_names(
    source: str, read: Reading, names: Collection[str] | None, functions: Collection[str]
) -> None:
    if names is None:
        return
    for name, at in read.unknown(names, functions):
        line, column = place(source, at)
        message = text("The name “{name}” is not declared", name=name)
        raise FeelNameError(message, source=source, line=line, column=column)


@lru_cache(maxsize=CACHE_SIZE)
def _compiled(
    source: str, names: frozenset[str] | None, functions: frozenset[str], strict: bool
) -> Expression:
    try:
        node = Parser(source, (names or frozenset()) | functions).whole()
    except RecursionError:
        raise _too_deep() from None
    if strict:
        _check_names(source, reading(node), names, functions)
    return _expression(source, node)


def compile(  # noqa: A001 - the word for it
    source: str, *, names: Collection[str] | None = None, functions: Collection[str] = ()
) -> Expression:
    """FEEL text (without the leading ``=``) → expression.

    `names` are the variables that exist: they are needed to read names with spaces and operators,
    and any other root name is a FeelNameError. With None every name is allowed, and adjacent words
    are joined to one name. `functions` are the engine's, besides FEEL's own.
    """
    known = None if names is None else frozenset(names)
    return _compiled(source, known, frozenset(functions), True)


def part(source: str, node: n.Node) -> Expression:
    """A part of a tree that was parsed from this text → an expression of its own."""
    return _expression(source, node)


def compile_lenient(source: str, names: frozenset[str]) -> Expression:
    """FEEL text in which these names may stand, and any other besides them."""
    return _compiled(source, names, frozenset(), False)


@lru_cache(maxsize=CACHE_SIZE)
def _template(source: str) -> Expression:
    try:
        return _expression(source, parse_template(source))
    except RecursionError:
        raise _too_deep() from None


def compile_juel(
    source: str, *, names: Collection[str] | None = None, functions: Collection[str] = ()
) -> Expression:
    """Text with ``${…}`` in it → expression; text around the braces makes its value a string."""
    made = _template(source)
    _check_names(source, reading(made.node), names, functions)
    return made


def compile_any(
    source: str, *, names: Collection[str] | None = None, functions: Collection[str] = ()
) -> Expression:
    """An attribute of a diagram: ``= …`` is FEEL, ``${…}`` is JUEL, anything else is itself."""
    if source.lstrip().startswith("="):
        # A blank in place of the sign keeps lines and columns those of the attribute.
        return compile(source.replace("=", " ", 1), names=names, functions=functions)
    if "${" in source or "#{" in source:
        return compile_juel(source, names=names, functions=functions)
    return _literal(source)


@lru_cache(maxsize=CACHE_SIZE)
def _literal(source: str) -> Expression:
    return _expression(source, n.Literal(0, source))


@lru_cache(maxsize=CACHE_SIZE)
def _unary(
    source: str, names: frozenset[str] | None, functions: frozenset[str], strict: bool
) -> UnaryTests:
    try:
        known = (names or frozenset()) | functions | {"?"}
        negated, nodes = Parser(source, known).whole_tests()
        return _unary_tests(source, negated, nodes, names, functions, strict)
    except RecursionError:
        raise _too_deep() from None


def _unary_tests(
    source: str,
    negated: bool,
    nodes: tuple[n.Node, ...],
    names: frozenset[str] | None,
    functions: frozenset[str],
    strict: bool,
    types: Mapping[str, t.Type] | None = None,
) -> UnaryTests:
    read = reading(n.ListOf(0, nodes), {"?"})
    if strict:
        _check_names(source, read, names, functions)
    compiler = Compiler(types)
    tests = tuple(compiler.test(node, (frozenset(("?",)),)) for node in nodes)
    return UnaryTests(source, nodes, negated, read.names, read.calls, tests)


def compile_unary(
    source: str, *, names: Collection[str] | None = None, functions: Collection[str] = ()
) -> UnaryTests:
    """The text of a decision table's input cell, or of allowed values → tests."""
    known = None if names is None else frozenset(names)
    return _unary(source, known, frozenset(functions), True)


def check(
    expression: Expression,
    declared: Mapping[str, t.Type],
    *,
    functions: Mapping[str, t.Type] | None = None,
) -> list[Finding]:
    """What cannot be right: unlike types, unknown names and functions, missing arguments.

    `declared` gives the type of every variable (`types.ANY` where it is not known), `functions`
    those of the engine's functions.
    """
    return check_tree(expression.text, expression.node, declared, functions=functions)[1]
