"""What administrators search by, saved filters, and figures by the hour."""

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from engine.store.tables.base import Id, metadata, only
from engine.store.tables.instances import instance, subscription
from engine.store.tables.jobs import incident, job
from engine.store.tables.tasks import user_task
from engine.store.types import UtcDateTime

#: Text that PostgreSQL, too, sorts by code points: FEEL compares so.
PLAIN = String(100).with_variant(String(100, collation="C"), "postgresql")

case_variable = Table(
    "case_variable",
    metadata,
    #: Gone with its case, also where older code, which knows no such table, removes that.
    Column("instance_id", Id, ForeignKey("instance.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(100), primary_key=True),
    #: text | number | boolean | date | moment | none. A variable that went away stays as none.
    Column("kind", String(8), nullable=False),
    #: A text; a date as ISO 8601 writes it.
    Column("words", PLAIN),
    #: A number; a boolean as 1 or 0.
    Column("number", Float),
    Column("moment", UtcDateTime),
    only("ix_case_variable_words", "words IS NOT NULL", "name", "kind", "words", "instance_id"),
    only("ix_case_variable_number", "number IS NOT NULL", "name", "kind", "number", "instance_id"),
    only("ix_case_variable_moment", "moment IS NOT NULL", "name", "kind", "moment", "instance_id"),
)

saved_filter = Table(
    "saved_filter",
    metadata,
    Column("id", Id, primary_key=True),
    #: Which list: cases | incidents | jobs | …
    Column("list", String(32), nullable=False),
    Column("name", String(100), nullable=False),
    #: As an address says it, without its page.
    Column("query", Text, nullable=False),
    Column("owner", Id, ForeignKey("account.id"), nullable=False),
    #: mine | office | all.
    Column("shared", String(8), nullable=False),
    #: Whose administrators see it; None: it is not shared with an office.
    Column("organisation", String(100), ForeignKey("organisation.code")),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_saved_filter_list", "list", "name", "id"),
)

filter_start = Table(
    "filter_start",
    metadata,
    Column("account_id", Id, ForeignKey("account.id"), primary_key=True),
    Column("list", String(32), primary_key=True),
    Column("filter_id", Id, ForeignKey("saved_filter.id"), nullable=False, index=True),
)

figure = Table(
    "figure",
    metadata,
    #: Beginning of an hour. What there was is of that moment; what came and went, of the hour
    #: that ended with it.
    Column("hour", UtcDateTime),
    #: running | suspended | started | ended | incidents | late | open.
    Column("name", String(32)),
    #: What is counted apart: office; empty: all.
    Column("part", String(16)),
    #: Which: an office's code; empty: all.
    Column("value", String(255)),
    Column("number", Integer, nullable=False),
    #: A trend reads a fortnight of the sums alone, beside hundreds of offices an hour.
    PrimaryKeyConstraint("part", "hour", "name", "value"),
)

#: What no other case called; see `engine.store.seeking` for why SQLite says it otherwise.
_TOP_SQLITE, _TOP = "root_id = id", "parent_id IS NULL"
_OPEN = "status = 'open'"
_LIVE = "state IN ('ready', 'claimed', 'dead', 'suspended')"

#: Ids rise with time, so an index that ends with the id gives the newest first, one page long,
#: however many cases fit. One for each way to begin; everything else is looked at case by case.
only("ix_instance_top", _TOP, instance.c.id, sqlite=_TOP_SQLITE)
only("ix_instance_top_status", _TOP, instance.c.status, instance.c.id, sqlite=_TOP_SQLITE)
only(
    "ix_instance_top_process",
    _TOP,
    instance.c.process,
    instance.c.status,
    instance.c.id,
    sqlite=_TOP_SQLITE,
)
Index("ix_instance_status", instance.c.status, instance.c.id)
Index("ix_instance_version", instance.c.definition_id, instance.c.status, instance.c.id)
#: PostgreSQL compares by bytes here: what begins alike stands together, whatever the language.
Index(
    "ix_instance_number",
    instance.c.business_key,
    instance.c.id,
    postgresql_ops={"business_key": "text_pattern_ops"},
)
#: Few cases end in an hour; of a longer time the walk begins with those started before its end.
only("ix_instance_ended", "ended_at IS NOT NULL", instance.c.ended_at, instance.c.id)
only("ix_user_task_place", _OPEN, user_task.c.element, user_task.c.instance_id)
only(
    "ix_user_task_where",
    _OPEN,
    user_task.c.organisation,
    user_task.c.instance_id,
    #: For the overview, which counts the late ones of each office without looking at the tasks.
    user_task.c.due_at,
)
only("ix_user_task_due", _OPEN, user_task.c.due_at, user_task.c.id)
only("ix_job_place", _LIVE, job.c.element, job.c.instance_id)
only("ix_incident_open_case", "resolved_at IS NULL", incident.c.instance_id)
Index("ix_subscription_place", subscription.c.element, subscription.c.instance_id)
