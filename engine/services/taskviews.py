"""The page of a task: form, what is known, the case around it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypedDict

from engine.handling import FormAdapter, Work
from engine.model.elements import Element
from engine.model.people import Actor, Candidate
from engine.model.sight import Sight
from engine.services import access, bundles, caseviews, sights, submissions, ways
from engine.services.bundles import Bundle
from engine.services.context import Context, UnitOfWork
from engine.services.views import SentView, TaskForm, TaskState, TaskView
from engine.store.tasks import TaskRow

_PLAIN = FormAdapter()


def adapter_of(ctx: Context, form: str) -> FormAdapter:
    """Return the form's adapter; one that keeps everything in variables where there is none."""
    return ctx.extensions.forms.get(form, _PLAIN)


def work_of(ctx: Context, task: TaskRow, element: Element, variables: Mapping[str, object]) -> Work:
    """Return the task as its adapter sees it; local variables hide those of the case."""
    return Work(
        task=task.id,
        instance=task.instance_id,
        business_key=task.business_key,
        process=task.process,
        element=task.element,
        properties=element.properties,
        variables={**variables, **task.local},
        now=ctx.now(),
    )


def known_values(
    uow: UnitOfWork, ctx: Context, bundle: Bundle, task: TaskRow, work: Work
) -> dict[str, object]:
    """Return what the form is filled with before anybody types.

    What the adapter loads; without an adapter, the variables that have the name of a field.
    """
    if not task.form:
        return {}
    form = bundle.form(task.form)
    adapter = ctx.extensions.forms.get(task.form)
    if adapter is None:
        known = {name: work.variables[name] for name in form.keys if name in work.variables}
    else:
        known = dict(adapter.load(uow.session, work))
    return form.initial(known)


@dataclass(frozen=True, kw_only=True)
class _Page:
    """What the page is put together from."""

    #: The task.
    task: TaskRow
    #: Definition id.
    definition_id: str
    #: Its candidates.
    candidates: tuple[Candidate, ...]
    #: Its deployment.
    bundle: Bundle


@dataclass(frozen=True, kw_only=True)
class _Case:
    """What history needs to know of a case; the task's own statement has told it."""

    #: Instance id.
    id: str
    #: Definition id.
    definition_id: str
    #: Process key.
    process: str


class _Asked(TypedDict):
    """The fields of `TaskForm`."""

    task_id: str
    instance_id: str
    business_key: str
    element: Element
    form_key: str
    form: Mapping[str, object] | None
    revision: int
    sign: int


def task_form(
    uow: UnitOfWork, ctx: Context, actor: Actor, task: TaskRow, definition_id: str
) -> TaskForm:
    """Return what a task asks for whose row was just read; `NotFound` where `task_view` says so."""
    access.opened(uow, actor, task)
    sights.task(uow, ctx, actor, task)
    return TaskForm(**_asked(task, bundles.of_definition(uow, ctx, definition_id)))


def task_view(uow: UnitOfWork, ctx: Context, actor: Actor, task_id: str) -> TaskView:
    """Return everything the task's page shows; `NotFound` for foreign and unknown ids alike."""
    task, definition_id, candidates = access.task(uow, actor, task_id)
    sight = sights.task(uow, ctx, actor, task)
    bundle = bundles.of_definition(uow, ctx, definition_id)
    page = _Page(task=task, definition_id=definition_id, candidates=candidates, bundle=bundle)
    view = _view(uow, ctx, actor, page)
    return view if sight is Sight.WHOLE else _as_sent(view)


def _asked(task: TaskRow, bundle: Bundle) -> _Asked:
    """Return the fields of `TaskForm`."""
    element = bundle.definition(task.process).process.elements[task.element]
    sign = element.properties.get("sign", "")
    return {
        "task_id": task.id,
        "instance_id": task.instance_id,
        "business_key": task.business_key,
        "element": element,
        "form_key": task.form,
        "form": bundle.form_json[task.form] if task.form else None,
        "revision": task.revision,
        "sign": int(sign) if sign.isdecimal() else 0,
    }


def _as_sent(view: TaskView) -> TaskView:
    """Return a finished task without the case around it: what was sent, by whom, when."""
    return replace(
        view,
        values={},
        known={},
        variables={},
        history=(),
        comments=(),
        documents=(),
        signatures=tuple(one for one in view.signatures if one.task_id == view.task_id),
        way=(),
    )


def _has(actor: Actor, task: TaskRow) -> bool:
    """Tell whether it is on her desk, open: she works on it and sees all of it."""
    is_open = task.status == TaskState.OPEN.value
    return is_open and bool(actor.account) and task.assignee == actor.account


def _shown(
    uow: UnitOfWork, ctx: Context, actor: Actor, work: Work, sent: SentView | None
) -> SentView | None:
    if sent is None:
        return None
    form = adapter_of(ctx, sent.form_key)
    return replace(sent, values=form.shown(uow.session, work, sent.values, actor))


def _view(uow: UnitOfWork, ctx: Context, actor: Actor, page: _Page) -> TaskView:
    task = page.task
    process = page.bundle.definition(task.process).process
    element = process.elements[task.element]
    work = work_of(ctx, task, element, uow.instances.variables(task.instance_id))
    known = known_values(uow, ctx, page.bundle, task, work)
    values = {**known, **(task.draft or {})}
    sent = submissions.view(uow, ctx, task)
    if not _has(actor, task):
        # What a colleague types, and what was sent: without what its domain keeps from her.
        form = adapter_of(ctx, task.form)
        known, values = (dict(form.shown(uow.session, work, one, actor)) for one in (known, values))
        sent = _shown(uow, ctx, actor, work, sent)
    cards, strips = ways.summaries(uow, ctx, actor, [task.instance_id])
    card = cards.get(task.business_key)
    case = _Case(id=task.instance_id, definition_id=page.definition_id, process=task.process)
    is_open = task.status == TaskState.OPEN.value
    return TaskView(
        **_asked(task, page.bundle),
        process=task.process,
        process_names=process.names,
        definition_id=page.definition_id,
        state=TaskState(task.status),
        candidates=page.candidates,
        values=values,
        known=known,
        variables=work.variables,
        due=task.due,
        created=task.created_at,
        round=ways.round_of(card, task.round),
        assignee=task.assignee,
        assignee_name=task.assignee_name,
        claimed=task.claimed_at,
        completed=task.ended_at if task.status == TaskState.COMPLETED.value else None,
        draft_saved=task.draft_at if task.draft is not None else None,
        mine=_has(actor, task),
        may_claim=is_open and not task.assignee and access.may_claim(actor, page.candidates),
        may_assign=is_open and access.manages(uow, actor, task.instance_id, page.candidates),
        card=card,
        way=strips.get(task.instance_id, ()),
        history=caseviews.history_rows(uow, ctx, actor, case, Sight.WHOLE),
        comments=caseviews.comments_of(uow, task.instance_id),
        documents=caseviews.documents_of(uow, task.instance_id, task.id),
        signatures=caseviews.signatures_of(uow, task.instance_id),
        sent=sent,
    )
