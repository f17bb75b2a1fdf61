"""The database: tables, one unit of work, one repository per noun. The only importer of SQLAlchemy.

Domains take from here `Base`, `Encrypted`, `UtcDateTime`, `Json` and `blind_index` for their `records`.
"""

from engine.store.crypto import Keys, blind_index
from engine.store.database import Database, UnitOfWork
from engine.store.ids import new_id
from engine.store.tables import Base
from engine.store.types import Encrypted, Json, UtcDateTime

__all__ = [
    "Base",
    "Database",
    "Encrypted",
    "Json",
    "Keys",
    "UnitOfWork",
    "UtcDateTime",
    "blind_index",
    "new_id",
]
