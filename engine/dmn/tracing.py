"""What an evaluation leaves behind besides its value: the rules that fired, and what went wrong."""

from __future__ import annotations

from dataclasses import dataclass

from engine.feel.runtime import Context, Run
from engine.model.text import Text

#: Most notes kept of one evaluation.
MAX_NOTES = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Fired:
    """The rules of one table that made its value."""

    #: Id of the table's element.
    table: str
    #: Ids of the rules; empty where a rule has none.
    rules: tuple[str, ...]
    #: Numbers of the rules, from 1.
    numbers: tuple[int, ...]
    #: Label and value of each input.
    inputs: tuple[tuple[str, object], ...]
    #: Annotations of each rule.
    annotations: tuple[tuple[str, ...], ...]
    #: Name of the decision the table belongs to.
    decision: str = ""


class Tracer(Run):
    """The meters of a model's evaluation, and its trace."""

    __slots__ = ("decision", "fired", "notes", "violations")

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.decision = ""
        self.fired: list[Fired] = []
        self.notes: list[Text] = []
        self.violations: list[Text] = []

    def note(self, message: object) -> None:
        """Keep why something became null."""
        if isinstance(message, Text) and len(self.notes) < MAX_NOTES:
            self.notes.append(message)

    def violate(self, message: Text) -> None:
        """Keep a contradiction that must not pass silently."""
        self.violations.append(message)
        self.note(message)
