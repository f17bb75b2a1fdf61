"""The tabs of the page of one case; each is read when it is looked at, one page at a time."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from engine.errors import Refused
from engine.model.differences import Difference
from engine.model.people import Actor
from engine.services import access, bundles
from engine.services import definitions as versions_of
from engine.services.caseviews import comment_view, document_view, signature_view
from engine.services.cockpit import trail
from engine.services.cockpit.caseviews import EventLine, JobLine, TaskLine
from engine.services.cockpit.inspecting import (
    Seen,
    event_line,
    job_line,
    standing,
    task_line,
)
from engine.services.cockpit.tabviews import Comments, Papers, Relative, Tree, Versions, WaitLine
from engine.services.cockpit.veiling import veiled
from engine.services.context import Context, UnitOfWork
from engine.services.views import CaseState
from engine.services.workshop.comparing import difference

#: Rows of a page.
PAGE = 100
#: Rows of history that are played back at once.
PLAYED = 1000
#: Most changes shown between two versions.
CHANGES = 40
#: Cases above: a call is not deeper.
DEEPEST = 50


def tasks(uow: UnitOfWork, case: Seen) -> tuple[TaskLine, ...]:
    """Return the open tasks by deadline, then the newest that are closed."""
    waiting = [one.token for one in standing(uow, case)[0]]
    open_ = uow.inspecting.open_tasks(waiting) if waiting else ()
    closed = uow.inspecting.closed_tasks(case.row.id, PAGE)
    return tuple(task_line(case, row) for row in (*open_, *closed))


def jobs(uow: UnitOfWork, case: Seen, *, before: str = "") -> tuple[tuple[JobLine, ...], str]:
    """Return the jobs that are not over, then the newest; and the id below which more are."""
    rows = uow.inspecting.jobs(case.row.id, before=before, size=PAGE + 1)
    page = [job_line(case, row) for row in rows[:PAGE]]
    there = {one.id for one in page}
    waiting = [] if before else [one.token for one in standing(uow, case)[0]]
    older = [
        job_line(case, row)
        for row in (uow.inspecting.jobs_of(waiting) if waiting else ())
        if row.instance_id == case.row.id and row.id not in there
    ]
    whole = (*older, *sorted(page, key=lambda one: one.state in {"done", "cancelled"}))
    return whole, page[-1].id if len(rows) > PAGE else ""


def waits(uow: UnitOfWork, case: Seen) -> tuple[WaitLine, ...]:
    """Return the messages and signals that the case waits for."""
    return tuple(
        WaitLine(
            kind=row.kind,
            name=veiled(row.name),
            correlation="" if case.outline else veiled(row.correlation),
            element=row.element,
            names=case.names(row.element),
            since=row.created_at,
        )
        for row in uow.inspecting.waits(case.row.id)
    )


def papers(uow: UnitOfWork, case: Seen) -> Papers:
    """Return documents and signatures, by name only; of an outline none."""
    documents = () if case.outline else uow.documents.of_instance(case.row.id)
    signatures = () if case.outline else uow.signatures.of_instance(case.row.id)
    return Papers(
        documents=tuple(
            replace(document_view(row), name=veiled(row.name))
            for row in documents
            if row.draft_task is None
        ),
        signatures=tuple(
            replace(signature_view(row), subject="", reason=veiled(row.reason))
            for row in signatures
        ),
    )


def comments(uow: UnitOfWork, case: Seen) -> Comments:
    """Return comments and remarks, oldest first; of an outline none."""
    rows = () if case.outline else uow.comments.of_instance(case.row.id)
    return tuple(replace(comment_view(row), body=veiled(row.body)) for row in rows)


def history(uow: UnitOfWork, case: Seen, *, before: int = 0) -> tuple[tuple[EventLine, ...], int]:
    """Return a page of history, newest first; and the number below which more is, 0: nothing."""
    rows = uow.events.of_instance(case.row.id, before=before, size=PAGE + 1)
    page = tuple(event_line(case, row) for row in rows[:PAGE])
    return page, page[-1].number if len(rows) > PAGE else 0


def playback(uow: UnitOfWork, case: Seen, *, after: int = 0) -> tuple[tuple[EventLine, ...], int]:
    """Return a page of history, oldest first, without why; and the number after which more is."""
    rows = uow.inspecting.forward(case.row.id, after, PLAYED + 1)
    page = tuple(event_line(case, row, brief=True) for row in rows[:PLAYED])
    return page, page[-1].number if len(rows) > PLAYED else 0


def links(
    uow: UnitOfWork, ctx: Context, actor: Actor, case: Seen, *, before: int = 0
) -> tuple[tuple[trail.Entry, ...], int]:
    """Return entries of the audit log: of a case, its newest tasks, jobs and incidents.

    Newest first; who looked at it by its address is among them. And the number below which
    more are.
    """
    found = case.row.id
    views = ("cases.show", "cockpit_case.show")
    long = [f"instance:{found}", f"case:{found}"]
    long += [f"{view} instance:{found}" for view in views]
    few = [f"task:{one.id}" for one in tasks(uow, case)]
    few += [f"job:{one.id}" for one in jobs(uow, case)[0]]
    few += [f"incident:{one.id}" for one in uow.incidents.open(found)]
    rows = uow.inspecting.links(long, few, before=before, size=PAGE + 1)
    page = trail.entries(uow, ctx, rows[:PAGE], access.reach(uow, actor))
    return page, page[-1].number if len(rows) > PAGE else 0


def tree(uow: UnitOfWork, ctx: Context, actor: Actor, case: Seen, *, after: str = "") -> Tree:
    """Return the cases that called this one, as far as they are hers, and a page of those it
    called.
    """
    rows = uow.inspecting.called(case.row.id, after=after, size=PAGE + 1)
    page = rows[:PAGE]
    return Tree(
        above=tuple(
            _relative(uow, ctx, row)
            for row in _above(uow, case)
            if access.administers(uow, actor, row.id)
        ),
        below=tuple(_relative(uow, ctx, row) for row in page),
        next=page[-1].id if len(rows) > PAGE else "",
    )


def _above(uow: UnitOfWork, case: Seen) -> Sequence[Any]:
    found: list[Any] = []
    parent = case.row.parent_id
    while parent and len(found) < DEEPEST:
        row = uow.inspecting.states([parent])[parent]
        found.append(row)
        parent = row.parent_id
    return found[::-1]


def _relative(uow: UnitOfWork, ctx: Context, row: Any) -> Relative:
    definition = bundles.of_definition(uow, ctx, row.definition_id).definition(row.process)
    return Relative(
        id=row.id,
        number=row.business_key,
        names=definition.process.names,
        state=CaseState(row.status),
        started=row.started_at,
        ended=row.ended_at,
        stopped=bool(row.stopped),
    )


def versions(uow: UnitOfWork, case: Seen) -> Versions:
    """Return the case's version, the newest, and what differs between their diagrams."""
    own = uow.definitions.find(case.row.definition_id)
    newest = uow.definitions.latest(case.row.process)
    if own is None or newest is None:
        raise access.no_case()
    found = Versions(
        own=own.id,
        own_number=own.version,
        deployed=own.created_at,
        deployment=own.deployment_id,
        file=own.resource,
        newest=newest.id,
        newest_number=newest.version,
        newest_deployment=newest.deployment_id,
        newest_deployed=newest.created_at,
        changes=(),
        number_of_changes=0,
    )
    return found if found.is_newest else _compared(uow, found)


def _compared(uow: UnitOfWork, found: Versions) -> Versions:
    old, new = (versions_of.diagram(uow, one) for one in (found.own, found.newest))
    try:
        told: Difference = difference(found.file, old, new)
    except Refused:
        return replace(found, unreadable=True)
    changes = told.changes
    return replace(found, changes=changes[:CHANGES], number_of_changes=len(changes))
