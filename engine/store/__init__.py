"""The database: tables, one unit of work, one repository per noun. Only it imports SQLAlchemy.

Domains take from here `Base`, `Encrypted`, `UtcDateTime`, `Json`, `blind_index` for their `records`
and name their folder of migrations with `add_migrations`.
"""

from engine.store.branches import add_migrations
from engine.store.crypto import Keys, blind_index
from engine.store.database import Database
from engine.store.ids import new_id
from engine.store.tables import Base
from engine.store.types import Encrypted, Json, UtcDateTime
from engine.store.work import UnitOfWork

__all__ = [
    "Base",
    "Database",
    "Encrypted",
    "Json",
    "Keys",
    "UnitOfWork",
    "UtcDateTime",
    "add_migrations",
    "blind_index",
    "new_id",
]
