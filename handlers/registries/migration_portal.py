"""The Portal of migration services (migration.enbek.kz): registration and steps, K-7 … K-17.

No interface is published: the JSON contract of `handlers.registries.contract`, services
``register`` and ``update``. The Portal answers a repeated idempotency key with the number of the
first registration.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from pydantic import Field

from engine.handling import Call, handler
from handlers.people.facts import MemberFacts
from handlers.registries.asking import (
    INSIST,
    Command,
    Delivered,
    attempt,
    family,
    keep,
    settings_of,
)
from handlers.registries.base import RegistryFault, Reply, Settings
from handlers.registries.contract import Wire, ask

SYSTEM = "migration_portal"


class Member(Wire):
    """A person of the application."""

    #: IIN; empty until it is issued.
    iin: str
    #: What the person is to the applicant.
    relationship: str


class Registration(Wire):
    """An application to register."""

    #: Case number.
    case_number: str
    #: KATO of the region of origin, its first two digits.
    origin: str
    #: KATO of the region of settlement, its first two digits.
    destination: str
    #: The applicant first.
    members: list[Member]


class Registered(Wire):
    """The Portal's receipt."""

    #: Case number as asked.
    case_number: str
    #: Registration number.
    number: str
    #: When it was registered.
    registered_at: datetime


class Step(Wire):
    """News of an application."""

    #: Case number.
    case_number: str
    #: What happened, e.g. ``signed``, ``returned``, ``move``.
    status: str
    #: What belongs to it; no personal data.
    details: dict[str, str]


class Updated(Wire):
    """The Portal's receipt."""

    #: Case number as asked.
    case_number: str


class Port(Protocol):
    """What the handlers need of the Portal."""

    def register(self, asked: Registration, key: str, at: datetime) -> Reply[Registered]:
        """Register an application, once per key; raises `RegistryFault`."""
        ...

    def update(self, step: Step, key: str, at: datetime) -> Reply[Updated]:
        """Tell what happened; raises `RegistryFault`."""
        ...


class Client:
    """The Portal by the JSON contract."""

    def __init__(self, settings: Settings) -> None:
        """Ask at the addresses that the settings name."""
        self._settings = settings

    def register(self, asked: Registration, key: str, at: datetime) -> Reply[Registered]:
        """Register an application, once per key; `at` is UTC."""
        told = self._settings
        return ask(SYSTEM, asked, Registered, service="register", key=key, at=at, settings=told)

    def update(self, step: Step, key: str, at: datetime) -> Reply[Updated]:
        """Tell what happened; `at` is UTC."""
        told = self._settings
        return ask(SYSTEM, step, Updated, service="update", key=key, at=at, settings=told)


class RegisterCommand(Command):
    """What is registered; the family is read from the records."""

    #: First two digits of the KATO of the region of origin.
    origin: str
    #: First two digits of the KATO of the region of settlement.
    destination: str


class RegisterResult(Delivered):
    """The Portal's receipt."""

    #: Registration number; empty if the Portal was given up on.
    registration_number: str = ""
    #: When it was registered; None likewise.
    registered_at: datetime | None = None


class UpdateCommand(Command):
    """What happened."""

    #: E.g. ``signed``, ``returned``, ``move``.
    status: str
    #: What belongs to it; no personal data.
    details: dict[str, str] = Field(default_factory=dict)


def _members(people: Sequence[MemberFacts]) -> list[Member]:
    return [Member(iin=one.person.iin or "", relationship=one.relationship.value) for one in people]


@handler("registries.migration_portal.register", retry=INSIST)
def register(command: RegisterCommand, call: Call) -> RegisterResult:
    """Register the application in the Portal, with every member's IIN.

    K-7. Registered once, however often the job comes again.
    """
    asked = Registration(
        case_number=call.business_key,
        origin=command.origin,
        destination=command.destination,
        members=_members(family(call)),
    )
    client = Client(settings_of(call))
    reply = attempt(
        call,
        command.patience,
        lambda: client.register(asked, call.idempotency_key, call.now),
    )
    if isinstance(reply, RegistryFault) or reply.value is None:
        outcome = reply.outcome if isinstance(reply, RegistryFault) else "not_found"
        keep(call, SYSTEM, outcome, reply.exchange)
        return RegisterResult(outcome=outcome)
    keep(call, SYSTEM, "found", reply.exchange)
    return RegisterResult(
        outcome="found",
        registration_number=reply.value.number,
        registered_at=reply.value.registered_at,
    )


@handler("registries.migration_portal.update", retry=INSIST)
def update(command: UpdateCommand, call: Call) -> Delivered:
    """Tell the Portal what happened to the application.

    K-8 … K-17: signatures, returns, contact, the move.
    """
    step = Step(case_number=call.business_key, status=command.status, details=command.details)
    client = Client(settings_of(call))
    reply = attempt(
        call, command.patience, lambda: client.update(step, call.idempotency_key, call.now)
    )
    outcome = reply.outcome if isinstance(reply, RegistryFault) else "found"
    return Delivered(outcome=outcome)
