"""Fills the form of a task: what is usual there, and something invented wherever it must be."""

from collections.abc import Mapping
from typing import Any

import orjson

from engine import forms
from engine.errors import FormRefused
from engine.forms import Field, Kind
from engine.model.people import Actor
from engine.rehearsing.ground import Ground
from engine.rehearsing.references import scan
from engine.services import tasks

#: What is written where something must be.
WORDS = "Ойдан алынған"
#: How often what was refused is invented anew.
TRIES = 3


def fill(ground: Ground, actor: Actor, task_id: str, usual: Mapping[str, object]) -> bool:
    """Make a draft of a task that the actor has; False: it has no form."""
    with ground.database.reading() as uow:
        view = tasks.look(uow, ground.context, actor, task_id)
    if view.form is None:
        return False
    form = forms.load(orjson.dumps(view.form), key=view.form_key)
    said: dict[str, Any] = dict(usual)
    for field in form.scoped():
        name = field.path[0]
        wanted = name not in said and view.values.get(name) in (None, "", [], {})
        if wanted and field.rules.required and not (field.readonly or field.disabled):
            _put(said, field.path, _invented(ground, actor, task_id, field, view.known))
    with ground.database.begin() as uow:
        now = tasks.look(uow, ground.context, actor, task_id)
        values = {**now.values, **said}
        tasks.save_draft(uow, ground.context, actor, task_id, values, now.revision)
        uow.commit()
    return True


def complete(ground: Ground, actor: Actor, task_id: str, values: Mapping[str, Any]) -> None:
    """Complete a task; what its form finds wrong is invented anew, as often as there is hope.

    Raises what `tasks.complete` does.
    """
    said: dict[str, Any] = dict(values)
    for _ in range(TRIES):
        try:
            ground.stage.complete(actor, task_id, said)
        except FormRefused as refused:
            if not _mended(ground, actor, task_id, said, refused):
                raise
        else:
            return
    ground.stage.complete(actor, task_id, said)


def _mended(
    ground: Ground, actor: Actor, task_id: str, said: dict[str, Any], refused: FormRefused
) -> bool:
    """Put something invented where errors are; False: nothing of it is a question of the form."""
    with ground.database.reading() as uow:
        view = tasks.look(uow, ground.context, actor, task_id)
    if view.form is None:
        return False
    form = forms.load(orjson.dumps(view.form), key=view.form_key)
    wrong = {path.split(".", 1)[0] for path in refused.errors}
    fields = [field for field in form.scoped() if field.path[0] in wrong]
    for field in fields:
        _put(said, field.path, _invented(ground, actor, task_id, field, view.known))
    return bool(fields)


def overlaid(
    values: Mapping[str, object], chosen: Mapping[tuple[str, ...], object]
) -> dict[str, Any]:
    """Return values with answers put over them."""
    said: dict[str, Any] = dict(values)
    for path, answer in chosen.items():
        _put(said, path, answer)
    return said


def _put(said: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    for part in path[:-1]:
        inner = said.get(part)
        said[part] = dict(inner) if isinstance(inner, Mapping) else {}
        said = said[part]
    said[path[-1]] = value


def _invented(
    ground: Ground, actor: Actor, task_id: str, field: Field, known: Mapping[str, object]
) -> object:
    """Return an answer that fits a field, as far as its kind tells."""
    if field.kind is Kind.DYNAMICLIST:
        row: dict[str, Any] = {}
        for inner in (one for child in field.fields for one in child.scoped):
            _put(row, inner.path, _invented(ground, actor, task_id, inner, known))
        return [row]
    if field.kind is Kind.DATETIME:
        return ground.stage.today()
    if field.kind is Kind.FILEPICKER:
        return [scan(ground, actor, task_id, field.key, "scan.pdf")]
    return _plain(field, _answers(field, known))


def _plain(field: Field, answers: list[str]) -> object:
    if field.kind in {Kind.RADIO, Kind.SELECT}:
        return answers[0] if answers else ""
    if field.kind in {Kind.CHECKLIST, Kind.TAGLIST}:
        return answers[:1]
    if field.kind is Kind.CHECKBOX:
        return True
    if field.kind is Kind.NUMBER:
        return str(field.rules.min) if isinstance(field.rules.min, int) else "1"
    return WORDS


def _answers(field: Field, known: Mapping[str, object]) -> list[str]:
    if field.options:
        return [one.value for one in field.options]
    offered = known.get(field.options_key)
    rows = offered if isinstance(offered, list) else []
    return [str(row["value"]) for row in rows if isinstance(row, Mapping) and "value" in row]
