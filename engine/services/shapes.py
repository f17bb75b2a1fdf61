"""Shapes of what diagrams refer to: handlers' models, forms, decisions and values as FEEL types."""

import types as kinds
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from engine import bpmn, dmn
from engine.feel import types as t
from engine.forms import Form
from engine.forms.formulas import SPECIAL, Formula
from engine.handling import Extensions, FormAdapter, Handler, Sample
from engine.i18n import known, translate
from engine.model.people import ADMIN, ANALYST, SUPERVISOR
from engine.model.text import Text, text

_SIMPLE: Mapping[object, t.Type] = {
    str: t.STRING,
    bool: t.BOOLEAN,
    int: t.NUMBER,
    float: t.NUMBER,
    Decimal: t.NUMBER,
    datetime: t.DATE_TIME,
    date: t.DATE,
    time: t.TIME,
    timedelta: t.DAYS,
    dict: t.CONTEXT,
    list: t.LIST,
    tuple: t.LIST,
}
_FORM: Mapping[str, t.Type] = {
    "text": t.STRING,
    "number": t.NUMBER,
    "boolean": t.BOOLEAN,
    # A form keeps days and moments as ISO texts.
    "date": t.STRING,
    "list": t.LIST,
    "context": t.CONTEXT,
}


def kind_of(annotation: object) -> t.Type:
    """Return the FEEL type of an annotation of a pydantic model; ``Any`` for what has none."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return kind_of(inner[0])
    if origin in (Union, kinds.UnionType):
        named = [kind_of(one) for one in inner if one is not type(None)]
        return named[0] if len(set(named)) == 1 else t.ANY
    if origin is Literal:
        return _SIMPLE.get(type(inner[0]), t.ANY)
    if origin in (list, tuple, set, frozenset):
        return t.ListType("list", kind_of(inner[0]) if inner else t.ANY)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return t.ContextType("context", fields_of(annotation))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _SIMPLE.get(type(next(iter(annotation)).value), t.ANY)
    return _SIMPLE.get(origin or annotation, t.CONTEXT if origin is Mapping else t.ANY)


def fields_of(model: type[BaseModel] | None) -> dict[str, t.Type]:
    """Return the types of a model's fields by the names that diagrams use."""
    return {name: kind_of(info.annotation) for name, info in named_fields(model)}


def named_fields(model: type[BaseModel] | None) -> Iterator[tuple[str, FieldInfo]]:
    """Yield a model's fields by the names that diagrams use."""
    if model is not None:
        for name, info in model.model_fields.items():
            yield info.alias or name, info


def handler_shape(found: Handler) -> bpmn.HandlerShape:
    """Return what a handler takes and gives."""
    needed = {name: info.is_required() for name, info in named_fields(found.takes)}
    return bpmn.HandlerShape(
        required=[name for name, must in needed.items() if must],
        optional=[name for name, must in needed.items() if not must],
        outputs=[name for name, _ in named_fields(found.gives)],
        takes=fields_of(found.takes),
        gives=fields_of(found.gives),
        refuses=lambda name, written: _refused(found, name, written),
    )


def _refused(found: Handler, name: str, written: str) -> Text | None:
    """Say why a text cannot be an input, as pydantic would refuse it when the handler is called."""
    adapter = _adapters(found.takes).get(name)
    if adapter is None:
        return None
    try:
        adapter.validate_python(written)
    except ValidationError as exc:
        return text(
            "The handler of {topic} does not take “{value}” for {name}: {reason}",
            topic=found.topic,
            value=written,
            name=name,
            reason=exc.errors(include_url=False)[0]["msg"],
        )
    return None


@cache
def _adapters(model: type[BaseModel]) -> Mapping[str, TypeAdapter[Any]]:
    return {name: _adapter(info) for name, info in named_fields(model)}


def _adapter(info: FieldInfo) -> TypeAdapter[Any]:
    constrained: Any = Annotated[info.annotation, info]
    return TypeAdapter(constrained)


def form_shape(form: Form, adapter: FormAdapter | None) -> bpmn.FormShape:
    """Return what a form gives the process: what its adapter says, or its own fields."""
    fields = {name: _FORM.get(kind, t.ANY) for name, kind in form.outputs.items()}
    if adapter is not None and adapter.gives is not None:
        told = {name: bpmn.given(written) for name, written in adapter.gives.items()}
        return bpmn.FormShape(gives=told, fields=fields)
    if adapter is not None and type(adapter).save is not FormAdapter.save:
        return bpmn.FormShape(gives=None, fields=fields)
    hidden = {field.path[0] for field in form.scoped() if field.hide is not None}
    own = {name: bpmn.Given(type=kind, sure=name not in hidden) for name, kind in fields.items()}
    reads = frozenset(_read(form)) if adapter is None else frozenset()
    return bpmn.FormShape(gives=own, fields=fields, reads=reads)


def _read(form: Form) -> Iterator[str]:
    """Yield the names in a form's conditions that are none of its own keys."""
    own = {field.path[0] for field in form.walk() if field.path} | SPECIAL
    for field in form.walk():
        rules = field.rules
        parts = (field.hide, field.readonly, field.formula, rules.waived, rules.min, rules.max)
        for part in (*parts, rules.min_length, rules.max_length):
            if isinstance(part, Formula):
                yield from part.compiled.names - own


def decision_shape(model: dmn.Model, ref: str) -> bpmn.DecisionShape:
    """Return what a decision needs and gives, as its variables are declared."""
    inputs = {drg.name: model.kind(drg) for drg in model.definitions.drgs}
    takes = {name: inputs.get(name, t.ANY) for name in model.inputs(ref)}
    return bpmn.DecisionShape(takes=takes, gives=model.kind(model.find(ref)))


def value_kind(value: object) -> t.Type:
    """Return the FEEL type of a value, as a variable holds it."""
    if isinstance(value, Mapping):
        return t.ContextType("context", {str(key): value_kind(one) for key, one in value.items()})
    if isinstance(value, list | tuple):
        items = {value_kind(one) for one in value}
        return t.ListType("list", items.pop() if len(items) == 1 else t.ANY)
    return t.NULL if value is None else _SIMPLE.get(type(value), t.ANY)


def starts(extensions: Extensions) -> dict[str, dict[str, bpmn.Given]]:
    """Return what the domains' code begins cases with, by process key."""
    return {process: _sampled(sample) for process, sample in extensions.begins.items()}


def _sampled(sample: Sample) -> dict[str, bpmn.Given]:
    return {name: bpmn.Given(type=value_kind(value)) for name, value in sample().items()}


def messages(extensions: Extensions) -> dict[str, dict[str, bpmn.Given]]:
    """Return the payloads of the messages that the domains' code sends, by name."""
    return {
        name: _sampled(payload)
        if callable(payload)
        else {key: bpmn.given(written) for key, written in payload.items()}
        for name, payload in extensions.sends.items()
    }


def title_of(kind: str, name: str, language: str) -> str:
    """Return the words for a ``role``, ``topic``, ``variable`` or ``area`` of topics.

    Domains keep them in their catalogues, in English too: ``topic:registries.gbd_fl.person``. A
    name that nobody has words for stands for itself.
    """
    key = f"{kind}:{name}"
    return translate(key, language) if known(key, language) else name


def roles(extensions: Extensions) -> frozenset[str]:
    """Return the roles that domains declare, and the engine's own; none declared: any will do."""
    own = {ADMIN, ANALYST, SUPERVISOR}
    return frozenset(extensions.roles | own) if extensions.roles else frozenset()
