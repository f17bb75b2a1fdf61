"""All signatures of one case, verified again: what the chain page and the command show."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from engine.ports import Verification, Verifier


@dataclass(frozen=True, kw_only=True)
class Link:
    """One stored signature."""

    #: The bytes as the signer returned them, unchanged.
    signed: bytes
    #: What was handed to the signer.
    document: bytes
    #: IIN of the person who signed, 12 digits.
    iin: str
    #: BIN of the organisation, 12 digits.
    bin: str
    #: When it was signed (UTC).
    at: datetime


def verify_chain(links: Iterable[Link], verifier: Verifier) -> list[Verification]:
    """Verify each signature at the moment it was made; one result per link, in their order."""
    return [
        verifier.verify(link.signed, document=link.document, iin=link.iin, bin=link.bin, at=link.at)
        for link in links
    ]
