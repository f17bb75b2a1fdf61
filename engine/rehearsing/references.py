"""Values of scenarios that are known only when it happens: ids, files, days."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from engine.demo import SCAN
from engine.errors import ValueRefused
from engine.model.people import Actor, Candidate
from engine.model.text import text
from engine.rehearsing.ground import Ground
from engine.services import documents

#: ``@today``, ``@today+21``.
_TODAY = re.compile(r"@today(?:([+-])(\d{1,4}))?")


def resolved(
    ground: Ground, actor: Actor, task: str, values: Mapping[str, Any]
) -> Mapping[str, object]:
    """Return values with what they refer to: `@today+3`, ``@known:people.0.value``, ``@scan:…``,
    ``@account:role@office``, ``@null``; ``@@`` begins a text that begins with ``@``.
    """

    def of(value: Any, place: str) -> Any:
        if isinstance(value, Mapping):
            return {name: of(inner, f"{place}.{name}") for name, inner in value.items()}
        if isinstance(value, list):
            return [of(inner, f"{place}.{number}") for number, inner in enumerate(value)]
        if isinstance(value, str) and value.startswith("@"):
            return _one(ground, actor, task, value, place.lstrip("."))
        return value.isoformat() if isinstance(value, date) else value

    return {name: of(value, name) for name, value in values.items()}


def _one(ground: Ground, actor: Actor, task: str, written: str, place: str) -> object:
    name, _, said = written[1:].partition(":")
    day = _TODAY.fullmatch(written)
    if day:
        sign = -1 if day[1] == "-" else 1
        today = date.fromisoformat(ground.stage.today())
        return (today + sign * timedelta(days=int(day[2] or 0))).isoformat()
    if written.startswith("@@"):
        return written[1:]
    if name == "null":
        return None
    try:
        if name == "known":
            return _at(ground.stage.known_values(actor, task), said)
        if name == "account":
            return ground.holder(Candidate.parse(said))
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise _unknown(written) from error
    if name == "scan":
        return scan(ground, actor, task, place.removesuffix(".0"), said)
    raise _unknown(written)


def _unknown(written: str) -> ValueRefused:
    return ValueRefused(text("{value} refers to nothing that is known", value=written))


def _at(known: Any, path: str) -> object:
    for part in path.split("."):
        known = known[int(part)] if isinstance(known, list) else known[part]
    found: object = known
    return found


def scan(ground: Ground, actor: Actor, task: str, place: str, name: str) -> str:
    """Upload a scan of nothing; return the document's id."""
    with ground.database.begin() as uow:
        made = documents.add_to_draft(
            uow,
            ground.context,
            actor,
            task,
            name=name or "scan.pdf",
            mime="application/pdf",
            data=SCAN,
            field=re.sub(r"\.\d+$", "", place),
        )
        uow.commit()
    return str(made.id)
