"""Attempts that are counted for all web processes together."""

from sqlalchemy import BigInteger, Column, Integer, String, Table

from engine.store.tables.base import metadata

attempt = Table(
    "attempt",
    metadata,
    #: Blind index of what is counted, a login or an address: neither stands here in clear.
    Column("key", String(64), primary_key=True),
    #: When its window ends: seconds since 1970 by the database's clock.
    Column("ends_at", BigInteger, nullable=False, index=True),
    Column("tried", Integer, nullable=False),
)
