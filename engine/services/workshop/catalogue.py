"""What an analyst can choose from: forms, roles, offices, decisions, processes, messages, handlers,
functions, and the variables that are known at each element.
"""

from collections.abc import Iterable, Iterator, Mapping

from engine import bpmn
from engine.feel import types as t
from engine.feel.builtins import BUILT_IN
from engine.handling import Handler
from engine.i18n import translate
from engine.model.elements import Element
from engine.model.text import Text, text
from engine.services import readings, shapes
from engine.services.context import Context, UnitOfWork
from engine.services.workshop.checking import gathered

#: One entry as scripts read it: JSON's kinds.
Entry = dict[str, object]
#: The engine's functions: how they are written, what they give.
FUNCTIONS: Mapping[str, tuple[str, Text]] = {
    "working_days": (
        "working_days(number, from?)",
        text("End of the n-th working day from now, or from the end of another term"),
    ),
    "working_day_end": (
        "working_day_end(date)",
        text("End of the working day on that date, or of the next one if it is a day off"),
    ),
    "halfway": (
        "halfway(due)",
        text("Moment when half of the working time until a term is over"),
    ),
    "working_day_cycle": (
        "working_day_cycle(due)",
        text("For a timer that repeats: at the term, then at each end of a working day"),
    ),
    "next_working_close": (
        "next_working_close(moment)",
        text("The next end of a working day after a moment"),
    ),
}


def catalogue(
    uow: UnitOfWork, ctx: Context, files: Mapping[str, bytes], name: str, language: str
) -> Entry:
    """Return all pickers for the file `name` among `files`, with titles in a language."""
    reading, together = gathered(uow, ctx, files)
    drawn = [one for read in reading.drafts for one in read.drawn]
    return {
        "forms": [
            {"key": key, "title": form.title.said(language) or key}
            for key, form in sorted(reading.forms.items())
        ],
        "roles": [
            {"role": role, "title": shapes.title_of("role", role, language)}
            for role in sorted(shapes.roles(ctx.extensions))
        ],
        "offices": [*_expressions(drawn, language), *_organisations(uow, language)],
        "candidates": _candidates(drawn, language),
        "decisions": list(_decisions(reading)),
        "processes": [
            {"key": key, "name": _named(one.process.names, language, key)}
            for key, one in sorted(together.drawn.items())
        ],
        "messages": [{"name": one} for one in sorted(_messages(drawn, together.known))],
        "topics": [topic(found, language) for found in ctx.extensions],
        "functions": list(_functions(language)),
        "variables": dict(_variables(reading, together, name)),
    }


def _named(names: Mapping[str, str], language: str, otherwise: str) -> str:
    return names.get(language) or names.get("kk") or otherwise


# --- who ---------------------------------------------------------------------------------------


def _given_to(drawn: Iterable[bpmn.Drawn]) -> Iterator[tuple[str, bpmn.Drawn, Element]]:
    """Yield each ``role@office`` of a diagram with where it stands."""
    for one in drawn:
        for element in one.process.elements.values():
            for part in element.candidates.split(","):
                if "@" in part:
                    yield part.strip(), one, element


def _expressions(drawn: Iterable[bpmn.Drawn], language: str) -> list[Entry]:
    """Return the offices that diagrams compute, called as the lanes in which they are used."""
    found: dict[str, str] = {}
    for part, one, element in _given_to(drawn):
        office = part.partition("@")[2]
        if office.startswith("${"):
            found.setdefault(office, _lane(one, element, language) or office)
    return [{"expression": office, "title": title} for office, title in sorted(found.items())]


def _lane(one: bpmn.Drawn, element: Element, language: str) -> str:
    lanes = {lane.id: lane.names for lane in one.process.lanes}
    return _named(lanes.get(element.lane, {}), language, "")


def _organisations(uow: UnitOfWork, language: str) -> list[Entry]:
    return [
        {"code": row.code, "title": _named(row.names, language, row.code)}
        for row in uow.organisations.all()
    ]


def _candidates(drawn: Iterable[bpmn.Drawn], language: str) -> list[Entry]:
    found: dict[str, str] = {}
    for part, one, element in _given_to(drawn):
        role = shapes.title_of("role", part.partition("@")[0], language)
        lane = _lane(one, element, language)
        found.setdefault(part, f"{role}, {lane}" if lane else role)
    return [{"value": value, "title": title} for value, title in sorted(found.items())]


# --- what --------------------------------------------------------------------------------------


def _decisions(reading: readings.Reading) -> Iterator[Entry]:
    for ref, model in sorted(reading.decisions.items()):
        if ref not in model.decision_ids:
            continue
        shape = shapes.decision_shape(model, ref)
        gives = t.bare(shape.gives)
        item = t.bare(gives.item) if isinstance(gives, t.ListType) else gives
        fields = item.fields if isinstance(item, t.ContextType) else {}
        yield {
            "id": ref,
            "name": model.find(ref).name,
            "inputs": [_typed(name, kind) for name, kind in shape.takes.items()],
            "outputs": [_typed(name, kind) for name, kind in fields.items()]
            or [_typed(model.find(ref).name, gives)],
        }


def _typed(name: str, kind: t.Type) -> Entry:
    return {"name": name, "type": t.bare(kind).name}


def _messages(drawn: Iterable[bpmn.Drawn], known: bpmn.Known) -> set[str]:
    return set(known.messages) | {name for one in drawn for name in bpmn.message_names(one)}


def topic(found: Handler, language: str) -> Entry:
    """Return a handler as a picker shows it."""
    shape = shapes.handler_shape(found)
    return {
        "topic": found.topic,
        "title": shapes.title_of("topic", found.topic, language),
        "about": translate(" ".join(found.about.split()), language),
        "inputs": [
            _typed(name, kind)
            | {
                "title": shapes.title_of("variable", name, language),
                "required": name in shape.required,
            }
            for name, kind in shape.takes.items()
        ],
        "outputs": [
            _typed(name, kind) | {"title": shapes.title_of("variable", name, language)}
            for name, kind in shape.gives.items()
        ],
    }


def _functions(language: str) -> Iterator[Entry]:
    for name, (signature, about) in FUNCTIONS.items():
        yield {"name": name, "signature": signature, "about": translate(about, language)}
    for name, found in sorted(BUILT_IN.items()):
        names = [f"{one.name}{'?' * one.optional}" for one in found.signatures[0].parameters]
        yield {"name": name, "signature": f"{name}({', '.join(names)})", "about": ""}


# --- variables ---------------------------------------------------------------------------------


def _variables(
    reading: readings.Reading, together: bpmn.Together, name: str
) -> Iterator[tuple[str, list[Entry]]]:
    """Yield what is known at each element of a file."""
    for read in reading.drafts:
        for one in read.drawn if read.file == name else ():
            followed = together.analysis(one.process.key)
            if followed is None:
                continue
            for node in bpmn.every(one.scope):
                yield node.id, _listed(followed.inside.get(node.id, {}))


def _listed(state: Mapping[str, bpmn.Variable]) -> list[Entry]:
    return [
        {
            "name": name,
            "type": t.bare(one.type).name,
            "sure": one.sure,
            "from": min(one.sources, default=""),
            **_members(one.type),
        }
        for name, one in sorted(state.items())
    ]


def _members(kind: t.Type) -> Entry:
    found = t.bare(kind)
    fields = sorted(found.fields) if isinstance(found, t.ContextType) else []
    return {"members": fields} if fields else {}
