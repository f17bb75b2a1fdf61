"""Variables set by hand: those of a case, and the local ones of its tokens."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from engine.bpmn.effects import COUNTERS
from engine.bpmn.live import Instance
from engine.errors import ValueRefused
from engine.model.acts import SetVariables
from engine.model.text import text

#: What the engine counts the rounds of a multi-instance with.
OWN = frozenset({*COUNTERS, "loopCounter"})


@dataclass(frozen=True, kw_only=True)
class Named:
    """The variables of one scope."""

    #: Token whose own they are; None: the case's.
    token: UUID | None
    #: Element where that token is; empty: the case.
    element: str
    #: Values by name.
    values: Mapping[str, object]


def scopes(live: Instance) -> list[Named]:
    """Return the case's own variables, then those of tokens that have any."""
    found = [Named(token=None, element="", values=dict(live.scopes.top))]
    for task in live.everything():
        own = live.scopes.locals.get(task.id)
        if own:
            element = task.task_spec.node.id
            found.append(Named(token=task.id, element=element, values=dict(own)))
    return found


def write(live: Instance, act: SetVariables) -> None:
    """Set and remove variables of one scope.

    Nothing else waits for that: events that wait for a condition are refused at deployment.
    Raises `ValueRefused` for what the engine keeps for itself, or for a token without variables.
    """
    task = None
    if act.token is not None:
        task = next((one for one in live.everything() if one.id == act.token), None)
        if task is None or task.id not in live.scopes.locals:
            raise ValueRefused(text("There are no variables of its own at this place any more"))
    for name in (*act.values, *act.removed):
        if task is not None and name in OWN:
            raise ValueRefused(text("{name} is the engine's own: it counts with it", name=name))
    scope = live.scopes.top if task is None else live.scopes.locals[task.id]
    for name in act.removed:
        scope.pop(name, None)
    if task is None:
        live.scopes.write(None, act.values)
    else:
        live.scopes.write_local(task, act.values)
