"""Paragraphs × elements: what the law asks and where the diagrams do it; what scenarios visit.

The table of the law comes from the domains (`engine.handling.beside`), the elements from what is
deployed. `law` holds each paragraph against the diagrams: its office's task, its term with a
reminder and a timer, its signature, its way back, its outside systems, its next hop. The reverse is
told too: elements that cite nothing, or a paragraph that the table does not have.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from engine import bpmn, handling
from engine.model.elements import Element, Process
from engine.model.laws import Duty, Paragraph, read
from engine.model.people import Actor
from engine.services import bundles
from engine.services.context import Context, UnitOfWork
from engine.services.workshop.migration import may_look
from engine.services.workshop.rehearsals import visited
from engine.services.workshop.walking import Place, Ways

_WORK = frozenset({"userTask", "serviceTask", "subProcess", "callActivity"})


class Asked(Enum):
    """What a paragraph may ask."""

    #: A task of its office, or the elements that it stands on.
    PLACE = "place"
    #: A term in working days, with a timer that tells when it is missed.
    TERM = "term"
    #: A signature.
    SIGNATURE = "signature"
    #: A way back for remarks.
    RETURN = "return"
    #: An outside system.
    SYSTEM = "system"
    #: The paragraph that comes next.
    NEXT = "next"


@dataclass(frozen=True, kw_only=True)
class Spot:
    """An element of a diagram."""

    #: Process key.
    process: str
    #: Element id.
    element: str
    #: BPMN's local name of it.
    kind: str
    #: Its names by language.
    names: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Demand:
    """One thing that a paragraph asks, and where it is done."""

    #: What.
    asked: Asked
    #: Its number or name: days, ordinal, topic, paragraph; may be empty.
    what: str
    #: Elements that do it; empty: none does.
    spots: tuple[Spot, ...]
    #: Whether that is all that is asked.
    met: bool


@dataclass(frozen=True, kw_only=True)
class Line:
    """A paragraph against the diagrams."""

    #: The row of the table.
    paragraph: Paragraph
    #: What it asks.
    demands: tuple[Demand, ...]
    #: All elements that cite it.
    cited: tuple[Spot, ...]

    @property
    def met(self) -> bool:
        """Tell whether all that it asks is drawn."""
        return all(demand.met for demand in self.demands)


@dataclass(frozen=True, kw_only=True)
class Visits:
    """What the scenarios reach of one process."""

    #: Definition whose diagram is drawn.
    definition_id: str
    #: The process.
    process: Process
    #: Scenarios that reach an element, by element; an element that none reaches is left out.
    by: Mapping[str, tuple[str, ...]]
    #: Elements that none reaches.
    missed: tuple[Spot, ...]

    @property
    def share(self) -> float:
        """Return which part of the elements is reached, 0 to 1."""
        whole = len(self.process.elements)
        return (whole - len(self.missed)) / whole if whole else 0.0


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """Everything that the page shows."""

    #: Paragraphs in the order of the table; empty: no domain brought one.
    lines: tuple[Line, ...]
    #: Elements that cite no paragraph.
    silent: tuple[Spot, ...]
    #: Paragraphs that are cited and not in the table, with the elements.
    unknown: Mapping[str, tuple[Spot, ...]]
    #: Processes with what scenarios reach of them.
    visits: tuple[Visits, ...]
    #: How many scenarios there are.
    scenarios: int


def coverage(uow: UnitOfWork, ctx: Context, actor: Actor) -> Coverage:
    """Hold the table of the law and the scenarios against what is deployed. `Forbidden`."""
    may_look(actor)
    found = {row.key: row for row in uow.definitions.all_latest()}
    definitions = {
        key: bundles.of_definition(uow, ctx, row.id).definition(key) for key, row in found.items()
    }
    files = handling.beside()
    reached = visited(files)
    rows = [
        row for name in sorted(files) if name.endswith("law.toml") for row in _rows(files[name])
    ]
    processes = {key: one.process for key, one in definitions.items()}
    return Coverage(
        lines=tuple(law(definitions, rows)),
        silent=tuple(_silent(processes)),
        unknown=_unknown(processes, {row.key for row in rows}),
        visits=tuple(_visits(found[key].id, one, reached) for key, one in processes.items()),
        scenarios=len(reached),
    )


def _rows(written: bytes) -> list[Paragraph]:
    try:
        return list(read(written.decode()))
    except ValueError:
        return []


# --- the law ----------------------------------------------------------------------------------


def law(definitions: Mapping[str, bpmn.Definition], rows: Iterable[Paragraph]) -> Iterator[Line]:
    """Yield each paragraph with what it asks and where that is done."""
    table = _Table(definitions)
    for row in rows:
        demands = tuple(table.demands(row))
        yield Line(paragraph=row, demands=demands, cited=tuple(table.citing(row.key)))


class _Table:
    """The diagrams, to be asked for."""

    def __init__(self, definitions: Mapping[str, bpmn.Definition]) -> None:
        self.processes = {key: one.process for key, one in definitions.items()}
        self.ways = Ways(definitions)

    def citing(self, key: str, *kinds: str) -> Iterator[Spot]:
        for process in self.processes.values():
            for element in process.elements.values():
                if key in element.law and (not kinds or element.kind in kinds):
                    yield _spot(process, element)

    def demands(self, row: Paragraph) -> Iterator[Demand]:
        for duty in row.duties:
            yield from self._duty(row, duty)
        if row.elements:
            spots = self._named(row.process, row.elements, row.key)
            yield Demand(
                asked=Asked.PLACE, what="", spots=spots, met=len(spots) == len(row.elements)
            )
        for topic in row.systems:
            asked = tuple(
                one for one in self.citing(row.key, "serviceTask") if self._asks(one, topic)
            )
            yield Demand(asked=Asked.SYSTEM, what=topic, spots=asked, met=bool(asked))
        for following in row.following:
            yield self._hop(row, following)

    def _named(self, process: str, elements: Iterable[str], key: str) -> tuple[Spot, ...]:
        there = self.processes.get(process)
        if there is None:
            return ()
        found = (there.elements.get(name) for name in elements)
        return tuple(_spot(there, one) for one in found if one is not None and key in one.law)

    def _tasks(self, row: Paragraph, duty: Duty) -> tuple[Spot, ...]:
        """Return the tasks of a duty; what is done again after a return is not among them."""
        if duty.tasks:
            return self._named(duty.process, duty.tasks, row.key)
        citing = self.citing(row.key, "userTask")
        return tuple(
            one
            for one in citing
            if one.process == duty.process and "rework" not in one.element.split("_")
        )

    def _duty(self, row: Paragraph, duty: Duty) -> Iterator[Demand]:
        tasks = self._tasks(row, duty)
        met = bool(tasks) and (not duty.tasks or len(tasks) == len(duty.tasks))
        yield Demand(asked=Asked.PLACE, what=duty.who, spots=tasks, met=met)
        if isinstance(duty.days, int) or duty.days == "plan":
            said = str(duty.days)
            timed = tuple(one for one in tasks if self._timed(one, said))
            yield Demand(
                asked=Asked.TERM, what=said, spots=timed, met=bool(timed) and timed == tasks
            )
        if duty.sign is not None:
            wanted = str(duty.sign)
            signed = tuple(one for one in tasks if self._says(one, "sign") == wanted)
            yield Demand(asked=Asked.SIGNATURE, what=wanted, spots=signed, met=bool(signed))
        if duty.returns:
            # After the paragraph may stand whereto, or why: «S-8 → plan».
            back = tuple(
                one for one in tasks if self._says(one, "returns").split(" ")[0] == row.key
            )
            yield Demand(asked=Asked.RETURN, what=duty.returns, spots=back, met=bool(back))

    def _element(self, spot: Spot) -> Element:
        return self.processes[spot.process].elements[spot.element]

    def _says(self, spot: Spot, name: str) -> str:
        return self._element(spot).properties.get(name, "")

    def _asks(self, spot: Spot, topic: str) -> bool:
        return self._element(spot).topic == topic

    def _timed(self, spot: Spot, said: str) -> bool:
        """Tell whether a task states the term, and a timer beside it or what is around watches."""
        element = self._element(spot)
        hosts = {element.id, element.parent} - {""}
        watched = any(
            one.event == "timer" and one.attached_to in hosts
            for one in self.processes[spot.process].elements.values()
        )
        return element.properties.get("term") == said and watched

    def _hop(self, row: Paragraph, following: str) -> Demand:
        starts = self._named(row.process, row.elements, row.key) if row.elements else ()
        starts = starts or tuple(self.citing(row.key, "userTask", "subProcess"))
        goals = tuple(self.citing(following, *_WORK))
        met = self.ways.lead(map(_place, starts), map(_place, goals))
        return Demand(asked=Asked.NEXT, what=following, spots=goals if met else (), met=met)


def _place(spot: Spot) -> Place:
    return spot.process, spot.element


def _spot(process: Process, element: Element) -> Spot:
    return Spot(process=process.key, element=element.id, kind=element.kind, names=element.names)


def _silent(processes: Mapping[str, Process]) -> Iterator[Spot]:
    for process in processes.values():
        for element in process.elements.values():
            if not element.law:
                yield _spot(process, element)


def _unknown(
    processes: Mapping[str, Process], known: Iterable[str]
) -> Mapping[str, tuple[Spot, ...]]:
    names = set(known)
    found: dict[str, tuple[Spot, ...]] = {}
    for process in processes.values():
        for element in process.elements.values():
            for key in element.law:
                if names and key not in names:
                    found[key] = (*found.get(key, ()), _spot(process, element))
    return found


# --- the scenarios ----------------------------------------------------------------------------


def _visits(
    definition_id: str,
    process: Process,
    reached: Mapping[str, Mapping[str, frozenset[str]]],
) -> Visits:
    by: dict[str, tuple[str, ...]] = {}
    for scenario, paths in reached.items():
        for element in paths.get(process.key, frozenset()):
            by[element] = (*by.get(element, ()), scenario)
    missed = tuple(_spot(process, one) for one in process.elements.values() if one.id not in by)
    return Visits(definition_id=definition_id, process=process, by=by, missed=missed)
