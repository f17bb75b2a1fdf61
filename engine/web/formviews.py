"""What the templates of a form draw: every sentence said, every value as a person reads it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.forms import Field, Kind


@dataclass(frozen=True, kw_only=True)
class Attached:
    """A document as a filepicker lists it."""

    #: Document id: what is submitted.
    id: str
    #: File name.
    name: str
    #: Size, date, or whatever tells it apart, said.
    detail: str = ""
    #: Where it can be looked at; empty: nowhere.
    href: str = ""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One answer to choose."""

    #: What is submitted.
    value: str
    #: What is read.
    label: str
    #: Smaller line.
    hint: str
    #: Id of its control.
    id: str
    #: Whether it is chosen.
    chosen: bool
    #: Questions that appear below it when it is chosen.
    reveals: tuple["Block", ...] = ()
    #: Condition of those, for the browser.
    when: str = ""
    #: Whether those are hidden now.
    covered: bool = False


@dataclass(frozen=True, kw_only=True)
class View:
    """One component, ready to be drawn."""

    #: ``text``, ``area``, ``number``, ``tick``, ``radios``, ``select``, ``ticks``, ``date``,
    #: ``time``, ``moment``, ``files``, ``group``, ``rows``, ``table``, ``fact``, ``words``.
    kind: str
    #: Name of the control: its path.
    name: str
    #: Id of the first control, the target of links.
    id: str
    #: What is asked.
    label: str
    #: Hint below the label.
    hint: str = ""
    #: What is wrong.
    errors: tuple[str, ...] = ()
    #: What others remarked.
    remarks: tuple[str, ...] = ()
    #: What stood here in the version before, if that was something else.
    before: str = ""
    #: Value as typed or as read.
    value: str = ""
    #: Second half of a moment.
    clock: str = ""
    #: Whether a tick is set.
    ticked: bool = False
    #: Whether something must be given.
    required: bool = False
    #: Answers.
    choices: tuple[Choice, ...] = ()
    #: Components of a group, cells of a table's row.
    blocks: tuple["Block", ...] = ()
    #: Rows of a list.
    rows: tuple["Row", ...] = ()
    #: Row for the browser to copy.
    fresh: "Row | None" = None
    #: Heads of a table.
    heads: tuple[str, ...] = ()
    #: Files.
    files: tuple[Attached, ...] = ()
    #: Condition for the browser; empty: none, or one that only the server can evaluate.
    when: str = ""
    #: Name in the server's list of what is hidden; empty: never hidden.
    cond: str = ""
    #: Whether it is hidden now.
    covered: bool = False
    #: Unit behind the control.
    suffix: str = ""
    #: ``iin``, ``bin`` or nothing.
    check: str = ""
    #: Width in sixteenths; 0: the rest.
    columns: int = 0
    #: Whether adding and removing rows is possible.
    editable: bool = False
    #: More attributes of the control, e.g. ``inputmode``.
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def described(self) -> str:
        """Return the ids that describe the control, hint first."""
        told = [f"h-{self.name}"] if self.hint else []
        told += [f"e-{self.name}"] if self.errors else []
        return " ".join(told + ([f"r-{self.name}"] if self.remarks else []))

    @property
    def bad(self) -> bool:
        """Tell whether it, or what it reveals, has an error."""
        inner = (
            view for choice in self.choices for block in choice.reveals for view in block.views
        )
        return bool(self.errors) or any(view.bad for view in inner)


@dataclass(frozen=True, kw_only=True)
class Block:
    """Components that are drawn together."""

    #: ``one``, ``cols`` (side by side) or ``facts`` (readonly ones).
    kind: str
    #: They.
    views: tuple[View, ...]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a list."""

    #: Path, e.g. ``members.0``.
    path: str
    #: Its heading.
    title: str
    #: Its number in what the server knew; empty for a new one.
    was: str
    #: What is asked in it.
    blocks: tuple[Block, ...] = ()
    #: Its cells in a table.
    cells: tuple[str, ...] = ()


#: What helps typing, by what a text must be.
_KEYBOARDS = {"email": "email", "phone": "tel", "iin": "numeric", "bin": "numeric"}


def attributes(part: Field) -> dict[str, str]:
    """Return attributes that help typing: keyboard, autocomplete, accepted files."""
    found: dict[str, str] = {}
    meant = part.rules.check or part.rules.format
    if meant:
        found |= {"inputmode": _KEYBOARDS[meant], "autocomplete": "off", "spellcheck": "false"}
    if part.kind is Kind.NUMBER:
        found["inputmode"] = "numeric" if part.rules.decimals == 0 else "decimal"
    if part.kind is Kind.FILEPICKER:
        found["data-max"] = str(part.file.max_bytes // 1024**2)
        found["accept"] = ",".join(part.file.accept) or "*/*"
    own = {name: part.properties.get(name, "") for name in ("autocomplete", "inputmode")}
    return found | {name: value for name, value in own.items() if value}


def typed(part: Field, raw: object) -> str:
    """Return a value as one would type it: what was typed, dates as day.month.year."""
    if raw is None or isinstance(raw, Mapping | list):
        return ""
    said = str(raw)
    if part.kind is Kind.NUMBER:
        return said.replace(".", ",") if isinstance(raw, float) else said
    if part.kind is not Kind.DATETIME:
        return said
    found = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d:\d\d).*)?", said)
    if found:
        day = f"{found[3]}.{found[2]}.{found[1]}"
        return f"{day} {found[4]}" if found[4] else day
    return re.sub(r"^(\d\d:\d\d)[+-]\d\d:\d\d$", r"\1", said)


def grouped(said: str) -> str:
    """Return a number with its thousands apart and a comma, as Kazakh and Russian write it."""
    whole, point, rest = said.partition(".")
    if len(whole.lstrip("-")) > 4:
        whole = re.sub(r"(?<=\d)(?=(\d{3})+$)", "\N{NO-BREAK SPACE}", whole)
    return whole + ("," + rest if point else "")
