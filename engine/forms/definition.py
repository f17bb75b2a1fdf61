"""What a form says of its fields, as plain data."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

from engine.forms.formulas import Formula
from engine.model.text import Words

#: Where a value stands in the submission, e.g. ``("address", "region")``.
Path = tuple[str, ...]


class Kind(Enum):
    """The components of form-js that a form may have."""

    TEXTFIELD = "textfield"
    TEXTAREA = "textarea"
    NUMBER = "number"
    CHECKBOX = "checkbox"
    RADIO = "radio"
    SELECT = "select"
    CHECKLIST = "checklist"
    TAGLIST = "taglist"
    DATETIME = "datetime"
    FILEPICKER = "filepicker"
    EXPRESSION = "expression"
    GROUP = "group"
    DYNAMICLIST = "dynamiclist"
    TEXT = "text"
    SEPARATOR = "separator"
    SPACER = "spacer"
    BUTTON = "button"


#: Components with a value of their own.
KEYED = frozenset(Kind) - {
    Kind.GROUP,
    Kind.DYNAMICLIST,
    Kind.TEXT,
    Kind.SEPARATOR,
    Kind.SPACER,
    Kind.BUTTON,
}
#: What a browser may fill in that nobody but the person may ever read.
SECRETS = frozenset({"current-password", "new-password", "one-time-code"})
#: Components whose value is one or more of some options.
ONE_OF = frozenset({Kind.RADIO, Kind.SELECT})
SOME_OF = frozenset({Kind.CHECKLIST, Kind.TAGLIST})
#: Components whose value is a list.
LISTS = SOME_OF | {Kind.FILEPICKER}


@dataclass(frozen=True, kw_only=True)
class Option:
    """One answer of a radio, select, checklist or taglist."""

    #: What is submitted.
    value: str
    #: What is read.
    label: Words
    #: A smaller line below it.
    hint: Words = field(default_factory=lambda: Words(""))


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a value must fulfil. A `Formula` is evaluated at the time of the check."""

    #: Something must be given.
    required: bool = False
    #: While this holds, nothing must be given all the same.
    waived: Formula | None = None
    #: Least number.
    min: Decimal | Formula | None = None
    #: Greatest number.
    max: Decimal | Formula | None = None
    #: Least length in characters, ends trimmed.
    min_length: int | Formula | None = None
    #: Greatest length in characters, ends trimmed.
    max_length: int | Formula | None = None
    #: What a text must contain a match of (ASCII classes, no lookaround).
    pattern: re.Pattern[str] | None = None
    #: What is said when it does not.
    pattern_words: Words = field(default_factory=lambda: Words(""))
    #: ``email``, ``phone`` or nothing.
    format: str = ""
    #: ``iin``, ``bin`` or nothing.
    check: str = ""
    #: Digits after the point; None: any.
    decimals: int | None = None
    #: The number must be a multiple of this.
    step: Decimal | None = None
    #: A number is kept as text (``serializeToString``).
    as_text: bool = False
    #: First day allowed: ``today``, an ISO date or nothing.
    earliest: str = ""
    #: Last day allowed.
    latest: str = ""


@dataclass(frozen=True, kw_only=True)
class FileRules:
    """What may be uploaded at a filepicker."""

    #: File name extensions in lower case with their dot; empty: any.
    accept: tuple[str, ...] = ()
    #: More than one file.
    multiple: bool = False
    #: Size limit of one file in bytes.
    max_bytes: int = 20 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class RowRules:
    """How many rows a dynamiclist may have."""

    #: Fewest rows.
    least: int = 0
    #: Most rows.
    most: int = 50
    #: Rows shown when nothing is known yet.
    default: int = 1
    #: Whether a person may add and remove rows.
    editable: bool = True
    #: Name of one row.
    name: Words = field(default_factory=lambda: Words(""))


@dataclass(frozen=True, kw_only=True)
class Field:
    """One component."""

    #: Component id, unique in the form.
    id: str
    #: Which component.
    kind: Kind
    #: Where its value stands within its scope (the form or a row); empty without a value.
    path: Path = ()
    #: What is asked.
    label: Words = field(default_factory=lambda: Words(""))
    #: Hint below the label.
    description: Words = field(default_factory=lambda: Words(""))
    #: Content of a text component.
    content: Words = field(default_factory=lambda: Words(""))
    #: Unit behind the control.
    suffix: Words = field(default_factory=lambda: Words(""))
    #: What the value must fulfil.
    rules: Rules = field(default_factory=Rules)
    #: Answers.
    options: tuple[Option, ...] = ()
    #: Key of the context under which the server hands in the answers.
    options_key: str = ""
    #: Hidden when this is true.
    hide: Formula | None = None
    #: Shown, not changed; a formula is evaluated.
    readonly: bool | Formula = False
    #: Never part of what a person may send.
    disabled: bool = False
    #: Components inside a group or dynamiclist.
    fields: tuple["Field", ...] = ()
    #: ``date``, ``time`` or ``datetime``.
    subtype: str = ""
    #: Whether a time is kept with its offset.
    offset: bool = False
    #: Value before anybody typed.
    default: object = None
    #: Formula of an expression component.
    formula: Formula | None = None
    #: Rules of a filepicker.
    file: FileRules = field(default_factory=FileRules)
    #: Rules of a dynamiclist.
    rows: RowRules = field(default_factory=RowRules)
    #: Id of the row of the layout; fields next to each other with the same one share a line.
    layout_row: str = ""
    #: Sixteenths of the width; 0: as wide as there is room.
    columns: int = 0
    #: Custom properties as they stand.
    properties: Mapping[str, str] = field(default_factory=dict)
    #: Line in the file.
    line: int = 0

    @property
    def key(self) -> str:
        """Return the path within the scope, joined by dots."""
        return ".".join(self.path)

    @property
    def keyed(self) -> bool:
        """Tell whether it has a value of its own."""
        return self.kind in KEYED

    @property
    def undrawn(self) -> bool:
        """Tell whether it is kept without being shown (property ``hidden``)."""
        return self.properties.get("hidden") == "true" or self.kind is Kind.EXPRESSION

    @property
    def secret(self) -> bool:
        """Tell whether it asks for a secret (property ``autocomplete``): neither kept nor shown."""
        return self.properties.get("autocomplete", "") in SECRETS

    @property
    def unkept(self) -> bool:
        """Tell whether its answer is not kept with the task: a secret, or restricted.

        Property ``kept``: ``false`` where the domain keeps the answer under rights of its own.
        """
        return self.secret or self.properties.get("kept") == "false"

    @property
    def scoped(self) -> Iterator["Field"]:
        """Walk what has a value or rows in this field's scope: itself, or a group's content."""
        if self.kind is Kind.GROUP:
            for child in self.fields:
                yield from child.scoped
        elif self.keyed or self.kind is Kind.DYNAMICLIST:
            yield self
