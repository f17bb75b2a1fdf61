"""The labour market system («Еңбек нарығы» ААЖ): drafts of decisions on unemployment, K-18.

No interface is published: the JSON contract of `handlers.registries.contract`, service
``decision``.
"""

from datetime import datetime
from typing import Literal, Protocol

from engine.handling import Call, handler
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
from handlers.registries.contract import Wire, ask, same_person

SYSTEM = "labour_market"


class Draft(Wire):
    """A draft of the decision to register a kandas as unemployed."""

    #: IIN of the kandas.
    iin: str
    #: Case number.
    case_number: str
    #: Why: no suitable job in time, or the offered one refused.
    reason: Literal["no_job", "refusal"]
    #: Organisation that sends it, e.g. a career centre's code.
    sender: str = ""


class Accepted(Wire):
    """The system's receipt."""

    #: IIN of the kandas.
    iin: str
    #: Number of the draft.
    number: str
    #: When it was accepted.
    accepted_at: datetime


class Port(Protocol):
    """What the handlers need of the system."""

    def decision(self, draft: Draft, key: str, at: datetime) -> Reply[Accepted]:
        """Hand in a draft, once per key; raises `RegistryFault`."""
        ...


class Client:
    """The system by the JSON contract."""

    def __init__(self, settings: Settings) -> None:
        """Ask at the addresses that the settings name."""
        self._settings = settings

    def decision(self, draft: Draft, key: str, at: datetime) -> Reply[Accepted]:
        """Hand in a draft, once per key; `at` is UTC."""
        told = self._settings
        reply = ask(SYSTEM, draft, Accepted, service="decision", key=key, at=at, settings=told)
        if reply.value is not None:
            same_person(draft.iin, reply.value.iin, reply)
        return reply


class DecisionCommand(Command):
    """The signed draft; the kandas is read from the records."""

    #: Why.
    reason: Literal["no_job", "refusal"]
    #: Organisation that sends it.
    organisation: str = ""


class DecisionResult(Delivered):
    """The system's receipt."""

    #: Number of the draft; empty if the system was given up on.
    number: str = ""
    #: When it was accepted; None likewise.
    accepted_at: datetime | None = None


@handler("registries.labour_market.decision", retry=INSIST)
def decision(command: DecisionCommand, call: Call) -> DecisionResult:
    """Send the signed draft of the decision to register the kandas as unemployed.

    K-18. Handed in once, however often the job comes again.
    """
    applicant = family(call)[0].person
    draft = Draft(
        iin=applicant.iin or "",
        case_number=call.business_key,
        reason=command.reason,
        sender=command.organisation,
    )
    client = Client(settings_of(call))
    reply = attempt(
        call, command.patience, lambda: client.decision(draft, call.idempotency_key, call.now)
    )
    if isinstance(reply, RegistryFault) or reply.value is None:
        outcome = reply.outcome if isinstance(reply, RegistryFault) else "not_found"
        keep(call, SYSTEM, outcome, reply.exchange, applicant.id)
        return DecisionResult(outcome=outcome)
    keep(call, SYSTEM, "found", reply.exchange, applicant.id)
    return DecisionResult(
        outcome="found", number=reply.value.number, accepted_at=reply.value.accepted_at
    )
