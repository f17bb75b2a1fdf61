"""The ports behind which an outside thing can be exchanged, with their errors beside them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """What a signing certificate says (`domain.md` §5.2 of the digest)."""

    #: Subject's IIN, 12 digits.
    iin: str
    #: BIN of the organisation, 12 digits; empty for an individual.
    bin: str
    #: Common name of the subject.
    subject: str
    #: Common name of the issuer.
    issuer: str
    #: Serial number, hexadecimal.
    serial: str
    #: Validity (UTC).
    not_before: datetime
    #: Validity (UTC).
    not_after: datetime


@dataclass(frozen=True, kw_only=True)
class Verification:
    """Result of verifying a signed document; stored when it is signed."""

    #: Whether signature, certificate and signer all fit.
    valid: bool
    #: Who signed; None if no certificate could be read.
    certificate: Certificate | None
    #: Why not, in English msgid form; empty if valid.
    reason: str
    #: When it was verified (UTC).
    at: datetime


class Signer(Protocol):
    """Signs canonical XML as an officer. Demo keys, or a bridge to NCALayer."""

    def sign(self, document: bytes, *, iin: str, bin: str, name: str, at: datetime) -> bytes:
        """Return the document with an enveloped XMLDSig as last child of the root.

        Raises `engine.errors.SignatureRefused` if the officer has no valid key.
        """
        ...


class Verifier(Protocol):
    """Verifies signed XML: the demo's authority, or an external verifier (NCANode)."""

    def verify(
        self, signed: bytes, *, document: bytes, iin: str, bin: str, at: datetime
    ) -> Verification:
        """Verify signature, chain, validity at `at`, that `document` is what was signed, and that
        IIN and BIN of the certificate are the signer's. Never raises for a bad signature.
        """
        ...
