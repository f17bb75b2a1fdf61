"""What the cockpit shows of texts and values that people wrote: no IIN (law 6).

An IIN has twelve digits, and so has nothing else that an administrator needs to read in full: the
number of an organisation in a comment is lost with it, which is the lesser evil.
"""

import re
from collections.abc import Mapping
from decimal import Decimal

from engine.model.text import Text

#: What stands where a number was.
VEIL = "••••••••••••"
#: Twelve digits, together or in two halves; the ids of rows, which may hold as many, stay.
_NUMBER = re.compile(r"(?P<id>\b[0-9a-f]{32}\b)|(?<!\d)\d{6}[\s.\-]?\d{6}(?!\d)")


def veiled(said: str) -> str:
    """Return a text without what may be an IIN."""
    return _NUMBER.sub(lambda found: found["id"] or VEIL, said)


def veiled_sentence(said: Text) -> Text:
    """Return a sentence whose values show no IIN."""
    return Text(veiled(said.msgid), {name: veiled_value(one) for name, one in said.params.items()})


def veiled_value(value: object) -> object:
    """Return a value, with all that is in it, without what may be an IIN; names of fields too."""
    if isinstance(value, str):
        return veiled(value)
    if isinstance(value, Text):
        return veiled_sentence(value)
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        written = f"{value:f}"
        return value if veiled(written) == written else veiled(written)
    if isinstance(value, Mapping):
        return {veiled(str(name)): veiled_value(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [veiled_value(one) for one in value]
    return value
