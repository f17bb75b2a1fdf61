"""Rows into views: history, papers and remarks of a case; the case as a whole."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from engine import bpmn
from engine.errors import ZholdamaError
from engine.model.elements import Element
from engine.model.people import Actor
from engine.model.sight import Sight
from engine.services import access, bundles, claims, ways
from engine.services.context import Context, UnitOfWork
from engine.services.inbox import task_rows
from engine.services.views import (
    CaseRow,
    CaseState,
    CaseView,
    CommentView,
    DocumentView,
    HistoryRow,
    IncidentView,
    SignatureView,
)
from engine.store.tables import deadline

#: Rows of history on a page.
PAGE = 200
#: Events behind which stands something that was sent.
_SENT = frozenset({"completed", "signed"})


def history_rows(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    row: Any,
    sight: Sight,
    *,
    before: int = 0,
    size: int = PAGE,
) -> tuple[HistoryRow, ...]:
    """Return a case's history, newest first; for an outline without reasons and what was sent."""
    bundle = bundles.of_definition(uow, ctx, row.definition_id)
    elements = bundle.definition(row.process).process.elements
    found = uow.events.of_instance(row.id, before=before, size=size)
    whole = sight is Sight.WHOLE
    tokens = {event.token for event in found if whole and event.what in _SENT and event.token}
    tasks = access.completed(uow, actor, tokens)
    return tuple(_history(event, elements.get(event.element), tasks, whole) for event in found)


def _history(
    event: Any, element: Element | None, tasks: Collection[str], whole: bool
) -> HistoryRow:
    told = {**event.detail, "reason": event.reason} if event.reason else event.detail
    return HistoryRow(
        number=event.id,
        at=event.at,
        what=event.what,
        element=event.element,
        kind=element.kind if element else "",
        names=element.names if element else {},
        by=event.actor_kind,
        who=event.actor_name,
        detail=told if whole else {key: said for key, said in told.items() if key != "reason"},
        task_id=event.token if event.what in _SENT and event.token in tasks else "",
    )


def comment_view(row: Any) -> CommentView:
    """Return a comment's view."""
    return CommentView(
        id=row.id,
        kind=row.kind,
        body=row.body,
        field=row.field,
        element=row.element,
        round=row.round,
        who=row.who,
        at=row.created_at,
    )


def document_view(row: Any) -> DocumentView:
    """Return a file's view."""
    return DocumentView(
        id=row.id,
        name=row.name,
        mime=row.mime,
        size=row.size,
        digest=row.digest,
        field=row.field,
        who=row.who,
        at=row.created_at,
        draft=row.draft_task is not None,
    )


def documents_of(uow: UnitOfWork, instance_id: str, task_id: str = "") -> tuple[DocumentView, ...]:
    """Return a case's files, and those of one task's draft."""
    rows = uow.documents.of_instance(instance_id)
    return tuple(
        document_view(row) for row in rows if row.draft_task is None or row.draft_task == task_id
    )


def signature_view(row: Any) -> SignatureView:
    """Return a signature's view."""
    return SignatureView(
        id=row.id,
        ordinal=row.ordinal,
        element=row.element,
        task_id=row.task_id,
        who=row.who,
        organisation=row.organisation_names or {},
        version=row.version,
        digest=row.digest,
        at=row.signed_at,
        valid=row.valid,
        reason=row.reason,
        subject=row.subject,
        not_after=row.not_after,
        voided=row.voided_at,
        void_reason=row.void_reason,
        in_place_of=row.in_place_of,
    )


def comments_of(uow: UnitOfWork, instance_id: str) -> tuple[CommentView, ...]:
    """Return a case's comments."""
    return tuple(comment_view(row) for row in uow.comments.of_instance(instance_id))


def signatures_of(uow: UnitOfWork, instance_id: str) -> tuple[SignatureView, ...]:
    """Return a case's signatures."""
    return tuple(signature_view(row) for row in uow.signatures.of_instance(instance_id))


def incident_view(row: Any) -> IncidentView:
    """Return an incident's view."""
    return IncidentView(
        id=row.id,
        instance_id=row.instance_id or "",
        business_key=row.business_key or "",
        job_id=row.job_id or "",
        element=row.element,
        message=row.message,
        at=row.created_at,
        resolved=row.resolved_at,
    )


