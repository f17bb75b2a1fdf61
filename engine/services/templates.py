"""Element templates: what a modeler offers for a task, made from the handlers' models.

Camunda 7's format (``@camunda/element-templates-json-schema``), for bpmn-js and the Camunda Modeler
on a desk alike: a field for every input, a variable for every output, the retries, and the
paragraph and names that our diagrams carry. Titles stand in the catalogues of the domains
(``topic:…``, ``variable:…``); what a field takes follows from its type.

A template's version is a number made of its content, languages aside: where a handler's inputs have
changed since a task was drawn, the numbers differ, and the check says so (`versions`).
"""

import hashlib
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache
from typing import Any, Literal, get_args, get_origin
from urllib.parse import quote

import orjson
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from engine.feel import types as t
from engine.handling import Extensions, Handler
from engine.i18n import translate
from engine.model.text import Text, text
from engine.services.shapes import kind_of, named_fields, title_of

#: A template or a field of one, as JSON has it.
Entry = dict[str, Any]
PREFIX = "zholdama"
#: Most choices of a deadline in working days.
LONGEST = 30
#: How a value is written into a field, by type.
HINTS: Mapping[str, Text] = {
    "string": text("Text, or an expression ${…}"),
    "number": text("Number, or an expression ${…}"),
    "boolean": text("Yes or no"),
    "date": text("Day as 2026-01-31, or an expression ${…}"),
    "date and time": text("Moment as an expression ${…}"),
    "list": text("List as an expression ${…}"),
    "context": text("Several values together, as an expression ${…}"),
}
_ANYTHING = text("Expression ${…}")
#: Groups of the panel, in order.
GROUPS: Mapping[str, Text] = {
    "inputs": text("What it is given"),
    "outputs": text("Where the result goes"),
    "retries": text("When it fails"),
    "law": text("Paragraph and names"),
}
#: Signs of the categories: paths on a field of 18 by 18.
_SIGNS = {
    "registries": "M3 4h12v3H3zM3 8h12v3H3zM3 12h12v3H3zM5 5v1M5 9v1M5 13v1",
    "days": "M3 4h12v11H3zM3 7h12M6 2v3M12 2v3M6 11l2 2 4-4",
    "": "M3 3h12v12H3zM6 7h6M6 9h6M6 11h4",
}


def templates(extensions: Extensions, language: str) -> list[Entry]:
    """Return all templates, names and hints in a language."""
    made = [_of_handler(found, language) for found in extensions]
    return [*made, _of_days(language)]


def versions(extensions: Extensions) -> Mapping[str, int]:
    """Return the present version of each template by its id."""
    days = _of_days("en")
    return {
        **{template_id(found.topic): _version(found) for found in extensions},
        days["id"]: days["version"],
    }


@cache
def _version(found: Handler) -> int:
    made: int = _of_handler(found, "en")["version"]
    return made


def template_id(topic: str) -> str:
    """Return the id of a handler's template."""
    return f"{PREFIX}.{topic}"


def _of_handler(found: Handler, language: str) -> Entry:
    area = found.topic.partition(".")[0]
    return _versioned(
        {
            "name": title_of("topic", found.topic, language),
            "id": template_id(found.topic),
            "description": translate(" ".join(found.about.split()), language),
            "category": {"id": area, "name": title_of("area", area, language)},
            "appliesTo": ["bpmn:Task", "bpmn:ServiceTask", "bpmn:SendTask"],
            "elementType": {"value": "bpmn:ServiceTask"},
            "icon": {"contents": _icon(_SIGNS.get(area, _SIGNS[""]))},
            "groups": [
                {"id": key, "label": translate(label, language)} for key, label in GROUPS.items()
            ],
            "properties": [
                _hidden("camunda:type", "external"),
                _hidden("camunda:topic", found.topic),
                *(_input(name, info, language) for name, info in named_fields(found.takes)),
                *(_output(name, language) for name, _ in named_fields(found.gives)),
                _retry(found.retry, language),
                *_told(language),
            ],
        }
    )


def _versioned(template: Entry) -> Entry:
    """Give a template the number of its content: what it writes, not what it is called."""
    kept = [
        {key: value for key, value in one.items() if key not in {"label", "description", "choices"}}
        | {"choices": [choice["value"] for choice in one.get("choices", ())]}
        for one in template["properties"]
    ]
    written = orjson.dumps([template["id"], kept], option=orjson.OPT_SORT_KEYS)
    return template | {"version": int(hashlib.sha256(written).hexdigest()[:12], 16)}


def _hidden(name: str, value: str) -> Entry:
    return {"type": "Hidden", "value": value, "binding": {"type": "property", "name": name}}


