"""What a domain brings to a rehearsal: invented families, how a case begins, what people say.

A package offers it as ``<package>.plays`` with ``plays() -> Plays``. A process of which no
domain opens cases starts by itself, with no variables.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

from engine.demo import Stage
from engine.model.people import Actor


@dataclass(frozen=True, kw_only=True)
class Family:
    """An invented family, as the workshop offers it."""

    #: Number, from 1.
    number: int
    #: Who it is, e.g. ``Төлеухан Ардақ, 5``.
    title: str


@dataclass(frozen=True, kw_only=True)
class Opening:
    """How a case was begun."""

    #: Key of its process.
    process: str
    #: Number of its family; 0: none.
    family: int = 0
    #: Office at which it was opened; empty: the domain's first.
    office: str = ""
    #: What the domain is told besides.
    options: Mapping[str, Any] = field(default_factory=dict)


#: ``(stage, actor, business key, said)``: an act of the domain besides tasks.
Act = Callable[[Stage, Actor, str, Mapping[str, Any]], None]


class Plays(Protocol):
    """A domain's part of a rehearsal."""

    #: Keys of the processes of which it opens cases.
    processes: Sequence[str]
    #: Acts besides tasks by name; those with the name of a message stand for sending it.
    acts: Mapping[str, Act]
    #: Messages that people send and that need nothing besides.
    messages: Collection[str]

    def families(self, process: str) -> Sequence[Family]:
        """Return the invented families of whom a case of this process may be."""
        ...

    def opener(self, process: str) -> str:
        """Return the role whose holders open such cases; their offices are offered."""
        ...

    def home(self, process: str, family: int) -> str:
        """Return the office to which a family would come."""
        ...

    def open(self, stage: Stage, opening: Opening) -> str:
        """Open a case as its people would; return its business key."""
        ...

    def usual(
        self, stage: Stage, opening: Opening, row: Any, actor: Actor
    ) -> Mapping[str, object] | None:
        """Return what is said at an open task when all goes well; None: it does not know."""
        ...


def plays_of(packages: Iterable[str]) -> tuple[Plays, ...]:
    """Return what the packages of domains bring."""
    found = []
    for package in packages:
        name = f"{package}.plays"
        if find_spec(name) is not None:
            make = getattr(import_module(name), "plays", None)
            if make is not None:
                found.append(make())
    return tuple(found)


def of_process(plays: Iterable[Plays], process: str) -> Plays | None:
    """Return who opens cases of a process; None: nobody."""
    return next((one for one in plays if process in one.processes), None)
