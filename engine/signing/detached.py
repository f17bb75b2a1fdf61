"""Detached signatures of JSON messages: JSON Web Signature, RS256, certificate inside (RFC 7515).

The token is ``<header>..<signature>`` in base64url (appendix F: the payload travels by itself, here
as the body of the HTTP message); the header names ``alg`` and ``x5c``.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from engine.errors import SignatureRefused
from engine.model.text import text
from engine.ports import Certificate
from engine.signing.authority import Identity
from engine.signing.certificates import UNREADABLE, describe, fault, load
from engine.signing.enveloped import BROKEN, UNSIGNED, WEAK


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)


def sign(body: bytes, identity: Identity) -> str:
    """Return the token over a body, to travel in a header."""
    der = identity.certificate.public_bytes(Encoding.DER)
    header = {"alg": "RS256", "x5c": [base64.b64encode(der).decode()]}
    head = _encode(json.dumps(header, separators=(",", ":")).encode())
    signed = f"{head}.{_encode(body)}".encode()
    return f"{head}..{_encode(identity.key.sign(signed, padding.PKCS1v15(), hashes.SHA256()))}"


def _read(token: str) -> tuple[str, x509.Certificate, bytes]:
    try:
        head, empty, value = token.split(".")
        header = json.loads(_decode(head))
        certificate = load(base64.b64decode(header["x5c"][0], validate=True))
        signature = _decode(value)
    except (ValueError, KeyError, IndexError, TypeError, binascii.Error) as error:
        raise SignatureRefused(text(UNREADABLE)) from error
    if header.get("alg") != "RS256" or empty:
        raise SignatureRefused(text(WEAK))
    return head, certificate, signature


def verify(body: bytes, token: str, trust: Sequence[x509.Certificate], at: datetime) -> Certificate:
    """Return who signed the body; `at` is UTC. Raises `SignatureRefused` with the reason."""
    if not token:
        raise SignatureRefused(text(UNSIGNED))
    head, certificate, signature = _read(token)
    if reason := fault(certificate, trust, at):
        raise SignatureRefused(text(reason))
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise SignatureRefused(text(WEAK))
    try:
        signed = f"{head}.{_encode(body)}".encode()
        key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature as error:
        raise SignatureRefused(text(BROKEN)) from error
    return describe(certificate)
