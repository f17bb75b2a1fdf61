"""What an IIN (ЖСН, ИИН) says of a person beyond its check digit, and how it is shown.

Digit 7 is century and sex: odd male, even female; 0 says neither. The number itself is checked by
`engine.model.numbers`.
"""

from datetime import date

from engine.model.numbers import born, check_digit
from engine.model.text import Text, text

__all__ = ["FEMALE", "MALE", "against", "born", "check_digit", "masked", "sex"]

#: Sexes as the registries write them.
MALE, FEMALE = "male", "female"


def sex(iin: str) -> str:
    """Return ``male`` or ``female``; empty where digit 7 is 0."""
    if iin[6] == "0":
        return ""
    return MALE if int(iin[6]) % 2 else FEMALE


def against(iin: str, *, birth: date | None, said: str) -> Text | None:
    """Return what contradicts between a number and the birth date and sex typed beside it."""
    known = born(iin)
    if birth and known and birth != known:
        return text("By the IIN the date of birth is {born}.", born=f"{known:%d.%m.%Y}")
    if said and sex(iin) and said != sex(iin):
        return text("By the IIN the sex is another.")
    return None


def masked(iin: str | None) -> str:
    """Return only the last four digits, as pages show it; a dash while there is no number."""
    return f"•••• {iin[-4:]}" if iin else "—"
