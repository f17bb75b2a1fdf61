"""What happened: a case's events, and the chain of audited acts."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from engine.store.tables.base import Id, metadata
from engine.store.types import Encrypted, Json, Number, UtcDateTime

event = Table(
    "event",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("instance_id", Id, ForeignKey("instance.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("what", String(32), nullable=False),
    Column("element", String(255), nullable=False),
    Column("token", String(32), nullable=False),
    Column("actor_kind", String(16), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("actor_name", String(200), nullable=False),
    Column("detail", Json, nullable=False),
    #: Why, in the person's own words: they may name people. None: nothing was said.
    Column("reason", Encrypted("event.reason")),
    #: What it went by, e.g. a decision's inputs: it may tell of people. None: nothing is kept.
    Column("sealed", Encrypted("event.sealed", "json")),
    Index("ix_event_instance_id_id", "instance_id", "id"),
    #: Which elements a case passed, how, and the newest of each, without walking its history.
    Index("ix_event_case_element", "instance_id", "element", "what", "id"),
)

audit = Table(
    "audit",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor_kind", String(16), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("act", String(64), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("detail", Json, nullable=False),
    #: SHA-256 of the hash before it and the row's digest.
    Column("hash", LargeBinary(32), nullable=False),
    #: The newest links of a subject, however many it has.
    Index("ix_audit_subject_number", "subject", "number"),
    #: What somebody did, and where something was done, newest first.
    Index("ix_audit_actor_number", "actor", "number"),
    Index("ix_audit_act_number", "act", "number"),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", Number, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
)
