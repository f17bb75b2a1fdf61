"""Attached files."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class DocumentView:
    """An attached file, without its bytes."""

    #: Document id.
    id: str
    #: File name.
    name: str
    #: Media type.
    mime: str
    #: Size in bytes.
    size: int
    #: SHA-256, hexadecimal.
    digest: str
    #: Path of the form field it was uploaded for; may be empty.
    field: str
    #: Name of who uploaded it.
    who: str
    #: When.
    at: datetime
    #: Whether it belongs to a draft that was not sent yet.
    draft: bool = False
