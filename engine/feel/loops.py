"""``for``, ``some`` and ``every``: iterations of several names over lists and ranges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from engine.feel.runtime import Env
from engine.feel.temporal import Date
from engine.feel.values import Range

Code = Callable[[Env], object]


@dataclass(frozen=True, slots=True)
class Step:
    """One name and the closures of its domain."""

    name: str
    domain: Code
    end: Code | None

    def elements(self, env: Env) -> Iterator[object] | None:
        """What the name takes one after another; None where the domain cannot be walked."""
        start = self.domain(env)
        if self.end is not None:
            return between(start, self.end(env), env)
        if isinstance(start, Range):
            return _of_range(start, env)
        if start is None:
            return None
        return iter(start) if isinstance(start, list) else iter([start])


def _of_range(interval: Range, env: Env) -> Iterator[object] | None:
    low, high = interval.low, interval.high
    found = between(low, high, env)
    if found is None:
        return None
    return (
        value
        for value in found
        if (interval.low_closed or value != low) and (interval.high_closed or value != high)
    )


def between(start: object, end: object, env: Env) -> Iterator[object] | None:
    """Whole steps from start to end, up or down: numbers by one, dates by a day."""
    if isinstance(start, Decimal) and isinstance(end, Decimal):
        return _numbers(start, end, env)
    if isinstance(start, Date) and isinstance(end, Date):
        return (Date.of_days(int(day)) for day in _whole(start.days, end.days, env))
    return None


def _numbers(start: Decimal, end: Decimal, env: Env) -> Iterator[object] | None:
    if start != start.to_integral_value() or abs(start) > 10**30 or abs(end) > 10**30:
        return None
    return (Decimal(value) for value in _whole(int(start), int(end.to_integral_value()), env))


def _whole(start: int, end: int, env: Env) -> Iterator[int]:
    step = 1 if start <= end else -1
    for value in range(start, end + step, step):
        env.run.spend()
        yield value


def _walk(steps: list[Step], index: int, env: Env) -> Iterator[Env | None]:
    """Every scope of the iteration; a None where a domain cannot be walked."""
    if index == len(steps):
        yield env
        return
    step = steps[index]
    elements = step.elements(env)
    if elements is None:
        yield None
        return
    for element in elements:
        env.run.spend()
        yield from _walk(steps, index + 1, env.inner({step.name: element}))


def for_code(steps: list[Step], body: Code, *, partial: bool) -> Code:
    """The list of the body's values; null where a domain cannot be walked.

    With `partial` the body reads the results so far: it gets a copy, paid for, each time.
    """

    def run(env: Env) -> object:
        made: list[object] = []
        for scope in _walk(steps, 0, env):
            if scope is None:
                return None
            if partial:
                scope.run.spend(len(made))
            made.append(body(scope.inner({"partial": made.copy() if partial else None})))
            if len(made) > env.run.limits.items:
                env.run.made_list(len(made))
        return made

    return run


def quantified_code(steps: list[Step], body: Code, *, every: bool) -> Code:
    """``every``: false at the first false; ``some``: true at the first true; null if unclear."""
    stop = not every

    def run(env: Env) -> object:
        unknown = False
        for scope in _walk(steps, 0, env):
            value = None if scope is None else body(scope)
            if value is stop:
                return stop
            unknown = unknown or value is not every
        return None if unknown else every

    return run
