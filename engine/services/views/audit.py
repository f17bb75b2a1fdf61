"""The audit chain."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.model.text import Text


@dataclass(frozen=True, kw_only=True)
class AuditRow:
    """One link of the audit chain."""

    #: Number, from 1 without gaps.
    number: int
    #: When.
    at: datetime
    #: Kind of author.
    by: str
    #: Author's account id or name.
    who: str
    #: What was done, e.g. ``task.complete``.
    act: str
    #: On what, e.g. ``task:…``.
    subject: str
    #: More; no personal data.
    detail: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class AuditReport:
    """Result of walking the chain."""

    #: Links looked at.
    count: int
    #: Number of the first link that does not fit; 0: all fit.
    broken: int
    #: Hash of the head, hexadecimal: publish it, so that a cut tail is found.
    head: str
    #: What does not fit; None: nothing.
    trouble: Text | None = None
    #: Published heads that fit.
    heads: int = 0
