"""Incidents as administrators see them: lists, causes, everything about one; how lists are walked.

What can be done to one stands in `engine.services.cockpit.incidentacts`, `retrying` and `mending`.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from engine.errors import NotFound
from engine.i18n import translate
from engine.model.people import LANGUAGES, Actor
from engine.model.sight import Sight
from engine.model.substitution import begins
from engine.model.text import Text, text, unpacked
from engine.services import access, pauses, sights
from engine.services.cockpit import calling, offices
from engine.services.cockpit.incidentviews import (
    Attempt,
    Cause,
    Choices,
    IncidentDetail,
    IncidentPage,
    IncidentRow,
    Note,
)
from engine.services.cockpit.veiling import veiled
from engine.services.context import Context, UnitOfWork
from engine.store.failures import IncidentQuery

#: Rows of a page.
PAGE = 50
#: Longest words that are looked for.
WORDS = 200


def count_open(uow: UnitOfWork, actor: Actor, cap: int) -> int:
    """Return how many incidents are open where she administers, at most `cap` (admin)."""
    access.admin(actor)
    return uow.failures.count(IncidentQuery(offices=access.reach(uow, actor)), cap)


def query_of(uow: UnitOfWork, actor: Actor, said: Mapping[str, str]) -> IncidentQuery:
    """Read what a list's address says; what cannot be read asks for nothing."""
    resolved = said.get("state", "") == "resolved"
    words = said.get("text", "").strip()[:WORDS]
    assignee = said.get("assignee", "")[:64]
    until = _day(said.get("until", ""))
    return IncidentQuery(
        process=said.get("process", "")[:255],
        element=said.get("element", "")[:255],
        topic=said.get("handler", "")[:255],
        messages=_messages(uow, words, resolved=resolved) if words else None,
        like=said.get("like", "")[:32],
        since=_day(said.get("since", "")),
        until=until + timedelta(days=1) if until else None,
        assignee=actor.account if assignee == "me" else assignee,
        case=said.get("case", "")[:32],
        office=said.get("office", "")[:100],
        resolved=resolved,
        offices=access.reach(uow, actor),
    )


def _day(written: str) -> datetime | None:
    """Return the beginning of a day of the country's time (UTC)."""
    try:
        return begins(date.fromisoformat(written))
    except (ValueError, OverflowError):
        return None


def _messages(uow: UnitOfWork, words: str, *, resolved: bool) -> tuple[str, ...]:
    """Return the messages that hold some words in one of the languages, as they are stored."""
    wanted = words.casefold()
    return tuple(
        one
        for one in uow.failures.messages(resolved=resolved)
        if any(wanted in translate(unpacked(one), language).casefold() for language in LANGUAGES)
    )


def page(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    said: Mapping[str, str],
    *,
    after: str = "",
    size: int = PAGE,
    counted: bool = True,
) -> IncidentPage:
    """Return incidents that match an address, newest first (admin)."""
    access.admin(actor)
    asked = query_of(uow, actor, said)
    found = uow.failures.page(asked, after[:32], size + 1)
    rows = rows_of(uow, ctx, found[:size])
    more = len(found) > size
    total = uow.failures.count(asked) if counted else None
    return IncidentPage(rows=rows, total=total, after=rows[-1].id if more else "")


def choices(uow: UnitOfWork, actor: Actor, said: Mapping[str, str]) -> Choices:
    """Return what can be asked for of the open incidents within reach, or the resolved (admin)."""
    access.admin(actor)
    asked = IncidentQuery(
        resolved=said.get("state", "") == "resolved", offices=access.reach(uow, actor)
    )
    keys = set(uow.failures.processes(asked))
    return Choices(
        processes={row.key: row.names for row in uow.definitions.all_latest() if row.key in keys},
        handlers=tuple(uow.failures.topics(asked)),
        assignees=uow.accounts.names(uow.failures.assignees(asked)),
        offices={one.code: one.names for one in offices.offices_of(uow, actor)},
    )


def causes(
    uow: UnitOfWork, ctx: Context, actor: Actor, said: Mapping[str, str]
) -> tuple[Cause, ...]:
    """Return the causes of incidents that match an address, most frequent first (admin)."""
    access.admin(actor)
    resting = uow.pauses.topics()
    return tuple(
        Cause(
            id=row.id,
            topic=row.topic or "",
            message=unpacked(row.message),
            count=row.number,
            cases=row.cases,
            first=row.first,
            last=row.last,
            paused=row.topic in resting,
        )
        for row in uow.failures.causes(query_of(uow, actor, said))
    )


def walk(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    query: Mapping[str, str],
    after: str,
    size: int,
) -> Sequence[tuple[str, str]]:
    """Return ids and names of incidents after an id, as `selecting.Walk` says (admin)."""
    access.admin(actor)
    found = uow.failures.page(query_of(uow, actor, query), after, size)
    return [(row.id, f"{row.business_key or '-'} · {row.element}") for row in found]


def rows_of(uow: UnitOfWork, ctx: Context, found: Sequence[Any]) -> tuple[IncidentRow, ...]:
    """Return rows of lists; three statements for all of them."""
    people = uow.accounts.names(
        one for row in found for one in (row.assignee, row.resolved_by) if one
    )
    resting = uow.pauses.topics()
    return tuple(_row(uow, ctx, row, people, resting) for row in found)


