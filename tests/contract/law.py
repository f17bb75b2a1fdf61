"""The table of the law and the diagrams it is held against, read as XML.

Nothing between the files and the tests can make up for what is not drawn.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from engine import xml

ROOT = Path(__file__).parents[2]
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"
LAW: dict[str, Any] = tomllib.loads((ROOT / "processes/law.toml").read_text(encoding="utf-8"))
#: Rows by order: 170 (kandas) and 74 (support).
ROWS = {
    "K": [f"K-{number}" for number in range(5, 20)],
    "S": [
        *("S-2", "S-4", "S-4.8", "S-5", "S-6", "S-7", "S-8", "S-9", "S-10"),
        *("S-11.1", "S-11.2", "S-11.3", "S-12", "S-13", "S-14"),
    ],
}
#: Kinds of nodes that a token passes.
NODES = re.compile(r"(Task|Event|Gateway|subProcess|task|callActivity)$")
WORK = {"userTask", "serviceTask", "businessRuleTask"}


class Drawn:
    """One node of a diagram."""

    def __init__(self, process: str, node: Any, parents: dict[Any, Any]) -> None:
        self.process, self.node, self.id = process, node, str(node.get("id"))
        self.kind = xml.local(node)
        self.parent = parents.get(node)
        found = node.find(f"{BPMN}extensionElements/{CAMUNDA}properties")
        listed = [] if found is None else list(found)
        self.properties = {one.get("name"): one.get("value") for one in listed}
        self.law = [part.strip() for part in self.properties.get("law", "").split(",") if part]

    def __str__(self) -> str:
        return f"{self.process}.{self.id}"

    def camunda(self, name: str) -> str:
        return str(self.node.get(f"{CAMUNDA}{name}") or "")

    def text(self, path: str) -> str:
        return str(self.node.findtext(path) or "")

    @property
    def documentation(self) -> str:
        return self.text(f"{BPMN}documentation")

    @property
    def inputs(self) -> dict[str, str]:
        found = self.node.iter(f"{CAMUNDA}inputParameter")
        return {str(one.get("name")): str(one.text or "") for one in found}

    @property
    def following(self) -> list["Drawn"]:
        """Return what its flows lead to."""
        return [drawn(self.process, one) for one in edges().get((self.process, self.id), [])]

    def on_the_edge(self) -> list["Drawn"]:
        """Return its boundary events."""
        return [
            one
            for one in nodes()
            if one.process == self.process and one.node.get("attachedToRef") == self.id
        ]

    def timers(self, kind: str = "timeCycle") -> dict[str, "Drawn"]:
        """Return its boundary timers by what they say."""
        said = {
            one.text(f"{BPMN}timerEventDefinition/{BPMN}{kind}"): one for one in self.on_the_edge()
        }
        return {text: one for text, one in said.items() if text}


@cache
def _roots() -> list[tuple[str, Any]]:
    """Return process keys and the processes' elements."""
    found = []
    for path in sorted((ROOT / "processes").rglob("*.bpmn")):
        for process in xml.parse(path.read_bytes()).iter(f"{BPMN}process"):
            found.append((str(process.get("id")), process))
    return found


@cache
def nodes() -> list[Drawn]:
    found: list[Drawn] = []
    for key, root in _roots():
        parents = {child: parent for parent in root.iter() for child in parent}
        found += [
            Drawn(key, node, parents)
            for node in root.iter()
            if isinstance(node.tag, str) and node.tag.startswith(BPMN) and NODES.search(node.tag)
        ]
    return found


@cache
def _by_id() -> dict[tuple[str, str], Drawn]:
    return {(one.process, one.id): one for one in nodes()}


def drawn(process: str, element: str) -> Drawn:
    return _by_id()[process, element]


Place = tuple[str, str]


