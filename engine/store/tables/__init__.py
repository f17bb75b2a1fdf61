"""All tables of the engine. Domains add theirs to the same `Base`.

Ids are 32 hexadecimal digits; those the engine makes rise with time (`engine.store.ids`), a task's
id is its token. Columns of `LargeBinary` named in `SEALED` are encrypted with their row's id in the
associated data; `Encrypted` ones with table and column.
"""

from engine.store.tables.attempts import attempt
from engine.store.tables.base import NEVER, Base, Id, deadline, metadata, no_deadline
from engine.store.tables.batches import batch, batch_item
from engine.store.tables.definitions import definition, definition_pause, deployment, resource
from engine.store.tables.executors import executor, handler_pause
from engine.store.tables.history import audit, audit_head, event
from engine.store.tables.instances import instance, message, subscription
from engine.store.tables.jobs import incident, incident_note, job, job_failure
from engine.store.tables.lookup import case_variable, figure, filter_start, saved_filter
from engine.store.tables.papers import comment, document, signature
from engine.store.tables.people import (
    account,
    membership,
    notification,
    organisation,
    substitution,
)
from engine.store.tables.settings import calendar_day, setting
from engine.store.tables.tasks import task_candidate, user_task
from engine.store.tables.workshop import branch, branch_file, working_copy

#: Columns sealed with their row's id, as ``table.column``.
SEALED = frozenset(
    {
        "instance.state",
        "instance.variables",
        "user_task.local",
        "user_task.draft",
        "user_task.sent",
        "job.payload",
        "message.payload",
        "document.content",
        "signature.document",
        "signature.signed",
    }
)

__all__ = [
    "NEVER",
    "SEALED",
    "Base",
    "Id",
    "account",
    "attempt",
    "audit",
    "audit_head",
    "batch",
    "batch_item",
    "branch",
    "branch_file",
    "calendar_day",
    "case_variable",
    "comment",
    "deadline",
    "definition",
    "definition_pause",
    "deployment",
    "document",
    "event",
    "executor",
    "figure",
    "filter_start",
    "handler_pause",
    "incident",
    "incident_note",
    "instance",
    "job",
    "job_failure",
    "membership",
    "message",
    "metadata",
    "no_deadline",
    "notification",
    "organisation",
    "resource",
    "saved_filter",
    "setting",
    "signature",
    "subscription",
    "substitution",
    "task_candidate",
    "user_task",
    "working_copy",
]
