"""Printed forms of order 170: the order's own text; `*.typ` says what had to be repaired."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from engine.paper import pdf
from handlers.people.facts import ANNEX_2, KAZAKHSTAN, MemberFacts, PersonFacts

TEMPLATE = Path(__file__).with_name("application.typ")
ZONE = ZoneInfo("Asia/Almaty")


@dataclass(frozen=True, kw_only=True)
class Received:
    """Who took the application."""

    #: Surname, name and patronymic.
    name: str
    #: Position, Kazakh.
    position: str
    #: On which day.
    on: date


@dataclass(frozen=True, kw_only=True)
class Signed:
    """An electronic signature under the application."""

    #: Surname, name and patronymic of the officer.
    name: str
    #: Office, Kazakh.
    office: str
    #: When (UTC).
    at: datetime
    #: Serial number of the certificate.
    serial: str


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What the paper says of the electronic document it was printed from."""

    #: Case number.
    number: str
    #: Version of the application, from 1.
    version: int
    #: SHA-256 of its content, hexadecimal.
    digest: str
    #: Surname, name and patronymic of the applicant.
    applicant: str
    #: Signatures that stand, in their order.
    signatures: Sequence[Signed] = ()


def application(
    members: Sequence[MemberFacts],
    *,
    at: datetime,
    signed_on: date | None = None,
    received: Received | None = None,
    mark: Mark | None = None,
) -> bytes:
    """Return annex 2 as PDF/A, the family filled in; blank lines where nothing is known.

    Only members who are not citizens of Kazakhstan are listed, as the form's heading says (A-22).
    `at` (UTC) is the moment of printing.
    """
    data = {
        "members": [[_said(one.person) for one in _group(members, kinds)] for kinds in ANNEX_2],
        "signed_on": signed_on,
        "received": asdict(received) if received else None,
        "mark": _mark(mark) if mark else None,
    }
    return pdf(TEMPLATE, data, at=at)


def _group(members: Sequence[MemberFacts], kinds: Sequence[object]) -> list[MemberFacts]:
    return [
        one for one in members if one.relationship in kinds and one.person.citizenship != KAZAKHSTAN
    ]


def _said(person: PersonFacts) -> str:
    return f"{person.full_name}, {person.born:%d.%m.%Y}" if person.born else person.full_name


def _mark(mark: Mark) -> dict[str, object]:
    signatures = [
        asdict(one) | {"at": f"{one.at.astimezone(ZONE):%d.%m.%Y %H:%M}"} for one in mark.signatures
    ]
    return asdict(mark) | {"signatures": signatures}
