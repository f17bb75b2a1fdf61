"""The gateway's synchronous message (``SyncChannel/v10``), as `domain.md` §6.1 reconstructs it.

Children are unqualified; tags are read by local name, because generations of the gateway differ in
their namespaces. The Body is signed both ways (`engine.signing.soap`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from engine import xml
from engine.errors import SignatureRefused, XmlRefused
from engine.signing import soap as security
from handlers.registries.base import GATEWAY_BIN, Outcome, RegistryFault, Settings
from handlers.registries.transport import Response, post

TYPES = "http://bip.bee.kz/SyncChannel/v10/Types"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
#: Status code of a message that was processed.
PROCESSED = "SCSS001"


def tag(name: str, *content: str, **attributes: str) -> str:
    """Write an element around markup that is already escaped."""
    told = "".join(
        f' {key.replace("__", ":")}="{escape(value, {chr(34): "&quot;"})}"'
        for key, value in attributes.items()
    )
    return f"<{name}{told}>{''.join(content)}</{name}>"


def fields(values: Mapping[str, str]) -> str:
    """Write elements with text, in their order; empty ones are left out."""
    return "".join(tag(name, escape(value)) for name, value in values.items() if value)


def envelope(content: str, label: str) -> bytes:
    """Write an envelope with an empty header around a body's content."""
    return (
        f'<soapenv:Envelope xmlns:soapenv="{security.ENVELOPE}" xmlns:xsi="{XSI}"><soapenv:Header/>'
        f'<soapenv:Body xmlns:wsu="{security.WSU}" wsu:Id="id-{escape(label)}">{content}'
        "</soapenv:Body></soapenv:Envelope>"
    ).encode()


def request(data: str, *, label: str, service: str, sender: str, at: datetime) -> bytes:
    """Write ``SendMessage`` around the service's own data (markup)."""
    about = fields(
        {
            "messageId": label,
            "correlationId": label,
            "serviceId": service,
            "messageDate": at.isoformat(),
        }
    ) + tag("sender", fields({"senderId": sender}))
    whole = tag("request", tag("requestInfo", about), tag("requestData", data), xmlns="")
    return envelope(f'<typ:SendMessage xmlns:typ="{TYPES}">{whole}</typ:SendMessage>', label)


def child(node: Any, *path: str) -> Any | None:
    """Return the element at a path of local names; None if it is not there."""
    for name in path:
        node = next((found for found in node if xml.local(found) == name), None)
        if node is None:
            return None
    return node


def value(node: Any, *path: str) -> str:
    """Return the text at a path of local names; empty if it is not there."""
    found = child(node, *path)
    return (found.text or "").strip() if found is not None else ""


def send(
    system: str, envelope_: bytes, *, label: str, at: datetime, settings: Settings
) -> tuple[Any, Response]:
    """Sign and send a message; return ``responseData`` of the answer, verified.

    Raises `RegistryFault`: also for a SOAP fault, a status other than processed, an answer to
    another message.
    """
    signed = security.sign(envelope_, settings.identity(at))
    headers = {
        "Content-Type": "text/xml; charset=utf-8",
        "SOAPAction": '""',
        "X-Correlation-Id": label,
        "Idempotency-Key": label,
    }
    response = post(settings.url(system), signed, headers, settings.timeout)
    body = _body(response, settings, at)
    answer = child(body, "SendMessageResponse", "response")
    if answer is None:
        raise RegistryFault(Outcome.MALFORMED, response.exchange)
    _check_info(answer, label, response)
    data = child(answer, "responseData", "data")
    if data is None:
        raise RegistryFault(Outcome.MALFORMED, response.exchange)
    return data, response


def _body(response: Response, settings: Settings, at: datetime) -> Any:
    try:
        # Faults often come unsigned. Believing a forged one costs no more than a lost line would.
        if child(xml.parse(response.body), "Body", "Fault") is not None:
            raise RegistryFault(Outcome.REFUSED, response.exchange)
        body, signer = security.verify(response.body, settings.trust(at), at)
    except XmlRefused as error:
        outcome = Outcome.UNAVAILABLE if response.status >= 500 else Outcome.MALFORMED
        raise RegistryFault(outcome, response.exchange) from error
    except SignatureRefused as error:
        raise RegistryFault(Outcome.WRONG_SIGNATURE, response.exchange) from error
    if signer.bin != settings.text("gateway_bin", GATEWAY_BIN):
        raise RegistryFault(Outcome.WRONG_SIGNATURE, response.exchange)
    return body


def _check_info(answer: Any, label: str, response: Response) -> None:
    if value(answer, "responseInfo", "correlationId") != label:
        raise RegistryFault(Outcome.OTHER_PERSON, response.exchange)
    if value(answer, "responseInfo", "status", "code") != PROCESSED:
        raise RegistryFault(Outcome.REFUSED, response.exchange)
