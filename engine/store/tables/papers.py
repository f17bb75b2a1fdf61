"""What people put into a case: files, signatures, words."""

from sqlalchemy import Boolean, Column, ForeignKey, Integer, LargeBinary, String, Table, Text

from engine.store.tables.base import Id, metadata
from engine.store.types import Encrypted, UtcDateTime

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
    #: Account and name of the person in whose place it was set; None and empty: in nobody's.
    Column("in_place_id", Id),
    Column("in_place_of", String(200), nullable=False, server_default=""),
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
