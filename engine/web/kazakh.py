"""Kazakh case endings after numerals: vowel harmony, read off the last spoken word of the number.

``18:00-ге дейін``, ``16:30-ға дейін``, ``14:05-тен бері``, ``14:40-та``: what is said last decides,
and ``:00`` is said *нөл нөл*.
"""

from datetime import time
from enum import Enum


class Case(Enum):
    """The endings wanted: (soft voiced, soft voiceless, soft nasal, hard voiced, …)."""

    #: To: -ға, -ге, -қа, -ке.
    DATIVE = ("ге", "ке", "ге", "ға", "қа", "ға")
    #: At: -да, -де, -та, -те.
    LOCATIVE = ("де", "те", "де", "да", "та", "да")
    #: From: -дан, -ден, -тан, -тен, -нан, -нен.
    ABLATIVE = ("ден", "тен", "нен", "дан", "тан", "нан")


_SOFT_VOICED, _SOFT_VOICELESS, _SOFT_NASAL, _HARD_VOICED, _HARD_VOICELESS, _HARD_NASAL = range(6)

#: бір екі үш төрт бес алты жеті сегіз тоғыз, and нөл.
_ONES = {
    0: _SOFT_VOICED,
    1: _SOFT_VOICED,
    2: _SOFT_VOICED,
    3: _SOFT_VOICELESS,
    4: _SOFT_VOICELESS,
    5: _SOFT_VOICELESS,
    6: _HARD_VOICED,
    7: _SOFT_VOICED,
    8: _SOFT_VOICED,
    9: _HARD_VOICED,
}
#: он жиырма отыз қырық елу алпыс жетпіс сексен тоқсан.
_TENS = {
    1: _HARD_NASAL,
    2: _HARD_VOICED,
    3: _HARD_VOICED,
    4: _HARD_VOICELESS,
    5: _SOFT_VOICED,
    6: _HARD_VOICELESS,
    7: _SOFT_VOICELESS,
    8: _SOFT_NASAL,
    9: _HARD_NASAL,
}


def _sound(number: int) -> int:
    """Return how the last spoken word of a number sounds."""
    if number % 10 or number == 0:
        return _ONES[number % 10]
    if number % 100:
        return _TENS[number // 10 % 10]
    return _SOFT_VOICED if number % 1000 else _HARD_NASAL  # жүз, мың


def number_with(number: int, case: Case) -> str:
    """Return the number with its ending: ``2-ге``, ``10-нан``, ``40-та``."""
    return f"{number}-{case.value[_sound(number)]}"


def time_with(moment: time, case: Case) -> str:
    """Return a time of day with its ending: ``18:00-ге``, ``16:30-ға``."""
    return f"{moment:%H:%M}-{case.value[_sound(moment.minute)]}"
