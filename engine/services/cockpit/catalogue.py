"""All operations of administrators, by subject and name."""

from collections.abc import Mapping, Sequence
from functools import cache

from engine.errors import NotFound
from engine.model.text import text
from engine.services.cockpit import (
    carriage,
    cases,
    deadlines,
    incidentacts,
    jobacts,
    mending,
    restarts,
    retrying,
    sending,
    taskdues,
    tasks,
    tokens,
    variables,
    versions,
)
from engine.services.cockpit import handlers as pauses
from engine.services.cockpit.operations import Operation, Subject

#: Modules' tuples of operations; each module adds its line.
_DECLARED: Sequence[Sequence[Operation]] = (
    # One line a module.
    cases.OPERATIONS,
    deadlines.OPERATIONS,
    sending.OPERATIONS,
    tasks.OPERATIONS,
    taskdues.OPERATIONS,
    versions.OPERATIONS,
    carriage.OPERATIONS,
    retrying.OPERATIONS,
    incidentacts.OPERATIONS,
    mending.OPERATIONS,
    jobacts.OPERATIONS,
    pauses.OPERATIONS,
    tokens.OPERATIONS,
    restarts.OPERATIONS,
    variables.OPERATIONS,
)


@cache
def operations() -> Mapping[tuple[Subject, str], Operation]:
    """Return every operation there is."""
    return {(one.subject, one.name): one for declared in _DECLARED for one in declared}


def operation(subject: Subject, name: str) -> Operation:
    """Return one; `NotFound`."""
    found = operations().get((subject, name))
    if found is None:
        raise NotFound(text("There is no such act"))
    return found
