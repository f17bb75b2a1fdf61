"""Whether a value that was read fulfils what the form asks of it."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from engine.forms import patterns
from engine.forms.definition import LISTS, ONE_OF, Field, Kind, Rules
from engine.forms.formulas import Formula
from engine.model.calendar import ZONE
from engine.model.numbers import bin_problem, iin_problem
from engine.model.text import Text, text

Names = Mapping[str, object]

_EMAIL = re.compile(
    r"[^\s@<>\"(),:;\[\]\\]{1,64}@[A-Za-z0-9][A-Za-z0-9-]{0,62}(\.[A-Za-z0-9][A-Za-z0-9-]{0,62}){0,8}",
    re.ASCII,
)
_PHONE = re.compile(r"(\+|00)[1-9]\d{7,14}", re.ASCII)
#: How an empty answer is asked for, by component.
_ASK = {
    Kind.CHECKBOX: text("Tick this box to go on"),
    Kind.RADIO: text("Choose an answer"),
    Kind.SELECT: text("Choose an answer"),
    Kind.CHECKLIST: text("Choose at least one answer"),
    Kind.TAGLIST: text("Choose at least one answer"),
    Kind.FILEPICKER: text("Add the document"),
    Kind.DATETIME: text("Fill in the date"),
}


def broken(field: Field, value: object, names: Names, now: datetime) -> tuple[Text, ...]:
    """Return what is wrong with the value of a field, the gravest first; nothing if it is fine."""
    if is_empty(value):
        asked = is_asked(field, names, now)
        return (_ASK.get(field.kind, text("Fill this in")),) if asked else ()
    return tuple(_found(field, value, names, now))


def is_asked(field: Field, names: Names, now: datetime) -> bool:
    """Tell whether something must be given, as things stand."""
    waived = field.rules.waived
    return field.rules.required and not (waived is not None and waived.holds(names, now))


def is_empty(value: object) -> bool:
    """Tell whether nothing was given."""
    return value is None or value is False or value == "" or value == []


def _found(field: Field, value: object, names: Names, now: datetime) -> Iterator[Text]:
    if field.kind is Kind.NUMBER:
        yield from _number(field.rules, Decimal(str(value)), names, now)
    elif field.kind is Kind.DATETIME and field.subtype != "time":
        yield from _date(field.rules, str(value), now)
    elif field.kind not in LISTS | ONE_OF and isinstance(value, str):
        yield from _lengths(field.rules, value, names, now)
        yield from _shape(field.rules, value)


def _bound(bound: Decimal | int | Formula | None, names: Names, now: datetime) -> Decimal | None:
    found = bound.value(names, now) if isinstance(bound, Formula) else bound
    if found is None or isinstance(found, bool):
        return None
    try:
        return Decimal(str(found))
    except InvalidOperation:
        return None


def _number(rules: Rules, value: Decimal, names: Names, now: datetime) -> Iterator[Text]:
    exponent = value.normalize().as_tuple().exponent
    places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    if rules.decimals is not None and places > rules.decimals:
        yield (
            text("Write at most {most} digits after the point", most=rules.decimals)
            if rules.decimals
            else text("Write a whole number")
        )
    if rules.step and value % rules.step:
        yield text("Write a multiple of {step}", step=rules.step)
    least, most = _bound(rules.min, names, now), _bound(rules.max, names, now)
    if least is not None and value < least:
        yield text("Write {least} or more", least=format(least, "f"))
    if most is not None and value > most:
        yield text("Write {most} or less", most=format(most, "f"))


def _lengths(rules: Rules, value: str, names: Names, now: datetime) -> Iterator[Text]:
    length = len(value.strip())
    least, most = _bound(rules.min_length, names, now), _bound(rules.max_length, names, now)
    if least is not None and length < least:
        yield text("Write at least {least} characters", least=least)
    if most is not None and length > most:
        yield text("Write at most {most} characters", most=most)


def _shape(rules: Rules, value: str) -> Iterator[Text]:
    if rules.pattern is not None and not patterns.matches(rules.pattern, value):
        said = rules.pattern_words
        yield text("{words}", words=said) if said else text("Write this as the hint shows")
    if rules.format == "email" and not _EMAIL.fullmatch(value):
        yield text("Write an e-mail address, for example name@example.kz")
    if rules.format == "phone" and not _PHONE.fullmatch(value):
        yield text("Write a telephone number, for example +7 701 000 00 00")
    problem = _CHECKS[rules.check](value) if rules.check else None
    if problem is not None:
        yield problem


_CHECKS = {"iin": iin_problem, "bin": bin_problem}


def _date(rules: Rules, value: str, now: datetime) -> Iterator[Text]:
    day = date.fromisoformat(value[:10])
    today = now.astimezone(ZONE).date()
    first, last = _limit(rules.earliest, today), _limit(rules.latest, today)
    if first is not None and day < first:
        yield text("The date cannot be before {day}", day=first.strftime("%d.%m.%Y"))
    if last is not None and day > last:
        yield text("The date cannot be after {day}", day=last.strftime("%d.%m.%Y"))


def _limit(said: str, today: date) -> date | None:
    """Return the day a bound means: ``today``, ``today+30``, ``today-1`` or an ISO date."""
    if said.startswith("today"):
        return today + timedelta(days=int(said[5:] or 0))
    return date.fromisoformat(said) if said else None


def too_few_or_many(field: Field, rows: object) -> tuple[Text, ...]:
    """Return what is wrong with the number of rows of a list."""
    count = len(rows) if isinstance(rows, list) else 0
    if count < field.rows.least:
        return (text("Add rows: at least {least} are needed", least=field.rows.least),)
    if count > field.rows.most:
        return (text("Remove rows: at most {most} are possible", most=field.rows.most),)
    return ()
