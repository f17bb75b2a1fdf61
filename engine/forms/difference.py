"""What differs between two versions of a form: its components, attribute by attribute."""

import json
import re
from collections.abc import Iterator, Mapping

from engine.forms.writing import Number, inside, parsed, row_of
from engine.model.comparing import compare as compared
from engine.model.differences import Difference
from engine.model.matching import Thing

#: What the editor writes about itself.
_SILENT = frozenset({"exporter", "generator"})
#: Told apart from what a component says.
_OWN = frozenset({"id", "type", "components", "layout"})
_SCALAR = re.compile(r"true|false|null|-?\d[\d.eE+-]*")


def compare(old: bytes, new: bytes) -> Difference:
    """Return what differs between two forms; `ValueRefused` if one is no JSON."""
    return compared(things(old), things(new))


def things(content: bytes) -> list[Thing]:
    """Return the form itself and its components, in reading order; `ValueRefused`."""
    found = parsed(content)
    form: Mapping[str, object] = found if isinstance(found, dict) else {"content": found}
    told = dict(_facts(form, "", _SILENT | {"components"}))
    whole = Thing(id="", type="form", family="form", name=str(form.get("id") or ""), facts=told)
    return [whole, *_components(form, "")]


def _components(holder: Mapping[str, object], within: str) -> Iterator[Thing]:
    items = inside(holder.get("components"))
    rows: dict[str, list[str]] = {}
    for item in items:
        if isinstance(item, dict) and row_of(item):
            rows.setdefault(row_of(item), []).append(_name(item))
    for number, item in enumerate(items, 1):
        component = item if isinstance(item, dict) else {"value": item}
        spare = f"{within}.{number}" if within else str(number)
        thing = _thing(component, _name(component) or spare, within, rows)
        yield thing
        yield from _components(component, thing.id)


def _name(component: Mapping[str, object]) -> str:
    return str(component.get("id") or component.get("key") or component.get("path") or "")


#: Components of one row that are named: form-js has sixteen columns.
_BESIDE = 16


def _thing(
    component: Mapping[str, object], name: str, within: str, rows: Mapping[str, list[str]]
) -> Thing:
    layout = component.get("layout")
    place = dict(_facts(layout, "layout.", frozenset({"row"})) if isinstance(layout, dict) else ())
    beside = rows.get(row_of(component), [])
    if len(beside) > 1:
        place["row"] = ", ".join(beside[:_BESIDE])
    values = [_option(one) for one in inside(component.get("values"))]
    return Thing(
        id=name,
        type=str(component.get("type") or ""),
        family="component",
        name=str(component.get("label") or component.get("text") or ""),
        within=within,
        facts=dict(_facts(component, "", _OWN)),
        place={key: value for key, value in place.items() if value != "null"},
        sequences={"values": tuple(values)} if values else {},
        ranked=True,
    )


def _facts(
    holder: Mapping[str, object], path: str, silent: frozenset[str]
) -> Iterator[tuple[str, str]]:
    for key, value in holder.items():
        if key not in silent:
            yield from _flat(value, f"{path}{key}")


def _flat(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Walk the values in a value, each under its path; options under their value."""
    if isinstance(value, dict) and value:
        yield from _facts(value, f"{path}.", frozenset())
    elif isinstance(value, list) and value:
        seen: dict[str, int] = {}
        for number, item in enumerate(value, 1):
            name = _option(item) if isinstance(item, dict) and "value" in item else str(number)
            seen[name] = seen.get(name, 0) + 1
            again = f"#{seen[name]}" if seen[name] > 1 else ""
            yield from _flat(_rest(item), f"{path}[{name}{again}]")
    else:
        yield path, _said(value)


def _option(option: object) -> str:
    """Return what an answer submits."""
    value = option.get("value") if isinstance(option, dict) else option
    return value if isinstance(value, str) else _said(value)


def _rest(option: object) -> object:
    """Return what an option says besides its value."""
    if isinstance(option, dict) and "value" in option:
        return {key: value for key, value in option.items() if key != "value"}
    return option


def _said(value: object) -> str:
    """Return a value as text; a text that looks like a number stands in quotes."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, str) and not _SCALAR.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=False)
