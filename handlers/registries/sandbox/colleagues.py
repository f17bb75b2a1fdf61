"""Invented people who work at offices: the casts of all demos take theirs from here."""

from datetime import date

from handlers.people.iin import FEMALE, MALE
from handlers.registries.sandbox.families import make_iin
from handlers.registries.sandbox.names import MEN, SURNAMES, WOMEN


def colleague(number: int) -> tuple[str, str]:
    """Return name and IIN of somebody who does not exist; up to 1,000 of them share no name."""
    woman = number % 2 == 0
    names = WOMEN if woman else MEN
    # The second time round the surnames, other first names: no two people are called the same.
    first = names[(number * 5 + number // len(SURNAMES)) % len(names)]
    born = date(1975 + number % 20, 1 + number % 12, 1 + number % 28)
    name = f"{SURNAMES[(number * 11 + 3) % len(SURNAMES)]} {first}"
    return name, make_iin(born, FEMALE if woman else MALE, 7000 + number)
