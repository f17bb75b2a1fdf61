"""Reading what was typed into an act's form; every error stands at its field."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from uuid import UUID

from engine.errors import FormRefused
from engine.model.calendar import ZONE
from engine.model.text import Text, text
from engine.services.cockpit.operations import Params

Read = Callable[[str], object]

#: Ways in which a moment is written, in the country's time.
_WRITTEN = ("%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M", "%Y-%m-%dT%H:%M:%S")
#: Longest text of a value.
LONGEST = 4000


def refuse(name: str, why: Text) -> FormRefused:
    """Return the error for one field."""
    return FormRefused(why, {name: [why]})


def moment(said: Mapping[str, str], name: str) -> datetime:
    """Return a moment (UTC) that was written in the country's time; `FormRefused`."""
    written = said.get(name, "").strip()
    for pattern in _WRITTEN:
        try:
            found = datetime.strptime(written, pattern).replace(tzinfo=ZONE)
        except ValueError:
            continue
        if 2000 <= found.year <= 2200:
            return found.astimezone(UTC)
    raise refuse(name, text("Write day and time, for example 31.12.2026 18:00."))


def moment_or_none(said: Mapping[str, str], name: str) -> datetime | None:
    """Return what `moment` does; None if nothing was typed."""
    return moment(said, name) if said.get(name, "").strip() else None


def written(when: datetime | None) -> str:
    """Write a moment as `moment` reads it; empty for none."""
    return "" if when is None else f"{when.astimezone(ZONE):%Y-%m-%dT%H:%M}"


def token(written: str) -> UUID | None:
    """Return a token that was written in hexadecimal; None for what is none."""
    try:
        return UUID(hex=written)
    except ValueError:
        return None


def needed(said: Mapping[str, str], name: str, why: Text, longest: int = 255) -> str:
    """Return what was written, without spaces around; `FormRefused` if it is nothing or long."""
    found = said.get(name, "").strip()
    if not found:
        raise refuse(name, why)
    if len(found) > longest or not found.isprintable():
        raise refuse(name, text("At most {most} characters", most=longest))
    return found


def ticked(said: Mapping[str, str], name: str) -> bool:
    """Tell whether a box was ticked."""
    return said.get(name) == "1"


def all_of(readers: Iterable[Callable[[], Params]]) -> Params:
    """Read several fields; `FormRefused` with the errors of all of them."""
    found: dict[str, object] = {}
    errors: dict[str, tuple[Text, ...]] = {}
    for one in readers:
        try:
            found.update(one())
        except FormRefused as refused:
            errors.update(refused.errors)
    if errors:
        raise FormRefused(text("The form is not complete"), errors)
    return found


# Values that a message brings.

#: Lines of a message that a form offers.
LINES = 6
_TRUE, _FALSE = frozenset({"true", "иә", "да", "yes", "1"}), frozenset({"false", "жоқ", "нет", "0"})


def _number(said: str) -> object:
    try:
        found = Decimal(said.replace(",", ".").replace("\u00a0", "").replace(" ", ""))
    except InvalidOperation as error:
        raise ValueError from error
    if not found.is_finite() or abs(found.adjusted()) > 30:
        raise ValueError
    return int(found) if found == found.to_integral_value() else found


def _truth(said: str) -> object:
    if said.lower() in _TRUE:
        return True
    if said.lower() in _FALSE:
        return False
    raise ValueError


def _structure(said: str) -> object:
    try:
        return json.loads(said, parse_float=Decimal)
    except RecursionError as error:
        raise ValueError from error


#: How values of each type are read; `ValueError` for what is none.
KINDS: Mapping[str, Read] = {
    "text": str,
    "number": _number,
    "truth": _truth,
    "day": date.fromisoformat,
    "moment": lambda said: moment({"": said}, ""),
    "structure": _structure,
}
#: What the types are called.
KIND_NAMES: Mapping[str, Text] = {
    "text": text("text"),
    "number": text("number"),
    "truth": text("yes or no"),
    "day": text("day"),
    "moment": text("day and time"),
    "structure": text("list or context (JSON)"),
}


def payload(said: Mapping[str, str]) -> Params:
    """Read the values that a message brings: ``name-1``, ``type-1``, ``value-1`` and so on."""
    return {
        "payload": {name: value for one in range(1, LINES + 1) for name, value in _line(said, one)}
    }


def _line(said: Mapping[str, str], number: int) -> list[tuple[str, object]]:
    name = said.get(f"name-{number}", "").strip()
    value = said.get(f"value-{number}", "").strip()
    if not name:
        if value:
            raise refuse(f"name-{number}", text("Say what this value is called."))
        return []
    if not name.isidentifier() or len(name) > 100:
        raise refuse(
            f"name-{number}", text("A name is letters, digits and _, and begins with a letter.")
        )
    kind = said.get(f"type-{number}", "text")
    if len(value) > LONGEST:
        raise refuse(f"value-{number}", text("At most {most} characters", most=LONGEST))
    try:
        return [(name, KINDS[kind](value))]
    except (KeyError, ValueError, FormRefused) as error:
        raise refuse(
            f"value-{number}", text("This is no {kind}.", kind=KIND_NAMES.get(kind, kind))
        ) from error
