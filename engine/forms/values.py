"""What a person typed or a browser sent, read by the component's type."""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation

from engine.errors import ValueRefused
from engine.forms.definition import LISTS, ONE_OF, Field, Kind, Option, Path
from engine.model.calendar import ZONE
from engine.model.text import Text, Words, text

#: Characters of a text when the form sets no limit.
LINE, AREA = 1_000, 20_000
#: Choices or files of one field.
_MOST_ITEMS = 500
#: Significant digits: what a binary number keeps exactly.
_MOST_DIGITS = 15
#: Years that a date of ours can have.
_YEARS = (1850, 2150)

_NUMBER = re.compile(r"[+-]?(\d{1,20}([.,]\d{0,20})?|[.,]\d{1,20})", re.ASCII)
_DAY = re.compile(r"(\d{1,2})[./ -](\d{1,2})[./ -](\d{4})|(\d{2})(\d{2})(\d{4})", re.ASCII)
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_HOUR = re.compile(r"(\d{1,2})[:.](\d{2})(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?", re.ASCII)
_SPACES = re.compile(r"[\s_]+")

_BAD_TYPE = text("This answer cannot be read; choose or type it again")
_BAD_OPTION = text("Choose one of the answers offered")
_BAD_NUMBER = text("Write a number, for example 12")
_BAD_DAY = text("Write the date as day.month.year, for example 25.11.2026")
_BAD_HOUR = text("Write the time as hours:minutes, for example 14:30")
_BAD_FILE = text("This file is not among the documents of the case; upload it again")


def at(values: Mapping[str, object], path: Path) -> object:
    """Return what stands at a path; None if nothing does."""
    found: object = values
    for step in path:
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def put(values: dict[str, object], path: Path, value: object) -> None:
    """Set what stands at a path, making the mappings on the way."""
    home = values
    for step in path[:-1]:
        inner = home.get(step)
        fresh = dict(inner) if isinstance(inner, Mapping) else {}
        home[step] = fresh
        home = fresh
    home[path[-1]] = value


def plain(value: object) -> object:
    """Return a computed value as JSON knows it: numbers, texts, lists and mappings of them."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def empty(field: Field) -> object:
    """Return the value of a field that was left empty."""
    if field.kind in LISTS:
        return []
    if field.kind is Kind.CHECKBOX:
        return False
    return "" if field.kind in {Kind.TEXTFIELD, Kind.TEXTAREA} else None


def options(field: Field, context: Mapping[str, object]) -> tuple[Option, ...]:
    """Return the answers of a field: its own, or those the server hands in under its key."""
    if not field.options_key:
        return field.options
    given = at(context, tuple(field.options_key.split(".")))
    return tuple(option_of(item) for item in given) if isinstance(given, list) else ()


def option_of(item: object) -> Option:
    """Read one answer: a text, or ``{value, label, "label:ru", "label:en", description…}``."""
    if not isinstance(item, Mapping):
        return Option(value=str(item), label=Words(str(item)))
    value = str(item.get("value", ""))
    label = words(item, "label")
    return Option(value=value, label=label or Words(value), hint=words(item, "description"))


def words(source: Mapping[str, object], name: str) -> Words:
    """Read ``name``, ``name:ru`` and ``name:en``."""
    found = [source.get(key) for key in (name, f"{name}:ru", f"{name}:en")]
    return Words(*(said if isinstance(said, str) else "" for said in found))


def read(
    field: Field, raw: object, context: Mapping[str, object], documents: Collection[str]
) -> object:
    """Return the value of a field; `ValueRefused` if it can't be read as its type."""
    if raw is None or raw == "":
        return empty(field)
    if field.kind in ONE_OF or field.kind in LISTS - {Kind.FILEPICKER}:
        return _chosen(field, raw, {option.value for option in options(field, context)})
    if field.kind is Kind.FILEPICKER:
        return _files(field, raw, documents)
    return _READERS[field.kind](field, raw)


def _refuse(said: Text) -> ValueRefused:
    return ValueRefused(said)


def clean(raw: str, *, lines: bool) -> str:
    """Return a text as it may be stored: composed, trimmed, no control characters."""
    joined = raw.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(
        char
        for char in unicodedata.normalize("NFC", joined)
        if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cs"}
    )
    return kept.strip() if lines else kept.replace("\n", " ").replace("\t", " ").strip()


def _text(field: Field, raw: object) -> str:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise _refuse(_BAD_TYPE)
    area = field.kind is Kind.TEXTAREA
    limit = AREA if area else LINE
    if isinstance(raw, str) and len(raw) > 4 * AREA:
        raise _refuse(text("Write at most {most} characters", most=limit))
    value = clean(str(raw), lines=area)
    if field.rules.check or field.rules.format == "phone":
        value = _SPACES.sub("", value)
    if field.rules.format == "phone":
        value = _phone(value)
    if len(value) > limit:
        raise _refuse(text("Write at most {most} characters", most=limit))
    return value


