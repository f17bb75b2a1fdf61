"""Offices and officers of a demo. Nobody exists."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from engine.model.numbers import check_digit
from engine.model.people import Candidate


@dataclass(frozen=True, kw_only=True)
class Office:
    """An organisation of the demo."""

    #: Code.
    code: str
    #: Kind.
    kind: str
    #: Region, first two digits of the KATO; empty: the whole country.
    region: str
    #: Names by language.
    names: Mapping[str, str]
    #: BIN, synthetic.
    bin: str


@dataclass(frozen=True, kw_only=True)
class Officer:
    """A person of the demo."""

    #: Login, e.g. ``mc47-head``.
    login: str
    #: Full name; may be empty where another cast names the same login.
    name: str = ""
    #: IIN, synthetic.
    iin: str = ""
    #: Roles.
    memberships: tuple[Candidate, ...]


def make_bin(serial: int) -> str:
    """Return a valid BIN of a resident organisation; nobody's."""
    while True:
        prefix = f"240340{serial:05d}"
        digit = check_digit(prefix)
        if digit is not None:
            return f"{prefix}{digit}"
        serial += 1


def merged(officers: Iterable[Officer]) -> list[Officer]:
    """Return the officers, each login once: a second cast gives a person further roles."""
    found: dict[str, Officer] = {}
    for one in officers:
        held = found.get(one.login)
        if held is None:
            found[one.login] = one
        else:
            roles = tuple(dict.fromkeys((*held.memberships, *one.memberships)))
            found[one.login] = replace(
                held, name=held.name or one.name, iin=held.iin or one.iin, memberships=roles
            )
    return list(found.values())
