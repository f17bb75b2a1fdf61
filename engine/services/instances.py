"""Cases: start, look, history, cancel."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine import bpmn
from engine.errors import CalledCase, NotFound, StartsSuspended, ValueRefused
from engine.model.people import Actor
from engine.model.steps import Status, Step
from engine.model.text import Text, Words, text
from engine.services import (
    access,
    bundles,
    calendar,
    ending,
    recording,
    searchable,
    sights,
    stepping,
)
from engine.services import history as acts
from engine.services.caseviews import case_rows, case_view, history_rows
from engine.services.context import Context, UnitOfWork
from engine.services.cursors import cursor, position
from engine.services.search import keys_of
from engine.services.views import CasePage, CaseQuery, CaseState, CaseView, HistoryRow, WayStop
from engine.services.ways import summaries
from engine.store import new_id
from engine.store.instances import InstanceRow
from engine.watching import points

#: Why a case that is not in this state cannot be switched out of it.
NOT_IN = {
    CaseState.ACTIVE: text("Only a running case can be suspended"),
    CaseState.SUSPENDED: text("Only a suspended case can be resumed"),
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an administrator has a case begin."""

    #: Element id.
    element: str
    #: Behind it, as if its work were done.
    behind: bool
    #: Why, and instead of which case: for the history.
    why: recording.Submission


def start(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    process: str,
    business_key: str,
    variables: Mapping[str, object] | None = None,
    *,
    element: str = "",
    parent: tuple[str, str] | None = None,
    definition_id: str = "",
    payload: Mapping[str, object] | None = None,
    at: Place | None = None,
) -> str:
    """Start the latest version (or `definition_id`); return the instance's id. Caller commits.

    `element`: start event, empty: the plain one; `payload`: variables of its message. `parent`:
    instance id and token (hex) of a call activity. `at`: where an administrator has it begin.
    Raises `NotFound` for an unknown process, `MoveRefused` if it cannot begin there, `StepFailed`.
    """
    row = uow.definitions.to_start(process, definition_id)
    if row is None:
        raise NotFound(text("There is no process {process}", process=process))
    if row.paused_since is not None:
        raise StartsSuspended(_not_now(row), row.paused_since)
    now = ctx.moment(row.database_now)
    bundle = bundles.of_pinned(uow, ctx, row.id, row.deployment_id)
    definition = bundle.definition(row.key)
    version = row.calendar_version or ""
    env = bundle.environment(calendar.at_version(uow, ctx, version), now)
    with points.Stepping(row.key, "", uow.after_commit):
        if at is None:
            given = variables or {}
            state, step = bpmn.start(definition, given, env, element=element, payload=payload)
        else:
            state, step = bpmn.start_at(
                definition, variables or {}, env, at.element, behind=at.behind
            )
        held = _born(uow, row, business_key, state, step, parent, now)
        _insert(uow, held, actor, step, now)
        searchable.keep(uow, definition.process, held.id, {}, step.variables)
        record = recording.Record(uow, ctx, actor, held, definition, now)
        record.open(step, None, at.why if at is not None else recording.Submission())
    stepping.deliver_buffered(uow, ctx, actor, held, step, now)
    return held.id


def _not_now(row: Any) -> Text:
    return text(
        "No new cases of “{process}” are started at the moment: an administrator has suspended it.",
        process=Words.named(row.names, row.key),
    )


def _born(
    uow: UnitOfWork,
    row: Any,
    business_key: str,
    state: bytes,
    step: Step,
    parent: tuple[str, str] | None,
    now: datetime,
) -> InstanceRow:
    made = new_id(now)
    above = uow.instances.find(parent[0]) if parent else None
    return InstanceRow(
        id=made,
        definition_id=row.id,
        process=row.key,
        business_key=business_key,
        status=stepping.STATES[step.status].value,
        # A step's rows carry the revision that it found: a start finds none. Were it 1, a task that
        # the first completion sends back to itself would count as opened in the same step.
        revision=0,
        state=state,
        variables=step.variables,
        waits=bool(step.waits),
        parent_id=parent[0] if parent else None,
        parent_token=parent[1] if parent else None,
        root_id=above.root_id if above is not None else made,
        calendar_version="",
        database_now=row.database_now,
    )


def _insert(uow: UnitOfWork, held: InstanceRow, actor: Actor, step: Step, now: datetime) -> None:
    row = {
        "id": held.id,
        "definition_id": held.definition_id,
        "process": held.process,
        "business_key": held.business_key,
        "status": held.status,
        "revision": held.revision + 1,
        "waits": held.waits,
        "parent_id": held.parent_id,
        "parent_token": held.parent_token,
        "root_id": held.root_id,
        "started_at": now,
        "started_by": actor.name or actor.account,
        "ended_at": None if step.status is Status.ACTIVE else now,
        "end_element": step.end,
        "failure": step.failure,
    }
    uow.instances.add(row, held.state, held.variables)


