"""What a process stands on: its diagram, forms and decisions, and the processes it calls.

A process gets a new version only if something of this changed. What is named by an expression is
known only when it runs: then it may be any form, any decision, any process there is.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from engine import bpmn, dmn
from engine.model.elements import Element
from engine.services import readings

#: How a called process is bound unless the diagram says ``latest``.
BOUND = "deployment"


class Read(Protocol):
    """Files that were read together: what `readings.read` returns, or a bundle."""

    @property
    def definitions(self) -> Mapping[str, bpmn.Definition]:
        """Return executable processes by key."""
        ...

    @property
    def sources(self) -> Mapping[str, str]:
        """Return the files of the processes by key."""
        ...

    @property
    def decisions(self) -> Mapping[str, dmn.Model]:
        """Return decision models by decision key."""
        ...


@dataclass(frozen=True, kw_only=True)
class Closure:
    """What one process stands on."""

    #: Process key.
    key: str
    #: Names of its own files: diagram, forms, decision tables.
    files: frozenset[str]
    #: Keys of processes that it calls in the version it was deployed with.
    calls: frozenset[str]
    #: Content hash of its files and of those of everything it calls so.
    digest: str


def closures(read: Read, files: Mapping[str, bytes]) -> dict[str, Closure]:
    """Return the closure of every process that was read, by key."""
    named = {readings.form_key(name): name for name in files if name.endswith((".json", ".form"))}
    own = {key: frozenset(_files(read, key, named)) for key in read.definitions}
    calls = {key: frozenset(_calls(read, key)) for key in read.definitions}
    return {
        key: Closure(
            key=key,
            files=own[key],
            calls=calls[key],
            digest=_digest(_reached(key, calls), own, files),
        )
        for key in read.definitions
    }


def _elements(read: Read, key: str) -> Iterable[Element]:
    return read.definitions[key].process.elements.values()


def _files(read: Read, key: str, forms: Mapping[str, str]) -> Iterator[str]:
    yield read.sources[key]
    for element in _elements(read, key):
        if element.form:
            yield from forms.values() if _open(element.form) else _named(forms, element.form)
        if element.decision:
            yield from _tables(read, element.decision)


def _named(forms: Mapping[str, str], key: str) -> Iterator[str]:
    if key in forms:
        yield forms[key]


def _tables(read: Read, decision: str) -> Iterator[str]:
    """Yield the files of a decision's model and of the models it imports."""
    models = [read.decisions[decision]] if decision in read.decisions else []
    open_: list[dmn.Model] = list(read.decisions.values()) if _open(decision) else models
    seen: set[str] = set()
    while open_:
        model = open_.pop()
        if model.definitions.source not in seen:
            seen.add(model.definitions.source)
            open_ += model.imports.values()
    yield from seen


def _calls(read: Read, key: str) -> Iterator[str]:
    for element in _elements(read, key):
        if element.called and element.binding == BOUND:
            yield from read.definitions if _open(element.called) else (element.called,)


def _open(source: str) -> bool:
    """Tell whether something is named by an expression."""
    return source.startswith("=") or "${" in source or "#{" in source


def _reached(key: str, calls: Mapping[str, frozenset[str]]) -> set[str]:
    """Return a process and all that it calls, and these call, in its own version."""
    found, left = set[str](), [key]
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += calls.get(one, ())
    return found


def _digest(
    keys: Iterable[str], own: Mapping[str, frozenset[str]], files: Mapping[str, bytes]
) -> str:
    names = {name for key in keys for name in own.get(key, ())}
    return readings.digest_of({name: files[name] for name in names})
