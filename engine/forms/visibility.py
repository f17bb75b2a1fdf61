"""Second pass of a check: conditions and computed values, until they agree with each other.

A hidden value is null for the others, as in form-js; a circle of conditions stops after a while.
"""

from collections.abc import Iterator, Mapping, Sequence

from engine.forms.definition import Field, Kind
from engine.forms.intake import Run
from engine.forms.scope import Scope, Values, flat, kept, name_of, rows_of, visible
from engine.forms.values import at, plain, put

#: Rounds until conditions agree.
_ROUNDS = 12


def settle(run: Run, values: Values) -> set[str]:
    """Return what is hidden once conditions and computed values agree with each other."""
    gone: set[str] = set()
    for _ in range(_ROUNDS):
        shown = kept(run.fields, Scope(values=values), gone)
        changed = _compute(run, values, shown, gone)
        again = set(_hidden_in(run, run.fields, Scope(values=shown), shown, covered=False))
        if again == gone and not changed:
            break
        gone = again
    return gone


def top_names(run: Run, shown: Mapping[str, object]) -> dict[str, object]:
    """Return the names of the first level: the form's over the server's, null where hidden."""
    ours = {part.path[0]: None for part in flat(run.fields)}
    return {**run.context, **ours, **shown}


def _hidden_in(
    run: Run,
    fields: Sequence[Field],
    scope: Scope,
    top: Mapping[str, object],
    *,
    covered: bool,
) -> Iterator[str]:
    names = scope.names(top_names(run, top))
    for part in fields:
        is_gone = covered or (part.hide is not None and part.hide.holds(names, run.now))
        if is_gone:
            yield scope.prefix + name_of(part)
        if part.kind is Kind.GROUP:
            yield from _hidden_in(run, part.fields, scope, top, covered=is_gone)
        elif part.kind is Kind.DYNAMICLIST and not is_gone:
            for row in rows_of(part, scope):
                yield from _hidden_in(run, part.fields, row, top, covered=False)


def _compute(run: Run, values: Values, shown: Values, gone: set[str]) -> bool:
    """Put the results of expression components in place; tell whether any changed."""
    changed = False
    for part, _, scope in visible(run.fields, Scope(values=shown), gone):
        if part.formula is not None:
            result = plain(part.formula.value(scope.names(top_names(run, shown)), run.now))
            home = _home(values, scope.prefix)
            changed = changed or at(home, part.path) != result
            put(home, part.path, result)
            put(_home(shown, scope.prefix), part.path, result)
    return changed


def _home(values: Values, prefix: str) -> Values:
    """Return the mapping of the scope with this prefix."""
    home: object = values
    for step in prefix.split(".")[:-1]:
        if isinstance(home, list):
            home = home[int(step)]
        elif isinstance(home, dict):
            home = home[step]
    if not isinstance(home, dict):
        raise TypeError(prefix)
    return home