def view(uow: UnitOfWork, ctx: Context, actor: Actor, instance_id: str) -> CaseView:
    """Return everything of a case; `NotFound` also if it is not for this person's eyes."""
    row, sight = sights.case(uow, ctx, actor, instance_id)
    return case_view(uow, ctx, actor, row, sight)


def find(uow: UnitOfWork, ctx: Context, actor: Actor, query: CaseQuery) -> CasePage:
    """List the cases this person may see, newest first."""
    if not 1 <= query.size <= 200:
        raise ValueRefused(text("A page has between 1 and 200 rows"))
    words = query.text.strip()
    rows = uow.reachable.page(
        actor,
        words=words,
        keys=keys_of(uow, ctx, actor, words, query.process),
        process=query.process,
        status=query.state.value if query.state else "",
        after=position(query.after),
        size=query.size,
    )
    shown = rows[: query.size]
    more = len(rows) > query.size
    following = cursor(shown[-1].started_at, shown[-1].id) if more else ""
    there = sights.kept(uow, ctx, actor, shown, sights.there)
    return CasePage(rows=case_rows(uow, ctx, actor, there), next=following)


def find_by_key(uow: UnitOfWork, ctx: Context, actor: Actor, business_key: str) -> str:
    """Return the instance's id for a business key (the newest top-level one); `NotFound`."""
    found = uow.instances.newest(business_key)
    if found is None:
        raise access.no_case()
    sights.case(uow, ctx, actor, found)
    return found


def history(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    instance_id: str,
    *,
    before: int = 0,
    size: int = 200,
) -> tuple[HistoryRow, ...]:
    """Return history newest first, from below the number `before` (0: from the newest)."""
    row, sight = sights.case(uow, ctx, actor, instance_id)
    return history_rows(uow, ctx, actor, row, sight, before=before, size=size)


def way(uow: UnitOfWork, ctx: Context, actor: Actor, instance_id: str) -> tuple[WayStop, ...]:
    """Return the strip: lanes with a ``way`` property, in drawing order."""
    sights.case(uow, ctx, actor, instance_id)
    strips = summaries(uow, ctx, actor, [instance_id])[1]
    return strips.get(instance_id, ())


def variables(
    uow: UnitOfWork, ctx: Context, actor: Actor, instance_id: str
) -> Mapping[str, object]:
    """Return the variables of a case's top scope."""
    sights.case(uow, ctx, actor, instance_id)
    return uow.instances.variables(instance_id)


def cancel(uow: UnitOfWork, ctx: Context, actor: Actor, instance_id: str, reason: str) -> None:
    """End a case for a reason (admin). Closes its tasks, jobs, waits and called cases.

    Raises `NotFound`; `CalledCase` while another case waits for it.
    """
    access.administered(uow, actor, instance_id)
    if not reason.strip():
        raise ValueRefused(text("A reason is needed"))
    row = uow.instances.find(instance_id)
    if row is None:
        raise access.no_case()
    refuse_if_waited_for(uow, ctx, row)
    ending.withdraw(uow, ctx, actor, instance_id, reason.strip())


def refuse_if_waited_for(uow: UnitOfWork, ctx: Context, row: Any) -> None:
    """Refuse to end a called case alone: its caller would wait for it for ever.

    What is named is the topmost case: those between are called themselves and refused likewise.
    """
    caller = uow.instances.find(row.parent_id) if row.parent_id else None
    if caller is None or caller.status not in ending.OPEN:
        return
    top = uow.instances.find(row.root_id) or caller
    bundle = bundles.of_definition(uow, ctx, top.definition_id)
    names = bundle.definition(top.process).process.names
    raise CalledCase(
        text(
            "Case {number} ({process}) called this one and waits for it. Cancel that case:"
            " what it called ends with it.",
            number=top.business_key,
            process=Words.named(names, top.process),
        ),
        top.id,
    )


def suspend(uow: UnitOfWork, ctx: Context, actor: Actor, instance_id: str, reason: str) -> None:
    """Stop a case where it stands (admin): no task of it can be completed, its timers wait."""
    _switch(uow, ctx, actor, instance_id, CaseState.ACTIVE, CaseState.SUSPENDED, reason)


def resume(uow: UnitOfWork, ctx: Context, actor: Actor, instance_id: str, reason: str) -> None:
    """Let a suspended case go on (admin); timers that came due meanwhile fire now."""
    _switch(uow, ctx, actor, instance_id, CaseState.SUSPENDED, CaseState.ACTIVE, reason)


def _switch(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    instance_id: str,
    before: CaseState,
    after: CaseState,
    reason: str,
) -> None:
    access.administered(uow, actor, instance_id)
    held = uow.instances.lock(instance_id)
    if held is None:
        raise access.no_case()
    if held.status != before.value:
        raise ValueRefused(NOT_IN[before])
    uow.instances.set_status(instance_id, after.value)
    acts.note(uow, ctx, actor, instance_id, after.value, reason=reason.strip())
    ctx.bell.ring(uow)