def case_view(uow: UnitOfWork, ctx: Context, actor: Actor, row: Any, sight: Sight) -> CaseView:
    """Return everything of a case, or its outline."""
    whole = sight is Sight.WHOLE
    # Variables and waiting handlers are the machinery's: other people than hers do not see them.
    administered = access.administers(uow, actor, row.id)
    definition = uow.definitions.find(row.definition_id)
    bundle = bundles.of_definition(uow, ctx, row.definition_id)
    process = bundle.definition(row.process)
    cards, strips = ways.summaries(uow, ctx, actor, [row.id])
    card = cards.get(row.business_key)
    tasks = task_rows(uow, ctx, actor, uow.inbox.of_instance(row.id))
    state = CaseState(row.status)
    return CaseView(
        instance_id=row.id,
        business_key=row.business_key,
        process=row.process,
        names=process.process.names,
        state=state,
        definition_id=row.definition_id,
        version=definition.version if definition else 0,
        deployment=definition.digest if definition else "",
        revision=row.revision,
        started=row.started_at,
        started_by=row.started_by,
        ended=row.ended_at,
        end=row.end_element,
        failure=row.failure,
        card=card,
        way=strips.get(row.id, ()),
        tasks=tasks,
        here=_here(uow, process, row.id, state),
        passed=_passed(uow, row.id),
        incidents=tuple(incident_view(one) for one in uow.incidents.open(row.id)),
        history=history_rows(uow, ctx, actor, row, sight),
        comments=comments_of(uow, row.id) if whole else (),
        documents=documents_of(uow, row.id) if whole else (),
        signatures=signatures_of(uow, row.id),
        variables=uow.instances.variables(row.id) if administered else {},
        round=ways.round_of(card, max((task.round for task in tasks), default=1)),
        outline=not whole,
        parent=row.parent_id or "",
        children=tuple(uow.instances.children(row.id)),
        strangers=claims.strangers(uow, ctx, row.id) if administered else (),
    )


def _passed(uow: UnitOfWork, instance_id: str) -> tuple[str, ...]:
    """Return the elements that were left, and the ends that were reached."""
    return (
        *uow.events.elements(instance_id, "left"),
        *filter(None, uow.events.elements(instance_id, "ended")),
    )


def _here(
    uow: UnitOfWork, process: bpmn.Definition, instance_id: str, state: CaseState
) -> tuple[str, ...]:
    """Return where tokens are; a state that cannot be read must not hide the rest of the page."""
    if state not in {CaseState.ACTIVE, CaseState.SUSPENDED}:
        return ()
    try:
        tokens = bpmn.overview(process, uow.instances.state(instance_id))
    except ZholdamaError:
        return ()
    return tuple(sorted({token.element for token in tokens if token.active}))


def case_rows(
    uow: UnitOfWork, ctx: Context, actor: Actor, rows: Sequence[Any]
) -> tuple[CaseRow, ...]:
    """Return the rows of a list of cases."""
    ids = [row.id for row in rows]
    cards, strips = ways.summaries(uow, ctx, actor, ids)
    open_ = uow.inbox.open_of(ids)
    return tuple(_case_row(uow, ctx, row, cards, strips, open_.get(row.id, ())) for row in rows)


def _case_row(
    uow: UnitOfWork,
    ctx: Context,
    row: Any,
    cards: Mapping[str, Any],
    strips: Mapping[str, Any],
    tasks: Sequence[Any],
) -> CaseRow:
    process = bundles.of_definition(uow, ctx, row.definition_id).definition(row.process).process
    known = [
        process.elements[one.element].names for one in tasks if one.element in process.elements
    ]
    return CaseRow(
        instance_id=row.id,
        business_key=row.business_key,
        process=row.process,
        names=process.names,
        state=CaseState(row.status),
        started=row.started_at,
        ended=row.ended_at,
        card=cards.get(row.business_key),
        way=strips.get(row.id, ()),
        steps=tuple(known),
        due=deadline(min((one.due_at for one in tasks), default=None)),
    )
