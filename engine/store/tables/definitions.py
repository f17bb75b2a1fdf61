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
from engine.store.types import Encrypted, Json, UtcDateTime

deployment = Table(
    "deployment",
    metadata,
    Column("id", Id, primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("note", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(200), nullable=False),
    #: Counts what took effect, from 1: the newest content of a file is that of the highest. 0: not
    #: yet, or written by a release that did not count: newer than all that are numbered, since
    #: whoever numbers numbers those first.
    Column("number", Integer, nullable=False, server_default="0"),
    #: active | scheduled | withdrawn.
    Column("state", String(16), nullable=False, server_default="active"),
    #: When it takes effect, or took; None: at once.
    Column("active_from", UtcDateTime),
    #: Short name, e.g. of a release; may be empty.
    Column("tag", String(60), nullable=False, server_default=""),
    #: Branch that it came from; empty: none.
    Column("branch", String(60), nullable=False, server_default=""),
    #: Content hash of all files that were handed in, of which only the changed ones were deployed.
    Column("handed_in", String(64), nullable=False, server_default=""),
    #: Names of files that it takes away; None: none.
    Column("removed", Json),
    #: Keys of the processes of which it makes a version; None: a release that did not say it.
    Column("processes", Json),
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
    #: Hash of all that the process stands on: diagram, forms, decisions, processes it calls.
    #: Empty: a release that did not know it.
    Column("closure", String(64), nullable=False, server_default=""),
    #: Versions of the processes it calls, definition id by key; None: those of its deployment.
    Column("calls", Json),
    UniqueConstraint("key", "version"),
)

definition_pause = Table(
    "definition_pause",
    metadata,
    #: Version that no new case is started on.
    Column("definition_id", Id, ForeignKey("definition.id"), primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    #: Account id.
    Column("made_by", String(200), nullable=False),
    #: In the person's own words.
    Column("reason", Encrypted("definition_pause.reason"), nullable=False),
)
