"""Where the diagrams use a form: the steps it belongs to, and who reads what its fields give."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from engine import bpmn
from engine.services import readings
from engine.services.context import Context, UnitOfWork
from engine.services.workshop.checking import gathered


@dataclass(frozen=True, kw_only=True)
class Uses:
    """What the diagrams do with a form."""

    #: Names of the user tasks that show it.
    steps: tuple[str, ...]
    #: By variable, the names of the elements that read what those tasks gave, with their input.
    readers: Mapping[str, tuple[str, ...]]


def uses(
    uow: UnitOfWork, ctx: Context, files: Mapping[str, bytes], name: str, language: str
) -> Uses:
    """Return where the form in the file `name` is used among `files`, in a language."""
    key = readings.form_key(name)
    _, together = gathered(uow, ctx, files)
    steps: dict[str, None] = {}
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for one in together.drawn.values():
        elements = one.process.elements.values()
        shown = [each.id for each in elements if each.form and each.form == key]
        steps.update((_title(one, each, language), None) for each in shown)
        read = bpmn.readers(together, one.process.key, frozenset(shown)) if shown else {}
        for variable, places in read.items():
            found[variable].update((_place(one, *place, language), None) for place in places)
    told = {variable: tuple(places) for variable, places in sorted(found.items())}
    return Uses(steps=tuple(steps), readers=told)


def _place(drawn: bpmn.Drawn, element: str, what: str, language: str) -> str:
    title = _title(drawn, element, language)
    return f"{title}: {what}" if what else title


def _title(drawn: bpmn.Drawn, element: str, language: str) -> str:
    found = drawn.process.elements.get(element)
    names = found.names if found is not None else {}
    return names.get(language) or names.get("kk") or element
