"""Heads of the audit chain, published outside the database: what a cut tail is found by.

Whoever can write the database can cut the chain's tail and set its head to match; nothing inside
then tells. So its head is written down once a day in a file of its own, that is copied elsewhere:
one line of JSON each, with the number and hash of the last entry, the hash of the line before it,
and a seal made with the installation's keys. `engine.services.audit.verify` holds the chain against
such a file.

=============================  =================================================================
``audit.heads``                file of the heads; default ``audit-heads.jsonl`` beside the key
                               file, none where the keys come without a file; ``never``: none
=============================  =================================================================
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from engine.errors import ValueRefused
from engine.model.calendar import ZONE
from engine.model.text import text
from engine.services.context import Context, UnitOfWork
from engine.services.views import AuditReport
from engine.store import values

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # a module's name, and nothing for it

#: Setting that names the file.
SETTING = "audit.heads"
#: Value that turns it off.
NEVER = "never"
#: Name of the file beside the keys.
USUAL = "audit-heads.jsonl"
#: Where the last published head, and the last look at the chain, are kept for the page.
PUBLISHED, VERIFIED = "audit.published", "audit.verified"
#: What the first line names as the line before it.
BEGINNING = ""


@dataclass(frozen=True, kw_only=True)
class Head:
    """A published head."""

    #: Number of the last entry.
    number: int
    #: Its hash, hexadecimal.
    hash: str
    #: When it was published (UTC).
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Heads:
    """A file of heads, read."""

    #: Heads, oldest first.
    heads: tuple[Head, ...] = ()
    #: Hash of the last line, for the next one.
    last: str = BEGINNING


def file_of(settings: Mapping[str, str], beside: Path | None) -> Path | None:
    """Return the file that heads are published to; None: to none. `beside`: the key file, if any.

    An installation whose keys are told it another way has no folder of its own for sure: beside a
    file that is another's, the heads of two would stand in one line.
    """
    said = settings.get(SETTING, "").strip()
    if said == NEVER or not (said or beside):
        return None
    return Path(said) if said or beside is None else beside.parent / USUAL


def _seal(uow: UnitOfWork, row: Mapping[str, object]) -> str:
    told = {key: value for key, value in row.items() if key != "seal"}
    return uow.keys.blind("audit head " + values.canonical(told).decode())


def read(uow: UnitOfWork, lines: Iterator[str] | IO[str]) -> Heads:
    """Read a file of heads; `ValueRefused` names the first line that was not written like this."""
    found: list[Head] = []
    last = BEGINNING
    for number, line in enumerate(lines, 1):
        row = _row(line)
        if row is None or row["before"] != last or row["seal"] != _seal(uow, row):
            raise ValueRefused(
                text("Line {number} of the published heads was changed", number=number)
            )
        at = datetime.fromisoformat(row["at"])
        found.append(Head(number=row["number"], hash=row["hash"], at=at))
        last = _digest(line)
    return Heads(heads=tuple(found), last=last)


def _row(line: str) -> dict[str, Any] | None:
    try:
        row: dict[str, Any] = json.loads(line)
        fits = isinstance(row["number"], int) and datetime.fromisoformat(row["at"]).tzinfo
    except (ValueError, KeyError, TypeError):
        return None
    return row if fits and {"hash", "before", "seal"} <= row.keys() else None


def _digest(line: str) -> str:
    return hashlib.sha256(line.rstrip("\n").encode()).hexdigest()


def load(uow: UnitOfWork, file: Path) -> Heads:
    """Read a file of heads, none where there is no file. `ValueRefused`."""
    if not file.exists():
        return Heads()
    with file.open(encoding="utf-8", errors="replace") as lines:
        return read(uow, lines)


def publish(uow: UnitOfWork, ctx: Context, file: Path) -> Head | None:
    """Write the chain's head down in a file; None: nothing came to the chain since the last one.

    The caller commits: the page tells which was the last. `ValueRefused` if the file was changed,
    `OSError` if it cannot be written.
    """
    with _alone(file) as lines:
        known = read(uow, lines)
        number, hash_ = uow.audit.head()
        if known.heads and known.heads[-1].number >= number:
            return None
        made = Head(number=number, hash=hash_.hex(), at=ctx.now().astimezone(UTC))
        row = {
            "at": made.at.isoformat(),
            "number": number,
            "hash": made.hash,
            "before": known.last,
        }
        row["seal"] = _seal(uow, row)
        _append(lines, json.dumps(row) + "\n")
    told = {"number": number, "hash": made.hash, "at": made.at.isoformat(), "file": file.name}
    uow.settings.set(PUBLISHED, json.dumps(told))
    return made


def _append(lines: IO[str], line: str) -> None:
    """Write a line, whole or not at all: half of one would make all that follow doubtful."""
    end = os.fstat(lines.fileno()).st_size
    try:
        lines.write(line)
        lines.flush()
        os.fsync(lines.fileno())
    except OSError:
        os.ftruncate(lines.fileno(), end)
        raise


@contextmanager
def _alone(file: Path) -> Iterator[IO[str]]:
    """Open a file for reading and appending; two that publish at once come one after the other."""
    with file.open("a+", encoding="utf-8", errors="replace") as lines:
        if fcntl is not None:
            fcntl.flock(lines, fcntl.LOCK_EX)
        lines.seek(0)
        yield lines


def due(uow: UnitOfWork, ctx: Context) -> bool:
    """Tell whether no head was published on this local day yet."""
    told = last_published(uow)
    return told is None or told.at.astimezone(ZONE).date() < ctx.now().astimezone(ZONE).date()


def last_published(uow: UnitOfWork) -> Head | None:
    """Return the last published head, as this database remembers it; None: none was."""
    said = uow.settings.get(PUBLISHED)
    if not said:
        return None
    told = json.loads(said)
    return Head(number=told["number"], hash=told["hash"], at=datetime.fromisoformat(told["at"]))


def remember(uow: UnitOfWork, ctx: Context, report: AuditReport) -> None:
    """Keep the outcome of a look at the chain for the page."""
    told = {
        "at": ctx.now().astimezone(UTC).isoformat(),
        "count": report.count,
        "broken": report.broken,
        "heads": report.heads,
    }
    uow.settings.set(VERIFIED, json.dumps(told))