def _phone(value: str) -> str:
    """Return a number in international form: 8 701 … is +7 701 …; hyphens and brackets go."""
    bare = re.sub(r"[()\-–]", "", value)
    return "+7" + bare[1:] if re.fullmatch(r"[78]\d{10}", bare, re.ASCII) else bare


def _number(field: Field, raw: object) -> object:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        raise _refuse(_BAD_NUMBER)
    bare = _SPACES.sub("", str(raw)) if isinstance(raw, str) else str(raw)
    value = _decimal(bare, exact=isinstance(raw, str))
    if field.rules.as_text:
        return format(value, "f")
    return int(value) if value == value.to_integral_value() else float(value)


def _decimal(bare: str, *, exact: bool) -> Decimal:
    if exact and not _NUMBER.fullmatch(bare):
        raise _refuse(_BAD_NUMBER)
    try:
        value = Decimal(bare.replace(",", "."))
    except InvalidOperation as error:
        raise _refuse(_BAD_NUMBER) from error
    if not value.is_finite():
        raise _refuse(_BAD_NUMBER)
    digits = value.normalize().as_tuple()
    if len(digits.digits) > _MOST_DIGITS or abs(value.adjusted()) > _MOST_DIGITS:
        raise _refuse(text("Write a number of at most {most} digits", most=_MOST_DIGITS))
    return value


def _tick(field: Field, raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    if raw in ("true", "on", "1"):
        return True
    if raw in ("false", "off", "0"):
        return False
    raise _refuse(_BAD_TYPE)


def _chosen(field: Field, raw: object, offered: Collection[str]) -> object:
    if field.kind in ONE_OF:
        if not isinstance(raw, str):
            raise _refuse(_BAD_TYPE)
        return _offered(raw, offered)
    return _unique([_offered(item, offered) for item in _items(raw)])


def _offered(raw: object, offered: Collection[str]) -> str:
    if not isinstance(raw, str) or raw not in offered:
        raise _refuse(_BAD_OPTION)
    return raw


def _items(raw: object) -> Sequence[object]:
    if isinstance(raw, str):
        return [raw]
    if not isinstance(raw, list) or len(raw) > _MOST_ITEMS:
        raise _refuse(_BAD_TYPE)
    return [item for item in raw if item != ""]


def _unique(items: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(items))


def _files(field: Field, raw: object, documents: Collection[str]) -> list[str]:
    found = _items(raw)
    known = [item for item in found if isinstance(item, str) and item in documents]
    if len(known) < len(found):
        raise _refuse(_BAD_FILE)
    if len(known) > 1 and not field.file.multiple:
        raise _refuse(text("Leave one file here"))
    return _unique(known)


def _moment(field: Field, raw: object) -> str:
    if isinstance(raw, date | time):
        raw = raw.isoformat()
    if not isinstance(raw, str) or len(raw) > 64:
        raise _refuse(_BAD_DAY)
    said = raw.strip()
    if field.subtype == "time":
        return _hour(said, offset=field.offset)
    if field.subtype == "date":
        return _day(said).isoformat()
    day, _, hour = said.replace("T", " ", 1).partition(" ")
    return _joined(_day(day), hour.strip(), offset=field.offset)


def _day(said: str) -> date:
    found = _ISO_DAY.fullmatch(said)
    if found:
        parts = [int(part) for part in found.groups()]
    else:
        local = _DAY.fullmatch(said)
        if not local:
            raise _refuse(_BAD_DAY)
        parts = [int(part) for part in reversed([p for p in local.groups() if p])]
    try:
        day = date(*parts)
    except ValueError as error:
        raise _refuse(text("There is no such day in the calendar")) from error
    if not _YEARS[0] <= day.year <= _YEARS[1]:
        raise _refuse(text("Check the year of this date"))
    return day


def _clock(said: str) -> tuple[time, str]:
    found = _HOUR.fullmatch(said)
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise _refuse(_BAD_HOUR)
    return time(int(found[1]), int(found[2])), found[3] or ""


def _hour(said: str, *, offset: bool) -> str:
    clock, zone = _clock(said)
    shown = clock.strftime("%H:%M")
    return shown + (zone or "+05:00") if offset else shown


def _joined(day: date, said: str, *, offset: bool) -> str:
    """Return a local moment, with its offset where the form wants it (the country has one time)."""
    clock, zone = _clock(said)
    moment = datetime.combine(day, clock)
    if not zone:
        moment = moment.replace(tzinfo=ZONE)
    else:
        moment = datetime.fromisoformat(f"{moment.isoformat()}{zone}").astimezone(ZONE)
    shown = moment.strftime("%Y-%m-%dT%H:%M")
    return shown + "+05:00" if offset else shown


_READERS: dict[Kind, Callable[[Field, object], object]] = {
    Kind.TEXTFIELD: _text,
    Kind.TEXTAREA: _text,
    Kind.NUMBER: _number,
    Kind.CHECKBOX: _tick,
    Kind.DATETIME: _moment,
}
