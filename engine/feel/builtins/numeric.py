"""Numeric functions (10.3.4.5)."""

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
)
from typing import Final

from engine.feel import numbers
from engine.feel.builtins.registry import built_in
from engine.feel.runtime import Run
from engine.feel.temporal import DaysDuration, MonthsDuration

_MAX_SCALE: Final = 6176
_MIN_SCALE: Final = -6111
_WIDE: Final = Context(prec=6200, Emin=-6300, Emax=6300, traps=[])


def rounded(value: Decimal, scale: Decimal | None, mode: str) -> Decimal | None:
    """The number with that many decimal places; null for a scale that is none."""
    places = Decimal(0) if scale is None else scale
    if places != places.to_integral_value() or not _MIN_SCALE <= places <= _MAX_SCALE:
        return None
    unit = Decimal(1).scaleb(-int(places), _WIDE)
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent >= -places:
        return value
    made = value.quantize(unit, rounding=mode, context=_WIDE)
    return numbers.finite(numbers.CONTEXT.plus(made))


@built_in("decimal", "n: number, scale: number", "number")
def decimal_(run: Run, value: Decimal, scale: Decimal) -> object:
    """To the nearest, ties to the even digit."""
    return rounded(value, scale, ROUND_HALF_EVEN)


@built_in("floor", "n: number, scale~: number", "number")
def floor(run: Run, value: Decimal, scale: Decimal | None) -> object:
    """Towards negative infinity."""
    return rounded(value, scale, ROUND_FLOOR)


@built_in("ceiling", "n: number, scale~: number", "number")
def ceiling(run: Run, value: Decimal, scale: Decimal | None) -> object:
    """Towards positive infinity."""
    return rounded(value, scale, ROUND_CEILING)


@built_in("round up", "n: number, scale: number", "number")
def round_up(run: Run, value: Decimal, scale: Decimal) -> object:
    """Away from zero."""
    return rounded(value, scale, ROUND_UP)


@built_in("round down", "n: number, scale: number", "number")
def round_down(run: Run, value: Decimal, scale: Decimal) -> object:
    """Towards zero."""
    return rounded(value, scale, ROUND_DOWN)


@built_in("round half up", "n: number, scale: number", "number")
def round_half_up(run: Run, value: Decimal, scale: Decimal) -> object:
    """To the nearest, ties away from zero."""
    return rounded(value, scale, ROUND_HALF_UP)


@built_in("round half down", "n: number, scale: number", "number")
def round_half_down(run: Run, value: Decimal, scale: Decimal) -> object:
    """To the nearest, ties towards zero."""
    return rounded(value, scale, ROUND_HALF_DOWN)


@built_in("abs", "n: number", "number")
@built_in("abs", "n: duration")
def abs_(run: Run, value: object) -> object:
    """Of a number or a duration."""
    if isinstance(value, DaysDuration):
        return DaysDuration(abs(value.nanos))
    if isinstance(value, MonthsDuration):
        return MonthsDuration(abs(value.months))
    return numbers.CONTEXT.abs(value) if isinstance(value, Decimal) else None


@built_in("modulo", "dividend: number, divisor: number", "number")
def modulo(run: Run, dividend: Decimal, divisor: Decimal) -> object:
    """The remainder with the sign of the divisor."""
    if not divisor:
        return None
    rest = numbers.CONTEXT.remainder(dividend, divisor)
    if rest.is_nan():  # the quotient has more than 34 digits
        rest = numbers.CONTEXT.plus(_WIDE.remainder(dividend, divisor))
    if not rest.is_finite():
        return None
    if rest and (rest < 0) is not (divisor < 0):
        rest = numbers.add(rest, divisor)
    return numbers.finite(rest)


@built_in("sqrt", "number: number", "number")
def sqrt(run: Run, value: Decimal) -> object:
    """Square root; null below zero."""
    return None if value < 0 else numbers.CONTEXT.sqrt(value)


@built_in("log", "number: number", "number")
def log(run: Run, value: Decimal) -> object:
    """Natural logarithm; null for zero and below."""
    return None if value <= 0 else numbers.CONTEXT.ln(value)


@built_in("exp", "number: number", "number")
def exp(run: Run, value: Decimal) -> object:
    """Euler's number to that power."""
    return numbers.finite(numbers.CONTEXT.exp(value))


def _parity(value: Decimal) -> Decimal | None:
    if value != value.to_integral_value():
        return None
    return _WIDE.remainder(value, Decimal(2))


@built_in("odd", "number: number", "boolean")
def odd(run: Run, value: Decimal) -> object:
    """Whether an integer is odd."""
    rest = _parity(value)
    return rest is not None and bool(rest)


@built_in("even", "number: number", "boolean")
def even(run: Run, value: Decimal) -> object:
    """Whether an integer is even."""
    rest = _parity(value)
    return rest is not None and not rest
