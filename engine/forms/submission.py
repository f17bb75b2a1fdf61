"""A submission against its form: values read, hidden ones removed, rules applied.

Three passes: every value is read by its component's type (`intake`), conditions are evaluated on
what was read (`visibility`), the rules are applied to what is visible and may be changed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.forms.definition import Field, Kind
from engine.forms.intake import Run, read_all
from engine.forms.rules import broken, too_few_or_many
from engine.forms.scope import Scope, Values, flat, kept, visible
from engine.forms.values import at, put
from engine.forms.visibility import settle, top_names
from engine.model.text import Text


@dataclass(frozen=True, kw_only=True)
class Checked:
    """The outcome of a check."""

    #: What may be stored: known keys, visible fields, read by type.
    values: Mapping[str, object]
    #: What is wrong, by path such as ``members.0.iin``, in the form's order.
    errors: Mapping[str, tuple[Text, ...]]
    #: Paths of the fields, groups and lists that were hidden.
    hidden: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class State:
    """What a page must know to draw a form that is being filled in."""

    #: Paths of what is hidden now.
    hidden: frozenset[str]
    #: Paths of what is readonly or disabled.
    fixed: frozenset[str]
    #: Values as the server reads them: readonly ones from what it knows.
    values: Mapping[str, object]


def check(
    fields: Sequence[Field],
    data: Mapping[str, object],
    *,
    now: datetime,
    context: Mapping[str, object],
    documents: Collection[str],
) -> Checked:
    """Check a submission."""
    run = Run(fields=fields, now=now, context=context, documents=documents)
    values = read_all(run, data)
    gone = settle(run, values)
    shown = kept(run.fields, Scope(values=values), gone)
    errors: dict[str, tuple[Text, ...]] = {}
    for part, path, scope in visible(fields, Scope(values=shown), gone):
        found = _errors(run, part, path, scope, shown)
        if found:
            errors[path] = found
    return Checked(values=shown, errors=errors, hidden=frozenset(gone))


def state(
    fields: Sequence[Field],
    data: Mapping[str, object],
    *,
    now: datetime,
    context: Mapping[str, object],
) -> State:
    """Return what is hidden and what is readonly."""
    run = Run(fields=fields, now=now, context=context, documents=())
    values = read_all(run, data)
    gone = frozenset(settle(run, values))
    return State(hidden=gone, fixed=frozenset(run.fixed), values=values)


def initial(fields: Sequence[Field], known: Mapping[str, object]) -> Values:
    """Return the known values with the defaults of the form where none is known."""
    out: Values = dict(known)
    for part in flat(fields):
        found = at(known, part.path)
        if part.kind is Kind.DYNAMICLIST:
            fresh: list[Values] = [
                {} for _ in range(part.rows.default if part.rows.editable else 0)
            ]
            rows = found if isinstance(found, list) else fresh
            put(out, part.path, [initial(part.fields, row) for row in rows if _is_row(row)])
        elif found is None and part.default is not None:
            put(out, part.path, part.default)
    return out


def _is_row(row: object) -> bool:
    return isinstance(row, Mapping)


def _errors(
    run: Run, part: Field, path: str, scope: Scope, top: Mapping[str, object]
) -> tuple[Text, ...]:
    if part.kind is Kind.DYNAMICLIST:
        return too_few_or_many(part, at(scope.values, part.path))
    if path in run.fixed or part.kind is Kind.EXPRESSION:
        return ()
    if path in run.unread:
        return (run.unread[path],)
    return broken(part, at(scope.values, part.path), scope.names(top_names(run, top)), run.now)
