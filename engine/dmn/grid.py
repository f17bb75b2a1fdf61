"""Two versions of a decision table laid over each other: which cells changed, came and went."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.dmn.difference import Column, Rule, Table, Version, difference, frame_pairs
from engine.model.differences import Attribute, Kind


@dataclass(frozen=True, kw_only=True)
class Head:
    """A column of both versions."""

    #: ``input`` or ``output``.
    kind: str
    #: Label before; None if the column is new.
    old: str | None
    #: Label now; None if the column is gone.
    new: str | None


@dataclass(frozen=True, kw_only=True)
class Row:
    """A rule of both versions."""

    #: What happened to it; None: nothing.
    kind: Kind | None
    #: Its id in the new version, else in the old one.
    id: str
    #: Number before, from 1; 0 if the rule is new.
    was: int
    #: Number now; 0 if the rule is gone.
    now: int
    #: Cells in the order of the heads; None where the version has no such rule or column.
    cells: tuple[Attribute, ...]
    #: Its description before and now.
    note: Attribute


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table of both versions."""

    #: Id of the decision it is in.
    owner: str
    #: Name of that.
    name: str
    #: Columns: inputs, then outputs; those that are gone come last of their kind.
    heads: tuple[Head, ...]
    #: Rules in the new order; those that are gone stand where they stood.
    rows: tuple[Row, ...]


def grids(old: bytes, new: bytes) -> tuple[Grid, ...]:
    """Return the tables of both versions, one over the other; `XmlRefused`."""
    before, after = Version(old), Version(new)
    found = difference(before, after)
    kinds = {change.element: change.kind for change in found.changes if change.type == "rule"}
    pairs = frame_pairs(before, after) | dict(found.renamed)
    former = {pairs.get(table.owner, table.owner): table for table in before.tables}
    names = [table.owner for table in after.tables]
    tables: list[tuple[Table | None, Table | None]]
    tables = [(former.get(table.owner), table) for table in after.tables]
    tables += [(table, None) for owner, table in former.items() if owner not in names]
    return tuple(_grid(one, other, pairs, kinds) for one, other in tables)


def _grid(
    old: Table | None, new: Table | None, pairs: Mapping[str, str], kinds: Mapping[str, Kind]
) -> Grid:
    columns = _columns(old, new, pairs)
    shown = new or old
    return Grid(
        owner=shown.owner if shown else "",
        name=shown.name if shown else "",
        heads=tuple(_head(one, other) for one, other in columns),
        rows=tuple(
            _row(one, other, columns, (old, new), kinds) for one, other in _rules(old, new, pairs)
        ),
    )


def _head(old: Column | None, new: Column | None) -> Head:
    shown = new or old
    return Head(
        kind=shown.kind if shown else "",
        old=old.label if old else None,
        new=new.label if new else None,
    )


_Pair = tuple[Column | None, Column | None]


def _columns(old: Table | None, new: Table | None, pairs: Mapping[str, str]) -> list[_Pair]:
    before = {pairs.get(one.id, ""): one for one in (old.columns if old else ())}
    found: list[_Pair] = [(before.get(one.id), one) for one in (new.columns if new else ())]
    kept = {one.id for one, _ in found if one}
    found += [(one, None) for one in (old.columns if old else ()) if one.id not in kept]
    return sorted(found, key=lambda pair: next(one.kind for one in pair if one))


_Numbered = tuple[int, Rule] | None


def _rules(
    old: Table | None, new: Table | None, pairs: Mapping[str, str]
) -> Iterator[tuple[_Numbered, _Numbered]]:
    """Walk the rules of both; what is gone follows the rule it followed."""
    after: dict[str, list[_Numbered]] = {"": []}
    before: dict[str, _Numbered] = {}
    now = {rule.id for rule in (new.rules if new else ())}
    last = ""
    for number, rule in enumerate(old.rules if old else (), 1):
        name = pairs.get(rule.id, rule.id)
        if name in now:
            before[name] = (number, rule)
            last = name
        else:
            after.setdefault(last, []).append((number, rule))
    yield from ((one, None) for one in after[""])
    for number, rule in enumerate(new.rules if new else (), 1):
        yield before.get(rule.id), (number, rule)
        yield from ((one, None) for one in after.get(rule.id, ()))


def _row(
    old: _Numbered,
    new: _Numbered,
    columns: list[_Pair],
    tables: tuple[Table | None, Table | None],
    kinds: Mapping[str, Kind],
) -> Row:
    before, after = _cells(old, tables[0]), _cells(new, tables[1])
    name = new[1].id if new else old[1].id if old else ""
    notes = [one[1].facts.get("description") if one else None for one in (old, new)]
    return Row(
        kind=kinds.get(name),
        id=name,
        was=old[0] if old else 0,
        now=new[0] if new else 0,
        cells=tuple(
            Attribute(
                next(column.label for column in (other, one) if column),
                before.get(one.id) if one else None,
                after.get(other.id) if other else None,
            )
            for one, other in columns
        ),
        note=Attribute("description", *notes),
    )


def _cells(row: _Numbered, table: Table | None) -> dict[str, str]:
    if row is None or table is None:
        return {}
    return {column.id: cell for column, cell in zip(table.columns, row[1].cells, strict=False)}
