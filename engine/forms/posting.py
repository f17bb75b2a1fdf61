"""A posted HTML form → nested values. Names are paths: ``members.0.iin``.

Nothing is judged here: what was typed comes back as it was typed, so that the page can show it
again. Buttons that change rows and files are ordinary submit buttons, ``_add:members``,
``_remove:members.0`` and ``_drop:members.0.scans`` with the document's id as value: the form works
without JavaScript.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.errors import FormRefused
from engine.forms.definition import LISTS, Field, Kind
from engine.forms.intake import MOST_ROWS, WAS
from engine.forms.values import at, put
from engine.model.text import text

ADD, REMOVE, DROP = "_add:", "_remove:", "_drop:"
#: Names of one post, characters of all its values, steps of one path.
_MOST_PAIRS, _MOST_CHARACTERS, _DEEPEST = 10_000, 4_000_000, 16

Pairs = Iterable[tuple[str, str]]


@dataclass
class _Node:
    """Everything posted under one path."""

    #: Values of exactly this name.
    values: list[str] = field(default_factory=list)
    #: Longer names, by their next step.
    inner: dict[str, "_Node"] = field(default_factory=dict)

    def find(self, path: Iterable[str]) -> "_Node":
        """Return what stands below; an empty node if nothing does."""
        node = self
        for step in path:
            node = node.inner.get(step) or _Node()
        return node


def pressed(pairs: Pairs) -> str | None:
    """Return the row or file button that was pressed, e.g. ``_add:members``; None if none was."""
    return next((name for name, _ in pairs if name.startswith((ADD, REMOVE, DROP))), None)


def decode(fields: Sequence[Field], pairs: Pairs) -> dict[str, object]:
    """Return nested values."""
    return _scope(fields, _tree(pairs))


def edited(fields: Sequence[Field], pairs: Pairs) -> dict[str, object] | None:
    """Return nested values with a row more or less; None if no row button was pressed."""
    kept = list(pairs)
    button = pressed(kept)
    if button is None:
        return None
    values = decode(fields, kept)
    steps = button.partition(":")[2].split(".")
    if button.startswith(ADD):
        _add(fields, values, steps)
    elif button.startswith(REMOVE):
        _remove(fields, values, steps)
    else:
        _drop(fields, values, steps, dict(kept)[button])
    return values


def _tree(pairs: Pairs) -> _Node:
    root, count, size = _Node(), 0, 0
    for name, value in pairs:
        count, size = count + 1, size + len(value)
        if count > _MOST_PAIRS or size > _MOST_CHARACTERS:
            raise FormRefused(text("More was sent than this form can hold"), {})
        steps = name.split(".", _DEEPEST)
        if name.startswith("_") or len(steps) > _DEEPEST:
            continue
        node = root
        for step in steps:
            node = node.inner.setdefault(step, _Node())
        node.values.append(value)
    return root


def _scope(fields: Sequence[Field], node: _Node) -> dict[str, object]:
    out: dict[str, object] = {}
    for outer in fields:
        for part in outer.scoped:
            found = _value(part, node.find(part.path))
            if found is not None:
                put(out, part.path, found)
    return out


def _value(part: Field, node: _Node) -> object:
    if part.kind is Kind.DYNAMICLIST:
        return _rows(part, node)
    if part.kind in LISTS:
        return [value for value in node.values if value]
    if part.kind is Kind.CHECKBOX:
        return bool(node.values) and node.values[-1] not in ("", "false")
    if part.kind is Kind.DATETIME and "_date" in node.inner:
        return " ".join(_last(node.inner.get(half)) for half in ("_date", "_time")).strip()
    return node.values[-1] if node.values else None


def _last(node: _Node | None) -> str:
    return node.values[-1] if node and node.values else ""


def _rows(part: Field, node: _Node) -> list[dict[str, object]]:
    numbers = sorted((int(n), n) for n in node.inner if n.isascii() and n.isdigit() and len(n) < 6)
    rows: list[dict[str, object]] = []
    for _, number in numbers[:MOST_ROWS]:
        inner = node.inner[number]
        row = _scope(part.fields, inner)
        row[WAS] = _last(inner.inner.get(WAS))
        rows.append(row)
    return rows


# ── row buttons ──────────────────────────────────────────────────────────────────────────


def _list_at(
    fields: Sequence[Field], values: dict[str, object], steps: Sequence[str]
) -> tuple[Field, list[object], Sequence[str]] | None:
    """Return the list a path leads to, its rows, and what is left of the path."""
    for outer in fields:
        for part in outer.scoped:
            length = len(part.path)
            if part.kind is Kind.DYNAMICLIST and tuple(steps[:length]) == part.path:
                return part, _rows_at(values, part), steps[length:]
    return None


def _rows_at(values: dict[str, object], part: Field) -> list[object]:
    rows = at(values, part.path)
    return rows if isinstance(rows, list) else []


def _row(rows: Sequence[object], number: str) -> dict[str, object] | None:
    fine = number.isascii() and number.isdigit() and len(number) < 6 and int(number) < len(rows)
    row = rows[int(number)] if fine else None
    return row if isinstance(row, dict) else None


def _add(fields: Sequence[Field], values: dict[str, object], steps: Sequence[str]) -> None:
    found = _list_at(fields, values, steps)
    if found is None:
        return
    part, rows, rest = found
    inner = _row(rows, rest[0]) if rest else None
    if inner is not None:
        _add(part.fields, inner, rest[1:])
    elif not rest and part.rows.editable and len(rows) < part.rows.most:
        put(values, part.path, [*rows, {WAS: ""}])


def _remove(fields: Sequence[Field], values: dict[str, object], steps: Sequence[str]) -> None:
    found = _list_at(fields, values, steps)
    if found is None:
        return
    part, rows, rest = found
    inner = _row(rows, rest[0]) if rest else None
    if inner is None:
        return
    if len(rest) > 1:
        _remove(part.fields, inner, rest[1:])
    elif part.rows.editable:
        del rows[int(rest[0])]


def _files_at(
    fields: Sequence[Field], values: dict[str, object], steps: Sequence[str]
) -> tuple[Field, dict[str, object]] | None:
    """Return the filepicker at a path and the values of its scope."""
    for part in (part for outer in fields for part in outer.scoped):
        if part.kind is Kind.FILEPICKER and part.path == tuple(steps):
            return part, values
    found = _list_at(fields, values, steps)
    row = _row(found[1], found[2][0]) if found and found[2] else None
    return _files_at(found[0].fields, row, found[2][1:]) if found and row is not None else None


def _ids_at(part: Field, home: Mapping[str, object]) -> list[object]:
    there = at(home, part.path)
    return list(there) if isinstance(there, list) else []


def _drop(
    fields: Sequence[Field], values: dict[str, object], steps: Sequence[str], document: str
) -> None:
    found = _files_at(fields, values, steps)
    if found is not None:
        part, home = found
        put(home, part.path, [one for one in _ids_at(part, home) if one != document])


def attach(
    fields: Sequence[Field], values: Mapping[str, object], steps: Sequence[str], document: str
) -> dict[str, object]:
    """Return a copy of the values with a document added; a single file is replaced."""
    out = _copied(values)
    found = _files_at(fields, out, steps)
    if found is not None:
        part, home = found
        before = _ids_at(part, home) if part.file.multiple else []
        put(home, part.path, [*before, document])
    return out


def _copied(values: Mapping[str, object]) -> dict[str, object]:
    return {key: _copy(value) for key, value in values.items()}


def _copy(value: object) -> object:
    if isinstance(value, Mapping):
        return _copied(value)
    return [_copy(item) for item in value] if isinstance(value, list) else value
