"""Conditions that a browser can evaluate by itself: plain comparisons of choices on the page.

Everything else is FEEL and is answered by the server, with the draft.
"""

import json
import re
from collections.abc import Collection

from engine.forms import Field
from engine.forms.formulas import Formula

_TERM = re.compile(r'\s*(this\.)?(\w+)\s*(!?=)\s*("(?:[^"\\]|\\.)*"|true|false|null)\s*', re.ASCII)


def when(hide: Formula, prefix: str, asked: Collection[str]) -> str:
    """Return a condition as JSON ``{"any": [[path, "=", value], …]}``; nothing if it is more.

    `prefix` is the path of the row it stands in, `asked` the paths of the choices on the page.
    """
    joined = "any" if " or " in hide.source else "all"
    terms = hide.source.split(" or " if joined == "any" else " and ")
    told = [_told(_TERM.fullmatch(term), prefix, asked) for term in terms]
    return "" if None in told else json.dumps({joined: told}, ensure_ascii=False)


def _told(
    term: re.Match[str] | None, prefix: str, asked: Collection[str]
) -> tuple[str, str, str] | None:
    if term is None or (term[1] and not prefix):
        return None
    path = (prefix if term[1] else "") + term[2]
    value = json.loads(term[4]) if term[4].startswith('"') else term[4].replace("null", "")
    return (path, term[3], value) if path in asked else None


def only_with(hide: Formula | None, radio: Field, *, in_row: bool) -> str | None:
    """Return the answer of a radio without which a field is hidden, if that is its condition."""
    found = _TERM.fullmatch(hide.source) if hide else None
    if found is None or bool(found[1]) != in_row or found[2] != radio.key:
        return None
    return str(json.loads(found[4])) if found[3] == "!=" and found[4][0] == '"' else None
