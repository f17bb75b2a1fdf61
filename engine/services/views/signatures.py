"""Signatures of a case's chain."""

from dataclasses import dataclass
from datetime import datetime

from engine.services.views.states import Names


@dataclass(frozen=True, kw_only=True)
class SignatureView:
    """One signature of a case's chain."""

    #: Signature id.
    id: str
    #: Ordinal in the chain, from 1 (property ``sign`` of the element).
    ordinal: int
    #: Element id at which it was set.
    element: str
    #: Task id with which it was set.
    task_id: str
    #: Signer's name.
    who: str
    #: Names of the organisation, by language.
    organisation: Names
    #: Version of the document that was signed.
    version: int
    #: SHA-256 of the document that was signed, hexadecimal.
    digest: str
    #: When.
    at: datetime
    #: Result of the verification stored when it was set.
    valid: bool
    #: Why not valid, an English msgid; empty if valid.
    reason: str = ""
    #: Subject of the certificate.
    subject: str = ""
    #: Certificate valid until.
    not_after: datetime | None = None
    #: When a change of data voided it; None: stands.
    voided: datetime | None = None
    #: Why.
    void_reason: str = ""
    #: Name of the person in whose place it was set; empty: in nobody's.
    in_place_of: str = ""
