"""What a component's JSON asks of its value → `Rules` and the limits of files and rows."""

import re
from collections.abc import Mapping
from decimal import Decimal

from engine.errors import ValueRefused
from engine.forms import patterns
from engine.forms.definition import FileRules, Kind, RowRules, Rules
from engine.forms.findings import Findings
from engine.forms.formulas import Formula
from engine.forms.values import words
from engine.model.text import text

Raw = Mapping[str, object]

_DAY = re.compile(r"today([+-]\d{1,4})?|\d{4}-\d{2}-\d{2}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,9})?", re.ASCII)
#: Property that says when a required answer may be left out.
UNLESS = "required:unless"
#: Rows a list may have when nothing is said, and at most.
_ROWS, _MOST_ROWS = 50, 200
#: Megabytes of a file when nothing is said, and at most.
_SIZE, _LARGEST = 20, 100


def said(source: Raw, name: str) -> str:
    """Return an attribute if it is a text, else nothing."""
    found = source.get(name)
    return found if isinstance(found, str) else ""


def part(source: Raw, name: str) -> Raw:
    """Return an attribute if it is an object, else an empty one."""
    found = source.get(name)
    return found if isinstance(found, Mapping) else {}


def properties_of(raw: Raw) -> dict[str, str]:
    """Return the custom properties of a component."""
    return {str(key): str(value) for key, value in part(raw, "properties").items()}


def rules_of(raw: Raw, found: Findings) -> Rules:
    """Read `Rules`."""
    name, validate, properties = said(raw, "id"), part(raw, "validate"), properties_of(raw)
    message = {**properties, "patternErrorMessage": validate.get("patternErrorMessage")}
    return Rules(
        required=validate.get("required") is True,
        waived=_waived(properties, name, found),
        min=_bound(validate, name, "min", found),
        max=_bound(validate, name, "max", found),
        min_length=_length(validate, name, "minLength", found),
        max_length=_length(validate, name, "maxLength", found),
        pattern=_pattern(validate, name, found),
        pattern_words=words(message, "patternErrorMessage"),
        format=found.one_of(
            said(validate, "validationType"), name, "validationType", ("email", "phone")
        ),
        check=found.one_of(said(properties, "check"), name, "check", ("iin", "bin")),
        decimals=_whole(raw, name, "decimalDigits", found),
        step=_number(raw, name, "increment", found),
        as_text=raw.get("serializeToString") is True,
        earliest=_day(properties, name, "earliest", found) or _no_past(raw),
        latest=_day(properties, name, "latest", found),
    )


def file_of(raw: Raw, found: Findings) -> FileRules:
    """Read `FileRules`."""
    size = _whole(properties_of(raw), said(raw, "id"), "max_mb", found) or _SIZE
    return FileRules(
        accept=tuple(one.strip().lower() for one in said(raw, "accept").split(",") if one.strip()),
        multiple=raw.get("multiple") is True,
        max_bytes=min(size, _LARGEST) * 1024 * 1024,
    )


def rows_of(raw: Raw, kind: Kind, found: Findings) -> RowRules:
    """Read `RowRules`."""
    name, properties = said(raw, "id"), properties_of(raw)
    if kind is Kind.DYNAMICLIST and raw.get("isRepeating") is not True:
        found.error(name, "form.rows", text("A list needs isRepeating: true"))
    most = _whole(properties, name, "rows:max", found)
    default = raw.get("defaultRepetitions")
    return RowRules(
        least=_whole(properties, name, "rows:min", found) or 0,
        most=_ROWS if most is None else min(most, _MOST_ROWS),
        default=default if isinstance(default, int) and 0 <= default <= _ROWS else 1,
        editable=raw.get("allowAddRemove") is not False,
        name=words(properties, "row"),
    )


def _waived(properties: Raw, name: str, found: Findings) -> Formula | None:
    condition = said(properties, UNLESS)
    return found.formula(condition, name, f"properties.{UNLESS}") if condition else None


def _bound(validate: Raw, name: str, attribute: str, found: Findings) -> Decimal | Formula | None:
    expression = said(validate, attribute)
    if expression.startswith("="):
        return found.formula(expression, name, f"validate.{attribute}")
    return _number(validate, name, attribute, found)


def _length(validate: Raw, name: str, attribute: str, found: Findings) -> int | Formula | None:
    bound = _bound(validate, name, attribute, found)
    return int(bound) if isinstance(bound, Decimal) else bound


def _number(source: Raw, name: str, attribute: str, found: Findings) -> Decimal | None:
    given = source.get(attribute)
    if given is None or given == "":
        return None
    if isinstance(given, bool) or not _NUMBER.fullmatch(str(given)):
        message = text("{attribute} must be a number", attribute=attribute)
        found.error(name, "form.attribute", message)
        return None
    return Decimal(str(given))


def _whole(source: Raw, name: str, attribute: str, found: Findings) -> int | None:
    given = _number(source, name, attribute, found)
    return None if given is None else max(int(given), 0)


def _pattern(validate: Raw, name: str, found: Findings) -> re.Pattern[str] | None:
    source = said(validate, "pattern")
    try:
        return patterns.compiled(source) if source else None
    except ValueRefused as error:
        found.error(name, "form.pattern", error.text)
        return None


def _day(properties: Raw, name: str, attribute: str, found: Findings) -> str:
    given = said(properties, attribute)
    if given and not _DAY.fullmatch(given):
        message = text("{attribute} must be today or a date like 2026-01-31", attribute=attribute)
        found.error(name, "form.attribute", message)
        return ""
    return given


def _no_past(raw: Raw) -> str:
    return "today" if raw.get("disallowPassedDates") is True else ""
