"""Arithmetic, comparison and membership with FEEL's null semantics (10.3.2.12 to 10.3.2.15)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from engine.feel import numbers
from engine.feel.runtime import Run, charge
from engine.feel.temporal import DAY, NANOS, Date, DateTime, DaysDuration, MonthsDuration, Time
from engine.feel.values import Callback, Range

_DAY_NANOS: Final = DAY * NANOS

Binary = Callable[..., object]


# -- addition ----------------------------------------------------------------------------


def _date_plus_days(date: Date, duration: DaysDuration) -> object:
    return Date.of_days((date.days * _DAY_NANOS + duration.nanos) // _DAY_NANOS)


def _moment_plus_days(moment: DateTime, duration: DaysDuration) -> object:
    return DateTime.of_instant(moment.instant + duration.nanos, moment.zone)


def _moment_plus_months(moment: DateTime, duration: MonthsDuration) -> object:
    return DateTime(moment.date.plus_months(duration.months), moment.time)


def _time_plus(time: Time, duration: DaysDuration) -> object:
    return Time((time.nanos + duration.nanos) % _DAY_NANOS, time.zone)


def _flip(function: Binary) -> Binary:
    return lambda left, right: function(right, left)


_ADD: Final[dict[tuple[type, type], Binary]] = {
    (Decimal, Decimal): lambda a, b: numbers.finite(numbers.add(a, b)),
    (Date, DaysDuration): _date_plus_days,
    (Date, MonthsDuration): lambda a, b: a.plus_months(b.months),
    (DateTime, DaysDuration): _moment_plus_days,
    (DateTime, MonthsDuration): _moment_plus_months,
    (Time, DaysDuration): _time_plus,
    (DaysDuration, DaysDuration): lambda a, b: DaysDuration(a.nanos + b.nanos),
    (MonthsDuration, MonthsDuration): lambda a, b: MonthsDuration(a.months + b.months),
}
_ADD.update({(b, a): _flip(function) for (a, b), function in list(_ADD.items()) if a is not b})


# -- subtraction -------------------------------------------------------------------------


def _between(left: DateTime, right: DateTime) -> object:
    if (left.zone is None) is not (right.zone is None):
        return None
    return DaysDuration(left.instant - right.instant)


def _midnight(date: Date) -> DateTime:
    return DateTime(date, Time(0, 0))


def _times(left: Time, right: Time) -> object:
    if (left.zone is None) is not (right.zone is None):
        return None
    gap = (left.offset or 0) - (right.offset or 0)
    return DaysDuration(left.nanos - right.nanos - gap * NANOS)


_SUBTRACT: Final[dict[tuple[type, type], Binary]] = {
    (Decimal, Decimal): lambda a, b: numbers.finite(numbers.subtract(a, b)),
    (Date, Date): lambda a, b: DaysDuration((a.days - b.days) * _DAY_NANOS),
    (DateTime, DateTime): _between,
    (DateTime, Date): lambda a, b: _between(a, _midnight(b)),
    (Date, DateTime): lambda a, b: _between(_midnight(a), b),
    (Time, Time): _times,
    (DaysDuration, DaysDuration): lambda a, b: DaysDuration(a.nanos - b.nanos),
    (MonthsDuration, MonthsDuration): lambda a, b: MonthsDuration(a.months - b.months),
}
for _left in (Date, DateTime, Time):
    for _right in (DaysDuration, MonthsDuration):
        if (_left, _right) in _ADD:

            def _minus(a: object, b: object, plus: Binary = _ADD[_left, _right]) -> object:
                return plus(a, negate(b))

            _SUBTRACT[_left, _right] = _minus


# -- multiplication, division, power -----------------------------------------------------


def _scaled_days(duration: DaysDuration, factor: Decimal) -> object:
    exact = numbers.CONTEXT.multiply(Decimal(duration.nanos), factor)
    return DaysDuration(int(exact)) if abs(exact) < 10**30 else None


def _scaled_months(duration: MonthsDuration, factor: Decimal) -> object:
    exact = numbers.CONTEXT.multiply(Decimal(duration.months), factor)
    return MonthsDuration(int(exact)) if abs(exact) < 10**12 else None


def _divided(scaled: Binary) -> Binary:
    def divided(duration: object, divisor: Decimal) -> object:
        share = numbers.divide(Decimal(1), divisor)
        return None if share is None else scaled(duration, share)

    return divided


def _days_by(duration: DaysDuration, divisor: Decimal) -> object:
    exact = numbers.divide(Decimal(duration.nanos), divisor)
    return None if exact is None or abs(exact) >= 10**30 else DaysDuration(int(exact))


def _months_by(duration: MonthsDuration, divisor: Decimal) -> object:
    exact = numbers.divide(Decimal(duration.months), divisor)
    return None if exact is None or abs(exact) >= 10**12 else MonthsDuration(int(exact))


_MULTIPLY: Final[dict[tuple[type, type], Binary]] = {
    (Decimal, Decimal): lambda a, b: numbers.finite(numbers.multiply(a, b)),
    (DaysDuration, Decimal): _scaled_days,
    (MonthsDuration, Decimal): _scaled_months,
    (Decimal, DaysDuration): _flip(_scaled_days),
    (Decimal, MonthsDuration): _flip(_scaled_months),
}
_DIVIDE: Final[dict[tuple[type, type], Binary]] = {
    (Decimal, Decimal): numbers.divide,
    (DaysDuration, Decimal): _days_by,
    (MonthsDuration, Decimal): _months_by,
    (DaysDuration, DaysDuration): lambda a, b: numbers.divide(Decimal(a.nanos), Decimal(b.nanos)),
    (MonthsDuration, MonthsDuration): lambda a, b: numbers.divide(
        Decimal(a.months), Decimal(b.months)
    ),
}
_POWER: Final[dict[tuple[type, type], Binary]] = {(Decimal, Decimal): numbers.power}
TABLES: Final = {"+": _ADD, "-": _SUBTRACT, "*": _MULTIPLY, "/": _DIVIDE, "**": _POWER}


def arithmetic(operator: str, left: object, right: object, run: Run) -> object:
    """The result, or null where the types do not meet or the result is out of bounds."""
    function = TABLES[operator].get((type(left), type(right)))
    if function is None:
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            run.made_string(len(left) + len(right))
            return left + right
        return None
    try:
        return function(left, right)
    except (ValueError, OverflowError):
        return None


def negate(value: object) -> object:
    """``-value`` of a number or duration; null otherwise."""
    if isinstance(value, Decimal):
        return numbers.CONTEXT.minus(value)
    if isinstance(value, DaysDuration):
        return DaysDuration(-value.nanos)
    if isinstance(value, MonthsDuration):
        return MonthsDuration(-value.months)
    return None


# -- equality ----------------------------------------------------------------------------


def _same_moment(left: DateTime, right: DateTime) -> bool:
    if (left.zone is None) is not (right.zone is None):
        return False
    return left.instant // NANOS == right.instant // NANOS


def _same_time(left: Time, right: Time) -> bool:
    # By hour, minute, second and offset (Table 54): fractions of a second do not count.
    if left.nanos // NANOS != right.nanos // NANOS:
        return False
    if isinstance(left.zone, str) and isinstance(right.zone, str) and left.zone == right.zone:
        return True
    return left.offset == right.offset


def _same_list(left: list[object], right: list[object]) -> bool:
    charge(1 + len(left))
    return len(left) == len(right) and all(
        equal(a, b) is True for a, b in zip(left, right, strict=True)
    )


def _same_context(left: dict[str, object], right: dict[str, object]) -> bool:
    charge(1 + len(left))
    return left.keys() == right.keys() and all(
        equal(item, right[key]) is True for key, item in left.items()
    )


def _same_range(left: Range, right: Range) -> bool:
    marks = (left.low_closed, left.high_closed, left.operator)
    if marks != (right.low_closed, right.high_closed, right.operator):
        return False
    return equal(left.low, right.low) is True and equal(left.high, right.high) is True


_EQUAL: Final[dict[type, Callable[..., bool]]] = {
    Decimal: lambda a, b: a == b,
    str: lambda a, b: a == b,
    bool: lambda a, b: a is b,
    Date: lambda a, b: a == b,
    Time: _same_time,
    DateTime: _same_moment,
    DaysDuration: lambda a, b: a.nanos == b.nanos,
    MonthsDuration: lambda a, b: a.months == b.months,
    list: _same_list,
    dict: _same_context,
    Range: _same_range,
}


def equal(left: object, right: object) -> bool | None:
    """``=``: false against null, null for values of different types."""
    if left is None or right is None:
        return left is right
    if type(left) is type(right):
        same = _EQUAL.get(type(left))
        return same(left, right) if same is not None else left is right
    if isinstance(left, Callback) and isinstance(right, Callback):
        return False
    return None


# -- order -------------------------------------------------------------------------------


def _moment_order(value: DateTime) -> object:
    return value.instant


def _time_order(value: Time) -> object:
    return value.nanos - (value.offset or 0) * NANOS


_ORDER: Final[dict[type, Callable[..., Any]]] = {
    Decimal: lambda v: v,
    str: lambda v: v,
    Date: lambda v: (v.year, v.month, v.day),
    Time: _time_order,
    DateTime: _moment_order,
    DaysDuration: lambda v: v.nanos,
    MonthsDuration: lambda v: v.months,
}


def _zones_differ(left: object, right: object) -> bool:
    """One is local and the other not: there is no order between them."""
    if isinstance(left, (Time, DateTime)) and isinstance(right, (Time, DateTime)):
        return (left.zone is None) is not (right.zone is None)
    return False


def order(left: object, right: object) -> int | None:
    """-1, 0 or 1; None where there is no order."""
    key = _ORDER.get(type(left))
    if key is None or type(left) is not type(right) or _zones_differ(left, right):
        return None
    a, b = key(left), key(right)
    return 1 if a > b else -1 if a < b else 0


_TESTS: Final[dict[str, Callable[[int], bool]]] = {
    "<": lambda found: found < 0,
    "<=": lambda found: found <= 0,
    ">": lambda found: found > 0,
    ">=": lambda found: found >= 0,
}


def compare(operator: str, left: object, right: object) -> bool | None:
    """Any of the six comparisons."""
    if operator == "=":
        return equal(left, right)
    if operator == "!=":
        same = equal(left, right)
        return None if same is None else not same
    found = order(left, right)
    return None if found is None else _TESTS[operator](found)


# -- ranges and membership ---------------------------------------------------------------


def unary_range(operator: str, operand: object) -> Range | None:
    """``(< 5)`` and its like as a value; null when there is nothing to compare with."""
    if operand is None and operator not in ("=", "!="):
        return None
    if operator in ("<", "<="):
        return Range(None, operand, False, operator == "<=", operator)
    if operator in (">", ">="):
        return Range(operand, None, operator == ">=", False, operator)
    closed = operator == "="
    return Range(operand, operand, closed, closed, operator)


def within(value: object, interval: Range) -> bool | None:
    """Whether the value lies in the range."""
    if interval.operator:
        operand = interval.high if interval.operator[0] == "<" else interval.low
        return compare(interval.operator, value, operand)
    low = compare(">=" if interval.low_closed else ">", value, interval.low)
    high = compare("<=" if interval.high_closed else "<", value, interval.high)
    if low is False or high is False:
        return False
    return True if low and high else None


def member(value: object, candidate: object) -> bool | None:
    """``value in candidate``: in a range, an element of a list (or in one of its ranges), equal."""
    if isinstance(candidate, Range) and not isinstance(value, Range):
        return within(value, candidate)
    if isinstance(candidate, list):
        if isinstance(value, list) and _same_list(value, candidate):
            return True
        return any(_is_item(value, item) for item in candidate)
    return equal(value, candidate)


def _is_item(value: object, item: object) -> bool:
    if isinstance(item, Range) and not isinstance(value, Range):
        return within(value, item) is True
    return equal(value, item) is True


def conjunction(results: list[object]) -> bool | None:
    """Ternary ``and``: false if any is false, true if all are true, null otherwise."""
    if any(result is False for result in results):
        return False
    return True if all(result is True for result in results) else None
