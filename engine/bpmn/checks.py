"""What is looked at before a definition may run: structure, and references to other things."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from engine.bpmn.diagram import Scope
from engine.bpmn.findings import Findings
from engine.xml import Element


@dataclass(frozen=True, kw_only=True)
class HandlerShape:
    """Inputs and outputs of a handler."""

    #: Inputs it cannot do without.
    required: Collection[str] = ()
    #: Inputs it may be given.
    optional: Collection[str] = ()
    #: What it returns.
    outputs: Collection[str] = ()


@dataclass(frozen=True, kw_only=True)
class Known:
    """What diagrams may refer to."""

    #: External topics with the shape of their handlers.
    topics: Mapping[str, HandlerShape] = field(default_factory=dict)
    #: Form keys.
    forms: Collection[str] = ()
    #: Decision keys.
    decisions: Collection[str] = ()
    #: Keys of processes that may be called.
    processes: Collection[str] = ()
    #: Names of functions besides the language's own.
    functions: Collection[str] = ()


def check(process: Element, scope: Scope, findings: Findings, known: Known | None) -> None:
    """Note everything that stops the process from running."""


def _every(scope: Scope) -> Iterator[Scope]:
    yield scope
    for node in scope.nodes.values():
        if node.inside is not None:
            yield from _every(node.inside)
