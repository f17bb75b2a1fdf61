"""FEEL's types: what a value must be to have one, what conforms to what, and the conversions.

DMN 1.5, 10.3.2.9. ``Any`` is above all, ``Null`` below all; null itself is a value of every type
where a value may be missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from engine.feel import nodes as n
from engine.feel.lexical import date_of, date_time_of, duration_of, time_of
from engine.feel.runtime import charge
from engine.feel.temporal import Date, DateTime, Time
from engine.feel.values import Callback, Range, kind_of


@dataclass(frozen=True, slots=True)
class Type:
    """A simple type, by name."""

    name: str

    def holds(self, value: object) -> bool:
        """Whether a value other than null is of this type."""
        return self.name == "Any" or kind_of(value) == self.name

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class ListType(Type):
    """A list whose items all have one type."""

    item: Type

    def holds(self, value: object) -> bool:
        """A list of such items, nulls allowed."""
        if not isinstance(value, list):
            return False
        charge(1 + len(value))
        return all(item is None or self.item.holds(item) for item in value)

    def __str__(self) -> str:
        return f"list<{self.item}>"


@dataclass(frozen=True, slots=True)
class RangeType(Type):
    """A range whose ends have one type."""

    item: Type

    def holds(self, value: object) -> bool:
        """A range with such ends."""
        if not isinstance(value, Range):
            return False
        return all(end is None or self.item.holds(end) for end in (value.low, value.high))

    def __str__(self) -> str:
        return f"range<{self.item}>"


@dataclass(frozen=True, slots=True)
class ContextType(Type):
    """A context with at least these entries."""

    fields: Mapping[str, Type] = field(hash=False)

    def holds(self, value: object) -> bool:
        """A context that has every entry, of its type or null."""
        if not isinstance(value, dict):
            return False
        charge(1 + len(self.fields))
        return all(
            name in value and (value[name] is None or kind.holds(value[name]))
            for name, kind in self.fields.items()
        )

    def __str__(self) -> str:
        inner = ", ".join(f"{name}: {kind}" for name, kind in self.fields.items())
        return f"context<{inner}>" if inner else "context"


@dataclass(frozen=True, slots=True)
class FunctionType(Type):
    """A function of these parameters with this result."""

    parameters: tuple[Type, ...]
    result: Type

    def holds(self, value: object) -> bool:
        """A function that takes as many parameters, of wider types, and gives a narrower one."""
        if not isinstance(value, Callback):
            return False
        found: object = getattr(value, "type", None)
        return found is None or (isinstance(found, FunctionType) and conforms(found, self))

    def __str__(self) -> str:
        return f"function<{', '.join(map(str, self.parameters))}> -> {self.result}"


@dataclass(frozen=True, slots=True)
class Constrained(Type):
    """An item definition: a type, and a test for the values allowed."""

    base: Type
    #: True for allowed values.
    test: Callable[[object], bool] = field(hash=False, compare=False)
    #: The allowed values as written.
    words: str = ""

    def holds(self, value: object) -> bool:
        """A value of the base type that passes the test."""
        return self.base.holds(value) and self.test(value)

    def __str__(self) -> str:
        return self.name or str(self.base)


ANY: Final = Type("Any")
NULL: Final = Type("Null")
NUMBER: Final = Type("number")
STRING: Final = Type("string")
BOOLEAN: Final = Type("boolean")
DATE: Final = Type("date")
TIME: Final = Type("time")
DATE_TIME: Final = Type("date and time")
DAYS: Final = Type("days and time duration")
MONTHS: Final = Type("years and months duration")
CONTEXT: Final = ContextType("context", {})
LIST: Final = ListType("list", ANY)
RANGE: Final = RangeType("range", ANY)
FUNCTION: Final = Type("function")

#: Built-in types by every name models use for them.
BUILT_IN: Final[dict[str, Type]] = {
    kind.name: kind
    for kind in (ANY, NULL, NUMBER, STRING, BOOLEAN, DATE, TIME, DATE_TIME, DAYS, MONTHS,
                 CONTEXT, LIST, RANGE, FUNCTION)
} | {
    "dateTime": DATE_TIME,
    "dayTimeDuration": DAYS,
    "yearMonthDuration": MONTHS,
    "integer": NUMBER,  # these three are written by older modelers
    "long": NUMBER,
    "double": NUMBER,
    "any": ANY,
}  # fmt: skip


def resolve(written: n.TypeName, known: Mapping[str, Type]) -> Type | None:
    """The type a name in the text stands for; None if there is none."""
    inner = [resolve(argument, known) for argument in written.arguments]
    found = [kind for kind in inner if kind is not None]
    if len(found) != len(inner):
        return None
    if written.name == "context" and written.fields:
        return ContextType("context", dict(zip(written.fields, found, strict=True)))
    if written.name == "function" and written.result is not None:
        result = resolve(written.result, known)
        return None if result is None else FunctionType("function", tuple(found), result)
    if found:
        return _generic(written.name, found[0])
    return known.get(written.name) or BUILT_IN.get(written.name)


def _generic(name: str, item: Type) -> Type | None:
    if name == "list":
        return ListType("list", item)
    return RangeType("range", item) if name == "range" else None


def bare(kind: Type) -> Type:
    """A type without its constraints."""
    while isinstance(kind, Constrained):
        kind = kind.base
    return kind


def unconstrained(kind: Type) -> Type:
    """A type without constraints at any depth: what ``instance of`` asks for."""
    kind = bare(kind)
    if isinstance(kind, ListType):
        return ListType("list", unconstrained(kind.item))
    if isinstance(kind, ContextType):
        fields = {name: unconstrained(inner) for name, inner in kind.fields.items()}
        return ContextType("context", fields)
    return kind


def conforms(found: Type, wanted: Type) -> bool:
    """Whether every value of `found` may stand where `wanted` is expected (10.3.2.9.2)."""
    found, wanted = bare(found), bare(wanted)
    if wanted.name == "Any" or found.name == "Null":
        return True
    for kind in (ListType, RangeType):
        if isinstance(found, kind) and isinstance(wanted, kind):
            return conforms(found.item, wanted.item)
    if isinstance(found, ContextType) and isinstance(wanted, ContextType):
        return all(
            name in found.fields and conforms(found.fields[name], kind)
            for name, kind in wanted.fields.items()
        )
    if isinstance(found, FunctionType) and isinstance(wanted, FunctionType):
        return _function_conforms(found, wanted)
    return found.name == wanted.name


def _function_conforms(found: FunctionType, wanted: FunctionType) -> bool:
    if len(found.parameters) != len(wanted.parameters):
        return False
    pairs = zip(wanted.parameters, found.parameters, strict=True)
    return all(conforms(a, b) for a, b in pairs) and conforms(found.result, wanted.result)


#: Readers of the texts of temporal types.
_LEXICAL: Final[dict[str, Callable[[str], object]]] = {
    "date": date_of, "time": time_of, "date and time": date_time_of,
    DAYS.name: duration_of, MONTHS.name: duration_of,
}  # fmt: skip


def read_texts(value: object, wanted: Type) -> object:
    """ISO texts as the temporal values a type wants, inside lists and contexts too."""
    kind = bare(wanted)
    if isinstance(value, str) and kind.name in _LEXICAL:
        found = _LEXICAL[kind.name](value)
        return value if found is None else found
    if isinstance(value, list) and isinstance(kind, ListType):
        return [read_texts(item, kind.item) for item in value]
    if isinstance(value, dict) and isinstance(kind, ContextType):
        return {
            key: read_texts(item, kind.fields[key]) if key in kind.fields else item
            for key, item in value.items()
        }
    return value


class _Unfit:
    """What `convert` gives for a value that no conversion makes fit."""


UNFIT: Final = _Unfit()


def convert(value: object, wanted: Type) -> object:
    """The value as that type (10.3.2.9.4): itself, out of or into a list of one, a date as a
    moment; `UNFIT` if none helps. Null fits every type."""
    if value is None or wanted.holds(value):
        return value
    plain = bare(wanted)
    if isinstance(value, list) and len(value) == 1 and not isinstance(plain, ListType):
        return value[0] if wanted.holds(value[0]) else UNFIT
    if isinstance(plain, ListType) and not isinstance(value, list) and wanted.holds([value]):
        return [value]
    if plain.name == "date and time" and isinstance(value, Date):
        moment = DateTime(value, Time(0, 0))
        return moment if wanted.holds(moment) else UNFIT
    return UNFIT
