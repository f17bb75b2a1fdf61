"""What diagrams can use, as it stands: handlers and forms, and the elements that use them.

Documentation for administrators: everything comes from the handlers' models and from what is
deployed last, so that it cannot be out of date.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from engine.errors import NotFound, ZholdamaError
from engine.forms import Form
from engine.handling import Handler
from engine.model.people import Actor
from engine.model.text import text
from engine.services import access, bundles
from engine.services.bundles import Bundle
from engine.services.context import Context, UnitOfWork
from engine.services.shapes import kind_of, named_fields, title_of


@dataclass(frozen=True, kw_only=True)
class Use:
    """An element of a diagram that uses something."""

    #: Process key.
    process: str
    #: The process's names by language.
    process_names: Mapping[str, str]
    #: Element id.
    element: str
    #: The element's names by language.
    names: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Value:
    """An input or an output of a handler."""

    #: Name.
    name: str
    #: What it is called.
    title: str
    #: FEEL's type.
    kind: str
    #: Whether it must be given.
    required: bool
    #: What it is otherwise; empty: nothing.
    default: str


@dataclass(frozen=True, kw_only=True)
class HandlerView:
    """A handler as the reference shows it."""

    #: Topic.
    topic: str
    #: What it is called.
    title: str
    #: What it does: first paragraph of its own documentation, in English.
    about: str
    #: Default retries: ``R5/PT5M``.
    retry: str
    #: Time one attempt may take.
    timeout: timedelta
    #: Inputs and outputs.
    takes: tuple[Value, ...]
    gives: tuple[Value, ...]
    #: Elements that call it.
    uses: tuple[Use, ...]


@dataclass(frozen=True, kw_only=True)
class FormView:
    """A form as the reference shows it."""

    #: Form key.
    key: str
    #: The form.
    form: Form
    #: Elements that ask it.
    uses: tuple[Use, ...]


def list_handlers(
    uow: UnitOfWork, ctx: Context, actor: Actor, language: str
) -> tuple[HandlerView, ...]:
    """Return all handlers that are installed here, by topic (admin)."""
    access.admin(actor)
    uses = _uses(uow, ctx)[0]
    return tuple(_handler(one, uses.get(one.topic, []), language) for one in ctx.extensions)


def load_handler(
    uow: UnitOfWork, ctx: Context, actor: Actor, topic: str, language: str
) -> HandlerView:
    """Return one; `NotFound` (admin)."""
    access.admin(actor)
    found = ctx.extensions.handler_of(topic)
    if found is None:
        raise NotFound(text("No handler {topic} is installed here", topic=topic))
    return _handler(found, _uses(uow, ctx)[0].get(topic, []), language)


def _handler(found: Handler, uses: list[Use], language: str) -> HandlerView:
    return HandlerView(
        topic=found.topic,
        title=title_of("topic", found.topic, language),
        about=found.about,
        retry=found.retry,
        timeout=found.timeout,
        takes=tuple(_value(name, info, language) for name, info in named_fields(found.takes)),
        gives=tuple(_value(name, info, language) for name, info in named_fields(found.gives)),
        uses=tuple(uses),
    )


def _value(name: str, info: FieldInfo, language: str) -> Value:
    plain = info.default is None or info.default is PydanticUndefined
    return Value(
        name=name,
        title=title_of("variable", name, language),
        kind=str(kind_of(info.annotation)),
        required=info.is_required(),
        default="" if plain else str(info.default),
    )


def list_forms(uow: UnitOfWork, ctx: Context, actor: Actor) -> tuple[FormView, ...]:
    """Return the forms that are deployed last, by key (admin)."""
    access.admin(actor)
    uses = _uses(uow, ctx)[1]
    found: dict[str, Form] = {}
    for _, bundle in _bundles(uow, ctx):
        for key, form in bundle.forms.items():
            found.setdefault(key, form)
    return tuple(
        FormView(key=key, form=form, uses=tuple(uses.get(key, ())))
        for key, form in sorted(found.items())
    )


def load_form(uow: UnitOfWork, ctx: Context, actor: Actor, key: str) -> FormView:
    """Return one; `NotFound` (admin)."""
    for found in list_forms(uow, ctx, actor):
        if found.key == key:
            return found
    raise NotFound(text("There is no form {form} in this deployment", form=key))


def _bundles(uow: UnitOfWork, ctx: Context) -> Iterator[tuple[str, Bundle]]:
    """Yield each process's newest version: key and deployment, the newest deployment first."""
    rows = sorted(uow.definitions.all_latest(), key=lambda row: str(row.id), reverse=True)
    for row in rows:
        try:
            yield row.key, bundles.of_pinned(uow, ctx, row.id, row.deployment_id)
        except ZholdamaError:
            continue  # what cannot be read any more is told where it is used


def _uses(uow: UnitOfWork, ctx: Context) -> tuple[Mapping[str, list[Use]], Mapping[str, list[Use]]]:
    """Return the elements that use each topic, and each form."""
    topics: dict[str, list[Use]] = {}
    forms: dict[str, list[Use]] = {}
    for key, bundle in _bundles(uow, ctx):
        process = bundle.definition(key).process
        for element in process.elements.values():
            use = Use(
                process=key,
                process_names=process.names,
                element=element.id,
                names=element.names,
            )
            if element.topic:
                topics.setdefault(element.topic, []).append(use)
            if element.form:
                forms.setdefault(element.form, []).append(use)
    return topics, forms
