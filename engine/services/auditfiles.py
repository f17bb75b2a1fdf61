"""A day of the audit log as a file: its entries with their hashes, and a seal under them.

One line of JSON an entry; the last line says how many there are, the SHA-256 of the lines before
it, and a seal made with the installation's keys. With the hashes whoever holds the file can tell,
without the installation, that entries whose numbers follow each other do so; with it, which entry
is not what it was (`compare`). About midnight a number may be missing: an act that was committed
among those of the other day is in the other day's file.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, timedelta
from typing import Any

from engine.errors import ValueRefused
from engine.model.substitution import begins
from engine.model.text import text
from engine.services.context import UnitOfWork
from engine.store import values


def day(uow: UnitOfWork, asked: date) -> Iterator[str]:
    """Yield the lines of a local day."""
    begin = begins(asked)
    end = begin + timedelta(days=1)
    first, last = uow.audit.between(begin, end)
    digest, count = hashlib.sha256(), 0
    for row in uow.audit.walk(after=first - 1, until=last):
        if not begin <= row.at < end:
            continue
        line = values.canonical(_told(row)).decode() + "\n"
        digest.update(line.encode())
        count += 1
        yield line
    sums = {"day": asked.isoformat(), "entries": count, "sha256": digest.hexdigest()}
    yield json.dumps({**sums, "seal": _seal(uow, sums)}, sort_keys=True) + "\n"


def _told(row: Any) -> dict[str, object]:
    return {
        "number": row.number,
        "at": row.at.astimezone(UTC).isoformat(),
        "actor_kind": row.actor_kind,
        "actor": row.actor,
        "act": row.act,
        "subject": row.subject,
        "detail": row.detail,
        "hash": bytes(row.hash).hex(),
    }


def _seal(uow: UnitOfWork, end: dict[str, Any]) -> str:
    return uow.keys.blind("audit day " + values.canonical(end).decode())


def compare(uow: UnitOfWork, lines: Iterable[str]) -> int:
    """Return the number of the first entry that is not what the file says; 0: all are.

    `ValueRefused` for a file that was not written like this, or was changed.
    """
    entries, end = _read(lines)
    body = "".join(entries).encode()
    told = {key: end.get(key) for key in ("day", "entries", "sha256")}
    fits = told["sha256"] == hashlib.sha256(body).hexdigest() and told["entries"] == len(entries)
    if not fits or end.get("seal") != _seal(uow, told):
        raise ValueRefused(text("This file of the audit log was changed, or is of another"))
    rows = [json.loads(line) for line in entries]
    if not rows:
        return 0
    found = uow.audit.walk(after=rows[0]["number"] - 1, until=rows[-1]["number"] + 1)
    now = {row.number: values.canonical(_told(row)).decode() + "\n" for row in found}
    for line, row in zip(entries, rows, strict=True):
        if now.get(row["number"]) != line:
            return int(row["number"])
    return 0


def _read(lines: Iterable[str]) -> tuple[list[str], dict[str, Any]]:
    whole = [line if line.endswith("\n") else f"{line}\n" for line in lines]
    try:
        end = json.loads(whole[-1])
        numbered = all(isinstance(json.loads(line)["number"], int) for line in whole[:-1])
    except (IndexError, ValueError, KeyError, TypeError):
        end, numbered = None, False
    if not numbered or not isinstance(end, dict):
        raise ValueRefused(text("This is no file of the audit log"))
    return whole[:-1], end
