"""Which types go together: operators, properties, arguments. The tables of the checker."""

from __future__ import annotations

from typing import Final

from engine.feel import nodes as n
from engine.feel import types as t
from engine.feel.builtins.registry import Parameter, Signature
from engine.feel.operators import TABLES
from engine.feel.temporal import Date, DateTime, DaysDuration, MonthsDuration, Time
from engine.feel.values import Range

#: The types of temporal values and ranges by class.
NAMED: Final[dict[type, t.Type]] = {
    Date: t.DATE, Time: t.TIME, DateTime: t.DATE_TIME, DaysDuration: t.DAYS,
    MonthsDuration: t.MONTHS, Range: t.RANGE,
}  # fmt: skip
#: The types of properties; all others are numbers.
PROPERTY: Final[dict[str, t.Type]] = {
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
    return NAMED[kind].name if kind in NAMED else "number"


def _result(mark: str, left: type, right: type) -> t.Type:
    if mark == "/" and left is right:
        return t.NUMBER
    if mark == "-" and left in (Date, DateTime, Time) and right in (Date, DateTime, Time):
        return t.DAYS
    if left in (Date, DateTime, Time):
        return NAMED[left]
    if right in NAMED:
        return NAMED[right]
    return NAMED.get(left, t.NUMBER)


#: Operator → types of both sides → type of the result.
SUMS: Final = _sums()


def known(kind: t.Type) -> bool:
    """Whether anything is known of the type."""
    return kind.name not in ("Any", "Null")


def unlike(left: t.Type, right: t.Type) -> bool:
    """Both are known and a comparison of them is always null."""
    a, b = t.bare(left), t.bare(right)
    return known(a) and known(b) and a.name != b.name


def common(left: t.Type, right: t.Type) -> t.Type:
    """The type both have; Any if there is none."""
    if left.name == "Null":
        return right
    if right.name == "Null" or t.conforms(right, left):
        return left
    return right if t.conforms(left, right) else t.ANY


def fits(found: t.Type, wanted: t.Type) -> bool:
    """Whether a value of that type may be given there, conversions included."""
    a, b = t.bare(found), t.bare(wanted)
    if not known(a) or not known(b) or t.conforms(a, b):
        return True
    if isinstance(a, t.ListType) and not isinstance(b, t.ListType):
        return fits(a.item, b)
    if isinstance(b, t.ListType) and not isinstance(a, t.ListType):
        return fits(a, b.item)
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


def fits_parameter(found: t.Type, parameter: Parameter) -> bool:
    """Whether a value of that type may be the argument."""
    kind = t.bare(found)
    several = _SEVERAL.get(parameter.kind)
    if several is None:
        return _nullable(kind, parameter) if kind.name == "Null" else fits(kind, parameter.type)
    if isinstance(kind, t.ListType):
        kind = t.bare(kind.item)
    return not known(kind) or kind.name in several


def _nullable(kind: t.Type, parameter: Parameter) -> bool:
    return kind.name == "Null" and (parameter.nullable or parameter.kind == "any")


def takes(signature: Signature, node: n.Call, given: list[t.Type]) -> bool:
    """Whether a built-in function's signature takes these arguments."""
    if node.names:
        known = {parameter.name: parameter for parameter in signature.parameters}
        needed = {name for name, parameter in known.items() if not parameter.optional}
        if not needed <= set(node.names) <= known.keys():
            return False
        pairs = zip(given, (known[name] for name in node.names), strict=True)
        return all(fits_parameter(kind, parameter) for kind, parameter in pairs)
    parameters = list(signature.parameters)
    if signature.variadic:
        parameters += [parameters[-1]] * (len(given) - len(parameters))
    required = sum(not parameter.optional for parameter in parameters)
    if not required <= len(given) <= len(parameters):
        return False
    return all(fits_parameter(k, p) for k, p in zip(given, parameters, strict=False))
