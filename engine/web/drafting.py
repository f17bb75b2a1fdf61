"""A task's form between the browser and the services: what was typed, and keeping it."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from engine import forms
from engine.errors import FormRefused
from engine.forms import Form
from engine.model.text import text
from engine.services import tasks
from engine.services.caches import Cache
from engine.services.views import SentView, TaskForm, TaskView
from engine.web import state

Pairs = Iterable[tuple[str, str]]
#: Tells what a form is filled with.
Kept = Callable[[], Mapping[str, object]]

#: The form's field that says where the case goes; the page's two buttons set it.
DECISION, FORWARD, RETURN = "decision", "forward", "return"
#: The form's list of remarks, used when the case goes back.
REMARKS = "remarks"


#: Forms with their sources, by key and by which object the source is: the services hand out the one
#: of the deployment, parsed once, and writing a large form down to compare it costs a millisecond.
#: What is kept here stays alive, so no other source can have its id meanwhile.
_parsed: Cache[tuple[Mapping[str, object], Form]] = Cache(256)


def _form(key: str, source: Mapping[str, object]) -> Form:
    def parse() -> tuple[Mapping[str, object], Form]:
        return source, forms.load(json.dumps(source, ensure_ascii=False).encode(), key=key)

    return _parsed.get((key, id(source)), parse)[1]


def form_of(task: TaskForm) -> Form | None:
    """Return the form of a task, from its pinned deployment; None: it has none."""
    return None if task.form is None else _form(task.form_key, task.form)


def returnable(form: Form | None) -> bool:
    """Tell whether two buttons stand for the form's decision: send on, or back with remarks.

    A form with other decisions, or without a list of remarks, asks for the decision itself.
    """
    if form is None or REMARKS not in form.keys:
        return False
    decided = (field for field in form.fields if field.key == DECISION)
    return any({FORWARD, RETURN} <= {one.value for one in field.options} for field in decided)


def sent_form(view: SentView) -> Form:
    """Return the form of a submission, as it was deployed then; no remarks where none were sent."""
    form = _form(view.form_key, view.form)
    if not returnable(form) or view.values.get(REMARKS):
        return form
    return replace(form, fields=tuple(one for one in form.fields if one.key != REMARKS))


def drawn(form: Form, *, returning: bool) -> Form:
    """Return the form without what the buttons stand for: the decision, and unused remarks."""
    gone = {DECISION} if returning else {DECISION, REMARKS}
    if not returnable(form):
        return form
    return replace(form, fields=tuple(one for one in form.fields if one.key not in gone))


def typed(form: Form | None, pairs: Pairs, kept: Kept) -> dict[str, object]:
    """Return the posted values, nested, as typed; what was not on the page stays as it was.

    `kept` tells how it was; it is asked only if it is needed.
    """
    found = list(pairs)
    if form is None:
        return {}
    values = form.edited(found) or form.decode(found)
    shown = {name.split(".")[0] for name, _ in found}
    absent = [key for key in (DECISION, REMARKS) if key in form.keys and key not in shown]
    before = kept() if absent else {}
    for key in absent:
        if key in before:
            values.setdefault(key, before[key])
    return values


def nothing_kept() -> Mapping[str, object]:
    """Be `typed`'s `kept` where a pressed button decides what was not on the page."""
    return {}


def context(view: TaskView) -> dict[str, object]:
    """Return what the server knows: readonly values, names for conditions."""
    return {**view.variables, **view.known}


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What became of a draft."""

    #: New revision of the task.
    revision: int
    #: Paths of the questions that are hidden now.
    hidden: frozenset[str]


def keep(task_id: str, pairs: Pairs, revision: int | None = None) -> Draft:
    """Keep what was typed as the task's draft.

    Raises what `tasks.save_draft` does; `FormRefused` when more was posted than a form can hold.
    """
    with state.writing() as uow:
        ctx, actor = state.context(), state.actor()
        view = tasks.look(uow, ctx, actor, task_id)
        form = form_of(view)
        values = typed(form, pairs, lambda: view.values)
        known = view.revision if revision is None else revision
        new = tasks.save_draft(uow, ctx, actor, task_id, values, known)
        uow.commit()
    if form is None:
        return Draft(revision=new, hidden=frozenset())
    hidden = form.hidden(values, now=state.now(), context=context(view))
    return Draft(revision=new, hidden=hidden)


def without_reason() -> FormRefused:
    """Return the error of a return that says no reason."""
    said = text("Write at least one remark: what is to be mended, and where.")
    return FormRefused(said, {REMARKS: (said,)})
