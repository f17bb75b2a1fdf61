"""Scopes of a submission (the form, a row of a list) and walks through what is visible in them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.forms.definition import Field, Kind
from engine.forms.values import at, put

Values = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The form itself, or one row of a list."""

    #: Path of the scope with a trailing dot, e.g. ``members.0.``; empty for the form.
    prefix: str = ""
    #: Values of the scope.
    values: Mapping[str, object]
    #: The scope around it.
    outer: "Scope | None" = None
    #: Numbers of the rows on the way in, from 1.
    numbers: tuple[int, ...] = ()

    def names(self, top: Mapping[str, object]) -> dict[str, object]:
        """Return the names that a formula sees here; `top` are those of the form and context."""
        around = self.outer.names({}) | dict(self.outer.values) if self.outer else None
        special = {"this": self.values, "parent": around, "i": list(self.numbers)}
        return special | dict(top) | {f"_{name}_": value for name, value in special.items()}


def name_of(part: Field) -> str:
    """Return how a component is named in its scope: by its path, or ``#id`` without one."""
    return part.key or f"#{part.id}"


def flat(fields: Sequence[Field]) -> Iterator[Field]:
    """Walk what has a value or rows in this scope, groups opened."""
    for part in fields:
        yield from part.scoped


def rows_of(part: Field, scope: Scope) -> Iterator[Scope]:
    """Yield the scopes of a list's rows."""
    rows = at(scope.values, part.path)
    for number, row in enumerate(rows if isinstance(rows, list) else []):
        yield Scope(
            prefix=f"{scope.prefix}{part.key}.{number}.",
            values=row,
            outer=scope,
            numbers=(*scope.numbers, number + 1),
        )


def visible(
    fields: Sequence[Field], scope: Scope, gone: Collection[str]
) -> Iterator[tuple[Field, str, Scope]]:
    """Walk what is shown: lists before their rows, in the form's order."""
    for part in fields:
        path = scope.prefix + name_of(part)
        if path in gone:
            continue
        if part.kind is Kind.GROUP:
            yield from visible(part.fields, scope, gone)
        elif part.keyed or part.kind is Kind.DYNAMICLIST:
            yield part, path, scope
        if part.kind is Kind.DYNAMICLIST:
            for row in rows_of(part, scope):
                yield from visible(part.fields, row, gone)


def kept(fields: Sequence[Field], scope: Scope, gone: Collection[str]) -> Values:
    """Return a copy of the scope's values without the hidden ones."""
    out: Values = {}
    for part in fields:
        if scope.prefix + name_of(part) in gone:
            continue
        if part.kind is Kind.GROUP:
            _merge(out, kept(part.fields, scope, gone))
        elif part.kind is Kind.DYNAMICLIST:
            rows = [kept(part.fields, row, gone) for row in rows_of(part, scope)]
            put(out, part.path, rows)
        elif part.keyed:
            put(out, part.path, at(scope.values, part.path))
    return out


def _merge(into: Values, more: Mapping[str, object]) -> None:
    for key, value in more.items():
        there = into.get(key)
        if isinstance(there, dict) and isinstance(value, Mapping):
            _merge(there, value)
        else:
            into[key] = value
