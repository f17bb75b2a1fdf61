"""Ids that rise with time: neighbours in time are neighbours in the index."""

import os
from datetime import datetime


def new_id(now: datetime) -> str:
    """Return 32 hexadecimal digits: 48 bits of milliseconds, 80 random bits."""
    return f"{int(now.timestamp() * 1000):012x}{os.urandom(10).hex()}"
