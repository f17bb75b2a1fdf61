"""Variables by which administrators search, kept in clear beside the sealed ones.

A process says which: ``<camunda:property name="search" value="decision, rounds"/>``. Only the top
scope's, and only short ones: text up to a hundred characters, numbers, booleans, days, moments.
What looks like an IIN never is, nor is a whole number as long as one: such a variable has no value
here. So a process should name decisions, counts and dates, and nobody's name.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from engine.model.elements import Process
from engine.services.context import UnitOfWork

#: Property of a process that names them.
PROPERTY = "search"
#: Longest text that is kept, characters.
LONGEST = 100
#: Whole numbers from here on may be an IIN: one of 2000 begins with two noughts.
_LARGE = 10**9
_LIKE_IIN = re.compile(r"(?:\d[\s-]*){12}")


def names(process: Process) -> tuple[str, ...]:
    """Return the names that a process declares, each once, in order."""
    return listed(process.properties)


def listed(properties: Mapping[str, str]) -> tuple[str, ...]:
    """Return the same, given the properties of a process."""
    said = (part.strip() for part in properties.get(PROPERTY, "").split(","))
    return tuple(dict.fromkeys(part[:LONGEST] for part in said if part))


def kept(value: object) -> dict[str, Any]:
    """Return the columns of `case_variable` for a value; kind ``none`` if it is not to be kept."""
    found: dict[str, Any] = {"kind": "none", "words": None, "number": None, "moment": None}
    match value:
        case bool():
            return {**found, "kind": "boolean", "number": float(value)}
        case int() | float() | Decimal() if abs(float(value)) < _LARGE:
            return {**found, "kind": "number", "number": float(value)}
        case str() if len(value) <= LONGEST and not _LIKE_IIN.search(value) and "\0" not in value:
            return {**found, "kind": "text", "words": value}
        case datetime() if value.tzinfo is not None:
            return {**found, "kind": "moment", "moment": value}
        case date() if not isinstance(value, datetime):
            return {**found, "kind": "date", "words": value.isoformat()}
    return found


def keep(
    uow: UnitOfWork,
    process: Process,
    instance_id: str,
    before: Mapping[str, object],
    after: Mapping[str, object],
) -> None:
    """Write those of a case that a step changed: one statement, none if it changed none.

    Called wherever a case's variables are written; `before` is empty for a new case.
    """
    changed = [name for name in names(process) if _differ(before.get(name), after.get(name))]
    if changed:
        uow.lookup.keep(instance_id, {name: kept(after.get(name)) for name in changed})


def anew(
    uow: UnitOfWork, process: Process, instance_id: str, variables: Mapping[str, object]
) -> None:
    """Write those of a case that goes on in another version, whose names may be others."""
    uow.lookup.forget(instance_id)
    keep(uow, process, instance_id, {}, variables)


def _differ(one: object, other: object) -> bool:
    return type(one) is not type(other) or one != other
