"""Values as text: FEEL's ``string()``."""

from __future__ import annotations

from decimal import Decimal

from engine.feel import numbers
from engine.feel.runtime import Run, charge
from engine.feel.values import Callback, Range


def display(value: object, run: Run) -> str | None:
    """What ``string(value)`` gives: a text as it is, inner texts in quotes; null of null."""
    if value is None:
        return None
    if isinstance(value, str):
        return value
    made = literal(value)
    run.made_string(len(made))
    return made


def literal(value: object) -> str:
    """The value as FEEL would write it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return numbers.plain(value)
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list):
        charge(1 + len(value))
        return "[" + ", ".join(literal(item) for item in value) + "]"
    if isinstance(value, dict):
        charge(1 + len(value))
        return "{" + ", ".join(f"{_key(k)}: {literal(v)}" for k, v in value.items()) + "}"
    return _rare(value)


def _rare(value: object) -> str:
    if isinstance(value, Range):
        return interval(value)
    return "function" if isinstance(value, Callback) else str(value)


def quoted(value: str) -> str:
    """A string literal."""
    inner = value.replace("\\", "\\\\").replace('"', '\\"')
    inner = inner.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return f'"{inner}"'


def _key(key: str) -> str:
    return key if key.isidentifier() else quoted(key)


def interval(value: Range) -> str:
    """A range as written."""
    if value.operator:
        operand = value.high if value.operator[0] == "<" else value.low
        return f"({value.operator} {literal(operand)})"
    low, high = literal(value.low), literal(value.high)
    return f"{'[' if value.low_closed else '('}{low}..{high}{']' if value.high_closed else ')'}"
