"""Do these keys open this database? Asked before anything is moved or restored."""

from typing import Any

from sqlalchemy import Connection, LargeBinary, Table, func, inspect, select

from engine.errors import Unavailable, ValueRefused
from engine.model.text import text
from engine.store.crypto import Keys
from engine.store.moving.side import raw, tables
from engine.store.tables import SEALED, account
from engine.store.types import Encrypted


def sealed_columns(found: Table) -> list[str]:
    """Return the names of the columns of a table whose values are encrypted."""
    return [
        one.name
        for one in found.columns
        if isinstance(one.type, Encrypted) or f"{found.name}.{one.name}" in SEALED
    ]


def place_of(found: Table, name: str, key: object) -> str:
    """Return what a value was sealed for."""
    kind = found.columns[name].type
    return kind.place if isinstance(kind, Encrypted) else f"{found.name}.{name}:{key}"


def check_keys(connection: Connection, keys: Keys, database: str) -> None:
    """Open one value of every key version in every sealed column; `ValueRefused` names one.

    Reads two bytes of every sealed value: about a second for a million rows. What an older schema
    lacks holds nothing.
    """
    seen = inspect(connection)
    there = set(seen.get_table_names())
    for found in (one for one in tables() if one.name in there):
        has = {one["name"] for one in seen.get_columns(found.name)}
        for name in (one for one in sealed_columns(found) if one in has):
            _check_column(connection, keys, database, found, name)
    _check_index(connection, keys, database)


def _check_column(
    connection: Connection, keys: Keys, database: str, found: Table, name: str
) -> None:
    whole = raw(found)
    key, value = whole.c[next(iter(found.primary_key.columns)).name], whole.c[name]
    version = func.substr(value, 1, 2, type_=LargeBinary())
    for used in connection.execute(select(version).where(value.is_not(None)).distinct()).scalars():
        one = connection.execute(select(key, value).where(version == used).limit(1)).one()
        try:
            keys.unseal(bytes(one[1]), place_of(found, name, one[0]))
        except Unavailable as problem:
            raise _refused(f"{found.name}.{name}", bytes(used), database) from problem


def _check_index(connection: Connection, keys: Keys, database: str) -> None:
    """Compare one blind index with the IIN that it stands for."""
    known = select(raw(account)).where(raw(account).c.iin_index != "").limit(1)
    row: Any = connection.execute(known).first()
    if row is None:
        return
    iin = keys.unseal(bytes(row.iin), "account.iin").decode()
    if iin and keys.blind(iin) != row.iin_index:
        raise _refused("account.iin_index", b"", database)


def _refused(column: str, version: bytes, database: str) -> ValueRefused:
    number = int.from_bytes(version, "big") or "index"
    return ValueRefused(
        text(
            "The keys do not open {column} (key version {version}); name the keys of {database}",
            column=column,
            version=number,
            database=database,
        )
    )
