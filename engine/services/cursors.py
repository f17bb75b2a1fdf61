"""Cursors of keyset paging: where the page before ended. A wrong one is refused, not guessed."""

import base64
import binascii
from datetime import UTC, datetime

from engine.errors import ValueRefused
from engine.model.text import text


def cursor(at: datetime, row_id: str) -> str:
    """Return the cursor after a row that is sorted by a moment and an id."""
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{row_id}".encode()).decode()


def position(written: str) -> tuple[datetime, str] | None:
    """Read a cursor; None for an empty one, `ValueRefused` for one that is no cursor."""
    if not written:
        return None
    try:
        said, _, row_id = base64.urlsafe_b64decode(written.encode()).decode().partition("|")
    except (ValueError, binascii.Error) as problem:
        raise _none() from problem
    return moment(said), row_id


def moment(written: str) -> datetime:
    """Read a moment with its zone, return it in UTC; `ValueRefused` for anything else."""
    try:
        found = datetime.fromisoformat(written)
        # The first and the last year have moments that no other zone can express.
        whole = found.astimezone(UTC)
    except (ValueError, OverflowError) as problem:
        raise _none() from problem
    if found.tzinfo is None:
        raise _none()
    return whole


def _none() -> ValueRefused:
    return ValueRefused(text("This page of the list does not exist"))
