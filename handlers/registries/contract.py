"""The JSON contract for systems whose interface was not published.

Civil registry (АХАЖ), guardianship (Е-қамқоршылық), the Supreme Court, the family card (ОЦК), the
Portal, the mobile application, the labour exchange and the labour market have no public description
(`domain.md` §6.2). Until their owners hand one over, they are asked like this:

``POST <address>/<service>``, ``Content-Type: application/json``, headers ``X-Correlation-Id``
(message id), ``Idempotency-Key`` (the same for every attempt), ``X-Signature`` (detached,
`engine.signing.detached`)::

    {"messageId": "…", "messageDate": "2026-09-07T06:30:00+00:00", "sender": "…",
     "service": "acts", "data": {…}}

Answer, status 200, with its own ``X-Signature`` over the body::

    {"messageId": "…", "correlationId": "<our messageId>", "responseDate": "…",
     "status": {"code": "FOUND" | "NOT_FOUND" | "ACCEPTED" | …, "message": "…"}, "data": {…}}

Any other code is a refusal; 5xx and 429 mean "later".
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from engine.errors import SignatureRefused
from engine.signing import detached
from handlers.registries.base import GATEWAY_BIN, Client, Outcome, RegistryFault, Reply, Settings
from handlers.registries.transport import Response, post

SIGNATURE = "X-Signature"
FOUND, NOT_FOUND, ACCEPTED = "FOUND", "NOT_FOUND", "ACCEPTED"


class Wire(BaseModel):
    """Base of what is sent and received: camelCase names, unknown ones left out."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")


class Status(Wire):
    """How the system answers."""

    code: str
    message: str = ""


class Request(Wire):
    """The frame of a question."""

    message_id: str
    message_date: datetime
    sender: str
    service: str
    data: dict[str, Any]


class Answer(Wire):
    """The frame of an answer."""

    message_id: str
    correlation_id: str
    response_date: datetime
    status: Status
    data: dict[str, Any] = {}


class Personal(Wire):
    """A question or an answer about one person."""

    #: IIN of the person it is about.
    iin: str


DataT = TypeVar("DataT", bound=Wire)
PersonalT = TypeVar("PersonalT", bound=Personal)


def message_id(key: str) -> str:
    """Return the message id for an idempotency key: a UUID, the same for every attempt."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, key))


def headers(body: bytes, label: str, settings: Settings, at: datetime) -> Mapping[str, str]:
    """Return the headers of a question."""
    return {
        "Content-Type": "application/json; charset=utf-8",
        "X-Correlation-Id": label,
        "Idempotency-Key": label,
        SIGNATURE: detached.sign(body, settings.identity(at)),
    }


class JsonClient(Client):
    """A system that is asked by the JSON contract."""

    #: Its name, in addresses and in the log of answers.
    system: ClassVar[str]

    def _ask(
        self, asked: Wire, gives: type[DataT], *, service: str, key: str, at: datetime
    ) -> Reply[DataT]:
        """Ask one question; `key` is the idempotency key, `at` the moment (UTC).

        Raises `RegistryFault` for everything but a readable, signed answer to this very question.
        """
        told, label = self._settings, message_id(key)
        frame = Request(
            message_id=label,
            message_date=at,
            sender=told.text("sender", "ZHOLDAMA"),
            service=service,
            data=asked.model_dump(mode="json", by_alias=True),
        )
        body, url = frame.model_dump_json(by_alias=True).encode(), told.url(self.system)
        to = f"{url}/{service}" if url else ""
        response = post(to, body, headers(body, label, told, at), told.timeout)
        answer = _checked(response, label, told, at)
        if answer.status.code == NOT_FOUND:
            return Reply(value=None, exchange=response.exchange)
        return Reply(value=_data(answer, gives, response), exchange=response.exchange)

    def _ask_about(
        self, asked: Personal, gives: type[PersonalT], *, service: str, key: str, at: datetime
    ) -> Reply[PersonalT]:
        """Ask about one person; an answer about somebody else is refused (`RegistryFault`)."""
        reply = self._ask(asked, gives, service=service, key=key, at=at)
        if reply.value is not None and reply.value.iin != asked.iin:
            raise RegistryFault(Outcome.OTHER_PERSON, reply.exchange)
        return reply


def _checked(response: Response, label: str, settings: Settings, at: datetime) -> Answer:
    """Return the answer if its signature, form, question and status hold, in this order."""
    if response.status != 200:
        later = response.status >= 500
        raise RegistryFault(Outcome.UNAVAILABLE if later else Outcome.REFUSED, response.exchange)
    token = response.headers.get(SIGNATURE.lower(), "")
    try:
        signer = detached.verify(response.body, token, settings.trust(at), at)
        if signer.bin != settings.text("gateway_bin", GATEWAY_BIN):
            raise RegistryFault(Outcome.WRONG_SIGNATURE, response.exchange)
        answer = Answer.model_validate_json(response.body)
    except SignatureRefused as error:
        raise RegistryFault(Outcome.WRONG_SIGNATURE, response.exchange) from error
    except ValidationError as error:
        raise RegistryFault(Outcome.MALFORMED, response.exchange) from error
    if answer.correlation_id != label:
        raise RegistryFault(Outcome.OTHER_PERSON, response.exchange)
    if answer.status.code not in {FOUND, NOT_FOUND, ACCEPTED}:
        raise RegistryFault(Outcome.REFUSED, response.exchange)
    return answer


def _data(answer: Answer, gives: type[DataT], response: Response) -> DataT:
    try:
        return gives.model_validate(answer.data)
    except ValidationError as error:
        raise RegistryFault(Outcome.MALFORMED, response.exchange) from error