# --- inputs ------------------------------------------------------------------------------------


def _input(name: str, info: FieldInfo, language: str) -> Entry:
    kind = t.bare(kind_of(info.annotation)).name
    made: Entry = {
        "label": title_of("variable", name, language),
        "description": translate(HINTS.get(kind, _ANYTHING), language),
        "type": "String",
        "group": "inputs",
        "binding": {"type": "camunda:inputParameter", "name": name},
    }
    choices = list(_choices(info.annotation, language))
    if choices:
        made |= {"type": "Dropdown", "choices": choices}
    if info.is_required():
        return made | {"constraints": {"notEmpty": True}}
    return made | {"value": _written(info)}


def _choices(annotation: object, language: str) -> Iterator[Entry]:
    """Yield the values of what has only a few."""
    if annotation is bool:
        yield {"name": translate(text("yes"), language), "value": "= true"}
        yield {"name": translate(text("no"), language), "value": "= false"}
    elif get_origin(annotation) is Literal:
        yield from ({"name": str(one), "value": str(one)} for one in get_args(annotation))
    elif isinstance(annotation, type) and issubclass(annotation, Enum):
        yield from ({"name": str(one.value), "value": str(one.value)} for one in annotation)


def _written(info: FieldInfo) -> str:
    """Return the default of an input as a diagram writes it."""
    value = info.get_default(call_default_factory=True)
    if value is None or value is PydanticUndefined:
        return "= null"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        # Nothing at all would be no expression and no text.
        return str(value) if value != "" else '= ""'
    return f"= {orjson.dumps(value).decode()}"


# --- outputs and the rest ----------------------------------------------------------------------


def _output(name: str, language: str) -> Entry:
    return {
        "label": title_of("variable", name, language),
        "description": translate(text("Name of the variable that keeps it"), language),
        "type": "String",
        "value": name,
        "group": "outputs",
        "binding": {"type": "camunda:outputParameter", "source": f"${{{name}}}"},
    }


def _retry(value: str, language: str) -> Entry:
    return {
        "label": translate(text("Retries"), language),
        "description": translate(text("R5/PT5M: five times, five minutes apart"), language),
        "type": "String",
        "value": value,
        "group": "retries",
        "binding": {"type": "camunda:property", "name": "retry"},
    }


def _told(language: str) -> Iterator[Entry]:
    """Yield fields for what our diagrams say to people."""
    for name, label in (
        ("law", text("Paragraphs, e.g. K-9, K-10")),
        ("name:ru", text("Name in Russian")),
        ("name:en", text("Name in English")),
    ):
        yield {
            "label": translate(label, language),
            "type": "String",
            "group": "law",
            "binding": {"type": "camunda:property", "name": name},
        }


def _of_days(language: str) -> Entry:
    """Return the deadline in working days: N is chosen, the expression is written."""
    numbers = range(LONGEST + 1)
    return _versioned(
        {
            "name": translate(text("Task with a term in working days"), language),
            "id": f"{PREFIX}.working-days",
            "description": translate(
                text("The term counts working days by the calendar of Kazakhstan"), language
            ),
            "category": {"id": "term", "name": translate(text("Terms"), language)},
            "appliesTo": ["bpmn:Task", "bpmn:UserTask"],
            "elementType": {"value": "bpmn:UserTask"},
            "icon": {"contents": _icon(_SIGNS["days"])},
            "groups": [
                {"id": "term", "label": translate(text("Terms"), language)},
                {"id": "law", "label": translate(GROUPS["law"], language)},
            ],
            "properties": [
                _days(name, label, pattern, numbers, language) for name, label, pattern in _TERMS
            ]
            + list(_told(language)),
        }
    )


_TERMS = (
    ("camunda:dueDate", text("Term of the task"), "${{working_days({n})}}"),
    ("camunda:followUpDate", text("Reminder at half of"), "${{halfway(working_days({n}))}}"),
)


def _days(name: str, label: Text, pattern: str, numbers: range, language: str) -> Entry:
    return {
        "label": translate(label, language),
        "type": "Dropdown",
        "value": pattern.format(n=1),
        "choices": [
            {
                "name": translate(
                    text("{n} working days", n=n) if n else text("the same working day"), language
                ),
                "value": pattern.format(n=n),
            }
            for n in numbers
        ],
        "group": "term",
        "binding": {"type": "property", "name": name},
    }


@cache
def _icon(path: str) -> str:
    drawn = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="18" height="18" viewBox="0 0 18 18">'
        f'<path d="{path}" fill="none" stroke="#1f4e79" stroke-width="1.4"/></svg>'
    )
    return f"data:image/svg+xml;utf8,{quote(drawn)}"
