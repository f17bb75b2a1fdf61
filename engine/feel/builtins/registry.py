"""Built-in functions: their signatures, and the choice among them by arguments.

A signature is written as ``"string: string, start position: number, length?: number"``; a ``?``
after the name makes a parameter optional (and null the same as left out), a ``~`` optional but
never null, ``...`` takes all the rest as a list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from engine.feel import types as t
from engine.feel.runtime import Run
from engine.feel.temporal import Date, DateTime, DaysDuration, MonthsDuration, Time
from engine.feel.values import Callback, Range

_CLASSES: Final[dict[str, tuple[type, ...]]] = {
    "number": (Decimal,), "string": (str,), "boolean": (bool,), "list": (list,),
    "context": (dict,), "date": (Date,), "time": (Time,), "date and time": (DateTime,),
    "moment": (Date, DateTime), "clock": (Time, DateTime, Date),
    "days": (DaysDuration,), "months": (MonthsDuration,), "range": (Range,),
    "duration": (DaysDuration, MonthsDuration), "function": (Callback,),
    "scalar": (Decimal, str, Date, Time, DateTime, DaysDuration, MonthsDuration),
}  # fmt: skip
_TYPES: Final[dict[str, t.Type]] = {
    "any": t.ANY, "number": t.NUMBER, "string": t.STRING, "boolean": t.BOOLEAN, "list": t.LIST,
    "context": t.CONTEXT, "date": t.DATE, "time": t.TIME, "date and time": t.DATE_TIME,
    "days": t.DAYS, "months": t.MONTHS, "range": t.RANGE, "function": t.FUNCTION,
}  # fmt: skip


class _Misfit:
    """What an argument becomes that fits no parameter."""


MISFIT: Final = _Misfit()
#: Stands for an optional argument that was left out.
ABSENT: Final = _Misfit()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a built-in function."""

    name: str
    kind: str
    optional: bool = False
    nullable: bool = False

    @property
    def type(self) -> t.Type:
        """Its FEEL type; Any where several are taken."""
        return _TYPES.get(self.kind, t.ANY)

    def fit(self, value: object) -> object:
        """The argument, converted from or to a list of one; `MISFIT` if it cannot be."""
        if self.kind == "any":
            return value
        if value is None:
            return None if self.nullable else MISFIT
        classes = _CLASSES[self.kind]
        if isinstance(value, classes):
            return value
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], classes):
            return value[0]
        return [value] if self.kind == "list" else MISFIT


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call a function."""

    parameters: tuple[Parameter, ...]
    variadic: bool
    function: Callable[..., object]
    result: t.Type

    def arrange(self, arguments: Sequence[object], names: Sequence[str]) -> list[object] | None:
        """The arguments in order and fitted; None if this is not the signature meant."""
        if names:
            return self._named(dict(zip(names, arguments, strict=True)))
        if self.variadic:
            return self._variadic(arguments)
        if len(arguments) > len(self.parameters):
            return None
        missing = self.parameters[len(arguments) :]
        if missing and not all(parameter.optional for parameter in missing):
            return None
        return self._fitted([*arguments, *(ABSENT for _ in missing)])

    def _fitted(self, arguments: list[object]) -> list[object] | None:
        pairs = zip(self.parameters, arguments, strict=True)
        found = [None if value is ABSENT else p.fit(value) for p, value in pairs]
        return None if MISFIT in found else found

    def _variadic(self, arguments: Sequence[object]) -> list[object] | None:
        fixed = len(self.parameters) - 1
        if len(arguments) <= fixed:
            return None
        head = [p.fit(a) for p, a in zip(self.parameters, arguments[:fixed], strict=False)]
        rest = [self.parameters[-1].fit(argument) for argument in arguments[fixed:]]
        return None if MISFIT in head or MISFIT in rest else [*head, rest]

    def _named(self, given: dict[str, object]) -> list[object] | None:
        known = {parameter.name for parameter in self.parameters}
        needed = {parameter.name for parameter in self.parameters if not parameter.optional}
        if not needed <= given.keys() <= known:
            return None
        if self.variadic:
            return self._variadic([given[p.name] for p in self.parameters])
        return self._fitted([given.get(parameter.name, ABSENT) for parameter in self.parameters])


@dataclass(slots=True, eq=False)
class BuiltIn(Callback):
    """A built-in function with all its signatures."""

    name: str
    signatures: list[Signature] = field(default_factory=list)

    @property
    def type(self) -> t.Type:
        """The signature of a function that has one; Any of several."""
        first = self.signatures[0]
        kinds = tuple(parameter.type for parameter in first.parameters)
        return t.FunctionType("function", kinds, first.result)

    def _candidates(self, names: Sequence[str]) -> Sequence[Signature]:
        """All signatures; those with the names in the order given first, as two may share them."""
        if not names or len(self.signatures) == 1:
            return self.signatures
        wanted = tuple(names)
        return sorted(self.signatures, key=lambda s: tuple(p.name for p in s.parameters) != wanted)

    def call(self, arguments: Sequence[object], names: Sequence[str], run: Run) -> object:
        """The value of the first signature that fits; null if none does."""
        for signature in self._candidates(names):
            found = signature.arrange(arguments, names)
            if found is not None:
                try:
                    return signature.function(run, *found)
                except (ValueError, OverflowError):
                    return None
        return None


#: All built-in functions by name.
BUILT_IN: Final[dict[str, BuiltIn]] = {}


def _parameter(text: str) -> Parameter:
    name, _, kind = text.partition(":")
    name = name.strip()
    optional = name[-1] in "?~"
    return Parameter(name.rstrip("?~"), kind.strip() or "any", optional, name.endswith("?"))


def built_in(
    name: str, parameters: str, result: str = "any"
) -> Callable[[Callable[..., object]], Callable[..., object]]:
    """Declare a function under its FEEL name; repeated, it adds a further signature."""
    variadic = parameters.endswith("...")
    listed = parameters.removesuffix("...")
    found = tuple(_parameter(part) for part in listed.split(",") if part.strip())

    def declare(function: Callable[..., object]) -> Callable[..., object]:
        signature = Signature(found, variadic, function, _TYPES[result])
        signatures = BUILT_IN.setdefault(name, BuiltIn(name)).signatures
        signatures.append(signature)
        signatures.sort(key=lambda s: s.variadic)  # f([1, 2]) is the list, not its only item
        return function

    return declare
