"""What a rehearsal may know of a real case: the way it went and what was chosen, nobody's words.

Of each completed task: element, role and office, the time since the one before, and of its form
the answers that steer the way: chosen among the form's own (radios, selects, ticks), and named in a
condition of a diagram. What was typed, attached, chosen among people or tells of a person (sex,
education) is left behind, and so is what the domain keeps restricted. The copy is masked because
nothing to be masked is taken along.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.forms import Field, Form, Kind
from engine.model.people import Actor
from engine.model.sight import Sight
from engine.services import access, audit, bundles, sights
from engine.services.context import Context, UnitOfWork
from engine.store.rehearsed import Rehearsed
from engine.store.tasks import TaskRow

#: Where a diagram says on what its way depends.
_CONDITIONS = re.compile(rb"<(?:\w+:)?conditionExpression\b[^>]*>(.*?)</", re.DOTALL)
_WORDS = re.compile(r"[^\W\d]\w*")
#: Components whose answers say nothing of a person by themselves.
_CHOSEN = frozenset({Kind.RADIO, Kind.SELECT, Kind.CHECKBOX, Kind.CHECKLIST, Kind.TAGLIST})


@dataclass(frozen=True, kw_only=True)
class Act:
    """A task that somebody completed."""

    #: Element.
    element: str
    #: What follows the main case's business key in that of the task's case; empty: the main one.
    case: str
    #: Whose it was, ``role@office``; empty: assigned by name.
    by: str
    #: Time since the case began, or since the act before.
    after: timedelta
    #: Answers that were chosen, by path in the form.
    chosen: Mapping[tuple[str, ...], object]


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """The way that a real case went."""

    #: Key of its process.
    process: str
    #: Its acts, in order.
    acts: tuple[Act, ...]

    @property
    def office(self) -> str:
        """Return the office of the first act; empty: there is none."""
        return next((one.by.partition("@")[2] for one in self.acts if one.by), "")


def of(uow: UnitOfWork, ctx: Context, actor: Actor, number: str) -> Likeness:
    """Return the way of the newest case with a number; `NotFound` unless it is hers to see, whole.

    It is written into the audit log. Caller commits.
    """
    found = uow.instances.newest(number)
    if found is None:
        raise access.no_case()
    row, sight = sights.case(uow, ctx, actor, found)
    if sight is not Sight.WHOLE or row.parent_id is not None:
        raise access.no_case()
    audit.append(uow, ctx, actor, "rehearsal.copy", f"instance:{found}", {})
    acts = tuple(_acts(uow, ctx, [found, *_called(uow, found)], row.business_key, row.started_at))
    return Likeness(process=row.process, acts=acts)


def _called(uow: UnitOfWork, instance_id: str) -> Iterator[str]:
    for child in uow.instances.children(instance_id):
        yield child
        yield from _called(uow, child)


def _acts(
    uow: UnitOfWork, ctx: Context, cases: Sequence[str], number: str, began: datetime
) -> Iterator[Act]:
    before = began
    for task_id in Rehearsed(uow).completed(cases):
        found = uow.tasks.find(task_id)
        if found is None:
            continue
        task, _ = found
        ended = task.ended_at or before
        yield Act(
            element=task.element,
            case=task.business_key.removeprefix(number),
            by=str(task.candidate or ""),
            after=max(ended - before, timedelta()),
            chosen=_chosen(uow, ctx, task),
        )
        before = ended


def _chosen(uow: UnitOfWork, ctx: Context, task: TaskRow) -> Mapping[tuple[str, ...], object]:
    if task.sent is None:
        return {}
    definition = str(task.sent["definition"])
    form = bundles.of_definition(uow, ctx, definition).form(task.form)
    return dict(_answers(form, task.sent["values"], _steering(uow, definition)))


def _steering(uow: UnitOfWork, definition_id: str) -> frozenset[str]:
    """Return the words of all conditions of a version's deployment."""
    found = uow.definitions.find(definition_id)
    files = uow.definitions.files(found.deployment_id) if found else {}
    texts = [
        text.decode(errors="replace")
        for name, content in files.items()
        if name.endswith(".bpmn")
        for text in _CONDITIONS.findall(content)
    ]
    return frozenset(word for text in texts for word in _WORDS.findall(text))


def _answers(
    form: Form, values: Any, steering: frozenset[str]
) -> Iterator[tuple[tuple[str, ...], object]]:
    for field in form.scoped():
        answer = _at(values, field.path)
        if answer is not None and _tells_nobody(field) and _steers(field.path[-1], steering):
            yield field.path, answer


def _steers(name: str, steering: frozenset[str]) -> bool:
    """Tell whether a condition names an answer: itself, or as ``contact_result`` for ``result``."""
    return name in steering or any(word.endswith(f"_{name}") for word in steering)


def _tells_nobody(field: Field) -> bool:
    return field.kind in _CHOSEN and not field.options_key and not field.unkept


def _at(values: Any, path: tuple[str, ...]) -> object:
    for part in path:
        values = values.get(part) if isinstance(values, Mapping) else None
    found: object = values
    return found
