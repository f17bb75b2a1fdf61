"""Statements about jobs that are due, claimed or over; `engine.store.jobs` runs them.

Put together once: a claim is made many times a second, and its plan is kept by the database.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Update,
    and_,
    bindparam,
    exists,
    insert,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)

from engine.model.steps import JobKind
from engine.store.tables import definition_pause, handler_pause, instance, job
from engine.store.types import UtcDateTime

_NOW = bindparam("now", type_=UtcDateTime)
NOBODYS = {"locked_by": "", "locked_until": None}
# The words stand in the statements themselves: so a plan that PostgreSQL keeps for any values still
# sees that the partial indexes fit.
#: States of a job that may still be done.
OPEN = ("ready", "claimed", "dead", "suspended")
_READY = job.c.state == literal_column("'ready'")
CLAIMED = job.c.state == literal_column("'claimed'")
_HANDLER = job.c.kind == literal_column("'handler'")
_OTHER = job.c.kind != literal_column("'handler'")
_KNOWN = job.c.topic.in_(bindparam("topics", expanding=True))
#: Topics that are to wait: a handful, read by the same statement that claims. So what is claimed
#: after the commit of a pause is none of its topic, in whichever process.
_PAUSED = select(handler_pause.c.topic)
_GOES = job.c.topic.not_in(_PAUSED)
#: Versions that no case is started on at the moment.
_PAUSED_START = exists().where(definition_pause.c.definition_id == job.c.definition_id)
_LOST = and_(CLAIMED, job.c.locked_until < _NOW)

CANCEL = (
    update(job)
    .where(
        job.c.token.in_(bindparam("tokens", expanding=True)),
        job.c.state.in_(OPEN),
        job.c.id != bindparam("but"),
    )
    .values(state="cancelled", finished_at=bindparam("at"), **NOBODYS)
)
LOCK = select(job).where(job.c.id == bindparam("id")).with_for_update()
ADD = insert(job)
_held = and_(job.c.id == bindparam("key"), CLAIMED, job.c.locked_by == bindparam("owner"))
FINISH = (
    update(job)
    .where(_held)
    .values(state="done", finished_at=bindparam("at"), last_error="", **NOBODYS)
)


def _among(found: Select[Any]) -> ColumnElement[bool]:
    """Tell whether a row is among these, which are locked: what somebody else holds is left out.

    Who waited for one row could lose the leases of all others meanwhile, and two who lock many rows
    could wait for each other for ever.
    """
    locked = found.with_for_update(skip_locked=True, of=job).cte("wanted")
    # Materialised: PostgreSQL may run a plain locking subquery more than once.
    return job.c.id.in_(select(locked.prefix_with("MATERIALIZED", dialect="postgresql").c.id))


RECOVER = update(job).where(_among(select(job.c.id).where(_LOST))).values(state="ready", **NOBODYS)
_MINE = _among(
    select(job.c.id).where(
        job.c.id.in_(bindparam("ids", expanding=True)),
        CLAIMED,
        job.c.locked_by == bindparam("owner"),
    )
)
RENEW = update(job).where(_MINE).values(locked_until=bindparam("until")).returning(job.c.id)
GIVE_BACK = update(job).where(_MINE).values(state="ready", attempts=job.c.attempts - 1, **NOBODYS)


def _behind() -> ColumnElement[bool]:
    """Tell whether another handler of the same instance runs, or is due before this one.

    Handlers of one instance run one after another; `ix_job_exclusive` holds two executors to it
    that look at the same moment: the later one gets a `Conflict` and looks again.
    """
    other = job.alias("other")
    earlier = and_(
        other.c.state == "ready",
        other.c.due_at <= _NOW,
        # What waits for somebody keeps nobody else waiting.
        other.c.topic.not_in(_PAUSED),
        tuple_(other.c.due_at, other.c.id) < tuple_(job.c.due_at, job.c.id),
    )
    return exists().where(
        other.c.instance_id == job.c.instance_id,
        other.c.kind == JobKind.HANDLER.value,
        other.c.id != job.c.id,
        or_(other.c.state == "claimed", earlier),
    )


def _claiming(*wanted: ColumnElement[bool]) -> Update:
    """Return the statement that leases due jobs, and brings the numbers of their cases along."""
    number = select(instance.c.business_key).where(instance.c.id == job.c.instance_id)
    changed = (
        update(job)
        .where(_among(_claimable(*wanted)))
        .values(
            state="claimed",
            locked_by=bindparam("owner"),
            locked_until=bindparam("until"),
            claimed_at=_NOW,
            attempts=job.c.attempts + 1,
        )
    )
    return changed.returning(job, number.scalar_subquery().label("business_key"))


def _claimable(*wanted: ColumnElement[bool]) -> Select[Any]:
    # Not only active ones: what a case threw with its last step still has to arrive.
    running = or_(instance.c.status.is_(None), instance.c.status != "suspended")
    # A start by the clock stays due while its version starts nothing, and is late then, not lost.
    starts = or_(job.c.instance_id.is_not(None), job.c.definition_id.is_(None), ~_PAUSED_START)
    return (
        select(job.c.id)
        .select_from(job.outerjoin(instance, instance.c.id == job.c.instance_id))
        .where(_READY, job.c.due_at <= _NOW, running, starts, *wanted)
        .order_by(job.c.due_at, job.c.id)
        .limit(bindparam("most"))
    )


CLAIM_HANDLERS = _claiming(_HANDLER, _KNOWN, _GOES, ~_behind())
CLAIM_OTHERS = _claiming(_OTHER)
_due = select(job.c.id).where(_READY, job.c.due_at <= _NOW)
ANY_DUE = select(
    or_(
        _due.where(_OTHER).exists(),
        _due.where(_HANDLER, _KNOWN, _GOES).exists(),
        select(job.c.id).where(_LOST).exists(),
    )
)
#: Of so many due handlers the topics are read: it is asked again and again.
_LOOKED_AT = 1000
_first_due = (
    select(job.c.topic, job.c.due_at)
    .where(_READY, _HANDLER, _GOES, job.c.due_at <= _NOW)
    .order_by(job.c.due_at, job.c.id)
    .limit(_LOOKED_AT)
    .subquery()
)
_unknown = job.c.topic.not_in(bindparam("topics", expanding=True))
STRANGERS = (
    select(job.c.instance_id, instance.c.business_key, job.c.element, job.c.topic, job.c.due_at)
    .select_from(job.join(instance, instance.c.id == job.c.instance_id))
    .where(
        _READY, _HANDLER, _GOES, job.c.due_at <= _NOW, _unknown, instance.c.status != "suspended"
    )
    .order_by(job.c.due_at, job.c.id)
    .limit(bindparam("most"))
)
STRANGERS_OF = STRANGERS.where(job.c.instance_id == bindparam("case"))
TOPICS_DUE = select(_first_due.c.topic).distinct().order_by(_first_due.c.topic)
