"""FEEL's numbers: decimal128 of IEEE 754-2008 (DMN 1.5, 10.3.2.3.1)."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

#: 34 digits, exponents as decimal128; no traps: an overflow is not finite and becomes null.
CONTEXT: Final = Context(
    prec=34, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144, capitals=1, clamp=0, traps=[]
)
#: The longest text of a number that is read, in characters.
MAX_DIGITS: Final = 7000
_MAX_BITS: Final = 20_500

add = CONTEXT.add
subtract = CONTEXT.subtract
multiply = CONTEXT.multiply


def finite(value: Decimal) -> Decimal | None:
    """The value, or null for what overflowed or is not a number."""
    return value if value.is_finite() else None


def number_of(text: str) -> Decimal | None:
    """A literal's value; null beyond decimal128."""
    if len(text) > MAX_DIGITS:
        return None
    return finite(CONTEXT.create_decimal(text))


def from_int(value: int) -> Decimal | None:
    """A Python integer rounded to 34 digits."""
    if value.bit_length() > _MAX_BITS:
        return None
    return finite(CONTEXT.create_decimal(value))


def from_float(value: float) -> Decimal | None:
    """A Python float by its shortest text, so that 0.1 is 0.1; null for NaN and infinities."""
    return finite(CONTEXT.create_decimal(repr(value)))


def divide(left: Decimal, right: Decimal) -> Decimal | None:
    """A quotient; null when dividing by zero."""
    return finite(CONTEXT.divide(left, right)) if right else None


def power(base: Decimal, exponent: Decimal) -> Decimal | None:
    """A power; null for zero to the zero's like and for what overflows."""
    if not base and not exponent:
        return Decimal(1)
    if not base and exponent < 0:
        return None
    return finite(CONTEXT.power(base, exponent))


def plain(value: Decimal) -> str:
    """The number in plain notation, without needless zeros: what ``string()`` gives."""
    if not value:
        return "0"
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
