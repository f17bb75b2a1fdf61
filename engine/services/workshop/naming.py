"""What may be kept in a branch: names, sizes, and what can be read at all."""

import re

import orjson

from engine import bpmn, dmn
from engine.errors import Forbidden, ValueRefused
from engine.model.people import ANALYST, Actor
from engine.model.text import text
from engine.services.access import is_machine
from engine.services.workshop import comparing, scenarios

#: Largest file, bytes: what the reader of XML takes.
LARGEST = 5 * 1024 * 1024
#: Files in a branch.
MOST = 1000
#: Letters of a note.
NOTE = 2000
#: Endings of files that can be deployed.
ENDINGS = (".bpmn", ".dmn", ".json", ".form")
_BRANCH = re.compile(r"[a-z0-9][a-z0-9-]{0,59}", re.ASCII)
#: Those, and rehearsals that were kept.
_FILE = re.compile(
    r"([A-Za-z0-9_-][\w.-]*/)*([A-Za-z0-9_-][\w.-]*\.(bpmn|dmn|json|form)|scenarios\.toml)",
    re.ASCII,
)


def analyst(actor: Actor) -> None:
    """Raise `Forbidden` for a person who is no analyst."""
    if not is_machine(actor) and not actor.holds(ANALYST):
        raise Forbidden(text("Only an analyst may do this"))


def branch_name(name: str) -> str:
    """Return a branch's name without blanks around it; `ValueRefused`."""
    found = name.strip()
    if not _BRANCH.fullmatch(found):
        raise ValueRefused(
            text("The name of a branch has small Latin letters, digits and hyphens, at most 60")
        )
    return found


def file_name(name: str) -> str:
    """Return a file's name if it is one; `ValueRefused`."""
    if len(name) > 255 or not _FILE.fullmatch(name) or ".." in name:
        raise ValueRefused(
            text(
                "{name} is no name of a file here: folders and a name of Latin letters, digits,"
                " hyphens, and one of the endings {endings}",
                name=name[:255],
                endings=", ".join(ENDINGS),
            )
        )
    return name


def size(name: str, content: bytes | None) -> None:
    """Raise `ValueRefused` for a file too large to be read."""
    if content is not None and len(content) > LARGEST:
        raise ValueRefused(
            text(
                "{name} has {size} bytes; at most {limit} are taken",
                name=name,
                size=len(content),
                limit=LARGEST,
            )
        )


def readable(name: str, content: bytes, like: bytes = b"") -> bytes:
    """Return a file in the form in which it is kept; `Refused` for what cannot be read at all.

    `like` is the version before, see `comparing.normal`. What can be read and is wrong is taken: a
    draft is not finished, and the check tells of it.
    """
    if name.endswith(".bpmn"):
        bpmn.refuse_others(content, name)
    elif name.endswith(".dmn"):
        dmn.refuse_others(content, name)
    elif scenarios.is_scenarios(name):
        scenarios.read(content, name)
    written = comparing.normal(name, content, like)
    if name.endswith(comparing.FORMS) and not isinstance(orjson.loads(written), dict):
        raise ValueRefused(text("{name} is no form: a form is a JSON object", name=name))
    return written
