"""Enveloped XMLDSig as the national signing layer makes it (`domain.md` §5.4 of the digest).

``ds:Signature`` is the last child of the root; one reference ``URI=""``; transforms enveloped and
inclusive c14n with comments; SignedInfo in inclusive c14n; RSA-SHA256; the leaf certificate alone.
A further signer adds a signature that covers the earlier ones, so they are verified last to first.
"""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from signxml.algorithms import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConstructionMethod,
    SignatureMethod,
)
from signxml.exceptions import SignXMLException
from signxml.signer import SignatureReference, XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

from engine import xml
from engine.errors import XmlRefused
from engine.signing.authority import Identity
from engine.signing.certificates import UNREADABLE, describe, fault, load

DS = "http://www.w3.org/2000/09/xmldsig#"
SIGNATURE = f"{{{DS}}}Signature"

UNSIGNED = "The document has no signature."
BROKEN = "The signature does not fit the document."
WEAK = "The signature uses an algorithm that is not accepted."
SHAPE = "The signature does not cover the whole document."
NOT_XML = "The signed document is not well-formed XML."

#: What is accepted: SHA-1 is refused, GOST needs an external verifier.
METHODS = frozenset({SignatureMethod.RSA_SHA256, SignatureMethod.RSA_SHA512})
DIGESTS = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA512})
#: The same as they are named in a signature.
ACCEPTED = frozenset(
    {
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
        "http://www.w3.org/2001/04/xmlenc#sha256",
        "http://www.w3.org/2001/04/xmlenc#sha512",
    }
)
TRANSFORMS = [
    SignatureConstructionMethod.enveloped.value,
    CanonicalizationMethod.CANONICAL_XML_1_0_WITH_COMMENTS.value,
]


class _Signer(XMLSigner):
    """Refers to the whole document (``URI=""``), with comments, whatever ``Id`` the root has."""

    def _unpack(self, data: Any, references: Any) -> tuple[Any, Any, Any, list[SignatureReference]]:
        signature, root, inputs, _ = super()._unpack(data, references)
        whole = SignatureReference(
            URI="", c14n_method=CanonicalizationMethod.CANONICAL_XML_1_0_WITH_COMMENTS
        )
        return signature, root, inputs, [whole]


class _Verifier(XMLVerifier):
    """Verifies the last signature of the root, the only one that covers all the others."""

    def _get_signature(self, root: Any) -> Any:
        return root if root.tag == SIGNATURE else signatures(root)[-1]


def signatures(root: Any) -> list[Any]:
    """Return the signatures of a document in the order in which they were made."""
    return [child for child in root if child.tag == SIGNATURE]


def sign(document: bytes, identity: Identity) -> bytes:
    """Return the document (UTF-8) with one more signature as last child of its root.

    Raises `engine.errors.XmlRefused` if the document is not acceptable XML.
    """
    signer = _Signer(c14n_algorithm=CanonicalizationMethod.CANONICAL_XML_1_0)
    signed = signer.sign(xml.parse(document), key=identity.key, cert=[identity.certificate])
    return xml.to_bytes(signed)


def certificate_of(signature: Any) -> x509.Certificate | None:
    """Return the one certificate inside a signature; None if there is none that can be read."""
    found = signature.findall(f"{{{DS}}}KeyInfo/{{{DS}}}X509Data/{{{DS}}}X509Certificate")
    if len(found) != 1:
        return None
    try:
        return load(base64.b64decode("".join((found[0].text or "").split()), validate=True))
    except (ValueError, binascii.Error):
        return None


def last_serial(signed: bytes) -> str:
    """Return the serial number of the certificate behind the last signature; empty: there is none.

    For printed forms, which name the certificate; nothing is verified here.
    """
    root = parse(signed)
    found = signatures(root)[-1:] if root is not None else []
    certificate = certificate_of(found[0]) if found else None
    return describe(certificate).serial if certificate else ""


def algorithms_fault(signature: Any) -> str:
    """Return why the algorithms that a signature names are not accepted; empty if they are."""
    information = signature.find(f"{{{DS}}}SignedInfo")
    methods = information.findall(f"{{{DS}}}SignatureMethod") if information is not None else []
    digests = signature.findall(f"{{{DS}}}SignedInfo/{{{DS}}}Reference/{{{DS}}}DigestMethod")
    named = {found.get("Algorithm") for found in [*methods, *digests]}
    return "" if methods and digests and named <= ACCEPTED else WEAK


def _shape_fault(signature: Any) -> str:
    references = signature.findall(f"{{{DS}}}SignedInfo/{{{DS}}}Reference")
    if [reference.get("URI") for reference in references] != [""]:
        return SHAPE
    transforms = references[0].findall(f"{{{DS}}}Transforms/{{{DS}}}Transform")
    return "" if [one.get("Algorithm") for one in transforms] == TRANSFORMS else SHAPE


def _mathematics_fault(root: Any, certificate: x509.Certificate, at: datetime) -> str:
    config = SignatureConfiguration(
        signature_methods=METHODS, digest_algorithms=DIGESTS, verification_time=at
    )
    try:
        _Verifier().verify(root, x509_cert=certificate, expect_config=config)
    except (SignXMLException, xml.LxmlError, UnsupportedAlgorithm, ValueError):
        return BROKEN
    return ""


def last_fault(
    root: Any, trust: Sequence[x509.Certificate], at: datetime
) -> tuple[x509.Certificate | None, str]:
    """Return the certificate of the root's last signature and why it is not valid, if it is not."""
    certificate = certificate_of(signatures(root)[-1])
    if certificate is None:
        return None, UNREADABLE
    reason = (
        algorithms_fault(signatures(root)[-1])
        or _shape_fault(signatures(root)[-1])
        or fault(certificate, trust, at)
        or _mathematics_fault(root, certificate, at)
    )
    return certificate, reason


def strip_last(root: Any) -> None:
    """Remove the last signature in place, keeping the text behind it, as the transform does."""
    last = signatures(root)[-1]
    before = last.getprevious()
    if last.tail and before is not None:
        before.tail = (before.tail or "") + last.tail
    elif last.tail:
        root.text = (root.text or "") + last.tail
    root.remove(last)


def parse(signed: bytes) -> Any | None:
    """Parse signed bytes; None if they are not acceptable XML."""
    try:
        return xml.parse(signed)
    except XmlRefused:
        return None
