"""Live state to bytes and back: orjson, a format version in front, only what is unfinished.

``Z1`` then JSON: ``v`` top variables, ``l`` local ones by token, ``e`` the end event reached last,
``w`` the open scopes, outermost first: ``[container token, scope id, tasks]``, a task being
``[token, host token or null, specification, state, flow it came by, since, memory]``.
JSON has no date and no Decimal: they are written as ``{"\\u0001": [letter, text]}``.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from engine.bpmn.formulas import TAG, Environment
from engine.bpmn.live import Inner, Instance, LiveTask
from engine.bpmn.specs.base import ScopeSpec
from engine.errors import StepFailed
from engine.model.text import text

#: Format of what `dump` writes. `load` reads this one and all before it.
VERSION = b"Z1"
_MARK = b'{"\\u0001":'
_OPTIONS = (
    orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_NON_STR_KEYS
)


def _write(value: object) -> object:
    """Write what JSON has no form for."""
    if isinstance(value, Decimal):
        return {TAG: ["n", str(value)]}
    if isinstance(value, datetime):
        return {TAG: ["s", value.isoformat()]}
    if isinstance(value, date):
        return {TAG: ["d", value.isoformat()]}
    if isinstance(value, time):
        return {TAG: ["t", value.isoformat()]}
    if isinstance(value, timedelta):
        return {TAG: ["p", f"{value.days},{value.seconds},{value.microseconds}"]}
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return str.__str__(value)
    raise TypeError(type(value).__name__)


def _timedelta(written: str) -> timedelta:
    days, seconds, microseconds = written.split(",")
    return timedelta(int(days), int(seconds), int(microseconds))


_READ: dict[str, Callable[[str], object]] = {
    "n": Decimal,
    "s": datetime.fromisoformat,
    "d": date.fromisoformat,
    "t": time.fromisoformat,
    "p": _timedelta,
}


def _restore(value: Any) -> Any:
    """Turn tagged values back, in place where possible.

    A plan with sixty measures has some thousand values: no call for each of them.
    """
    whole = [value]
    waiting: list[Any] = [whole]
    while waiting:
        holder = waiting.pop()
        for key, item in holder.items() if type(holder) is dict else enumerate(holder):
            kind = type(item)
            if kind is dict and len(item) == 1 and _is_tag(item.get(TAG)):
                holder[key] = _untag(item, item[TAG])
            elif kind is dict or kind is list:
                waiting.append(item)
    return whole[0]


def _is_tag(said: Any) -> bool:
    return type(said) is list and len(said) == 2


def _untag(value: Any, tagged: list[Any]) -> Any:
    """Return the tagged value; what only looks like one stays what it is."""
    try:
        return _READ[tagged[0]](tagged[1])
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return value


def dump(live: Instance) -> bytes:
    """Write the live state. Raises `StepFailed` for a value that cannot be kept."""
    scopes = [[None, live.spec.name, _tasks(live)]]
    scopes += [
        [inner.container.id, inner.spec.name, _tasks(inner)] for inner in live.subprocesses.values()
    ]
    content = {"v": live.scopes.top, "l": live.scopes.locals, "e": live.end, "w": scopes}
    try:
        return VERSION + orjson.dumps(content, _write, _OPTIONS)
    except TypeError as exc:
        raise StepFailed(text("The variables cannot be kept: {reason}", reason=exc)) from exc


def _tasks(workflow: Instance | Inner) -> list[list[object]]:
    root = workflow.task_tree.id
    return [
        [
            task.id,
            None if task._parent == root else task._parent,
            task.task_spec.name,
            task._state,
            task.via,
            task.last_state_change,
            task.internal_data or None,
        ]
        for task in workflow.tokens()
    ]


def load(specs: dict[str, ScopeSpec], top: ScopeSpec, state: bytes, env: Environment) -> Instance:
    """Read the live state. Raises `StepFailed` for another format or definition."""
    if not state.startswith(VERSION):
        raise StepFailed(
            text("The state has the unknown format {format}", format=repr(bytes(state[:2])))
        )
    content = orjson.loads(memoryview(state)[len(VERSION) :])
    if _MARK in state:
        content = _restore(content)
    live = Instance(top, env)
    live.scopes.top = content["v"]
    live.scopes.locals = {UUID(token): values for token, values in content["l"].items()}
    live.end = content["e"]
    try:
        _plant(live, specs, content["w"])
    except KeyError as exc:
        raise StepFailed(
            text("The state does not fit the definition: there is no {name}", name=str(exc))
        ) from exc
    return live


def _plant(live: Instance, specs: dict[str, ScopeSpec], scopes: list[Any]) -> None:
    tasks = dict[UUID, LiveTask]()
    for container, name, rows in scopes:
        workflow: Instance | Inner = live
        if container is not None:
            workflow = Inner(specs[name], tasks[UUID(container)])
        for row in rows:
            task = _task(workflow, row)
            tasks[task.id] = task


def _task(workflow: Instance | Inner, row: list[Any]) -> LiveTask:
    token, host, spec, state, via, since, memory = row
    parent = workflow.task_tree if host is None else workflow.tasks[UUID(host)]
    task = LiveTask(workflow, workflow.spec.task_specs[spec], parent, state, UUID(token))
    task.via, task.last_state_change = via, since
    task.internal_data = memory or {}
    if task.task_spec.listens:
        workflow.listeners.add(task.id)
    return task
