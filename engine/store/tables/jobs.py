"""Work for the clock and for handlers, and what failed of it."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, text

from engine.store.tables.base import Id, metadata
from engine.store.types import UtcDateTime

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
    #: Correlation id of the request that caused it; empty: none, or a program that kept none.
    Column("request", String(64), nullable=False, server_default=""),
    Index(
        "ix_job_due",
        "due_at",
        "id",
        sqlite_where=text("state = 'ready'"),
        postgresql_where=text("state = 'ready'"),
    ),
    #: What is due of either lane: neither is looked for among the other's backlog.
    Index(
        "ix_job_due_handler",
        "due_at",
        "id",
        sqlite_where=text("state = 'ready' AND kind = 'handler'"),
        postgresql_where=text("state = 'ready' AND kind = 'handler'"),
    ),
    Index(
        "ix_job_due_other",
        "due_at",
        "id",
        sqlite_where=text("state = 'ready' AND kind <> 'handler'"),
        postgresql_where=text("state = 'ready' AND kind <> 'handler'"),
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
    #: Few at any time, whatever the table holds: counted when the installation is watched.
    Index(
        "ix_job_dead",
        "id",
        sqlite_where=text("state = 'dead'"),
        postgresql_where=text("state = 'dead'"),
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
    Index(
        "ix_incident_open",
        "id",
        sqlite_where=text("resolved_at IS NULL"),
        postgresql_where=text("resolved_at IS NULL"),
    ),
)
