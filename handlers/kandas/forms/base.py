"""What the adapters share: reading values, refusing with errors at fields."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.errors import FormRefused
from engine.handling import Work
from engine.model.text import Text, text
from handlers.kandas import records
from handlers.kandas.records import Application

Values = Mapping[str, object]
Row = Mapping[str, object]

#: The two answers of a form that can send the application back.
FORWARD, RETURN = "forward", "return"


class Errors:
    """Collects errors by field path and refuses if there is one."""

    def __init__(self) -> None:
        """Start without errors."""
        self.found: dict[str, list[Text]] = {}

    def add(self, path: str, said: Text | None) -> None:
        """Keep an error; None is none."""
        if said is not None:
            self.found.setdefault(path, []).append(said)

    def refuse(self) -> None:
        """Raise `FormRefused` if anything was found."""
        if self.found:
            raise FormRefused(text("Something is not right yet: nothing was sent."), self.found)


def refused(path: str, said: Text) -> FormRefused:
    """Return the refusal of a single field."""
    return FormRefused(said, {path: (said,)})


def word(values: Values, key: str) -> str:
    """Return a value as stripped text; empty if there is none."""
    found = values.get(key)
    return str(found).strip() if found is not None and found is not False else ""


def rows(values: Values, key: str) -> list[Row]:
    """Return the rows of a list."""
    found = values.get(key)
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []


def words(values: Values, key: str) -> list[str]:
    """Return a list of texts: ticked options, document ids."""
    found = values.get(key)
    return [str(one) for one in found] if isinstance(found, list) else []


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


def options(found: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """Return value and label pairs as options of a form's list."""
    return [{"value": value, "label": label} for value, label in found]


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
