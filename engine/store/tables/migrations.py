"""Batches of cases that are taken over to another version, and how it went with each."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text

from engine.store.tables.base import Id, metadata
from engine.store.types import Encrypted, Json, UtcDateTime

migration = Table(
    "migration",
    metadata,
    Column("id", Id, primary_key=True),
    Column("process", String(255), nullable=False),
    Column("source_id", Id, ForeignKey("definition.id"), nullable=False),
    Column("target_id", Id, ForeignKey("definition.id"), nullable=False),
    #: Element of the new version by element of the old one.
    Column("mapping", Json, nullable=False),
    #: Why, in the person's own words: they may name people.
    Column("reason", Encrypted("migration.reason"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(200), nullable=False),
    #: When the last case was dealt with; None: some wait, and whoever runs it goes on with them.
    Column("finished_at", UtcDateTime),
    Index("ix_migration_process", "process", "id"),
)

migration_case = Table(
    "migration_case",
    metadata,
    Column("migration_id", Id, ForeignKey("migration.id"), primary_key=True),
    #: No reference: a report outlives the cases, whose ids say nothing of people.
    Column("instance_id", Id, primary_key=True),
    #: waiting | moved | refused.
    Column("outcome", String(16), nullable=False),
    #: Why it was refused (`engine.model.migrations.Obstacle`); empty otherwise.
    Column("obstacle", String(16), nullable=False),
    #: Element at which the case stands; empty if it was moved.
    Column("element", String(255), nullable=False),
    #: The same as a packed sentence, no personal data; empty if it was moved.
    Column("message", Text, nullable=False),
    #: When.
    Column("at", UtcDateTime),
    Index("ix_migration_case_outcome", "migration_id", "outcome", "instance_id"),
)
