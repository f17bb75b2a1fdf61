"""Signatures of messages: WS-Security over a SOAP Body, detached over a JSON body."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from engine import xml
from engine.errors import SignatureRefused
from engine.signing import Authority, Identity, certificates, detached, enveloped, soap

AT = datetime(2026, 9, 7, 6, 30, tzinfo=UTC)
BIN = "240140000011"
ENVELOPE = (
    f'<s:Envelope xmlns:s="{soap.ENVELOPE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    f'<s:Header/><s:Body xmlns:wsu="{soap.WSU}" wsu:Id="id-1"><t:SendMessage xmlns:t="urn:t">'
    '<request xmlns=""><data xsi:type="Request">Қабылбек</data></request></t:SendMessage></s:Body>'
    "</s:Envelope>"
).encode()
JSON = '{"messageId": "m-1", "surname": "Қабылбек"}'.encode()


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def gateway(directory: Path) -> Identity:
    return Authority(directory).system(BIN, "Gateway", AT)


@pytest.fixture(scope="module")
def trust(directory: Path) -> list[x509.Certificate]:
    return Authority(directory).trust(AT)


@pytest.fixture(scope="module")
def signed(gateway: Identity) -> bytes:
    return soap.sign(ENVELOPE, gateway)


def refusal(signed: bytes, trust: list[x509.Certificate], at: datetime = AT) -> str:
    with pytest.raises(SignatureRefused) as refused:
        soap.verify(signed, trust, at)
    return refused.value.text.msgid


def test_a_signed_body_is_returned_with_its_signer(
    signed: bytes, trust: list[x509.Certificate]
) -> None:
    body, certificate = soap.verify(signed, trust, AT)
    assert certificate.bin == BIN
    assert "".join(body.itertext()) == "Қабылбек"


def test_the_header_is_the_gateways(signed: bytes) -> None:
    security = xml.parse(signed)[0][0]
    assert security.tag == f"{{{soap.WSSE}}}Security"
    assert security.get(f"{{{soap.ENVELOPE}}}mustUnderstand") == "1"
    text = signed.decode()
    assert text.count("http://www.w3.org/2001/10/xml-exc-c14n#") == 2
    assert f'ValueType="{soap.X509V3}"' in text
    assert 'URI="#id-1"' in text


def test_a_changed_body_is_refused(signed: bytes, trust: list[x509.Certificate]) -> None:
    changed = signed.replace("Қабылбек".encode(), "Мұқаш".encode())
    assert refusal(changed, trust) == enveloped.BROKEN


def test_a_message_without_signature_is_refused(trust: list[x509.Certificate]) -> None:
    assert refusal(ENVELOPE, trust) == enveloped.UNSIGNED
    assert refusal(b"<a/>", trust) == enveloped.SHAPE
    assert refusal(b"<a", trust) == enveloped.NOT_XML


def test_a_foreign_and_an_expired_certificate_are_refused(
    tmp_path: Path, signed: bytes, trust: list[x509.Certificate]
) -> None:
    foreign = soap.sign(ENVELOPE, Authority(tmp_path).system(BIN, "Gateway", AT))
    assert refusal(foreign, trust) == certificates.UNTRUSTED
    assert refusal(signed, trust, AT + timedelta(days=400)) == certificates.EXPIRED


def test_a_wrapped_body_is_refused(signed: bytes, trust: list[x509.Certificate]) -> None:
    """The signed Body is moved into the header, a forged one takes its place."""
    root = xml.parse(signed)
    moved = root[1]
    forged = xml.parse(xml.to_bytes(moved).replace("Қабылбек".encode(), "Мұқаш".encode()))
    forged.set(f"{{{soap.WSU}}}Id", "id-2")
    root.replace(moved, forged)
    root[0].append(moved)
    assert refusal(xml.to_bytes(root), trust) == enveloped.SHAPE
    forged.set(f"{{{soap.WSU}}}Id", "id-1")
    assert refusal(xml.to_bytes(root), trust) == enveloped.BROKEN


def test_two_bodies_are_refused(signed: bytes, trust: list[x509.Certificate]) -> None:
    start = signed.index(b"<s:Body")
    end = signed.index(b"</s:Body>") + 9
    doubled = signed[:end] + signed[start:end] + signed[end:]
    assert refusal(doubled, trust) == enveloped.SHAPE


def test_sha1_is_refused(signed: bytes, trust: list[x509.Certificate]) -> None:
    weak = signed.replace(b"2001/04/xmldsig-more#rsa-sha256", b"2000/09/xmldsig#rsa-sha1")
    assert refusal(weak, trust) == enveloped.WEAK


def test_a_plain_id_and_a_binary_security_token_are_understood(
    gateway: Identity, trust: list[x509.Certificate]
) -> None:
    signed = soap.sign(ENVELOPE, gateway).decode()
    start, end = signed.index("<wsse:KeyIdentifier"), signed.index("</wsse:KeyIdentifier>") + 21
    content = signed[start:end].partition(">")[2].partition("<")[0]
    opened = f'<wsse:BinarySecurityToken wsu:Id="t" xmlns:wsu="{soap.WSU}">'
    token = f"{opened}{content}</wsse:BinarySecurityToken>"
    moved = signed[:start] + '<wsse:Reference URI="#t"/>' + signed[end:]
    moved = moved.replace("<ds:Signature ", f"{token}<ds:Signature ", 1)
    body, certificate = soap.verify(moved.encode(), trust, AT)
    assert (body.tag, certificate.bin) == (f"{{{soap.ENVELOPE}}}Body", BIN)


def test_a_detached_signature_holds_for_its_body_alone(
    gateway: Identity, trust: list[x509.Certificate]
) -> None:
    token = detached.sign(JSON, gateway)
    assert detached.verify(JSON, token, trust, AT).bin == BIN
    with pytest.raises(SignatureRefused, match=enveloped.BROKEN):
        detached.verify(JSON + b" ", token, trust, AT)


def forged(token: str, **changed: object) -> str:
    head, _, value = token.split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))) | changed
    return f"{base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip('=')}..{value}"


def test_a_detached_signature_is_refused_without_it_or_with_a_forged_header(
    gateway: Identity, trust: list[x509.Certificate]
) -> None:
    token = detached.sign(JSON, gateway)
    refused = {
        "": enveloped.UNSIGNED,
        "a.b": certificates.UNREADABLE,
        "!..!": certificates.UNREADABLE,
        forged(token, alg="none"): enveloped.WEAK,
        forged(token, alg="HS256"): enveloped.WEAK,
        forged(token, x5c=[]): certificates.UNREADABLE,
        forged(token, extra=1): enveloped.BROKEN,
        token.replace("..", ".e30."): enveloped.WEAK,
    }
    for bad, reason in refused.items():
        with pytest.raises(SignatureRefused, match=reason):
            detached.verify(JSON, bad, trust, AT)


def test_a_detached_signature_of_a_foreign_authority_is_refused(
    tmp_path: Path, trust: list[x509.Certificate]
) -> None:
    token = detached.sign(JSON, Authority(tmp_path).system(BIN, "Gateway", AT))
    with pytest.raises(SignatureRefused, match=certificates.UNTRUSTED):
        detached.verify(JSON, token, trust, AT)
