"""The inbox: one page of a box with counts, groups, cards and strips."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from engine.errors import ValueRefused
from engine.model.people import Actor, Candidate
from engine.model.substitution import begins, local_day
from engine.model.text import text
from engine.services import access, bundles, ways
from engine.services.context import Context, UnitOfWork
from engine.services.cursors import cursor, moment, position
from engine.services.search import keys_of
from engine.services.views import (
    Box,
    Choice,
    Counts,
    Group,
    InboxPage,
    InboxQuery,
    InboxRow,
    Sort,
    TaskState,
)
from engine.store.asked import Filter
from engine.store.tables import deadline

#: What each box holds.
_BOXES = {
    Box.MINE: Filter(mine=True),
    Box.OFFICE: Filter(office=True),
    Box.OVERDUE: Filter(mine=True, office=True),
    Box.DONE: Filter(done=True),
}


def tonight(now: datetime) -> datetime:
    """Return the end (UTC) of the local day."""
    return begins(local_day(now) + timedelta(days=1))


def group_of(state: TaskState, due: datetime | None, now: datetime) -> Group:
    """Return the group of a list a task belongs to."""
    if state is not TaskState.OPEN:
        return Group.DONE
    if due is None or due >= tonight(now):
        return Group.LATER
    return Group.OVERDUE if due < now else Group.TODAY


def page(uow: UnitOfWork, ctx: Context, actor: Actor, query: InboxQuery) -> InboxPage:
    """Return one page of a box."""
    if not 1 <= query.size <= 200:
        raise ValueRefused(text("A page has between 1 and 200 rows"))
    now = ctx.now()
    what = _filter(uow, ctx, actor, query, now)
    found = uow.inbox.page(actor, what, after=position(query.after), size=query.size)
    shown = found[: query.size]
    processes, steps = _choices(uow, ctx)
    return InboxPage(
        rows=task_rows(uow, ctx, actor, shown),
        counts=counts(uow, ctx, actor),
        next=_next(shown[-1], what) if len(found) > query.size else "",
        processes=processes,
        steps=steps,
        organisations=_organisations(uow, actor),
        stamp=now.isoformat(),
    )


def _next(last: Any, what: Filter) -> str:
    if what.done:
        return cursor(last.ended_at, last.id)
    return cursor(last.created_at if what.newest else last.due_at, last.id)


def _filter(
    uow: UnitOfWork, ctx: Context, actor: Actor, query: InboxQuery, now: datetime
) -> Filter:
    base = _BOXES[query.box]
    words = query.text.strip()
    first, last = _bounds(query, now)
    return Filter(
        mine=base.mine,
        office=base.office,
        done=base.done,
        process=query.process,
        element=query.element,
        organisation=query.organisation,
        free=query.free,
        due_from=first,
        due_before=last,
        words=words,
        keys=keys_of(uow, ctx, actor, words, query.process),
        newest=query.sort is Sort.NEWEST,
    )


def _bounds(query: InboxQuery, now: datetime) -> tuple[datetime | None, datetime | None]:
    if query.box is Box.OVERDUE or query.due is Group.OVERDUE:
        return None, now
    if query.due is Group.TODAY:
        return now, tonight(now)
    return (tonight(now), None) if query.due is Group.LATER else (None, None)


def counts(uow: UnitOfWork, ctx: Context, actor: Actor) -> Counts:
    """Return the numbers beside the boxes."""
    overdue = Filter(mine=True, office=True, due_before=ctx.now())
    lists = [_BOXES[Box.MINE], _BOXES[Box.OFFICE], overdue, _BOXES[Box.DONE]]
    mine, office, late, done = uow.inbox.counts(actor, lists, Counts.CAP)
    return Counts(mine=mine, office=office, overdue=late, done=done)


def news(uow: UnitOfWork, ctx: Context, actor: Actor, stamp: str) -> int:
    """Return how many tasks came to my office since `InboxPage.stamp`."""
    return uow.inbox.arrived(actor, moment(stamp), Counts.CAP)


def _choices(uow: UnitOfWork, ctx: Context) -> tuple[tuple[Choice, ...], tuple[Choice, ...]]:
    """Return the filters: processes, and their steps that people do."""
    processes, steps = [], []
    for row in uow.definitions.all_latest():
        process = bundles.of_deployment(uow, ctx, row.deployment_id).definition(row.key).process
        processes.append(Choice(value=process.key, names=process.names))
        steps += [
            Choice(value=element.id, names=element.names)
            for element in process.elements.values()
            if element.kind in {"userTask", "manualTask"}
        ]
    return tuple(processes), tuple(steps)


def _organisations(uow: UnitOfWork, actor: Actor) -> tuple[Choice, ...]:
    """Return the organisations to filter by; nothing for who works at one alone."""
    held = sorted({one.organisation for one in actor.memberships if one.organisation})
    if len(held) < 2:
        return ()
    found = sorted(uow.organisations.some(held), key=lambda row: row.code)
    return tuple(Choice(value=row.code, names=row.names) for row in found)


def task_rows(
    uow: UnitOfWork, ctx: Context, actor: Actor, rows: Sequence[Any]
) -> tuple[InboxRow, ...]:
    """Return rows of a list with cards and strips; a handful of statements for all of them."""
    cards, strips = ways.summaries(uow, ctx, actor, [row.instance_id for row in rows])
    more = [row.id for row in rows if row.more_candidates]
    further = uow.inbox.candidates(more) if more else {}
    found = []
    for row in rows:
        candidates = [Candidate(row.role, row.organisation)]
        candidates += [Candidate(*pair) for pair in further.get(row.id, ())]
        found.append(_row(uow, ctx, actor, row, candidates, (cards, strips)))
    return tuple(found)


def _row(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    row: Any,
    candidates: Iterable[Candidate],
    known: ways.Summary,
) -> InboxRow:
    process = bundles.of_definition(uow, ctx, row.definition_id).definition(row.process).process
    card = known[0].get(row.business_key)
    state = TaskState(row.status)
    due = deadline(row.due_at)
    is_free = state is TaskState.OPEN and row.assignee is None
    return InboxRow(
        task_id=row.id,
        instance_id=row.instance_id,
        business_key=row.business_key,
        process=row.process,
        element=row.element,
        names=process.elements[row.element].names,
        state=state,
        due=due,
        group=group_of(state, due, ctx.now()),
        created=row.created_at,
        completed=row.ended_at,
        assignee=row.assignee or "",
        assignee_name=row.assignee_name or "",
        mine=bool(actor.account) and row.assignee == actor.account,
        may_claim=is_free and access.may_claim(actor, candidates),
        priority=row.priority,
        round=ways.round_of(card, row.round),
        drafted=row.draft_at is not None and state is TaskState.OPEN,
        card=card,
        way=known[1].get(row.instance_id, ()),
    )
