"""Cursors of keyset paging: where the page before ended. A wrong one is refused, not guessed."""

import base64
import binascii
from datetime import datetime

from engine.errors import ValueRefused
from engine.model.text import text


def cursor(moment: datetime, row_id: str) -> str:
    """Return the cursor after a row that is sorted by a moment and an id."""
    return base64.urlsafe_b64encode(f"{moment.isoformat()}|{row_id}".encode()).decode()


def position(written: str) -> tuple[datetime, str] | None:
    """Read a cursor; None for an empty one, `ValueRefused` for one that is no cursor."""
    if not written:
        return None
    try:
        moment, _, row_id = base64.urlsafe_b64decode(written.encode()).decode().partition("|")
        found = datetime.fromisoformat(moment)
    except (ValueError, binascii.Error) as problem:
        raise ValueRefused(text("This page of the list does not exist")) from problem
    if found.tzinfo is None:
        raise ValueRefused(text("This page of the list does not exist"))
    return found, row_id