@cache
def edges() -> dict[Place, list[str]]:
    """Return what follows each element of a process, through link events too."""
    found: dict[Place, list[str]] = {}
    for key, root in _roots():
        for flow in root.iter(f"{BPMN}sequenceFlow"):
            source = (key, str(flow.get("sourceRef")))
            found.setdefault(source, []).append(str(flow.get("targetRef")))
    links = [
        (one, event) for one in nodes() for event in one.node.findall(f"{BPMN}linkEventDefinition")
    ]
    caught = {
        (one.process, event.get("name")): one.id for one, event in links if "Catch" in one.kind
    }
    for one, event in links:
        if "Throw" in one.kind:
            place = (one.process, one.id)
            found.setdefault(place, []).append(caught[one.process, event.get("name")])
    return found


@cache
def _ways() -> dict[Place, list[Place]]:
    """Return where a token goes from each element: flows, boundaries, insides, called processes."""
    found: dict[Place, list[Place]] = {
        (key, source): [(key, target) for target in targets]
        for (key, source), targets in edges().items()
    }
    for one in nodes():
        here = (one.process, one.id)
        for inside in _inside(one):
            found.setdefault(here, []).append(inside)
        for outside in _outside(one):
            found.setdefault(here, []).append(outside)
    return found


def _inside(one: Drawn) -> Iterator[Place]:
    """Yield where a token may begin inside an activity, or at its edge."""
    yield from ((one.process, edge.id) for edge in one.on_the_edge())
    if one.kind == "subProcess":
        yield from ((one.process, other.id) for other in nodes() if other.parent is one.node)
    called = str(one.node.get("calledElement") or "")
    yield from (
        (other.process, other.id)
        for other in nodes()
        if called and other.process == called and other.kind == "startEvent"
    )


def _outside(one: Drawn) -> Iterator[Place]:
    """Yield where a token goes that came to an end inside a subprocess or a called process."""
    if one.kind != "endEvent":
        return
    if xml.local(one.parent) == "subProcess":
        yield (one.process, str(one.parent.get("id")))
        return
    for caller in nodes():
        if caller.node.get("calledElement") == one.process:
            yield from ((caller.process, after.id) for after in [*caller.following])


def leads(start: Drawn, goal: Drawn) -> bool:
    """Tell whether a token can come from one element to another."""
    seen: set[Place] = set()
    ahead, end = [(start.process, start.id)], (goal.process, goal.id)
    while ahead:
        here = ahead.pop()
        if here == end:
            return True
        if here not in seen:
            seen.add(here)
            ahead += _ways().get(here, [])
    return False


def of(law: str, *kinds: str) -> list[Drawn]:
    return [one for one in nodes() if law in one.law and (not kinds or one.kind in kinds)]


class Duty:
    """What one office has to do by one row."""

    def __init__(self, key: str, said: dict[str, Any], number: int) -> None:
        self.key, self.said, self.number = key, said, number

    def __str__(self) -> str:
        return f"{self.key}.{self.number}" if self.number else self.key

    def __getitem__(self, name: str) -> Any:
        return self.said[name]

    def get(self, name: str, default: Any) -> Any:
        return self.said.get(name, default)

    def __contains__(self, name: str) -> bool:
        return name in self.said

    @property
    def tasks(self) -> list[Drawn]:
        """Return its user tasks; without names, all that cite it but the rework of who returns."""
        if "tasks" in self.said:
            return [drawn(self["process"], name) for name in self["tasks"]]
        return [one for one in of(self.key, "userTask") if one.id != "rework"]


def _duties() -> Iterator[Duty]:
    for key, row in LAW.items():
        if "elements" in row:
            continue
        for number, said in enumerate(row.get("duty", [row])):
            yield Duty(key, said, number + 1 if "duty" in row else 0)


DUTIES = list(_duties())


def duties(name: str) -> list[Duty]:
    """Return the duties that say something of this."""
    return [duty for duty in DUTIES if name in duty]


def start_of(key: str) -> list[Drawn]:
    """Return what a row stands on."""
    row = LAW[key]
    if "elements" in row:
        return [drawn(row["process"], name) for name in row["elements"]]
    return of(key, "userTask", "subProcess")
