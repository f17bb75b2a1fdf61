"""Copies an installation to an empty database, of whichever kind, and proves the copy row by row.

Tables in the order of what refers to what, rows in the order of their keys, a transaction for each
batch: whatever is there after a kill is a beginning of each table, and the next run goes on behind
its last key. A mark in the target says whose copy it is, keeps servers away from half of one, and
goes in the transaction that finishes the whole.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Table,
    exc,
    func,
    insert,
    select,
)
from sqlalchemy import text as sql
from sqlalchemy.schema import AddConstraint

from engine.errors import ValueRefused
from engine.model.text import text
from engine.store.crypto import Keys
from engine.store.faults import mapped
from engine.store.moving.keycheck import check_keys
from engine.store.moving.marks import begin, check_schema, mark, own_references, prepare
from engine.store.moving.side import Key, Side, alone, digest, named, raw, tables

#: Bytes of a batch after which it is written, however few its rows are.
MOST_BYTES = 8_000_000
#: Rows of a batch.
BATCH = 500

#: Hears how many rows of how many are done, twice per row: copied, verified.
Told = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class Copied:
    """A table that is the same on both sides."""

    #: Its name.
    table: str
    #: How many rows.
    rows: int
    #: SHA-256 over the digests of its rows in the order of the key, hexadecimal.
    digest: str


def copy(
    source: str,
    target: str,
    keys: Keys,
    *,
    anew: bool = False,
    batch: int = BATCH,
    told: Told = lambda _table, _done, _of: None,
) -> list[Copied]:
    """Copy what is at one address to another that is empty, or holds an unfinished copy of it.

    Raises `Unavailable` if either end is in use, `ValueRefused` for a target with other data, a
    schema that is not this program's, missing keys, a source that changed since the copy began
    (`anew` throws away what was copied), a row that the target cannot keep or keeps differently.
    """
    if named(source) == named(target):
        raise ValueRefused(text("Source and target of a copy are the same database"))
    with mapped(), alone(source, writing=False) as here:
        return copy_open(here, target, keys, told, anew=anew, batch=batch)


def copy_open(
    here: Side, target: str, keys: Keys, told: Told, *, anew: bool = False, batch: int = BATCH
) -> list[Copied]:
    """Do that from a connection whose reader sees one snapshot, e.g. for a backup."""
    with alone(target, writing=True) as there:
        check_schema(here)
        check_keys(here.connection, keys, here.name)
        prepare(there)
        begin(here, there, anew=anew)
        return _Copying(here, there, batch, told).run()


class _Copying:
    """Goes through the tables twice: copies, then compares."""

    def __init__(self, here: Side, there: Side, batch: int, told: Told) -> None:
        self.here, self.there, self.batch, self._told = here, there, batch, told
        self.tables = tables()
        self._of = 2 * sum(here.count(found) for found in self.tables)
        self._done = 0

    def run(self) -> list[Copied]:
        for found in self.tables:
            self._copy(found)
        done = [self._compare(found) for found in self.tables]
        self._finish()
        return done

    def _tell(self, found: Table, count: int) -> None:
        self._done += count
        self._told(found.name, self._done, self._of)

    def _copy(self, found: Table) -> None:
        after = self.there.last(found)
        if after is not None:
            self._tell(found, self.there.count(found))
        for rows in batches(self.here.rows(found, after, self.batch), self.batch):
            self._write(found, rows)
            self.there.connection.commit()
            self._tell(found, len(rows))

    def _write(self, found: Table, rows: list[dict[str, Any]]) -> None:
        try:
            with self.there.connection.begin_nested():
                self.there.connection.execute(insert(raw(found)), rows)
        except (exc.DataError, exc.IntegrityError, ValueError) as problem:
            if len(rows) > 1:  # find the one
                for row in rows:
                    self._write(found, [row])
                return
            raise self._refused(
                found, tuple(rows[0][one.name] for one in found.primary_key)
            ) from problem

    def _refused(self, found: Table, key: Key) -> ValueRefused:
        return ValueRefused(
            text(
                "{database} cannot keep the row {key} of {table}",
                database=self.there.name,
                key=_written(key),
                table=found.name,
            )
        )

    def _compare(self, found: Table) -> Copied:
        whole, count = hashlib.sha256(), 0
        pairs = zip_longest(
            self.here.rows(found, size=self.batch), self.there.rows(found, size=self.batch)
        )
        for one, other in pairs:
            said = digest(one) if one is not None else b""
            if one is None or other is None or digest(other) != said:
                row = one if one is not None else other
                raise self._differs(found, _key(found, row))
            whole.update(said)
            count += 1
            if count % self.batch == 0:
                self._tell(found, self.batch)
        self._tell(found, count % self.batch)
        return Copied(table=found.name, rows=count, digest=whole.hexdigest())

    def _differs(self, found: Table, key: Key) -> ValueRefused:
        return ValueRefused(
            text(
                "Row {key} of {table} is not the same in both databases; "
                "start the copy again with --anew",
                key=_written(key),
                table=found.name,
            )
        )

    def _finish(self) -> None:
        """Put back references, set counters, take the mark away: one transaction."""
        connection = self.there.connection
        connection.rollback()  # what was read for the comparison
        if self.there.dialect == "sqlite":
            _check_references(connection)
        for one in own_references(self.there):
            connection.execute(AddConstraint(one))
        _set_counters(connection)
        mark.drop(connection)
        connection.commit()


def _check_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise ValueRefused(
            text(
                "A row of {table} refers to a row of {other} that is not there",
                table=broken[0],
                other=broken[2],
            )
        )


def _set_counters(connection: Connection) -> None:
    """Have PostgreSQL count on behind the greatest number; SQLite does so by itself."""
    if connection.dialect.name == "sqlite":
        return
    for found in tables():
        counted = found.autoincrement_column
        if counted is None:
            continue
        name = {"table": f'"{found.name}"', "column": counted.name}
        sequence = connection.execute(
            sql("SELECT pg_get_serial_sequence(:table, :column)"), name
        ).scalar()
        if sequence is not None:
            last = connection.execute(select(func.max(counted))).scalar()
            values = {"sequence": sequence, "last": last or 1, "used": last is not None}
            connection.execute(sql("SELECT setval(:sequence, :last, :used)"), values)


def batches(rows: Iterator[Row[Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    """Cut rows into lists of at most so many, and of about `MOST_BYTES`."""
    held: list[dict[str, Any]] = []
    weight = 0
    for row in rows:
        held.append(dict(row._mapping))
        weight += sum(len(value) for value in row if isinstance(value, bytes | str))
        if len(held) == size or weight > MOST_BYTES:
            yield held
            held, weight = [], 0
    if held:
        yield held


def _key(found: Table, row: Any) -> Key:
    return tuple(row._mapping[one.name] for one in found.primary_key.columns)


def _written(key: Key) -> str:
    return ", ".join(map(str, key))
