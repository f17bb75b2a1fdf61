"""Acts of administrators on many subjects: what is to be touched, and how it went with each."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from engine.store.tables.base import Id, metadata, only
from engine.store.types import Encrypted, UtcDateTime

batch = Table(
    "batch",
    metadata,
    Column("id", Id, primary_key=True),
    #: Name and subject of the operation: ``retry``, ``incident``.
    Column("operation", String(64), nullable=False),
    Column("subject", String(16), nullable=False),
    #: What was typed beside it.
    Column("params", Encrypted("batch.params", "json"), nullable=False),
    #: Why, in the person's own words: they may name people. None: it was never begun.
    Column("reason", Encrypted("batch.reason")),
    #: The list and its query, as long as it is walked; a query may name people.
    Column("selection", Encrypted("batch.selection", "json")),
    #: The selection in words: a packed sentence.
    Column("said", Text, nullable=False),
    #: Account id, and the name as it was.
    Column("made_by", String(200), nullable=False, index=True),
    Column("made_name", String(200), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    #: drawing | drawn | running | stopped | finished.
    Column("state", String(16), nullable=False),
    #: Last id of the list that was drawn.
    Column("cursor", String(255), nullable=False),
    #: What it takes the failed ones, or the undoable ones, of; None: nothing.
    Column("parent_id", Id, ForeignKey("batch.id"), index=True),
    #: ``retry`` or ``undo`` of the parent; empty: neither.
    Column("way", String(16), nullable=False),
    Column("total", Integer, nullable=False),
    #: Number of the last subject that was looked at.
    Column("looked", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("undone", Integer, nullable=False),
    #: When it last began or went on, and how many were settled by then.
    Column("begun_at", UtcDateTime),
    Column("begun_with", Integer, nullable=False),
    Column("finished_at", UtcDateTime),
    #: Why it stopped by itself: a packed sentence; empty: it did not.
    Column("trouble", Text, nullable=False),
)

batch_item = Table(
    "batch_item",
    metadata,
    Column("batch_id", Id, ForeignKey("batch.id"), primary_key=True),
    #: From 1.
    Column("number", Integer, primary_key=True, autoincrement=False),
    #: No reference: a report outlives what it tells of.
    Column("subject_id", String(255), nullable=False),
    #: Case number, task, topic: what the subject is called.
    Column("label", String(255), nullable=False),
    #: State of the subject when it was drawn; empty: it was gone.
    Column("stamp", String(255), nullable=False),
    #: Why it will be refused, as it looked: a packed sentence; empty: it will not.
    Column("foreseen", Text, nullable=False),
    #: waiting | done | refused | changed | undone.
    Column("outcome", String(16), nullable=False),
    #: Why it was refused or left: a packed sentence, no personal data.
    Column("cause", Text, nullable=False),
    #: What undoing it takes.
    Column("undo", Encrypted("batch_item.undo", "json")),
    #: Number of the parent's row that it takes.
    Column("origin", Integer),
    Column("at", UtcDateTime),
    Index("ix_batch_item_outcome", "batch_id", "outcome", "number"),
    only("ix_batch_item_foreseen", "foreseen <> ''", "batch_id", "number"),
)
