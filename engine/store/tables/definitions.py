"""What is deployed: deployments, their files, versions of processes."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from engine.store.tables.base import Id, metadata
from engine.store.types import Json, UtcDateTime

deployment = Table(
    "deployment",
    metadata,
    Column("id", Id, primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("note", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(200), nullable=False),
)

resource = Table(
    "resource",
    metadata,
    Column("deployment_id", Id, ForeignKey("deployment.id"), primary_key=True),
    Column("name", String(255), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

definition = Table(
    "definition",
    metadata,
    Column("id", Id, primary_key=True),
    Column("deployment_id", Id, ForeignKey("deployment.id"), nullable=False, index=True),
    Column("key", String(255), nullable=False),
    Column("version", Integer, nullable=False),
    Column("resource", String(255), nullable=False),
    Column("names", Json, nullable=False),
    UniqueConstraint("key", "version"),
)
