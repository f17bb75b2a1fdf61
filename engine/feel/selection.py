"""``list[…]``: by position or by condition (10.3.2.5); and the other notation's ``a[key]``."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from engine.feel.properties import member_of
from engine.feel.runtime import Env
from engine.feel.values import Range

Code = Callable[[Env], object]


def at_position(items: list[object], position: Decimal) -> object:
    """From 1; negative from the end; null outside or for a fraction."""
    if position != position.to_integral_value() or abs(position) > len(items) or not position:
        return None
    index = int(position)
    return items[index - 1] if index > 0 else items[index]


def select(target: object, condition: Code, env: Env) -> object:
    """The item at a position, or the items for which the condition is true.

    A position is computed without any item in sight. A value that is neither a number nor a boolean
    gives null; where the condition is null the item is left out.
    """
    env.run.spend()
    items = target if isinstance(target, list) else [] if target is None else [target]
    position = condition(env.filtering(None))
    if isinstance(position, Decimal):
        return at_position(items, position)
    made: list[object] = []
    for item in items:
        env.run.spend()
        found = condition(env.filtering(item))
        if found is True:
            made.append(item)
        elif found is not False and found is not None:
            return None
    return made


def subscript(target: object, key: object) -> object:
    """A list's item from 0, a context's entry."""
    if isinstance(target, list) and isinstance(key, Decimal):
        return at_position(target, key + 1) if key >= 0 else None
    if isinstance(key, str) and not isinstance(target, (list, Range)):
        return member_of(target, key)
    return None
