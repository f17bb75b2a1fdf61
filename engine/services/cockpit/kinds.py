"""Values of variables as an administrator types them: a kind, and what is written in the field.

What `written` writes, `read` reads again as the same value.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import orjson

from engine import feel
from engine.bpmn.formulas import plain
from engine.errors import FormRefused, ValueRefused, ZholdamaError
from engine.model.text import Text, text
from engine.services.cockpit import typed

FEEL, NULL = "feel", "null"
#: Kinds, as the form offers them.
NAMES: Mapping[str, Text] = {
    **{kind: said for kind, said in typed.KIND_NAMES.items() if kind != "structure"},
    FEEL: text("list, context or duration (FEEL or JSON)"),
    NULL: text("nothing (null)"),
}
#: Functions whose value depends on when they are asked.
_CLOCK = frozenset({"now", "today"})
#: Longest value, characters.
LONGEST = 20_000


def read(kind: str, said: str) -> object:
    """Return the value; `ValueRefused` says what is wrong with it."""
    if len(said) > LONGEST:
        raise ValueRefused(text("At most {most} characters", most=LONGEST))
    if kind not in NAMES:
        raise ValueRefused(text("Choose what kind of value it is"))
    if kind == NULL:
        return None
    try:
        return plain(_feel(said.strip()) if kind == FEEL else _simple(kind, said))
    except (ZholdamaError, ValueError) as exc:
        if isinstance(exc, ZholdamaError) and not isinstance(exc, FormRefused):
            raise ValueRefused(text("This cannot be read: {reason}", reason=exc.text)) from exc
        raise ValueRefused(text("This is no {kind}.", kind=NAMES[kind])) from exc


def _simple(kind: str, said: str) -> object:
    # A browser sends the end of a line as two characters.
    return typed.KINDS[kind](said.replace("\r\n", "\n") if kind == "text" else said.strip())


def _feel(said: str) -> object:
    made = feel.compile(said)
    if made.names:
        name = min(made.names)
        raise ValueRefused(text("{name} is a variable; write a value", name=name))
    if made.calls & _CLOCK:
        name = min(made.calls & _CLOCK)
        raise ValueRefused(text("{name} is another value every time; write the value", name=name))
    found = made.evaluate({})
    if (found is None and said != "null") or not _is_value(found):
        raise ValueError(said)
    return found


def _is_value(found: object) -> bool:
    """Tell whether it can be a variable: no function and no interval, and none inside of it."""
    if isinstance(found, Mapping):
        return all(map(_is_value, found.values()))
    if isinstance(found, list):
        return all(map(_is_value, found))
    strange = type(found).__module__.startswith("engine.feel")
    return not strange or isinstance(found, feel.MonthsDuration)


def kind_of(value: object) -> str:
    """Return the kind that a value is typed as."""
    match value:
        case None:
            return NULL
        case bool():
            return "truth"
        case int() | float() | Decimal():
            return "number"
        case datetime():
            # The field knows minutes; what has more is written as FEEL.
            return FEEL if value.second or value.microsecond or value.tzinfo is None else "moment"
        case date():
            return "day"
        case str():
            return "text"
    return FEEL


def written(value: object) -> str:
    """Return what stands in the field for a value."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime() if kind_of(value) == "moment":
            return typed.written(value)
        case str() | int() | float() | Decimal():
            return str(value)
        case date() if kind_of(value) == "day":
            return value.isoformat()
    return in_feel(value)


def in_feel(value: object) -> str:
    """Return a value as FEEL writes it."""
    match value:
        case None:
            return "null"
        case Mapping():
            inner = (f"{_quoted(str(name))}: {in_feel(one)}" for name, one in value.items())
            return "{" + ", ".join(inner) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(in_feel, value)) + "]"
        case str():
            return _quoted(value)
        case datetime() | date() | time():
            return f'@"{value.isoformat()}"'
        case timedelta():
            return f'@"{_duration(value)}"'
    return written(value)


def _duration(value: timedelta) -> str:
    sign, whole = ("-" if value < timedelta(0) else ""), abs(value)
    seconds = Decimal(whole.seconds) + Decimal(whole.microseconds) / 1_000_000
    return f"{sign}P{whole.days}DT{seconds}S"


def _quoted(said: str) -> str:
    return orjson.dumps(said).decode()
