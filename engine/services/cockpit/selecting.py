"""What an administrator wants to do something with: rows that she ticked, or all that match.

A list is walked by its owner in keyset order, whoever asks: the page that shows it, and the batch
that writes down what it is going to touch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qsl, urlencode

from engine.model.people import Actor
from engine.model.text import Text
from engine.services.cockpit.operations import Subject
from engine.services.context import Context, UnitOfWork

#: Parameters of a list's address that say how it is shown, not what is in it. The order is none of
#: them: by deadline only cases with open tasks are listed.
SHOWN = frozenset({"after", "before", "filter", "size", "start", "tab", "view"})
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
    #: How it is walked.
    walk: Walk
    #: What all of it is called: "Cases".
    title: Text


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Rows of a list."""

    #: Name of the list: a key of `engine.services.cockpit.lists.LISTS`.
    list: str
    #: What its address says; empty: no filter at all.
    query: Mapping[str, str] = field(default_factory=dict)
    #: Ids that were ticked; empty: all that match.
    ids: tuple[str, ...] = ()

    @property
    def everything(self) -> bool:
        """Tell whether it is a list without any filter."""
        narrowed = any(value for name, value in self.query.items() if name != "sort")
        return not self.ids and not narrowed

    @property
    def written(self) -> str:
        """Return the query as an address says it."""
        return urlencode(self.query)


def read_query(written: str) -> Mapping[str, str]:
    """Return what a list's address says, without what only says how it is shown."""
    found: dict[str, str] = {}
    for name, value in parse_qsl(written[:_LONGEST].lstrip("?")):
        if name not in SHOWN and value.strip():
            found[name] = f"{found[name]},{value}" if name in found else value
    return found


def read(name: str, query: str, ids: Sequence[str], *, everything: bool) -> Selection:
    """Read what a form sends. Nothing ticked, or `everything`: all that the query matches."""
    ticked = () if everything else tuple(dict.fromkeys(one[:255] for one in ids[:MOST_TICKED]))
    return Selection(list=name, query=read_query(query), ids=ticked)
