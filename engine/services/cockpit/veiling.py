"""What the cockpit shows of texts and values that people wrote: no IIN (law 6).

An IIN has twelve digits, and so has nothing else that an administrator needs to read in full: the
number of an organisation in a comment is lost with it, which is the lesser evil.
"""

import re
from collections.abc import Mapping

from engine.model.text import Text

#: What stands where a number was.
VEIL = "••••••••••••"
#: Twelve digits, together or in two halves; not a part of an id, whose letters go on.
_NUMBER = re.compile(r"(?<![0-9A-Fa-f])\d{6}[\s.\-]?\d{6}(?![0-9A-Fa-f])")


def veiled(said: str) -> str:
    """Return a text without what may be an IIN."""
    return _NUMBER.sub(VEIL, said)


def veiled_sentence(said: Text) -> Text:
    """Return a sentence whose values show no IIN."""
    return Text(veiled(said.msgid), {name: veiled_value(one) for name, one in said.params.items()})


def veiled_value(value: object) -> object:
    """Return a value, with all that is in it, without what may be an IIN; names of fields too."""
    if isinstance(value, str):
        return veiled(value)
    if isinstance(value, Text):
        return veiled_sentence(value)
    if isinstance(value, int) and not isinstance(value, bool):
        written = veiled(str(value))
        return value if written == str(value) else written
    if isinstance(value, Mapping):
        return {veiled(str(name)): veiled_value(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [veiled_value(one) for one in value]
    return value
