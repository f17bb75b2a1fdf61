"""Who does the work, and which handlers are to wait."""

from sqlalchemy import Boolean, Column, Integer, String, Table

from engine.store.tables.base import metadata
from engine.store.types import Encrypted, Json, UtcDateTime

executor = Table(
    "executor",
    metadata,
    #: As it stands in ``job.locked_by``.
    Column("id", String(100), primary_key=True),
    Column("host", String(255), nullable=False),
    Column("pid", Integer, nullable=False),
    #: web | worker.
    Column("kind", String(16), nullable=False),
    #: Whether it does jobs; pages of a cluster do none.
    Column("works", Boolean, nullable=False),
    #: Version of the program.
    Column("release", String(100), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("stopped_at", UtcDateTime),
    #: Topics that it has handlers for.
    Column("topics", Json, nullable=False),
)

handler_pause = Table(
    "handler_pause",
    metadata,
    Column("topic", String(255), primary_key=True),
    #: In the administrator's own words.
    Column("reason", Encrypted("handler_pause.reason"), nullable=False),
    #: Account, and its name at that time.
    Column("author", String(64), nullable=False),
    Column("author_name", String(200), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    #: When it ends by itself; None: when somebody ends it.
    Column("until", UtcDateTime),
)
