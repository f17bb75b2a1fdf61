"""What an administrator wants to do something with: rows that she ticked, or all that match.

A list is walked by its owner in keyset order, whoever asks: the page that shows it, and the batch
that writes down what it is going to touch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Protocol
from urllib.parse import parse_qsl, urlencode

from engine.errors import NotFound
from engine.model.people import Actor
from engine.model.text import Text, text
from engine.services.cockpit.operations import Subject
from engine.services.context import Context, UnitOfWork

#: Parameters of a list's address that say how it is shown, not what is in it.
_SHOWN = frozenset({"after", "before", "sort", "tab", "size"})
#: Longest address of a list that is read.
_LONGEST = 8000
#: Rows that may be ticked one by one.
MOST_TICKED = 1000


class Walk(Protocol):
    """Walks a list."""

    def __call__(
        self,
        uow: UnitOfWork,
        ctx: Context,
        actor: Actor,
        query: Mapping[str, str],
        after: str,
        size: int,
    ) -> Sequence[tuple[str, str]]:
        """Return at most `size` ids with what to call them, after an id, in a lasting order.

        `query` is what the list's address says; a name that stands there more than once has its
        values with commas between them. Only what is this person's to act on.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A list of which rows can be chosen."""

    #: What its rows are.
    subject: Subject
    #: Module of this package whose `walk` walks it.
    module: str
    #: What all of it is called: "Cases".
    title: Text

    @property
    def walk(self) -> Walk:
        """Return how it is walked."""
        found: Walk = import_module(f"{__package__}.{self.module}").walk
        return found


#: All lists by the name that forms give.
LISTS: Mapping[str, Listing] = {
    "cases": Listing(subject=Subject.CASE, module="search", title=text("Cases")),
    "incidents": Listing(subject=Subject.INCIDENT, module="incidents", title=text("Incidents")),
    "jobs": Listing(subject=Subject.JOB, module="jobs", title=text("Jobs")),
    "deadlines": Listing(
        subject=Subject.CASE, module="deadlines", title=text("Cases whose deadlines change")
    ),
    "versions": Listing(
        subject=Subject.CASE, module="carriage", title=text("Cases on an older version")
    ),
}


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Rows of a list."""

    #: Name of the list: a key of `LISTS`.
    list: str
    #: What its address says; empty: no filter at all.
    query: Mapping[str, str] = field(default_factory=dict)
    #: Ids that were ticked; empty: all that match.
    ids: tuple[str, ...] = ()

    @property
    def listing(self) -> Listing:
        """Return the list."""
        return LISTS[self.list]

    @property
    def everything(self) -> bool:
        """Tell whether it is a list without any filter."""
        return not self.ids and not any(self.query.values())

    @property
    def written(self) -> str:
        """Return the query as an address says it."""
        return urlencode(self.query)


def read_query(written: str) -> Mapping[str, str]:
    """Return what a list's address says, without what only says how it is shown."""
    found: dict[str, str] = {}
    for name, value in parse_qsl(written[:_LONGEST].lstrip("?")):
        if name not in _SHOWN and value.strip():
            found[name] = f"{found[name]},{value}" if name in found else value
    return found


def read(name: str, query: str, ids: Sequence[str], *, everything: bool) -> Selection:
    """Read what a form sends; `NotFound` for an unknown list.

    Nothing ticked, or `everything`: all that the query matches.
    """
    ticked = () if everything else tuple(dict.fromkeys(one[:255] for one in ids[:MOST_TICKED]))
    if name not in LISTS:
        raise NotFound(text("There is no such list"))
    return Selection(list=name, query=read_query(query), ids=ticked)
