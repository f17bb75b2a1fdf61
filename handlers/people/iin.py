"""The individual identification number (ЖСН, ИИН): twelve digits that say birth and sex.

Structure and check digit: Government Resolution 565 of 11 June 2003. Digits 1–6 are the date of
birth ``YYMMDD``, digit 7 the century and sex, 8–11 a serial, 12 the check digit. Numbers whose
check digit would be 10 after both rounds of weights are never issued.
"""

import re
from dataclasses import dataclass
from datetime import date

from engine.model.text import Text, text

_DIGITS = re.compile(r"[0-9]{12}", re.ASCII)
_FIRST = tuple(range(1, 12))
_SECOND = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)
_CENTURY = {"1": 1800, "2": 1800, "3": 1900, "4": 1900, "5": 2000, "6": 2000}

#: Sexes as the registries write them.
MALE, FEMALE = "male", "female"


@dataclass(frozen=True, kw_only=True)
class Iin:
    """A number that passed all checks."""

    #: The twelve digits.
    value: str
    #: Date of birth; None where digit 7 is 0 and names no century.
    born: date | None
    #: ``male`` or ``female``; empty where digit 7 is 0.
    sex: str


def check_digit(prefix: str) -> int | None:
    """Return the twelfth digit for the first eleven; None if such a number is never issued."""
    digits = [int(char) for char in prefix]
    for weights in (_FIRST, _SECOND):
        rest = sum(digit * weight for digit, weight in zip(digits, weights, strict=True)) % 11
        if rest < 10:
            return rest
    return None


def _born(value: str) -> date | None:
    century = _CENTURY[value[6]]
    try:
        return date(century + int(value[:2]), int(value[2:4]), int(value[4:6]))
    except ValueError:
        return None


def read(value: str) -> Iin | Text:
    """Return the number taken apart, or the sentence that says what is wrong with it."""
    if not _DIGITS.fullmatch(value):
        return text("An IIN has 12 digits.")
    if check_digit(value[:11]) != int(value[11]):
        return text("There is no such IIN: its check digit does not fit.")
    if value[6] == "0":
        return Iin(value=value, born=None, sex="")
    born = _born(value) if value[6] in _CENTURY else None
    if born is None:
        return text("There is no such IIN: its first seven digits are not a date of birth.")
    return Iin(value=value, born=born, sex=MALE if int(value[6]) % 2 else FEMALE)


def against(number: Iin, *, born: date | None, sex: str) -> Text | None:
    """Return what contradicts between a number and the birth date and sex typed beside it."""
    if born and number.born and born != number.born:
        return text("By the IIN the date of birth is {born}.", born=f"{number.born:%d.%m.%Y}")
    if sex and number.sex and sex != number.sex:
        return text("By the IIN the sex is another.")
    return None


def masked(value: str | None) -> str:
    """Return only the last four digits, as pages show it; a dash while there is no number."""
    return f"•••• {value[-4:]}" if value else "—"
