"""Everything callable: built-in functions, functions of an expression, the engine's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.feel import types as t
from engine.feel.builtins.registry import BUILT_IN
from engine.feel.runtime import CURRENT, Env, Run
from engine.feel.values import Callback, export, from_python


@dataclass(frozen=True, slots=True, eq=False)
class UserFunction(Callback):
    """``function(a, b) body`` with the scope it was made in."""

    names: tuple[str, ...]
    kinds: tuple[t.Type, ...]
    body: Callable[[Env], object]
    env: Env
    result: t.Type = t.ANY

    @property
    def type(self) -> t.Type:
        """Its signature."""
        return t.FunctionType("function", self.kinds, self.result)

    def call(self, arguments: Sequence[object], names: Sequence[str], run: Run) -> object:
        """The body's value; null if the arguments do not fit."""
        found = by_name(self.names, arguments, names)
        if found is None:
            return None
        fitted = [t.convert(a, kind) for a, kind in zip(found, self.kinds, strict=True)]
        if t.UNFIT in fitted:
            return None
        run.enter()
        scope = self.env.inner(dict(zip(self.names, fitted, strict=True)))
        value = t.convert(self.body(scope), self.result)
        run.depth -= 1
        return None if value is t.UNFIT else value


def by_name(
    wanted: Sequence[str], arguments: Sequence[object], names: Sequence[str]
) -> Sequence[object] | None:
    """Arguments in the order of the parameters; None if there are too few, too many or others."""
    if len(arguments) != len(wanted):
        return None
    if not names:
        return arguments
    given = dict(zip(names, arguments, strict=True))
    if given.keys() != set(wanted):
        return None
    return [given[name] for name in wanted]


@dataclass(frozen=True, slots=True, eq=False)
class EngineFunction(Callback):
    """A function the engine hands in; it gets and gives Python's kinds."""

    name: str
    function: Callable[..., object]

    def call(self, arguments: Sequence[object], names: Sequence[str], run: Run) -> object:
        """Its answer as a value; a wrong argument is its own error to raise."""
        run.spend(10)
        given = [export(argument) for argument in arguments]
        if names:
            made = self.function(**dict(zip(names, given, strict=True)))
        else:
            made = self.function(*given)
        CURRENT.run = run  # the function may have evaluated something itself
        return from_python(made)


def invoke(function: object, arguments: Sequence[object], names: Sequence[str], run: Run) -> object:
    """Call whatever an expression named; null when it is no function."""
    run.spend()
    if not isinstance(function, Callback):
        return None
    call: Callable[..., object] = function.call  # type: ignore[attr-defined]
    return call(arguments, names, run)


def as_value(name: str, run: Run) -> object:
    """The function of that name as a value, or null."""
    extra = run.context.functions.get(name)
    return BUILT_IN.get(name) if extra is None else EngineFunction(name, extra)


def lookup_function(name: str) -> Callable[[Env], object]:
    """Finds what a call names: a function among the variables, the engine's, a built-in one."""
    built_in = BUILT_IN.get(name)

    def find(env: Env) -> object:
        value = env.root.get(name)
        if isinstance(value, Callback):
            return value
        extra = env.run.context.functions.get(name)
        return built_in if extra is None else EngineFunction(name, extra)

    return find
