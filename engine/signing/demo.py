"""Signer and verifier of the demo: keys of a demo authority, verified in this process."""

from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509

from engine import xml
from engine.errors import SignatureRefused
from engine.model.text import text
from engine.ports import Verification
from engine.signing.authority import Authority
from engine.signing.certificates import UNREADABLE, describe, owner_fault
from engine.signing.enveloped import (
    BROKEN,
    NOT_XML,
    UNSIGNED,
    certificate_of,
    last_fault,
    parse,
    sign,
    signatures,
    strip_last,
)

OTHER_DOCUMENT = "The signature belongs to another document."


class DemoSigner:
    """Fulfils `engine.ports.Signer`: issues each officer a key on demand and signs with it."""

    def __init__(self, directory: Path | str) -> None:
        """Keep keys in `directory`."""
        self.authority = Authority(directory)

    def sign(self, document: bytes, *, iin: str, bin: str, name: str, at: datetime) -> bytes:
        """Return the document with one more enveloped signature, made at `at` (UTC).

        A document that already carries signatures keeps them: the new one covers them. Raises
        `SignatureRefused` without IIN, `XmlRefused` if the document is not acceptable XML.
        """
        if not iin:
            raise SignatureRefused(text("The signer's account has no IIN."))
        return sign(document, self.authority.officer(iin, bin, name, at))


class DemoVerifier:
    """Fulfils `engine.ports.Verifier`: trusts the demo authority alone."""

    def __init__(self, directory: Path | str) -> None:
        """Trust the authority whose keys are in `directory`."""
        self.authority = Authority(directory)

    def verify(
        self, signed: bytes, *, document: bytes, iin: str, bin: str, at: datetime
    ) -> Verification:
        """Verify that the last signature is the signer's, over `document` and what precedes it.

        `document` is what was handed to the signer: with the earlier signatures, or bare. Every
        signature inside must hold, last to first; `at` (UTC) is when the last one was made.
        """
        root = parse(signed)
        if root is None:
            return _result(None, NOT_XML, at)
        if not signatures(root):
            return _result(None, UNSIGNED, at)
        certificate, reason = last_fault(root, self.authority.trust(at), at)
        if certificate is not None and not reason:
            reason = owner_fault(describe(certificate), iin, bin)
        return _result(certificate, reason or self._rest_fault(root, document, at), at)

    def _rest_fault(self, root: Any, document: bytes, at: datetime) -> str:
        """Walk back to what was signed: earlier signatures hold, the document is the same."""
        original = parse(document)
        if original is None:
            return NOT_XML
        known = len(signatures(original))
        strip_last(root)
        while len(signatures(root)) > known:
            # An earlier signature may be older than its certificate's life today: only the
            # mathematics and the issuer count here, its own moment was verified when it was made.
            if self._earlier_fault(root):
                return BROKEN
            strip_last(root)
        same = _whole(root) == _whole(original)
        return "" if same else OTHER_DOCUMENT

    def _earlier_fault(self, root: Any) -> str:
        found = certificate_of(signatures(root)[-1])
        if found is None:
            return UNREADABLE
        moment = found.not_valid_before_utc
        return last_fault(root, self.authority.trust(moment), moment)[1]


def _whole(root: Any) -> bytes:
    return xml.canonical(root, exclusive=False, comments=True)


def _result(certificate: x509.Certificate | None, reason: str, at: datetime) -> Verification:
    # Only a trusted certificate is sure to be readable: anybody can write nonsense into another.
    try:
        said = describe(certificate) if certificate is not None else None
    except ValueError:
        said = None
    return Verification(
        valid=not reason,
        certificate=said,
        reason=reason,
        at=at,
    )
