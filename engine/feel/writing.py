"""Tree → FEEL text, with brackets wherever a reader might doubt. The inverse of the parser.

Nodes of the ``${…}`` notation that FEEL has no words for are written as calls: a template as
``string join``, ``empty`` as a comparison; ``a[0]`` has no equivalent and is a TypeError.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engine.feel import nodes as n
from engine.feel.printing import literal, quoted
from engine.feel.temporal import Date, DateTime, DaysDuration, MonthsDuration, Time


def write(node: n.Node) -> str:
    """The text of a tree; parsing it gives the same tree."""
    return _WRITERS[type(node)](node)


def _operand(node: n.Node) -> str:
    """In brackets unless it cannot be misread."""
    text = write(node)
    if isinstance(node, (n.Literal, n.Name, n.Call, n.Path, n.Filter, n.ListOf, n.ContextOf)):
        return text
    return f"({text})" if not isinstance(node, (n.UnaryTest, n.Interval)) else text


def _literal(node: n.Literal) -> str:
    if isinstance(node.value, (Date, Time, DateTime, DaysDuration, MonthsDuration)):
        return f"@{quoted(str(node.value))}"
    return literal(node.value)


def _path(node: n.Path) -> str:
    return f"{_operand(node.target)}.{node.member}"


def _filter(node: n.Filter) -> str:
    return f"{_operand(node.target)}[{write(node.condition)}]"


def _call(node: n.Call) -> str:
    parts = [write(argument) for argument in node.arguments]
    if node.names:
        parts = [f"{name}: {part}" for name, part in zip(node.names, parts, strict=True)]
    return f"{_operand(node.function)}({', '.join(parts)})"


def _chain(node: n.Chain) -> str:
    return _operand(node.first) + "".join(f" {mark} {_operand(p)}" for mark, p in node.rest)


def _logic(node: n.Logic) -> str:
    return f" {node.operator} ".join(_operand(part) for part in node.parts)


def _negate(node: n.Negate) -> str:
    return f"-({write(node.operand)})"


def _between(node: n.Between) -> str:
    low, high = _operand(node.low), _operand(node.high)
    return f"{_operand(node.operand)} between {low} and {high}"


def _in(node: n.In) -> str:
    tests = [write(t)[1:-1] if isinstance(t, n.UnaryTest) else write(t) for t in node.tests]
    return f"{_operand(node.operand)} in ({', '.join(tests)})"


def _instance(node: n.Instance) -> str:
    return f"{_operand(node.operand)} instance of {type_text(node.type)}"


def type_text(written: n.TypeName) -> str:
    """A type as written."""
    inner = [type_text(argument) for argument in written.arguments]
    if written.fields:
        inner = [f"{name}: {kind}" for name, kind in zip(written.fields, inner, strict=True)]
    text = f"{written.name}<{', '.join(inner)}>" if inner or written.result else written.name
    return text if written.result is None else f"{text} -> {type_text(written.result)}"


def _if(node: n.If) -> str:
    return f"if {write(node.condition)} then {write(node.then)} else {write(node.otherwise)}"


def _iterators(iterators: tuple[n.Iterator, ...]) -> str:
    made: list[str] = []
    for iterator in iterators:
        end = "" if iterator.end is None else f"..{_operand(iterator.end)}"
        made.append(f"{iterator.name} in {_operand(iterator.domain)}{end}")
    return ", ".join(made)


def _for(node: n.For) -> str:
    return f"for {_iterators(node.iterators)} return {write(node.body)}"


def _quantified(node: n.Quantified) -> str:
    word = "every" if node.every else "some"
    return f"{word} {_iterators(node.iterators)} satisfies {write(node.body)}"


def _list(node: n.ListOf) -> str:
    return "[" + ", ".join(write(item) for item in node.items) + "]"


def _context(node: n.ContextOf) -> str:
    return "{" + ", ".join(f"{quoted(key)}: {write(value)}" for key, value in node.entries) + "}"


def _interval(node: n.Interval) -> str:
    low, high = _operand(node.low), _operand(node.high)
    return f"{'[' if node.low_closed else '('}{low}..{high}{']' if node.high_closed else ')'}"


def _unary(node: n.UnaryTest) -> str:
    return f"({node.operator} {_operand(node.operand)})"


def _function(node: n.Function) -> str:
    parameters = [
        name if kind is None else f"{name}: {type_text(kind)}" for name, kind in node.parameters
    ]
    external = "external " if node.external else ""
    return f"function({', '.join(parameters)}) {external}{write(node.body)}"


def _template(node: n.Template) -> str:
    return f'string join([{", ".join(f"string({write(part)})" for part in node.parts)}], "")'


def _empty(node: n.Empty) -> str:
    return f'{_operand(node.operand)} in (null, "", [], {{}})'


_WRITERS: Final[dict[type, Callable[..., str]]] = {
    n.Literal: _literal, n.Name: lambda node: str(node.name), n.Path: _path, n.Filter: _filter,
    n.Call: _call, n.Chain: _chain, n.Logic: _logic, n.Negate: _negate, n.Between: _between,
    n.In: _in, n.Instance: _instance, n.If: _if, n.For: _for, n.Quantified: _quantified,
    n.ListOf: _list, n.ContextOf: _context, n.Interval: _interval, n.UnaryTest: _unary,
    n.Function: _function, n.Template: _template, n.Empty: _empty,
}  # fmt: skip
