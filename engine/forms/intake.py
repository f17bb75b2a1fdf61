"""First pass of a check: every value read by its component's type, whatever is visible."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from engine.errors import ValueRefused
from engine.forms.definition import Field, Kind
from engine.forms.formulas import Formula
from engine.forms.scope import Values, flat
from engine.forms.values import at, empty, put, read
from engine.model.text import Text

#: Rows of one list that are read at all.
MOST_ROWS = 200
#: Name under which a row says which of the server's rows it was.
WAS = "_was"


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one check carries along."""

    #: The form's components.
    fields: Sequence[Field]
    #: The clock's time.
    now: datetime
    #: What the server knows.
    context: Mapping[str, object]
    #: Ids that may be named as files.
    documents: Collection[str]
    #: What could not be read, by path.
    unread: dict[str, Text] = field(default_factory=dict)
    #: Paths that are readonly or disabled.
    fixed: set[str] = field(default_factory=set)


def read_all(run: Run, data: Mapping[str, object]) -> Values:
    """Return the whole submission, read."""
    return _read_scope(run, run.fields, data, run.context, "")


def _read_scope(
    run: Run,
    fields: Sequence[Field],
    data: Mapping[str, object],
    known: Mapping[str, object],
    prefix: str,
) -> Values:
    out: Values = {}
    for part in flat(fields):
        path = prefix + part.key
        raw = at(data, part.path)
        if part.kind is Kind.DYNAMICLIST:
            value: object = _read_rows(run, part, raw, at(known, part.path), path)
        elif part.kind is Kind.EXPRESSION:
            value = None
        elif _fixed(run, part, known):
            run.fixed.add(path)
            value = at(known, part.path)
        else:
            value = _read_one(run, part, raw, path)
        put(out, part.path, value)
    return out


def _fixed(run: Run, part: Field, known: Mapping[str, object]) -> bool:
    if isinstance(part.readonly, Formula):
        return part.disabled or part.readonly.holds({**run.context, "this": known}, run.now)
    return part.disabled or part.readonly


def _read_one(run: Run, part: Field, raw: object, path: str) -> object:
    try:
        return read(part, raw, run.context, run.documents)
    except ValueRefused as error:
        run.unread[path] = error.text
        return empty(part)


def _read_rows(run: Run, part: Field, raw: object, known: object, path: str) -> list[Values]:
    before = known if isinstance(known, list) else []
    if not part.rows.editable:
        raw = _same_rows(raw, before)
    if not isinstance(raw, list):
        return []
    rows = [row if isinstance(row, Mapping) else {} for row in raw[:MOST_ROWS]]
    taken: set[int] = set()
    return [
        _read_scope(run, part.fields, row, _row_before(row, before, taken), f"{path}.{number}.")
        for number, row in enumerate(rows)
    ]


def _same_rows(raw: object, before: Sequence[object]) -> list[object]:
    """Return one submitted row for each known one, where rows may not be added or removed."""
    by_origin: dict[int, object] = {}
    for number, row in enumerate(raw if isinstance(raw, list) else []):
        origin = _origin(row) if WAS in _mapping(row) else number
        if origin is not None:
            by_origin[origin] = row
    return [{**_mapping(by_origin.get(number)), WAS: number} for number in range(len(before))]


def _mapping(row: object) -> Mapping[str, object]:
    return row if isinstance(row, Mapping) else {}


def _origin(row: object) -> int | None:
    said = str(_mapping(row).get(WAS, ""))
    return int(said) if said.isascii() and said.isdigit() and len(said) < 6 else None


def _row_before(row: object, before: Sequence[object], taken: set[int]) -> Mapping[str, object]:
    """Return the server's row that a submitted one was; no two may claim the same."""
    origin = _origin(row)
    if origin is None or origin in taken or origin >= len(before):
        return {}
    taken.add(origin)
    return _mapping(before[origin])
