"""A task's form between the browser and the services: what was typed, and keeping it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from engine import forms
from engine.errors import FormRefused
from engine.forms import Form
from engine.model.text import text
from engine.services import tasks
from engine.services.views import SentView, TaskView
from engine.web import state

Pairs = Iterable[tuple[str, str]]

#: The form's field that says where the case goes; the page's two buttons set it.
DECISION, FORWARD, RETURN = "decision", "forward", "return"
#: The form's list of remarks, used when the case goes back.
REMARKS = "remarks"


@lru_cache(maxsize=256)
def _parsed(key: str, source: str) -> Form:
    return forms.load(source.encode(), key=key)


def form_of(view: TaskView) -> Form | None:
    """Return the form of a task, from its pinned deployment; None: it has none."""
    if view.form is None:
        return None
    return _parsed(view.form_key, json.dumps(view.form, ensure_ascii=False))


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
    form = _parsed(view.form_key, json.dumps(view.form, ensure_ascii=False))
    if not returnable(form) or view.values.get(REMARKS):
        return form
    return replace(form, fields=tuple(one for one in form.fields if one.key != REMARKS))


def drawn(form: Form, *, returning: bool) -> Form:
    """Return the form without what the buttons stand for: the decision, and unused remarks."""
    gone = {DECISION} if returning else {DECISION, REMARKS}
    if not returnable(form):
        return form
    return replace(form, fields=tuple(one for one in form.fields if one.key not in gone))


def typed(form: Form | None, pairs: Pairs, view: TaskView) -> dict[str, object]:
    """Return the posted values, nested, as typed; what was not on the page stays as it was."""
    found = list(pairs)
    if form is None:
        return {}
    values = form.edited(found) or form.decode(found)
    shown = {name.split(".")[0] for name, _ in found}
    for key in (DECISION, REMARKS):
        if key in form.keys and key not in shown and key in view.values:
            values.setdefault(key, view.values[key])
    return values


def context(view: TaskView) -> dict[str, object]:
    """Return what the server knows: readonly values, names for conditions."""
    return {**view.variables, **view.known}


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What became of a draft."""

    #: New revision of the task.
    revision: int
    #: Paths of the questions that are hidden now.
    hidden: frozenset[str]


def keep(task_id: str, pairs: Pairs, revision: int | None = None) -> Kept:
    """Keep what was typed as the task's draft.

    Raises what `tasks.save_draft` does; `FormRefused` when more was posted than a form can hold.
    """
    with state.writing() as uow:
        ctx, actor = state.context(), state.actor()
        view = tasks.look(uow, ctx, actor, task_id)
        form = form_of(view)
        values = typed(form, pairs, view)
        known = view.revision if revision is None else revision
        new = tasks.save_draft(uow, ctx, actor, task_id, values, known)
        uow.commit()
    if form is None:
        return Kept(revision=new, hidden=frozenset())
    hidden = form.hidden(values, now=state.now(), context=context(view))
    return Kept(revision=new, hidden=hidden)


def without_reason() -> FormRefused:
    """Return the error of a return that says no reason."""
    said = text("Write at least one remark: what is to be mended, and where.")
    return FormRefused(said, {REMARKS: (said,)})
