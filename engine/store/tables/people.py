"""Organisations, accounts, who may what where, and what people were told."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Table

from engine.store.tables.base import Id, metadata
from engine.store.types import Encrypted, Json, UtcDateTime

organisation = Table(
    "organisation",
    metadata,
    Column("code", String(100), primary_key=True),
    Column("names", Json, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("region", String(9), nullable=False),
    Column("bin", String(12), nullable=False),
)

account = Table(
    "account",
    metadata,
    Column("id", Id, primary_key=True),
    Column("login", String(100), nullable=False, unique=True),
    Column("password", String(255), nullable=False),
    Column("name", String(200), nullable=False),
    Column("iin", Encrypted("account.iin"), nullable=False),
    Column("iin_index", String(64), nullable=False, index=True),
    Column("language", String(2), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    #: Counts what ended all sessions: signing out, a new password. A cookie names its number.
    Column("sessions", Integer, nullable=False, server_default="0"),
)

membership = Table(
    "membership",
    metadata,
    Column("account_id", Id, ForeignKey("account.id"), primary_key=True),
    Column("role", String(100), primary_key=True),
    Column("organisation", String(100), ForeignKey("organisation.code"), primary_key=True),
    Index("ix_membership_organisation_role", "organisation", "role"),
)

substitution = Table(
    "substitution",
    metadata,
    Column("id", Id, primary_key=True),
    #: Account of who is away.
    Column("absent", Id, ForeignKey("account.id"), nullable=False),
    #: Account of who works in her place.
    Column("substitute", Id, ForeignKey("account.id"), nullable=False),
    Column("organisation", String(100), ForeignKey("organisation.code"), nullable=False),
    #: Names of the roles; an empty list: every role that the absent person holds there.
    Column("roles", Json, nullable=False),
    #: First and last local day (Asia/Almaty), both included.
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    #: Whether her open tasks go to the substitute when it begins.
    Column("hand_over", Boolean, nullable=False),
    Column("set_at", UtcDateTime, nullable=False),
    #: Account of who set it; None: the installation itself.
    Column("set_by", Id),
    #: When it was ended before its last day was over; None: it was not.
    Column("ended_at", UtcDateTime),
    Column("ended_by", Id),
    Index("ix_substitution_substitute", "substitute", "last_day"),
    Index("ix_substitution_absent", "absent", "last_day"),
    Index("ix_substitution_organisation", "organisation", "last_day"),
)

notification = Table(
    "notification",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey("account.id"), nullable=False),
    Column("kind", String(100), nullable=False),
    Column("instance_id", Id, ForeignKey("instance.id")),
    Column("business_key", String(255), nullable=False),
    Column("task_id", Id),
    Column("params", Encrypted("notification.params", "json"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("read_at", UtcDateTime),
    Index("ix_notification_account_id_id", "account_id", "id"),
)
