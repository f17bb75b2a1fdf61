"""What the law asks of diagrams, paragraph by paragraph: a table that domains bring."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Duty:
    """What one office has to do by one paragraph."""

    #: Process key.
    process: str
    #: User tasks that it stands on; empty: all that cite the paragraph.
    tasks: tuple[str, ...]
    #: Role.
    who: str
    #: Lane.
    lane: str
    #: Term: working days, ``plan`` (the plan names it), or what the law says instead.
    days: int | str
    #: Internal norm in working days where the law states no term; None: none.
    norm: int | None
    #: Resolution or setting that the norm comes from; empty without one.
    norm_by: str
    #: Ordinal of the signature; None: none.
    sign: int | None
    #: Where remarks lead to; empty: nothing is returned here.
    returns: str


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """One row of the table."""

    #: Name, as the property ``law`` cites it.
    key: str
    #: What offices have to do.
    duties: tuple[Duty, ...]
    #: Process and elements that it stands on where it is nobody's task.
    process: str
    elements: tuple[str, ...]
    #: Paragraphs that come next.
    following: tuple[str, ...]
    #: Topics of the outside systems that are asked or told.
    systems: tuple[str, ...]


def read(written: str) -> Iterator[Paragraph]:
    """Yield the rows of a table; `ValueError` for what is no TOML."""
    for key, row in tomllib.loads(written).items():
        if isinstance(row, dict):
            yield _paragraph(key, row)


def _paragraph(key: str, row: Mapping[str, Any]) -> Paragraph:
    listed = [] if "elements" in row else row.get("duty", [row])
    return Paragraph(
        key=key,
        duties=tuple(_duty(one) for one in listed),
        process=str(row.get("process", "")),
        elements=tuple(row.get("elements", ())),
        following=tuple(row.get("next", ())),
        systems=tuple(row.get("systems", ())),
    )


def _duty(said: Mapping[str, Any]) -> Duty:
    norm = said.get("norm", {})
    return Duty(
        process=str(said.get("process", "")),
        tasks=tuple(said.get("tasks", ())),
        who=str(said.get("who", "")),
        lane=str(said.get("lane", "")),
        days=said.get("days", ""),
        norm=norm.get("days"),
        norm_by=str(norm.get("by", "")),
        sign=said.get("sign"),
        returns=str(said.get("returns", "")),
    )
