"""Ids that rise with time: neighbours in time are neighbours in the index, and keep their order."""

import os
from datetime import datetime
from itertools import count

#: Counts the ids of this process: two of one millisecond (or of a clock that stands) keep the order
#: in which they were made.
_made = count()


def new_id(now: datetime) -> str:
    """Return 32 hexadecimal digits: 48 bits of milliseconds, a 32-bit count, 48 random bits."""
    number = next(_made) & 0xFFFFFFFF
    return f"{int(now.timestamp() * 1000):012x}{number:08x}{os.urandom(6).hex()}"
