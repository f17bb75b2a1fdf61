"""What a person types into a search box: a case number, a name, an IIN.

Addresses stay in histories, logs and proxies, so the words stand in one sealed.
"""

import base64
import binascii
import re

from engine.errors import ZholdamaError
from engine.model.people import Actor
from engine.model.sight import Sight
from engine.services import sights
from engine.services.context import Context, UnitOfWork

#: Business keys taken from one domain.
MOST = 200
#: Longest search, characters.
LONGEST = 100
#: What sealed words begin with, and where they belong.
_MARK, _PLACE = "~", "search.words"
#: Ids are hexadecimal: twelve digits within one are none of a person.
_IIN = re.compile(r"(?<![0-9A-Za-z])(?:\d\s*){12}(?![0-9A-Za-z])")


def sealed(uow: UnitOfWork, words: str) -> str:
    """Return words as an address may carry them; empty for none."""
    said = words.strip()[:LONGEST]
    if not said:
        return ""
    return _MARK + base64.urlsafe_b64encode(uow.keys.seal(said.encode(), _PLACE)).decode()


def is_sealed(said: str) -> bool:
    """Tell whether an address carries words sealed, not in clear."""
    return said.startswith(_MARK)


def like_iin(said: str) -> bool:
    """Tell whether something in an address may be an IIN: twelve digits that stand alone."""
    return bool(iin_of(said))


def iin_of(said: str) -> str:
    """Return what may be an IIN in it, without blanks; empty: nothing is."""
    found = _IIN.search(said)
    return "".join(found[0].split()) if found else ""


def opened(uow: UnitOfWork, said: str) -> str:
    """Return the words of an address, sealed or not; empty if they were sealed elsewhere."""
    if not said.startswith(_MARK):
        return said.strip()[:LONGEST]
    try:
        return uow.keys.unseal(base64.urlsafe_b64decode(said[1:]), _PLACE).decode()
    except (ZholdamaError, binascii.Error, ValueError):
        return ""


def keys_of(
    uow: UnitOfWork, ctx: Context, actor: Actor, words: str, process: str = ""
) -> list[str]:
    """Return the business keys that domains find for a person's name or IIN (blind index).

    Only of cases that she sees whole: that a name leads to a number says who is in the case.
    """
    if not words:
        return []
    found: set[str] = set()
    for key, face in ctx.faces.items():
        if not process or key == process:
            seen = sights.of(uow, ctx, actor, key, face.find(uow.session, words)[:MOST])
            found.update(one for one, sight in seen.items() if sight is Sight.WHOLE)
    return sorted(found)
