"""Running cases and what waits in them for people, for other cases and for messages."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from engine.store.tables.base import Id, metadata, only
from engine.store.types import UtcDateTime

#: States of a case that goes on, and all there are.
GOING_ON = ("active", "suspended")
STATUSES = (*GOING_ON, "completed", "failed", "cancelled")

instance = Table(
    "instance",
    metadata,
    Column("id", Id, primary_key=True),
    Column("definition_id", Id, ForeignKey("definition.id"), nullable=False, index=True),
    Column("process", String(255), nullable=False),
    Column("business_key", String(255), nullable=False, index=True),
    Column("status", String(16), nullable=False),
    Column("revision", Integer, nullable=False),
    #: Live state, sealed.
    Column("state", LargeBinary, nullable=False),
    #: Variables of the top scope, sealed: what pages and adapters read without loading the state.
    Column("variables", LargeBinary, nullable=False),
    #: Whether it ever waited for a message: spares most steps a statement.
    Column("waits", Boolean, nullable=False),
    Column("parent_id", Id, ForeignKey("instance.id"), index=True),
    #: Token of the call activity in the parent.
    Column("parent_token", Id),
    #: Topmost instance of the calls; its own id at the top.
    Column("root_id", Id, nullable=False, index=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("started_by", String(200), nullable=False),
    Column("ended_at", UtcDateTime),
    Column("end_element", String(255), nullable=False),
    Column("failure", Text, nullable=False),
    #: When it may be removed, set some time after its end; None: not decided yet, or never.
    Column("removal_at", UtcDateTime),
    only("ix_instance_removal", "removal_at IS NOT NULL", "removal_at", "id"),
    Index("ix_instance_process_status", "process", "status", "id"),
)

subscription = Table(
    "subscription",
    metadata,
    Column("id", Id, primary_key=True),
    #: None: a start event of `definition_id`.
    Column("instance_id", Id, ForeignKey("instance.id"), index=True),
    Column("definition_id", Id, ForeignKey("definition.id")),
    Column("business_key", String(255), nullable=False),
    Column("element", String(255), nullable=False),
    Column("token", String(32), nullable=False, index=True),
    #: message | signal.
    Column("kind", String(16), nullable=False),
    Column("name", String(255), nullable=False),
    Column("correlation", String(255), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_subscription_name", "kind", "name", "correlation"),
)

message = Table(
    "message",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(255), nullable=False),
    Column("correlation", String(255), nullable=False),
    Column("business_key", String(255), nullable=False),
    #: Sealed.
    Column("payload", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Index("ix_message_name", "name", "correlation", "business_key"),
)
