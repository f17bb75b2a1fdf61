"""Who works in a rehearsal: the offices of an installation with people who do not exist."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from engine.demo import Office, Officer
from engine.model.numbers import check_digit
from engine.model.people import ANALYST, Candidate

#: Surnames and first names; together 225 people.
_SURNAMES = (
    "Алтынбек", "Бейсен", "Дүйсен", "Ерғали", "Жанұзақ", "Қалибек", "Мұқаш", "Нұртаза",
    "Омархан", "Рысбай", "Сапар", "Тілеу", "Шарип", "Ықылас", "Әлімжан",
)  # fmt: skip
_NAMES = (
    "Айбек", "Әсел", "Болат", "Гүлнар", "Дәурен", "Жанна", "Ерлан", "Зәуре",
    "Қанат", "Ләззат", "Марат", "Назгүл", "Олжас", "Роза", "Санжар",
)  # fmt: skip
#: How many people at most have exactly the same roles: enough for work that two must do.
ALIKE = 2
#: Settings of the installation itself, by the beginning of their names: not a rehearsal's.
_OWN = ("schema.", "calendar.", "clock.", "demo", "bench", "cluster.", "rehearsal.")


@dataclass(frozen=True, kw_only=True)
class Furniture:
    """What a rehearsal's installation is filled with."""

    #: Organisations.
    offices: Sequence[Office]
    #: People, invented.
    officers: Sequence[Officer]
    #: Exceptions of the working calendar: date, works or not, source, note. Empty: seeded.
    days: Sequence[tuple[date, bool, str, str]] = ()
    #: Settings kept in the database.
    settings: Mapping[str, str] = field(default_factory=dict)


def invented(held: Iterable[Sequence[Candidate]], first: int = 1) -> Iterator[Officer]:
    """Yield somebody who does not exist for each set of roles; of each set `ALIKE` at most.

    Nobody is an analyst: what is rehearsed is the process, not the workshop.
    """
    seen: dict[tuple[Candidate, ...], int] = {}
    number = first
    for roles in held:
        kept = tuple(one for one in roles if one.role != ANALYST)
        seen[kept] = seen.get(kept, 0) + 1
        if kept and seen[kept] <= ALIKE:
            yield officer(number, kept)
            number += 1


def officer(number: int, roles: Sequence[Candidate]) -> Officer:
    """Return somebody who does not exist."""
    first = _NAMES[(number * 4) % len(_NAMES)]
    name = f"{_SURNAMES[(number * 7 + number // len(_NAMES)) % len(_SURNAMES)]} {first}"
    return Officer(
        login=f"rehearsal-{number}", name=name, iin=_iin(number), memberships=tuple(roles)
    )


def _iin(number: int) -> str:
    born = date(1970, 1, 1) + timedelta(days=37 * number % 9000)
    serial = number
    while True:
        eleven = f"{born:%y%m%d}{3 + serial % 2}{serial % 10000:04d}"
        digit = check_digit(eleven)
        if digit is not None:
            return f"{eleven}{digit}"
        serial += 1


def copied(uow: Any) -> Furniture:
    """Return offices, roles, calendar and settings of an installation: nothing of its people."""
    offices = [
        Office(code=row.code, kind=row.kind, region=row.region, names=row.names, bin=row.bin)
        for row in uow.organisations.all()
    ]
    days = [(row.day, row.working, row.source, row.note) for row in uow.calendar.days()]
    kept = {name: value for name, value in uow.settings.all().items() if not name.startswith(_OWN)}
    officers = tuple(invented(uow.accounts.held()))
    return Furniture(offices=offices, officers=officers, days=days, settings=kept)
