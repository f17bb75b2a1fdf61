"""Two tabs of the page of one case: its variables, and the decisions that were made in it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from engine import bpmn
from engine.errors import ZholdamaError
from engine.services import ending
from engine.services.cockpit.caseviews import EventLine
from engine.services.cockpit.inspecting import Seen, event_line
from engine.services.cockpit.tabviews import DecisionLine, FiredTable, Variable, VariableScope
from engine.services.cockpit.timing import nodes_of
from engine.services.cockpit.veiling import veiled, veiled_value
from engine.services.context import UnitOfWork

#: Decisions shown of each element, and changes of variables.
DECISIONS = 20
#: Longest value shown.
LONGEST = 2000
#: Names of values' types, as FEEL calls them.
_TYPES: Sequence[tuple[type | tuple[type, ...], str]] = (
    (bool, "boolean"),
    ((int, float, Decimal), "number"),
    (str, "text"),
    (datetime, "date and time"),
    (date, "date"),
    (time, "time"),
    (timedelta, "duration"),
    (list, "list"),
    (Mapping, "context"),
)


def variables(uow: UnitOfWork, case: Seen) -> tuple[VariableScope, ...]:
    """Return the variables of the case, then those of its tokens that have any of their own.

    Of an outline none: its content is not for an administrator's eyes.
    """
    if case.outline:
        return (VariableScope(token="", element="", names={}, variables=()),)
    top = VariableScope(
        token="", element="", names={}, variables=_variables(uow.instances.variables(case.row.id))
    )
    return (top, *_local(uow, case))


def _local(uow: UnitOfWork, case: Seen) -> Iterator[VariableScope]:
    if case.row.status not in ending.OPEN:
        return
    try:
        found = bpmn.scopes(case.definition, uow.instances.state(case.row.id))
    except ZholdamaError:
        return
    for one in found:
        if one.token is not None and one.values:
            yield VariableScope(
                token=one.token.hex,
                element=one.element,
                names=case.names(one.element),
                variables=_variables(one.values),
            )


def _variables(values: Mapping[str, object]) -> tuple[Variable, ...]:
    return tuple(_variable(name, values[name]) for name in sorted(values))


def _variable(name: str, value: object) -> Variable:
    said, bare = written(veiled_value(value)), written(value)
    cut = said if len(said) <= LONGEST else said[:LONGEST] + "…"
    return Variable(name=veiled(name), type=type_of(value), value=cut, whole=cut == bare)


def type_of(value: object) -> str:
    """Return a value's type as FEEL calls it; nothing at all is ``null``."""
    return next((name for kinds, name in _TYPES if isinstance(value, kinds)), "null")


def written(value: object) -> str:
    """Write a value to be read by a person: a text as it is, all else as JSON or ISO 8601."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta | Decimal):
        return str(value)
    return json.dumps(value, ensure_ascii=False, indent=1, default=written)


def changed(uow: UnitOfWork, case: Seen) -> tuple[EventLine, ...]:
    """Return the variables that administrators changed, newest first."""
    rows = [
        row
        for place in uow.events.elements(case.row.id, "variables")
        for row in uow.inspecting.happened(case.row.id, place, "variables", size=DECISIONS)
    ]
    return tuple(event_line(case, row) for row in sorted(rows, key=lambda row: -row.id))


def decisions(uow: UnitOfWork, case: Seen) -> tuple[DecisionLine, ...]:
    """Return the decisions that were made, newest first: the newest of each element."""
    deciding = [name for name, node in nodes_of(case.definition).items() if node.decision]
    rows = [
        row
        for name in deciding
        for row in uow.inspecting.happened(case.row.id, name, "left", size=DECISIONS)
    ]
    newest = sorted(rows, key=lambda row: -row.id)
    return tuple(_decision(event_line(case, row)) for row in newest if "rules" in row.detail)


def _decision(line: EventLine) -> DecisionLine:
    rules, sealed = line.detail.get("rules"), line.sealed.get("tables", ())
    tables = rules if isinstance(rules, list) else []
    kept = sealed if isinstance(sealed, list) and len(sealed) == len(tables) else [{}] * len(tables)
    return DecisionLine(
        number=line.number,
        at=line.at,
        element=line.element,
        names=line.names,
        tables=tuple(_fired(one, more) for one, more in zip(tables, kept, strict=True)),
        result=written(line.sealed["result"]) if "result" in line.sealed else None,
    )


def _fired(rules: Any, kept: Any) -> FiredTable:
    if not isinstance(rules, Mapping):
        return FiredTable(name=str(rules), rules=(), annotations=(), inputs=())
    more = kept if isinstance(kept, Mapping) else {}
    annotations = [" · ".join(filter(None, some)) for some in more.get("annotations", ())]
    return FiredTable(
        name=str(rules.get("decision", "")),
        rules=tuple(rules.get("rules", ())),
        annotations=tuple(filter(None, annotations)),
        inputs=tuple((str(label), written(value)) for label, value in more.get("inputs", ())),
    )
