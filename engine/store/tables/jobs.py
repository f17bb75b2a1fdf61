"""Work for the clock and for handlers, and what failed of it."""

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
    false,
)

from engine.store.tables.base import Id, metadata, only
from engine.store.types import Encrypted, Number, UtcDateTime

job = Table(
    "job",
    metadata,
    Column("id", Id, primary_key=True),
    #: None: starts an instance of `definition_id` (timer start event).
    Column("instance_id", Id, ForeignKey("instance.id")),
    Column("definition_id", Id, ForeignKey("definition.id")),
    Column("element", String(255), nullable=False),
    #: Token it acts on; a reminder's is its task's; empty for none.
    Column("token", String(32), nullable=False, index=True),
    #: timer | handler | message | call | reminder.
    Column("kind", String(16), nullable=False),
    #: External topic of a handler, name of a message, key of a called process.
    Column("topic", String(255), nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    #: ready | claimed | done | dead | cancelled | suspended.
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
    #: Whether a person set when this timer is due: no change of the working calendar moves it.
    Column("due_by_hand", Boolean, nullable=False, server_default=false()),
    #: When the latest attempt was claimed; None: never, or by a release that did not keep it.
    Column("claimed_at", UtcDateTime),
    #: The newest jobs of a case, however many it has.
    Index("ix_job_instance_id_id", "instance_id", "id"),
    only("ix_job_due", "state = 'ready'", "due_at", "id"),
    #: What is due of either lane: neither is looked for among the other's backlog.
    only("ix_job_due_handler", "state = 'ready' AND kind = 'handler'", "due_at", "id"),
    only("ix_job_due_other", "state = 'ready' AND kind <> 'handler'", "due_at", "id"),
    #: Handlers of one instance run one after another, whoever claims them.
    only("ix_job_exclusive", "kind = 'handler' AND state = 'claimed'", "instance_id", unique=True),
    only("ix_job_claimed", "state = 'claimed'", "locked_until"),
    #: Few at any time, whatever the table holds: counted when the installation is watched.
    only("ix_job_dead", "state = 'dead'", "id"),
    only("ix_job_suspended", "state = 'suspended'", "due_at", "id"),
    #: What was done of late: the newest are read, never all.
    only("ix_job_done", "state = 'done'", "finished_at", "id"),
)

#: Attempts that failed, each with its time. They go with their job.
job_failure = Table(
    "job_failure",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("job_id", Id, ForeignKey("job.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("topic", String(255), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("began_at", UtcDateTime),
    Column("failed_at", UtcDateTime, nullable=False, index=True),
    #: Who tried.
    Column("executor", String(100), nullable=False),
    #: No personal data.
    Column("message", Text, nullable=False),
    #: What the outside system knows the request by; empty: none was made, or nobody said so.
    Column("request", String(200), nullable=False),
    #: Where in the code it failed, bounded and masked; sealed all the same.
    Column("trace", Encrypted("job_failure.trace")),
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
    #: retried | changed | by-hand | closed | moved | restarted; empty: open, or nobody said.
    Column("resolution", String(16), nullable=False, server_default=""),
    #: Account that looks after it; empty: nobody's.
    Column("assignee", String(32), nullable=False, server_default=""),
    only("ix_incident_open", "resolved_at IS NULL", "id"),
)

#: What administrators wrote and did at an incident, in order. They go with it.
incident_note = Table(
    "incident_note",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column(
        "incident_id",
        Id,
        ForeignKey("incident.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("at", UtcDateTime, nullable=False),
    #: note | assigned | retried | changed | by-hand | closed.
    Column("kind", String(16), nullable=False),
    #: Account, and its name at that time.
    Column("author", String(64), nullable=False),
    Column("author_name", String(200), nullable=False),
    #: ``{"text": …}``, and what was changed: ``{"before": …, "after": …}``.
    Column("body", Encrypted("incident_note.body", "json"), nullable=False),
)
