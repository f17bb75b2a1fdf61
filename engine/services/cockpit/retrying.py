"""Incidents whose job is tried again, one from its page and thousands of a batch at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from engine.errors import Conflict
from engine.model.people import Actor
from engine.model.text import text
from engine.services import access, history
from engine.services.cockpit import incidents, typed
from engine.services.cockpit.incidentacts import (
    close,
    locked,
    operation,
    seen,
    settle,
    stamps,
    tell,
    waits,
    why_not_again,
)
from engine.services.cockpit.operations import Change, Done, Params, Preview, Wish, recorded
from engine.services.context import Context, UnitOfWork


def _read_retry(said: Mapping[str, str]) -> Params:
    at = typed.moment_or_none(said, "at")
    return {"at": at} if at else {}


def due_of(wish: Wish, now: datetime) -> datetime:
    """Return when it is tried again: as was typed, at once otherwise."""
    at = wish.params.get("at")
    if not isinstance(at, datetime):
        return now
    if at < now:
        raise typed.refuse("at", text("This moment is over."))
    return at


def changes(row: Any, due: datetime, now: datetime) -> tuple[Change, ...]:
    """Return what trying again changes."""
    later = due > now
    return (
        Change(
            what=text("Job"),
            before=text("given up"),
            after=text("waits until {at}", at=due) if later else text("ready"),
        ),
        Change(
            what=text("Attempts"),
            before=f"{row.attempts or 0} / {row.max_attempts or 0}",
            after=f"0 / {row.max_attempts or 0}",
        ),
        Change(what=text("Token"), after=text("stays where it is")),
    )


def _look_retry(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
    row, now = incidents.find(uow, actor, wish.subject), ctx.due_now(uow)
    refusal = why_not_again(uow, row)
    changed = () if refusal else changes(row, due_of(wish, now), now)
    return seen(uow, ctx, row, *changed, refusal=refusal, warnings=waits(uow, row))


def _retry(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    row, now = locked(uow, wish.subject), ctx.due_now(uow)
    due = due_of(wish, now)
    uow.joblists.revive([row.job_id], due)
    settle(uow, actor, row, "retried", now, text=wish.reason.strip(), due=due)
    tell(uow, ctx, actor, row, "retried", wish, incident=row.id, job=row.job_id)
    ctx.bell.ring(uow)
    return Done(told={"job": row.job_id})


def _retry_many(uow: UnitOfWork, ctx: Context, actor: Actor, wishes: Sequence[Wish]) -> None:
    """Try thousands again at once: a dozen statements for five hundred of them."""
    access.everywhere(uow, actor)
    ids = [one.subject for one in wishes]
    known = uow.failures.cases_of(ids)
    uow.failures.lock_cases(known)
    rows = {row.id: row for row in uow.failures.locked(ids)}
    _refuse_changed(uow, wishes, rows)
    now = ctx.due_now(uow)
    due = due_of(wishes[0], now)
    jobs = {row.job_id for row in rows.values()}
    if uow.joblists.revive(jobs, due) != len(jobs):
        raise Conflict(text("There is nothing to try again"))
    all_of_them = sorted({*rows, *uow.failures.of_jobs(sorted(jobs))})
    close(uow, actor, all_of_them, "retried", now, text=wishes[0].reason.strip(), due=due)
    _record_many(uow, ctx, actor, wishes, rows)
    ctx.bell.ring(uow)


def _refuse_changed(uow: UnitOfWork, wishes: Sequence[Wish], rows: Mapping[str, Any]) -> None:
    stamped = stamps(uow, list(rows))
    for wish in wishes:
        row = rows.get(wish.subject)
        said = text("There is nothing to try again") if row is None else why_not_again(uow, row)
        if said is None and wish.stamp and stamped[wish.subject] != wish.stamp:
            said = text("This changed after it was looked at; look again")
        if said is not None:
            raise Conflict(said)


def _record_many(
    uow: UnitOfWork, ctx: Context, actor: Actor, wishes: Sequence[Wish], rows: Mapping[str, Any]
) -> None:
    """Write what `tell` and `operations.perform` write of each."""
    now, events = ctx.now(), []
    for wish in wishes:
        row = rows[wish.subject]
        told = {"incident": row.id, "job": row.job_id}
        if row.instance_id:
            events.append(
                history.event_row(
                    row.instance_id,
                    now,
                    actor,
                    "retried",
                    row.element,
                    detail=told,
                    reason=wish.reason.strip(),
                )
            )
        recorded(uow, ctx, actor, RETRY, wish, {"job": row.job_id})
    if events:
        uow.events.add(events)


RETRY = operation(
    name="retry",
    title=text("Try again"),
    about=text("The job gets all its attempts back, now or at a moment you name."),
    read=_read_retry,
    look=_look_retry,
    act=_retry,
    many=_retry_many,
)

OPERATIONS = (RETRY,)
