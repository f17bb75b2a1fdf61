"""The labour market system («Еңбек нарығы» ААЖ): drafts of decisions on unemployment, K-18.

No interface is published: the JSON contract of `handlers.registries.contract`, service
``decision``: the text of the draft, its version, and the XML with the director's signature, so that
the system can check who signed what. Whoever keeps decisions names, with `decisions_from`, where
they are read; this package knows no domain.
"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import Field, field_validator

from engine.errors import NotFound
from engine.handling import Call, handler
from engine.model.text import text
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
from handlers.registries.contract import JsonClient, Personal

SYSTEM = "labour_market"


class Draft(Personal):
    """A draft of the decision to register a kandas as unemployed."""

    #: Case number.
    case_number: str
    #: Why: no suitable job in time, or the offered one refused.
    reason: Literal["no_job", "refusal"]
    #: Text of the draft.
    text: str = Field(min_length=1)
    #: Version of the draft, from 1.
    version: int = Field(ge=1)
    #: The draft as XML with the director's signature (XMLDSig), base64.
    signed: str = Field(min_length=1)
    #: Organisation that sends it, e.g. a career centre's code.
    sender: str = ""

    @field_validator("signed")
    @classmethod
    def _is_base64(cls, said: str) -> str:
        try:
            base64.b64decode(said, validate=True)
        except binascii.Error as error:
            raise ValueError("not base64") from error
        return said


class Accepted(Personal):
    """The system's receipt."""

    #: Number of the draft.
    number: str
    #: When it was accepted.
    accepted_at: datetime


class Client(JsonClient):
    """The system by the JSON contract."""

    system = SYSTEM

    def decision(self, draft: Draft, key: str, at: datetime) -> Reply[Accepted]:
        """Hand in a draft, once per key; `at` is UTC."""
        return self._ask_about(draft, Accepted, service="decision", key=key, at=at)


@dataclass(frozen=True, kw_only=True)
class SignedDecision:
    """A draft decision as it was signed."""

    #: Text.
    said: str
    #: Version, from 1.
    version: int
    #: The signed XML, byte for byte.
    document: bytes


#: Reads a case's signed decision: session, instance id, case number; None if nobody has signed.
Source = Callable[[Any, str, str], SignedDecision | None]
_sources: list[Source] = []


def decisions_from(read: Source) -> Source:
    """Name where signed decisions are read; the last one named counts."""
    _sources.append(read)
    return read


def _decision(call: Call) -> SignedDecision:
    """Read the decision; the session is closed before anybody is told (law 2)."""
    with call.records() as session:
        found = _sources[-1](session, call.instance, call.business_key) if _sources else None
    if found is None:
        raise NotFound(text("The case has no decision signed by the director."))
    return found


class DecisionCommand(Command):
    """Why and from whom; the kandas and the signed draft are read from the records."""

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

    K-18: text, version and the XML with the director's signature. Handed in once, however often
    the job comes again. Without a signature that stands nothing is sent: `NotFound`.
    """
    applicant, drafted = family(call)[0].person, _decision(call)
    draft = Draft(
        iin=applicant.iin or "",
        case_number=call.business_key,
        reason=command.reason,
        text=drafted.said,
        version=drafted.version,
        signed=base64.b64encode(drafted.document).decode(),
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
