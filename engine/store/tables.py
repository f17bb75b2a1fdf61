"""All tables of the engine. Domains add theirs to the same `Base`.

Ids are 32 hexadecimal digits; those the engine makes rise with time (`engine.store.ids`), a task's
id is its token. Columns of `LargeBinary` named in `SEALED` are encrypted with their row's id in the
associated data; `Encrypted` ones with table and column.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase

from engine.store.types import Encrypted, Json, Number, UtcDateTime

#: Deadlines from here on mean "none": lists are sorted by the column, and a null would break keyset
#: paging. Work without a deadline comes after all other, in the order in which it came.
NEVER = datetime(9000, 1, 1, tzinfo=UTC)
_FAR = timedelta(days=2_556_698)


def no_deadline(arrived: datetime) -> datetime:
    """Return what stands in ``due_at`` for work without a deadline."""
    return arrived + _FAR


def deadline(due_at: datetime | None) -> datetime | None:
    """Return the deadline that ``due_at`` stands for; None: there is none."""
    return None if due_at is None or due_at >= NEVER else due_at


Id = String(32)


class Base(DeclarativeBase):
    """Declarative base for the records of domains; carries the engine's tables too."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


metadata = Base.metadata

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
    Index("ix_instance_process_status", "process", "status", "id"),
)

_open = text("status = 'open'")

