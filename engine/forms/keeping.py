"""What is kept of a submission, so that it can be shown later as it was sent.

The values alone would not do: whether a question was asked may have hung on what the server knew,
and so does what an answer meant whose options the server handed in.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.forms.definition import Field, Kind
from engine.forms.scope import Scope, kept, visible
from engine.forms.submission import Checked
from engine.forms.values import at, option_of, put


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A submission as it was sent."""

    #: Checked values; secrets and restricted answers are left out, a file is its document's id.
    values: Mapping[str, object]
    #: Paths of what was not asked.
    hidden: frozenset[str]
    #: The options the server had handed in, as far as they were chosen, where the form looks for
    #: them: a context to draw the form with.
    options: Mapping[str, object]
    #: Ids of the documents that were named, in the form's order, each once.
    files: tuple[str, ...]


def keep(fields: Sequence[Field], checked: Checked, context: Mapping[str, object]) -> Sent:
    """Return what to keep of a submission that was checked against this context."""
    top = Scope(values=checked.values)
    chosen: dict[str, list[object]] = {}
    files: list[object] = []
    unkept: set[str] = set()
    for part, path, scope in visible(fields, top, checked.hidden):
        if part.unkept:
            unkept.add(path)
        elif part.kind is Kind.FILEPICKER:
            files += _listed(at(scope.values, part.path))
        elif part.options_key:
            chosen.setdefault(part.options_key, []).extend(_listed(at(scope.values, part.path)))
    return Sent(
        values=kept(fields, top, checked.hidden | unkept),
        hidden=checked.hidden,
        options=_meanings(chosen, context),
        files=tuple(dict.fromkeys(str(one) for one in files)),
    )


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _meanings(
    chosen: Mapping[str, Iterable[object]], context: Mapping[str, object]
) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, values in chosen.items():
        path, wanted = tuple(key.split(".")), {str(one) for one in values}
        offered = at(context, path)
        options = offered if isinstance(offered, list) else []
        put(found, path, [one for one in options if option_of(one).value in wanted])
    return found
