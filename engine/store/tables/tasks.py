"""Work for people."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    false,
)

from engine.store.tables.base import Id, metadata, only
from engine.store.types import UtcDateTime

_open = "status = 'open'"

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
    #: What was sent when it was completed, sealed. None: not completed, no form, or completed by a
    #: release that did not keep it. Last, so that lists need not read past it.
    Column("sent", LargeBinary),
    #: Whether a person set the deadline: no change of the working calendar moves it.
    Column("due_by_hand", Boolean, nullable=False, server_default=false()),
    only("ix_user_task_candidate", _open, "organisation", "role", "due_at", "id"),
    only("ix_user_task_office", _open, "organisation", "due_at", "id"),
    only("ix_user_task_arrival", _open, "organisation", "role", "created_at", "id"),
    #: For heads, who have every role: without it each look at what is new read the whole office.
    only("ix_user_task_news", _open, "organisation", "created_at", "id"),
    only("ix_user_task_mine", _open, "assignee", "due_at", "id"),
    Index("ix_user_task_instance", "instance_id", "element", "round"),
    #: Of closed tasks too: the cases that an office had work in, for its region's administrator.
    Index("ix_user_task_region", "organisation", "instance_id"),
    Index("ix_user_task_done", "completed_by", "ended_at", "id"),
    #: What was completed in a period, for statistics.
    only("ix_user_task_ended", "status = 'completed'", "ended_at"),
    only("ix_user_task_case", _open, "business_key"),
)

task_candidate = Table(
    "task_candidate",
    metadata,
    Column("task_id", Id, ForeignKey("user_task.id"), primary_key=True),
    Column("organisation", String(100), primary_key=True),
    Column("role", String(100), primary_key=True),
    Index("ix_task_candidate_office", "organisation", "role"),
)
