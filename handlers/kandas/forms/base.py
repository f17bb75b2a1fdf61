"""What the adapters share besides `handlers.people.typed`."""

from collections.abc import Mapping
from typing import Any

from engine.handling import Work
from engine.model.text import text
from handlers.kandas import records
from handlers.kandas.records import Application
from handlers.people.typed import Errors, Row, Values, options, refused, rows, word, words

__all__ = [
    "FORWARD",
    "RETURN",
    "Errors",
    "Row",
    "Values",
    "current",
    "keep_remarks",
    "limit",
    "office",
    "options",
    "refused",
    "rows",
    "word",
    "words",
]

#: The two answers of a form that can send the application back.
FORWARD, RETURN = "forward", "return"


def limit(work: Work, name: str) -> Any:
    """Return one of the case's limits (`handlers.kandas.limits`)."""
    limits = work.variables.get("limits")
    return limits.get(name) if isinstance(limits, Mapping) else None


def office(work: Work, part: str) -> str:
    """Return the code of one of the case's offices, e.g. ``origin_cc``."""
    offices = work.variables.get("offices")
    return str(offices.get(part, "")) if isinstance(offices, Mapping) else ""


def current(session: Any, work: Work) -> Application:
    """Return the case's application; `LookupError` if the case was started without one."""
    found = records.application(session, work.business_key)
    if found is None:
        raise LookupError(f"case {work.business_key} has no application")
    return found


def keep_remarks(
    session: Any, work: Work, values: Values, *, office: str, round: int, by: str
) -> None:
    """Keep the remarks of a return; `FormRefused` if there is none."""
    found = [
        (word(row, "field") or "general", word(row, "text")) for row in rows(values, "remarks")
    ]
    found = [(about, said) for about, said in found if said]
    if not found:
        raise refused("remarks", text("Write at least one remark: what has to be reworked?"))
    records.remark(
        session, work.business_key, round=round, office=office, found=found, by=by, at=work.now
    )
