"""The Portal of migration services (migration.enbek.kz): registration and news, K-7 … K-19.

The order has the offices work «in the Portal» from K-8 to K-14. Zholdama is the Portal's front
there: checks, signatures, assignment and contact are done and kept here. The Portal is told of the
registration (K-7), of a reworked version before it is signed anew (``reworked``), of the move
(``move``, K-17) and of the draft plan (``plan_draft``, K-19). Should its owner want single
signatures too, each is one more `update` on the diagram.

The JSON contract of `handlers.registries.contract`, services ``register`` and ``update``. The
Portal answers a repeated idempotency key with the number of the first registration.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

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
from handlers.registries.base import RegistryFault, Reply
from handlers.registries.contract import JsonClient, Wire

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
    #: What happened: ``reworked``, ``move``, ``plan_draft``.
    status: str
    #: What belongs to it.
    details: dict[str, str]


class Updated(Wire):
    """The Portal's receipt."""

    #: Case number as asked.
    case_number: str


class Client(JsonClient):
    """The Portal by the JSON contract."""

    system = SYSTEM

    def register(self, asked: Registration, key: str, at: datetime) -> Reply[Registered]:
        """Register an application, once per key; `at` is UTC."""
        return self._ask(asked, Registered, service="register", key=key, at=at)

    def update(self, step: Step, key: str, at: datetime) -> Reply[Updated]:
        """Tell what happened; `at` is UTC."""
        return self._ask(step, Updated, service="update", key=key, at=at)


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

    #: ``reworked``, ``move`` or ``plan_draft``.
    status: str
    #: What belongs to it and may travel in the process; the rest is read (`tells`).
    details: dict[str, str] = Field(default_factory=dict)


#: Reads what belongs to a status, given a session and the case number.
Teller: TypeAlias = Callable[[Any, str], Mapping[str, str]]
_TELLERS: dict[str, Teller] = {}


def tells(status: str) -> Callable[[Teller], Teller]:
    """Register who reads what belongs to a status from the records that own it.

    For what officers wrote: it may name people and does not travel in the process.
    """

    def register_teller(teller: Teller) -> Teller:
        _TELLERS[status] = teller
        return teller

    return register_teller


def _details(command: UpdateCommand, call: Call) -> dict[str, str]:
    teller = _TELLERS.get(command.status)
    if teller is None:
        return command.details
    with call.records() as session:
        return {**teller(session, call.business_key), **command.details}


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
    """Tell the Portal that an application was reworked, a move determined, a plan drafted.

    K-7 after a rework (``reworked``), K-17 (``move``), K-19 (``plan_draft``). Single checks and
    signatures of K-8 … K-14 stay here: see the module.
    """
    details = _details(command, call)
    step = Step(case_number=call.business_key, status=command.status, details=details)
    client = Client(settings_of(call))
    reply = attempt(
        call, command.patience, lambda: client.update(step, call.idempotency_key, call.now)
    )
    outcome = reply.outcome if isinstance(reply, RegistryFault) else "found"
    keep(call, SYSTEM, outcome, reply.exchange)
    return Delivered(outcome=outcome)
