"""WS-Security of the e-government gateway's SOAP messages (`domain.md` §6.1 of the digest).

``ds:Signature`` over the Body in ``wsse:Security``; exclusive c14n for SignedInfo and transform;
KeyInfo holds ``SecurityTokenReference/KeyIdentifier`` with the X.509 certificate. Verification also
accepts a ``BinarySecurityToken`` and a plain ``Id`` on the Body, as some systems send them.
"""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from signxml.algorithms import CanonicalizationMethod, SignatureConstructionMethod
from signxml.exceptions import SignXMLException
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

from engine import xml
from engine.errors import SignatureRefused, XmlRefused
from engine.model.text import text
from engine.ports import Certificate
from engine.signing.authority import Identity
from engine.signing.certificates import UNREADABLE, describe, fault, load
from engine.signing.enveloped import (
    BROKEN,
    DIGESTS,
    DS,
    METHODS,
    NOT_XML,
    SHAPE,
    SIGNATURE,
    UNSIGNED,
    algorithms_fault,
)

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
X509V3 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
BASE64 = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
)

_KEY_INFO = (
    f'<ds:KeyInfo xmlns:ds="{DS}" xmlns:wsse="{WSSE}"><wsse:SecurityTokenReference>'
    f'<wsse:KeyIdentifier EncodingType="{BASE64}" ValueType="{X509V3}">{{certificate}}'
    "</wsse:KeyIdentifier></wsse:SecurityTokenReference></ds:KeyInfo>"
)
_SECURITY = f'<wsse:Security xmlns:wsse="{WSSE}" xmlns:s="{ENVELOPE}" s:mustUnderstand="1"/>'


class _Verifier(XMLVerifier):
    """Takes the one signature of the security header, wherever else one may have been put."""

    def _get_signature(self, root: Any) -> Any:
        return root if root.tag == SIGNATURE else _signature(root)


def _part(root: Any, name: str) -> Any:
    """Return the one Header or Body directly under the Envelope."""
    found = root.findall(f"{{{ENVELOPE}}}{name}")
    if root.tag != f"{{{ENVELOPE}}}Envelope" or len(found) != 1:
        raise SignatureRefused(text(SHAPE))
    return found[0]


def _signature(root: Any) -> Any:
    found = _part(root, "Header").findall(f"{{{WSSE}}}Security/{SIGNATURE}")
    if len(found) != 1:
        raise SignatureRefused(text(UNSIGNED))
    return found[0]


def sign(envelope: bytes, identity: Identity) -> bytes:
    """Return the SOAP envelope (UTF-8) with a security header that signs its Body.

    The Body must carry ``wsu:Id``, the Header must be there and hold no security header yet.
    """
    root = xml.parse(envelope)
    reference = _part(root, "Body").get(f"{{{WSU}}}Id")
    der = identity.certificate.public_bytes(Encoding.DER)
    info = xml.parse(_KEY_INFO.format(certificate=base64.b64encode(der).decode()).encode())
    signer = XMLSigner(
        method=SignatureConstructionMethod.detached,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    made = signer.sign(
        root, key=identity.key, reference_uri=f"#{reference}", key_info=info, id_attribute="Id"
    )
    security = xml.parse(_SECURITY.encode())
    security.append(made)
    _part(root, "Header").append(security)
    return xml.to_bytes(root)


def _certificate(root: Any) -> x509.Certificate:
    info = _signature(root).find(f"{{{DS}}}KeyInfo/{{{WSSE}}}SecurityTokenReference")
    identifier = info.find(f"{{{WSSE}}}KeyIdentifier") if info is not None else None
    tokens = _part(root, "Header").findall(f"{{{WSSE}}}Security/{{{WSSE}}}BinarySecurityToken")
    held = identifier if identifier is not None else next(iter(tokens), None)
    try:
        content = (held.text if held is not None else "") or ""
        return load(base64.b64decode("".join(content.split()), validate=True))
    except (ValueError, binascii.Error) as error:
        raise SignatureRefused(text(UNREADABLE)) from error


def _check_reference(root: Any) -> None:
    """Refuse a signature that is not over the Body alone (signature wrapping)."""
    body = _part(root, "Body")
    label = body.get(f"{{{WSU}}}Id") or body.get("Id")
    references = _signature(root).findall(f"{{{DS}}}SignedInfo/{{{DS}}}Reference")
    if reason := algorithms_fault(_signature(root)):
        raise SignatureRefused(text(reason))
    if not label or [found.get("URI") for found in references] != [f"#{label}"]:
        raise SignatureRefused(text(SHAPE))


def _verified_body(root: Any, certificate: x509.Certificate, at: datetime) -> Any:
    config = SignatureConfiguration(
        signature_methods=METHODS, digest_algorithms=DIGESTS, verification_time=at
    )
    try:
        result = _Verifier().verify(
            root, x509_cert=certificate, expect_config=config, id_attribute="Id"
        )
    except (SignXMLException, xml.LxmlError, UnsupportedAlgorithm, ValueError) as error:
        raise SignatureRefused(text(BROKEN)) from error
    signed = result.signed_xml if not isinstance(result, list) else None
    if signed is None or signed.tag != f"{{{ENVELOPE}}}Body":
        raise SignatureRefused(text(SHAPE))
    return signed


def verify(
    envelope: bytes, trust: Sequence[x509.Certificate], at: datetime
) -> tuple[Any, Certificate]:
    """Return the Body as it was signed (nothing outside it may be read) and who signed it.

    `at` is UTC. Raises `SignatureRefused` with the reason.
    """
    try:
        root = xml.parse(envelope)
    except XmlRefused as error:
        raise SignatureRefused(text(NOT_XML)) from error
    certificate = _certificate(root)
    if reason := fault(certificate, trust, at):
        raise SignatureRefused(text(reason))
    _check_reference(root)
    return _verified_body(root, certificate, at), describe(certificate)
