"""IIN and BIN: twelve digits of a person or an organisation, the last one a check digit.

IIN: ``YYMMDD`` of birth, a digit for century and sex, four of serial, the check digit. BIN:
``YYMM`` of registration, a digit for the type, one for its part, five of serial, the check digit.
The algorithm is that of Government Resolution 565 of 11 June 2003 (weights 1…11, then 3…11, 1, 2).
"""

import re
from datetime import date

from engine.model.text import Text, text

_DIGITS = re.compile(r"[0-9]{12}", re.ASCII)
_FIRST = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
_SECOND = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)
#: Seventh digit → first year of the century. Numbers with 0 there tell no birthday.
_CENTURIES = {1: 1800, 2: 1800, 3: 1900, 4: 1900, 5: 2000, 6: 2000}
#: Fifth digit of a BIN: resident, non-resident, joint individual entrepreneur.
_TYPES = "456"
#: Sixth digit of a BIN: head, branch, representative office, farm.
_PARTS = "0123"


def check_digit(eleven: str) -> int | None:
    """Return the twelfth digit for the first eleven; None if no such number is issued."""
    digits = [int(digit) for digit in eleven]
    for weights in (_FIRST, _SECOND):
        remainder = sum(digit * weight for digit, weight in zip(digits, weights, strict=True)) % 11
        if remainder < 10:
            return remainder
    return None


def born(iin: str) -> date | None:
    """Return the birthday in an IIN; None if it has none (seventh digit 0, or no such day)."""
    century = _CENTURIES.get(int(iin[6]))
    return None if century is None else _day(iin, century)


def _day(iin: str, century: int) -> date | None:
    try:
        return date(century + int(iin[:2]), int(iin[2:4]), int(iin[4:6]))
    except ValueError:
        return None


def _has_day(iin: str) -> bool:
    if iin[6] == "0":
        return any(_day(iin, century) for century in (1900, 2000))
    return born(iin) is not None


def iin_problem(number: str) -> Text | None:
    """Say what is wrong with an IIN; None if it may exist."""
    if not _DIGITS.fullmatch(number):
        return text("An IIN has 12 digits")
    if not _has_day(number):
        return text("This IIN is mistyped: it holds no such date of birth")
    if check_digit(number[:11]) != int(number[11]):
        return text("This IIN is mistyped: its last digit does not fit the others")
    return None


def bin_problem(number: str) -> Text | None:
    """Say what is wrong with a BIN; None if it may exist."""
    if not _DIGITS.fullmatch(number):
        return text("A BIN has 12 digits")
    month = 1 <= int(number[2:4]) <= 12
    if not (month and number[4] in _TYPES and number[5] in _PARTS):
        return text("This BIN is mistyped: digits 3 to 6 do not belong to an organisation")
    if check_digit(number[:11]) != int(number[11]):
        return text("This BIN is mistyped: its last digit does not fit the others")
    return None


def is_iin(number: str) -> bool:
    """Tell whether this may be the IIN of a person."""
    return iin_problem(number) is None


def is_bin(number: str) -> bool:
    """Tell whether this may be the BIN of an organisation."""
    return bin_problem(number) is None
