"""The analysts' workshop: branches, what was saved in them, what is being typed."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from engine.store.tables.base import Id, metadata, only
from engine.store.types import UtcDateTime

_open = "closed_at IS NULL"

branch = Table(
    "branch",
    metadata,
    Column("id", Id, primary_key=True),
    #: Part of addresses: small letters, digits, hyphens.
    Column("name", String(60), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(200), nullable=False),
    #: None: it is worked on. The name of a closed one is free again.
    Column("closed_at", UtcDateTime),
    Column("closed_by", String(200), nullable=False),
    only("uq_branch_open", _open, "name", unique=True),
)

branch_file = Table(
    "branch_file",
    metadata,
    Column("branch_id", Id, ForeignKey("branch.id"), primary_key=True),
    #: A file as deployments name it, ``processes/domain/way.bpmn``.
    Column("name", String(255), primary_key=True),
    #: Counts what was saved of this file in this branch, from 1.
    Column("revision", Integer, primary_key=True),
    #: None: the file was taken away.
    Column("content", LargeBinary),
    #: SHA-256 of the content, hexadecimal; empty: the file was taken away.
    Column("digest", String(64), nullable=False),
    #: SHA-256 of the deployed content that it grew out of; empty: nothing was deployed then.
    Column("base", String(64), nullable=False),
    Column("note", Text, nullable=False),
    Column("saved_at", UtcDateTime, nullable=False),
    Column("saved_by", String(200), nullable=False),
)

working_copy = Table(
    "working_copy",
    metadata,
    Column("branch_id", Id, ForeignKey("branch.id"), primary_key=True),
    Column("name", String(255), primary_key=True),
    Column("account_id", Id, ForeignKey("account.id"), primary_key=True),
    #: What was typed; None: the person only looks.
    Column("content", LargeBinary),
    #: Revision in the branch that it began from; 0: the deployed file.
    Column("base", Integer, nullable=False),
    #: SHA-256 of the deployed content at that time; empty: there was none.
    Column("base_digest", String(64), nullable=False),
    #: Element that the person is at; may be empty.
    Column("element", String(255), nullable=False),
    #: Since when she is at this file without a longer break.
    Column("since", UtcDateTime, nullable=False),
    #: When the content was last kept.
    Column("kept_at", UtcDateTime),
    #: When she was last seen at this file.
    Column("seen_at", UtcDateTime, nullable=False),
    Index("ix_working_copy_account_id", "account_id"),
)
