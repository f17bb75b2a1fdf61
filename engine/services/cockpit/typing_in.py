"""What administrators type into forms of acts as the values of a model."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from engine.errors import FormRefused
from engine.handling import plain
from engine.model.text import Text, text

#: Beginning of the names of fields that stand for a model's.
FIELD = "in."


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One field of a model as a form asks for it."""

    #: Name of the form's field.
    name: str
    #: Key in the values.
    key: str
    #: What it holds now, as it is typed.
    value: str
    #: What may be chosen; empty: anything may be typed.
    choices: tuple[str, ...] = ()


def asked(model: type[BaseModel], values: Mapping[str, object]) -> tuple[Asked, ...]:
    """Return a model's fields, filled with what is known."""
    return tuple(_asked(key, found, values) for key, found in _fields(model))


def _fields(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    for name, found in model.model_fields.items():
        yield found.alias or name, found


def _asked(key: str, found: FieldInfo, values: Mapping[str, object]) -> Asked:
    known = values[key] if key in values else found.get_default(call_default_factory=False)
    empty = known is None or type(known).__name__ == "PydanticUndefinedType"
    return Asked(
        name=f"{FIELD}{key}",
        key=key,
        value="" if empty else typed(known),
        choices=_choices(found.annotation),
    )


def _choices(kind: Any) -> tuple[str, ...]:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return tuple(str(one.value) for one in kind)
    if kind is bool:
        return ("true", "false")
    return tuple(map(str, get_args(kind))) if get_origin(kind) is Literal else ()


def typed(value: object) -> str:
    """Write a value as one types it: text as it is, the rest as JSON."""
    value = plain(value)
    if isinstance(value, str):
        return value
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False, default=str)


def values_of(
    model: type[BaseModel], before: Mapping[str, object], said: Mapping[str, str]
) -> dict[str, Any]:
    """Return what was typed as the model's values; what was left as it was stays what it was.

    Raises `FormRefused` with each field that does not fit.
    """
    given: dict[str, Any] = {}
    for one in asked(model, before):
        if one.name not in said or said[one.name].strip() == one.value.strip():
            given.update({one.key: before[one.key]} if one.key in before else {})
        elif said[one.name].strip():
            given[one.key] = _read(model, one, said[one.name].strip())
    checked = _checked(model, given)
    return {**before, **{key: checked[key] for key in checked if key in given}}


def _read(model: type[BaseModel], one: Asked, said: str) -> object:
    """Read one field: text where the model takes text, else JSON, else text all the same."""
    info = next(found for key, found in _fields(model) if key == one.key)
    if info.annotation is str:
        return said
    try:
        return json.loads(said)
    except ValueError:
        return said


def _checked(model: type[BaseModel], given: Mapping[str, Any]) -> dict[str, Any]:
    try:
        found = model.model_validate(dict(given))
    except ValidationError as error:
        raise FormRefused(text("The form is not complete"), _errors(error)) from error
    return dict(plain(found.model_dump(by_alias=True)))


def _errors(error: ValidationError) -> dict[str, list[Text]]:
    found: dict[str, list[Text]] = {}
    for one in error.errors(include_url=False, include_context=False, include_input=False):
        name = f"{FIELD}{one['loc'][0]}" if one["loc"] else FIELD
        found.setdefault(name, []).append(text("This does not fit: {why}", why=one["type"]))
    return found