user_task = Table(
    "user_task",
    metadata,
    #: The token, hexadecimal.
    Column("id", Id, primary_key=True),
    Column("instance_id", Id, ForeignKey("instance.id"), nullable=False),
    Column("process", String(255), nullable=False),
    Column("element", String(255), nullable=False),
    Column("business_key", String(255), nullable=False),
    Column("status", String(16), nullable=False),
    #: First candidate. Further ones, which are rare, stand in `task_candidate`.
    Column("role", String(100), nullable=False),
    Column("organisation", String(100), nullable=False),
    Column("more_candidates", Boolean, nullable=False),
    Column("assignee", Id),
    Column("claimed_at", UtcDateTime),
    Column("form", String(255), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("completed_by", Id),
    #: Digest of what was submitted: the same form sent twice answers the same.
    Column("submission", String(64), nullable=False),
    #: Which arrival at this element it is, from 1.
    Column("round", Integer, nullable=False),
    #: Revision of the instance in whose step it arrived.
    Column("step", Integer, nullable=False),
    #: Local variables, sealed.
    Column("local", LargeBinary),
    #: Counts drafts, claims and assignments.
    Column("revision", Integer, nullable=False),
    #: What was typed and not sent, sealed.
    Column("draft", LargeBinary),
    Column("draft_at", UtcDateTime),
    Index(
        "ix_user_task_candidate",
        "organisation",
        "role",
        "due_at",
        "id",
        sqlite_where=_open,
        postgresql_where=_open,
    ),
    Index(
        "ix_user_task_office",
        "organisation",
        "due_at",
        "id",
        sqlite_where=_open,
        postgresql_where=_open,
    ),
    Index(
        "ix_user_task_arrival",
        "organisation",
        "role",
        "created_at",
        "id",
        sqlite_where=_open,
        postgresql_where=_open,
    ),
    Index(
        "ix_user_task_mine",
        "assignee",
        "due_at",
        "id",
        sqlite_where=_open,
        postgresql_where=_open,
    ),
    Index("ix_user_task_instance", "instance_id", "element", "round"),
    Index("ix_user_task_done", "completed_by", "ended_at", "id"),
    Index(
        "ix_user_task_case",
        "business_key",
        sqlite_where=_open,
        postgresql_where=_open,
    ),
)

task_candidate = Table(
    "task_candidate",
    metadata,
    Column("task_id", Id, ForeignKey("user_task.id"), primary_key=True),
    Column("organisation", String(100), primary_key=True),
    Column("role", String(100), primary_key=True),
    Index("ix_task_candidate_office", "organisation", "role"),
)

job = Table(
    "job",
    metadata,
    Column("id", Id, primary_key=True),
    #: None: starts an instance of `definition_id` (timer start event).
    Column("instance_id", Id, ForeignKey("instance.id"), index=True),
    Column("definition_id", Id, ForeignKey("definition.id")),
    Column("element", String(255), nullable=False),
    #: Token it acts on; a reminder's is its task's; empty for none.
    Column("token", String(32), nullable=False, index=True),
    #: timer | handler | message | call | reminder.
    Column("kind", String(16), nullable=False),
    #: External topic of a handler, name of a message, key of a called process.
    Column("topic", String(255), nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    #: ready | claimed | done | dead | cancelled.
    Column("state", String(16), nullable=False),
    Column("locked_by", String(100), nullable=False),
    Column("locked_until", UtcDateTime),
    Column("attempts", Integer, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    #: ``R5/PT5M`` or a list ``PT1M,PT5M``; empty: the default.
    Column("retry", String(255), nullable=False),
    Column("idempotency_key", String(64), nullable=False, unique=True),
    #: Inputs or variables, sealed.
    Column("payload", LargeBinary, nullable=False),
    #: No personal data.
    Column("last_error", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Index(
        "ix_job_due",
        "due_at",
        "id",
        sqlite_where=text("state = 'ready'"),
        postgresql_where=text("state = 'ready'"),
    ),
    #: Handlers of one instance run one after another, whoever claims them.
    Index(
        "ix_job_exclusive",
        "instance_id",
        unique=True,
        sqlite_where=text("kind = 'handler' AND state = 'claimed'"),
        postgresql_where=text("kind = 'handler' AND state = 'claimed'"),
    ),
    Index(
        "ix_job_claimed",
        "locked_until",
        sqlite_where=text("state = 'claimed'"),
        postgresql_where=text("state = 'claimed'"),
    ),
)

incident = Table(
    "incident",
    metadata,
    Column("id", Id, primary_key=True),
    Column("instance_id", Id, ForeignKey("instance.id"), index=True),
    Column("job_id", Id, ForeignKey("job.id"), index=True),
    Column("element", String(255), nullable=False),
    #: No personal data.
    Column("message", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("resolved_at", UtcDateTime),
    Column("resolved_by", String(200), nullable=False),
)

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
    Index("ix_event_instance_id_id", "instance_id", "id"),
    Index("ix_event_instance_id_element", "instance_id", "element"),
)

audit = Table(
    "audit",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor_kind", String(16), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("act", String(64), nullable=False),
    Column("subject", String(300), nullable=False, index=True),
    Column("detail", Json, nullable=False),
    #: SHA-256 of the hash before it and the row's digest.
    Column("hash", LargeBinary(32), nullable=False),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", Number, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
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

document = Table(
    "document",
    metadata,
    Column("id", Id, primary_key=True),
    Column("instance_id", Id, ForeignKey("instance.id"), nullable=False, index=True),
    #: Task in whose draft it is; None: it belongs to the case.
    Column("draft_task", Id, ForeignKey("user_task.id"), index=True),
    Column("field", String(255), nullable=False),
    Column("name", Encrypted("document.name"), nullable=False),
    Column("mime", String(100), nullable=False),
    Column("size", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    #: Sealed.
    Column("content", LargeBinary, nullable=False),
    Column("account_id", Id),
    Column("who", String(200), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

signature = Table(
    "signature",
    metadata,
    Column("id", Id, primary_key=True),
    Column("instance_id", Id, ForeignKey("instance.id"), nullable=False, index=True),
    Column("task_id", Id, ForeignKey("user_task.id"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("element", String(255), nullable=False),
    Column("account_id", Id, nullable=False),
    Column("who", String(200), nullable=False),
    Column("organisation", String(100), nullable=False),
    Column("version", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    #: What was signed, and the signed bytes as the signer returned them, both sealed.
    Column("document", LargeBinary, nullable=False),
    Column("signed", LargeBinary, nullable=False),
    Column("iin", Encrypted("signature.iin"), nullable=False),
    Column("bin", String(12), nullable=False),
    Column("valid", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("subject", Encrypted("signature.subject"), nullable=False),
    Column("not_after", UtcDateTime),
    Column("signed_at", UtcDateTime, nullable=False),
    Column("voided_at", UtcDateTime),
    Column("void_reason", Text, nullable=False),
)

comment = Table(
    "comment",
    metadata,
    Column("id", Id, primary_key=True),
    Column("instance_id", Id, ForeignKey("instance.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("body", Encrypted("comment.body"), nullable=False),
    Column("field", String(255), nullable=False),
    Column("element", String(255), nullable=False),
    Column("round", Integer, nullable=False),
    Column("account_id", Id),
    Column("who", String(200), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
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
)

#: Columns sealed with their row's id, as ``table.column``.
SEALED = frozenset(
    {
        "instance.state",
        "instance.variables",
        "user_task.local",
        "user_task.draft",
        "job.payload",
        "message.payload",
        "document.content",
        "signature.document",
        "signature.signed",
    }
)
