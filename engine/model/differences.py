"""What differs between two versions of a diagram, a decision table or a form, as plain data.

`engine.bpmn.difference`, `engine.dmn.difference` and `engine.forms.difference` make it. One
`Change` per element: added, removed, changed (attribute by attribute), or merely moved.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """What happened to an element."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    #: Only its place in the drawing, its lane or its rank in a list is another.
    MOVED = "moved"


class Attribute(NamedTuple):
    """One thing that an element says, before and after: ``("camunda:formKey", "a", "b")``."""

    #: As it stands in the file (``name``, ``camunda:dueDate``), or a path of it.
    name: str
    #: What was said; None if nothing was.
    old: str | None
    #: What is said now; None if nothing is.
    new: str | None


@dataclass(frozen=True, kw_only=True)
class Change:
    """What happened to one element."""

    #: What happened.
    kind: Kind
    #: Its id in the new version; in the old one, if it was removed.
    element: str
    #: Its id in the old version; another than `element` if it was renamed, empty if added.
    was: str = ""
    #: What people call it: name, label; empty if it has none.
    name: str = ""
    #: Local name of its type: ``userTask``, ``rule``, ``textfield``.
    type: str = ""
    #: Id of what it stands in (process, subprocess, decision, group of a form); empty at the top.
    within: str = ""
    #: What it says, before and after; of an added or removed element, what it said at all.
    attributes: tuple[Attribute, ...] = ()
    #: Whether its place is another as well.
    moved: bool = False


@dataclass(frozen=True, kw_only=True)
class Difference:
    """All changes from one version to another; false if there are none."""

    #: One per element, in the order of the new version; what was removed comes last.
    changes: tuple[Change, ...] = ()
    #: Old id → new id, of elements that were recognised although their id changed.
    renamed: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Tell whether anything differs."""
        return bool(self.changes)

    def of(self, kind: Kind) -> tuple[Change, ...]:
        """Return the changes of a kind."""
        return tuple(change for change in self.changes if change.kind is kind)
