"""The applicant's mobile application: what the offices show there, K-15.

No interface is published: the JSON contract of `handlers.registries.contract`, service ``notify``.
"""

from datetime import datetime

from pydantic import Field

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
from handlers.registries.base import RegistryFault, Reply
from handlers.registries.contract import JsonClient, Personal

SYSTEM = "mobile_app"


class Notice(Personal):
    """What the applicant is shown."""

    #: Case number.
    case_number: str
    #: ``received`` (K-15.1), ``advice`` (K-15.2) or ``unreachable`` (K-14, A-09).
    kind: str
    #: Text; empty where the application has its own for the kind.
    text: str = ""


class Shown(Personal):
    """The application's receipt."""

    #: When it can be seen.
    shown_at: datetime


class Client(JsonClient):
    """The application's server by the JSON contract."""

    system = SYSTEM

    def notify(self, notice: Notice, key: str, at: datetime) -> Reply[Shown]:
        """Show a notice, once per key; `at` is UTC."""
        return self._ask_about(notice, Shown, service="notify", key=key, at=at)


class NotifyCommand(Command):
    """What the applicant is shown."""

    #: ``received``, ``advice`` or ``unreachable``.
    kind: str
    #: Text, without names and numbers of people.
    text: str = ""
    #: Failed attempts after which the case goes on; 0: never.
    patience: int = Field(default=2, ge=0, le=20)


class NotifyResult(Delivered):
    """When it was shown."""

    #: When it can be seen; None if it was not delivered.
    shown_at: datetime | None = None


@handler("registries.mobile_app.notify", retry=INSIST)
def notify(command: NotifyCommand, call: Call) -> NotifyResult:
    """Show the applicant something in the mobile application.

    K-15: that the application was received, and advice on the terms of settling; K-14: that the
    office cannot reach them (A-09). An applicant who does not use the application is ``not_found``.
    """
    applicant = family(call)[0].person
    notice = Notice(
        iin=applicant.iin or "",
        case_number=call.business_key,
        kind=command.kind,
        text=command.text,
    )
    client = Client(settings_of(call))
    reply = attempt(
        call, command.patience, lambda: client.notify(notice, call.idempotency_key, call.now)
    )
    result = _result(reply)
    keep(call, SYSTEM, result.outcome, reply.exchange, applicant.id, source="system")
    return result


def _result(reply: Reply[Shown] | RegistryFault) -> NotifyResult:
    if isinstance(reply, RegistryFault):
        return NotifyResult(outcome=reply.outcome)
    if reply.value is None:
        return NotifyResult(outcome="not_found")
    return NotifyResult(outcome="found", shown_at=reply.value.shown_at)
