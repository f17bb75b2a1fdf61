"""The working calendar and settings."""

from sqlalchemy import Boolean, Column, Date, String, Table, Text

from engine.store.tables.base import Id, metadata
from engine.store.types import Encrypted, UtcDateTime

calendar_day = Table(
    "calendar_day",
    metadata,
    Column("day", Date, primary_key=True),
    Column("working", Boolean, nullable=False),
    Column("source", String(255), nullable=False),
    Column("note", Text, nullable=False),
    #: Set by an administrator: seeding leaves it alone.
    Column("fixed", Boolean, nullable=False),
)

setting = Table(
    "setting",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("value", Text, nullable=False),
    #: When an administrator set it, and her account; None: the program itself did.
    Column("changed_at", UtcDateTime),
    Column("changed_by", Id),
    #: Why, in her own words.
    Column("reason", Encrypted("setting.reason")),
)
