"""What a deployed diagram says of its elements, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Lane:
    """A lane: the office (role at an organisation) that does the elements in it."""

    #: Element id.
    id: str
    #: Names by language; ``kk`` is always there.
    names: Mapping[str, str]
    #: Group on the way strip, e.g. ``origin`` or ``settlement``; empty: not on the strip.
    way: str = ""


@dataclass(frozen=True, kw_only=True)
class Element:
    """One flow node of a process."""

    #: Element id, unique in the process.
    id: str
    #: BPMN's local name: ``userTask``, ``exclusiveGateway``, …
    kind: str
    #: Names by language: the element's own name is ``kk``, others from ``name:ru``, ``name:en``.
    names: Mapping[str, str]
    #: Paragraphs it stands for, e.g. ``("K-9",)`` (property ``law``, separated by commas).
    law: tuple[str, ...] = ()
    #: Documentation by language (``documentation`` and properties ``doc:ru``, ``doc:en``).
    documentation: Mapping[str, str] = field(default_factory=dict)
    #: Lane id, empty outside lanes.
    lane: str = ""
    #: Line in the file.
    line: int = 0
    #: What an event is about: ``timer``, ``message``, …, ``none``; empty: it is no event.
    event: str = ""
    #: Id of the element a boundary event is attached to.
    attached_to: str = ""
    #: Id of the enclosing subprocess, empty at the top.
    parent: str = ""
    #: ``camunda:formKey`` of a user task.
    form: str = ""
    #: ``camunda:candidateGroups`` as written: ``role@office``, separated by commas.
    candidates: str = ""
    #: Whether ``camunda:assignee`` names the person of a user task.
    assigned: bool = False
    #: External topic of a service, send or business rule task.
    topic: str = ""
    #: Element template it was made from, and that template's version; empty, None: none.
    template: str = ""
    template_version: int | None = None
    #: Decision of a business rule task.
    decision: str = ""
    #: Process called by a call activity.
    called: str = ""
    #: Which version of it: ``deployment`` (of the same deployment) or ``latest``; empty: none.
    binding: str = ""
    #: All ``camunda:property`` values, e.g. ``{"law": "K-9", "sign": "2"}``.
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """A start event that waits: for a moment, a message or a signal."""

    #: Start event's id.
    element: str
    #: ``timer``, ``message`` or ``signal``.
    kind: str
    #: Name of the message or signal; the expression of a timer.
    value: str
    #: ``date``, ``duration`` or ``cycle`` for a timer.
    timer: str = ""


@dataclass(frozen=True, kw_only=True)
class Process:
    """What is known of one executable process without running it."""

    #: Process id: its key across versions.
    key: str
    #: Names by language.
    names: Mapping[str, str]
    #: Flow nodes by id, those of subprocesses included.
    elements: Mapping[str, Element]
    #: Lanes in drawing order.
    lanes: tuple[Lane, ...] = ()
    #: Start events that wait for something.
    triggers: tuple[Trigger, ...] = ()
    #: Properties of the process itself.
    properties: Mapping[str, str] = field(default_factory=dict)
    #: Days for which a case is kept after its end; None: for ever.
    days_kept: int | None = None
