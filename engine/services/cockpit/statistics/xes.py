"""The history of cases as an event log for process mining: XES (IEEE Std 1849).

A trace is a case, an event a row of its history. Of people there is who did it, as a keyed digest
that is the same in every log of this installation and leads to nobody without its keys, the role
and the office; no names, no reasons, no variables. Extensions: Concept, Time, Lifecycle,
Organizational, Identity. Cases are read in batches and written as they are read: the memory does
not depend on how many there are.
"""

import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from html import escape
from typing import Any
from uuid import UUID

from engine.errors import ZholdamaError
from engine.model.elements import Element
from engine.model.people import Actor, ActorKind
from engine.services import bundles
from engine.services.cockpit.statistics.asking import Query, ground
from engine.services.context import Context, UnitOfWork

#: Cases whose history is held at a time.
BATCH = 100
#: What no XML may hold.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_BY_PEOPLE = frozenset({"userTask", "manualTask"})
#: Transitions of the standard's lifecycle, of what people do and of everything else.
_PEOPLE = {
    "entered": "schedule",
    "claimed": "start",
    "assigned": "reassign",
    "released": "suspend",
    "left": "complete",
    "cancelled": "ate_abort",
}
_MACHINES = {
    "entered": "start",
    "left": "complete",
    "ended": "complete",
    "cancelled": "ate_abort",
}
_CASE = {"suspended": "suspend", "resumed": "resume", "cancelled": "pi_abort"}
#: Told by ``left`` at the same moment, with the same author.
_SAID_TWICE = "completed"
#: Who came by is no author of what came next.
_ARRIVALS = frozenset({"entered"})
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849.2016" xes.features="" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<extension name="Identity" prefix="identity" uri="http://www.xes-standard.org/identity.xesext"/>
<global scope="trace"><string key="concept:name" value=""/></global>
<global scope="event"><string key="concept:name" value=""/>\
<date key="time:timestamp" value="1970-01-01T00:00:00.000+00:00"/>\
<string key="lifecycle:transition" value="complete"/></global>
<classifier name="Activity" keys="concept:name"/>
<classifier name="Activity and transition" keys="concept:name lifecycle:transition"/>
<string key="concept:name" value="Zholdama"/>
<string key="lifecycle:model" value="standard"/>
"""


def log(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    query: Query,
    *,
    language: str = "kk",
    told: Callable[[int], None] | None = None,
) -> Iterator[bytes]:
    """Yield the log of the cases that began in a period, as it is read (admin).

    `told` is called with how many more cases are written. `Forbidden`, `NotFound`.
    """
    base = ground(uow, actor, query)
    traces = _Traces(uow, ctx, language)
    yield _HEAD.encode()
    for cases in uow.statistics.cases(base.scope, BATCH):
        yield "".join(traces.written(cases)).encode()
        if told is not None:
            told(len(cases))
    yield b"</log>\n"


def packed(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same bytes as a gzip file."""
    packer = zlib.compressobj(6, wbits=31)
    for part in parts:
        found = packer.compress(part)
        if found:
            yield found
    yield packer.flush()


def _value(said: object) -> str:
    return escape(_CONTROL.sub("", str(said)))


def _string(key: str, said: object) -> str:
    return f'<string key="{key}" value="{_value(said)}"/>' if said not in {"", None} else ""


def _date(at: datetime) -> str:
    return f'<date key="time:timestamp" value="{at.isoformat(timespec="milliseconds")}"/>'


def _id(number: UUID) -> str:
    return f'<id key="identity:id" value="{number}"/>'


class _Traces:
    """Writes cases."""

    def __init__(self, uow: UnitOfWork, ctx: Context, language: str) -> None:
        self._uow, self._ctx, self._language = uow, ctx, language
        self._elements: dict[str, Mapping[str, Element]] = {}
        self._people: dict[str, str] = {}

    def written(self, cases: Iterable[Any]) -> Iterator[str]:
        found = {one.id: one for one in cases}
        open_ = ""
        for row in self._uow.statistics.history(list(found)):
            if row.instance_id != open_:
                yield "</trace>\n" if open_ else ""
                yield self._head(found[row.instance_id])
                open_ = row.instance_id
            if row.what != _SAID_TWICE:
                yield self._event(row, found[row.instance_id])
        yield "</trace>\n" if open_ else ""

    @staticmethod
    def _head(case: Any) -> str:
        return (
            "<trace>"
            + _string("concept:name", case.business_key)
            + _id(UUID(case.id))
            + _string("process", case.process)
            + f'<int key="version" value="{case.version}"/>'
            + _string("status", case.status)
            + (_string("end", case.end_element))
            + "\n"
        )

    def _event(self, row: Any, case: Any) -> str:
        element = self._known(case).get(row.element)
        name, transition = self._activity(row, element)
        return (
            "<event>"
            + _string("concept:name", name)
            + _string("concept:instance", row.token)
            + _date(row.at)
            + _string("lifecycle:transition", transition)
            + _string("org:resource", self._resource(row))
            + _string("org:role", row.role)
            + _string("org:group", row.organisation)
            + _id(UUID(int=row.id))
            + _string("element", row.element)
            + _string("kind", element.kind if element else "")
            + "</event>\n"
        )

    def _activity(self, row: Any, element: Element | None) -> tuple[str, str]:
        """Return what an event is called, and its transition.

        An element's own life goes by its name; what else happens at one by what it is, so that no
        activity seems to be completed twice.
        """
        if not row.element:
            return f"case.{row.what}", _CASE.get(row.what, "complete")
        by_people = element is not None and element.kind in _BY_PEOPLE
        transition = (_PEOPLE if by_people else _MACHINES).get(row.what)
        if transition is None:
            return row.what, "complete"
        names = element.names if element else {}
        name = names.get(self._language) or names.get("kk") or row.element
        return name, transition

    def _resource(self, row: Any) -> str:
        if row.what in _ARRIVALS:
            return ""
        if row.actor_kind != ActorKind.PERSON.value or not row.actor:
            return str(row.actor_kind)
        if row.actor not in self._people:
            self._people[row.actor] = self._uow.keys.blind(f"xes:{row.actor}")[:16]
        return self._people[row.actor]

    def _known(self, case: Any) -> Mapping[str, Element]:
        if case.definition_id not in self._elements:
            self._elements[case.definition_id] = self._read(case)
        return self._elements[case.definition_id]

    def _read(self, case: Any) -> Mapping[str, Element]:
        try:
            bundle = bundles.of_definition(self._uow, self._ctx, case.definition_id)
            return bundle.definition(case.process).process.elements
        except ZholdamaError:
            # A log of what was is not refused for a diagram that cannot be read any more.
            return {}