def _row(
    uow: UnitOfWork, ctx: Context, row: Any, people: Mapping[str, str], resting: frozenset[str]
) -> IncidentRow:
    return IncidentRow(
        id=row.id,
        instance_id=row.instance_id or "",
        business_key=row.business_key or "",
        process=row.process or "",
        element=row.element,
        names=calling.names_of(uow, ctx, row.definition_id, row.process, row.element),
        message=unpacked(row.message),
        at=row.created_at,
        resolved=row.resolved_at,
        resolution=row.resolution,
        resolved_by=people.get(row.resolved_by, row.resolved_by),
        assignee=people.get(row.assignee, ""),
        topic=row.topic or "",
        job_id=row.job_id or "",
        job_state=row.job_state or "",
        attempts=row.attempts or 0,
        max_attempts=row.max_attempts or 0,
        due=row.due_at,
        paused=row.topic in resting,
    )


def detail(uow: UnitOfWork, ctx: Context, actor: Actor, incident_id: str) -> IncidentDetail:
    """Return everything about one; `NotFound` for what is not hers (admin)."""
    found = find(uow, actor, incident_id)
    [row] = rows_of(uow, ctx, [found])
    job = uow.joblists.find(row.job_id) if row.job_id else None
    attempts = attempts_of(uow, row.job_id) if row.job_id else ()
    return IncidentDetail(
        row=row,
        attempts=attempts,
        request=next((one.request for one in attempts if one.request), ""),
        notes=_notes(uow, incident_id, outline=outlined(uow, ctx, actor, found)),
        idempotency_key=job.idempotency_key if job else "",
        pause=pauses.paused(uow).get(row.topic),
        alike=_alike(uow, actor, row),
        next_due=uow.joblists.next_of(row.instance_id) if row.instance_id else None,
        task_id=_task(uow, row),
    )


def find(uow: UnitOfWork, actor: Actor, incident_id: str) -> Any:
    """Return the row of one that is hers to see; `NotFound` (admin)."""
    access.admin(actor)
    found = uow.failures.find(incident_id)
    if found is None:
        raise NotFound(text("There is no such incident"))
    access.of_case(uow, actor, found.instance_id)
    return found


def outlined(uow: UnitOfWork, ctx: Context, actor: Actor, row: Any) -> bool:
    """Tell whether what is in the case of an incident is not for this administrator's eyes."""
    if not row.instance_id:
        return False
    seen = sights.of(uow, ctx, actor, row.process, [row.business_key])
    return seen[row.business_key] is not Sight.WHOLE


def _alike(uow: UnitOfWork, actor: Actor, row: IncidentRow) -> int:
    query = IncidentQuery(like=row.id, offices=access.reach(uow, actor))
    return uow.failures.count(query) - (row.resolved is None)


def _task(uow: UnitOfWork, row: IncidentRow) -> str:
    """Return an open task of a case in which a person's act failed: there she tries again."""
    if row.job_id or not row.instance_id:
        return ""
    open_ = uow.tasks.open_of(row.instance_id)
    return open_[0].id if len(open_) == 1 else ""


def attempts_of(uow: UnitOfWork, job_id: str) -> tuple[Attempt, ...]:
    """Return the failed attempts of a job, newest first."""
    return tuple(map(_attempt, uow.failures.attempts(job_id)))


def _attempt(row: Any) -> Attempt:
    return Attempt(
        number=row.attempt,
        began=row.began_at,
        failed=row.failed_at,
        executor=row.executor,
        message=unpacked(row.message),
        request=row.request,
        trace=row.trace or "",
    )


def _notes(uow: UnitOfWork, incident_id: str, *, outline: bool) -> tuple[Note, ...]:
    """Return the notes without what may be an IIN; of an outline, without what anybody wrote."""
    return tuple(
        Note(
            at=row.at,
            kind=row.kind,
            who=row.author_name,
            words="" if outline else veiled(row.body.get("text", "")),
            assignee=row.body.get("assignee", ""),
            due=row.body.get("due"),
            changes=() if outline else tuple(map(_change, row.body.get("changes", ()))),
        )
        for row in uow.failures.notes(incident_id)
    )


def _change(written: Sequence[str]) -> tuple[str, str, str]:
    name, before, after = map(veiled, written)
    return name, before, after


def letter(found: IncidentDetail) -> Text:
    """Return what an administrator may write to the supplier of a system: no people in it."""
    newest = found.attempts[0] if found.attempts else None
    request = found.request or found.idempotency_key
    return text(
        "Good day. Our requests to your system have failed since {first}. Handler: {handler}. "
        "Number of the last request: {request}. It failed on {last}: {message} "
        "Attempts: {attempts}; the same happened {alike} more times. "
        "Please tell us the cause and when the system will answer again.",
        first=found.attempts[-1].failed if found.attempts else found.row.at,
        handler=found.row.topic or "-",
        request=request or "-",
        last=newest.failed if newest else found.row.at,
        message=found.row.message,
        attempts=len(found.attempts),
        alike=found.alike,
    )
