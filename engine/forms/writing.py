"""A form as it is kept: written so that a difference of two versions shows what changed.

Two spaces further in for each level, one value a line, keys in a fixed order: what a component is,
what it says, where its value goes, rules, children last. Numbers stay as they were written.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NoReturn

from engine.errors import ValueRefused
from engine.model.text import text

#: Keys that come first, in this order; the others follow by name, then `_LAST`.
FIRST = (
    "type",
    "id",
    "value",
    "key",
    "path",
    "schemaVersion",
    "isRepeating",
    "allowAddRemove",
    "defaultRepetitions",
    "text",
    "text:ru",
    "text:en",
    "label",
    "label:ru",
    "label:en",
    "row",
    "row:ru",
    "row:en",
    "rows:min",
    "rows:max",
    "description",
    "description:ru",
    "description:en",
    "properties",
    "subtype",
    "dateLabel",
    "validate",
    "maxLength",
    "minLength",
    "min",
    "max",
    "required",
    "accept",
    "multiple",
    "values",
    "valuesKey",
    "readonly",
    "conditional",
)
_LAST = ("layout", "components", "exporter", "generator", "versionTag")
_RANK = {name: place for place, name in enumerate(FIRST)}
_RANK |= {name: 1000 + place for place, name in enumerate(_LAST)}
#: Deepest nesting of lists and objects.
_DEEPEST = 60
_LAYOUT = frozenset({"row", "columns"})


class Number(str):
    """A number as it stands in the file: ``1.50`` is not made ``1.5``."""

    __slots__ = ()


def _refused(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def parsed(content: bytes) -> object:
    """Return JSON as plain data, numbers as `Number`. `ValueRefused` with the line."""
    try:
        source = content.decode("utf-8-sig")
        found: object = json.loads(
            source, parse_int=Number, parse_float=Number, parse_constant=_refused
        )
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 0)
        raise ValueRefused(
            text("Line {line} is not readable as JSON: {reason}", line=line, reason=str(error))
        ) from error
    _check_depth(found)
    return found


def _check_depth(value: object) -> None:
    level = [value]
    for _ in range(_DEEPEST):
        level = [inner for outer in level for inner in inside(outer)]
    if level:
        raise ValueRefused(text("Lists and objects are nested more than {n} deep", n=_DEEPEST))


def inside(value: object) -> list[object]:
    """Return what stands in a list or object."""
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def normal(content: bytes) -> bytes:
    """Return the form in its stable form; `ValueRefused` if it is no JSON.

    Rows of the layout that hold one component and no width are left out: the editor gives every
    component one, with an id of chance.
    """
    found = parsed(content)
    _plain_rows(found)
    return ("".join(_pieces(found, 0)) + "\n").encode()


def _plain_rows(value: object) -> None:
    inner = value.get("components") if isinstance(value, dict) else None
    components = [one for one in inside(inner) if isinstance(one, dict)]
    rows = Counter(row_of(one) for one in components)
    for one in components:
        _plain_rows(one)
        if _plain(one.get("layout")) and (rows[row_of(one)] == 1 or not row_of(one)):
            del one["layout"]


def _plain(layout: object) -> bool:
    """Tell whether a layout says no more than in which row."""
    if not isinstance(layout, dict) or not layout.keys() <= _LAYOUT:
        return False
    return layout.get("columns") is None


def row_of(component: Mapping[str, object]) -> str:
    """Return the id of the row of the layout a component stands in; empty if it has none."""
    layout = component.get("layout")
    return str(layout.get("row") or "") if isinstance(layout, Mapping) else ""


def _pieces(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, dict) and value:
        yield from _block("{}", [(f"{_text(key)}: ", value[key]) for key in _sorted(value)], depth)
    elif isinstance(value, list) and value:
        yield from _block("[]", [("", item) for item in value], depth)
    elif isinstance(value, Number):
        yield value
    else:
        yield _text(value)


def _block(brackets: str, items: list[tuple[str, object]], depth: int) -> Iterator[str]:
    pad = "\n" + "  " * depth
    yield brackets[0]
    for place, (name, item) in enumerate(items):
        yield f"{',' if place else ''}{pad}  {name}"
        yield from _pieces(item, depth + 1)
    yield pad + brackets[1]


def _sorted(value: dict[str, object]) -> list[str]:
    return sorted(value, key=lambda name: (_RANK.get(name, len(FIRST)), name))


def _text(value: object) -> str:
    written = json.dumps(value, ensure_ascii=False)
    # Half of a surrogate pair has no place in UTF-8, but may stand in JSON as ``\ud800``.
    halved = any("\ud800" <= sign <= "\udfff" for sign in written)
    return json.dumps(value) if halved else written
