"""Scenarios: rehearsals that were kept, as files beside the diagrams (``scenarios.toml``).

A scenario says which case is opened, who does what when, and which way the case then takes::

    [[scenario]]
    name = "Returned once, then approved"
    process = "example_approval"
    start = 2026-09-07T10:00:00         # local time
    family = 3                          # number of an invented family
    office = "office.1"                 # where the case is opened
    end = "approved"                    # where it ends; empty or left out: it still runs

    [[scenario.step]]
    do = "application"                  # somebody completes this element's task
    values = { agreed = true }          # left out: what people usually say there
    then = ["check"]                    # where people are waited for afterwards

    [[scenario.step]]
    wait = "P3D"                        # time passes; what becomes due happens at its moment

    [scenario.path]
    example_approval = ["came", "application", "check"]     # by process: what was reached

Steps: ``do`` (with ``case``: what follows the main case's number in a called one's, e.g. ``/1``;
``by``: ``role@office``), ``reach`` (do the usual until an element waits), ``wait`` (a period),
``until`` (local moment), ``tell`` (message to the case), ``act`` (an act of the domain besides
tasks, with ``with``), ``switch`` (outside systems of the sandbox by name). Nothing of it is
executed in an installation in use; `zholdama rehearse` and the workshop do.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.errors import ValueRefused
from engine.model.problems import Problem
from engine.model.text import Text, text

#: Name of the files.
FILE = "scenarios.toml"
#: What a step may be, each with the type of what it says.
KINDS: Mapping[str, type] = {
    "do": str,
    "reach": str,
    "wait": str,
    "until": datetime,
    "tell": str,
    "act": str,
    "switch": dict,
}
_SCENARIO: Mapping[str, type] = {
    "name": str,
    "about": str,
    "process": str,
    "start": datetime,
    "family": int,
    "office": str,
    "with": dict,
    "end": str,
    "step": list,
    "path": dict,
}
_STEP: Mapping[str, type] = {
    **KINDS,
    "case": str,
    "by": str,
    "values": dict,
    "with": dict,
    "then": list,
}
_PERIOD = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that happens."""

    #: One of `KINDS`.
    kind: str
    #: What that says: element, period, moment, message, act, or system → mode.
    what: Any
    #: What follows the main case's business key in that of the case meant; empty: the main case.
    case: str = ""
    #: Who does it, ``role@office``; empty: whose task it is.
    by: str = ""
    #: What is typed; None: the usual.
    values: Mapping[str, Any] | None = None
    #: What a message or an act carries.
    details: Mapping[str, Any] = field(default_factory=dict)
    #: Where people are waited for afterwards, sorted, called cases as ``element /1``; None: unsaid.
    then: tuple[str, ...] | None = None
    #: Line in the file, from 1; 0: not from a file.
    line: int = 0


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A rehearsal that was kept."""

    #: What it shows; unique in its file.
    name: str
    #: More words; empty: none.
    about: str = ""
    #: Key of the process.
    process: str
    #: When it begins (local time, without zone).
    start: datetime
    #: Number of the invented family; 0: none.
    family: int = 0
    #: Office at which the case is opened; empty: the domain's first.
    office: str = ""
    #: What the domain is told besides.
    options: Mapping[str, Any] = field(default_factory=dict)
    #: What happens.
    steps: tuple[Step, ...] = ()
    #: Element at which the main case ends; empty: it still runs.
    end: str = ""
    #: By process: the elements reached, in the order in which they were recorded.
    path: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: File it stands in; empty: none.
    file: str = ""
    #: Line in the file, from 1.
    line: int = 0

    @property
    def id(self) -> str:
        """Return what tells it apart among all files."""
        return f"{self.file}: {self.name}" if self.file else self.name


class ScenarioRefused(ValueRefused):
    """A file of scenarios is wrong at a line."""

    def __init__(self, problem: Problem) -> None:
        """Keep what is wrong where."""
        super().__init__(
            text(
                "{file}:{line}: {what}", file=problem.file, line=problem.line, what=problem.message
            )
        )
        self.problem = problem


def is_scenarios(name: str) -> bool:
    """Tell whether a file is one of scenarios."""
    return name.rpartition("/")[2] == FILE


def read(content: bytes, file: str = FILE) -> tuple[Scenario, ...]:
    """Return the scenarios of a file; `ScenarioRefused` names the line of the first mistake."""
    try:
        written = content.decode()
        data = tomllib.loads(written)
    except UnicodeDecodeError:
        raise _wrong(file, 1, text("The file is not UTF-8")) from None
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        at = int(line[1]) if line else written.count("\n") + 1
        raise _wrong(file, at, text("This is not TOML: {reason}", reason=str(error))) from None
    return _Reader(file, written).scenarios(data)


class _Reader:
    """Turns the data of one file into scenarios, with the lines where each began."""

    def __init__(self, file: str, written: str) -> None:
        self.file = file
        self.starts: list[int] = []
        self.steps: list[list[int]] = []
        for number, line in enumerate(written.splitlines(), 1):
            head = line.split("#", 1)[0].strip().replace(" ", "")
            if head == "[[scenario]]":
                self.starts.append(number)
                self.steps.append([])
            elif head == "[[scenario.step]]" and self.steps:
                self.steps[-1].append(number)

    def scenarios(self, data: Mapping[str, Any]) -> tuple[Scenario, ...]:
        unknown = sorted(set(data) - {"scenario"})
        rows = data.get("scenario", [])
        if unknown or not isinstance(rows, list):
            raise self._wrong(1, text("The file holds [[scenario]] and nothing else"))
        found = tuple(self._scenario(number, row) for number, row in enumerate(rows))
        names = [one.name for one in found]
        for one in found:
            if names.count(one.name) > 1:
                raise self._wrong(one.line, text("Two scenarios are called {name}", name=one.name))
        return found

    def _scenario(self, number: int, row: Any) -> Scenario:
        line = self.starts[number] if number < len(self.starts) else 1
        self._fits(row, _SCENARIO, line, ("name", "process", "start"))
        lines = self.steps[number] if number < len(self.steps) else []
        steps = [
            self._step(one, lines[place] if place < len(lines) else line)
            for place, one in enumerate(row.get("step", []))
        ]
        return Scenario(
            name=row["name"],
            about=row.get("about", ""),
            process=row["process"],
            start=row["start"].replace(tzinfo=None),
            family=row.get("family", 0),
            office=row.get("office", ""),
            options=row.get("with", {}),
            steps=tuple(steps),
            end=row.get("end", ""),
            path={key: self._names(said, line) for key, said in row.get("path", {}).items()},
            file=self.file,
            line=line,
        )

    def _step(self, row: Any, line: int) -> Step:
        self._fits(row, _STEP, line, ())
        kinds = [kind for kind in KINDS if kind in row]
        if len(kinds) != 1:
            said = text("A step says exactly one of {kinds}", kinds=", ".join(KINDS))
            raise self._wrong(line, said)
        kind, then = kinds[0], row.get("then")
        if kind == "wait" and not period(row["wait"]):
            raise self._wrong(
                line, text("{value} is no period like P3D or PT2H", value=row["wait"])
            )
        return Step(
            kind=kind,
            what=row[kind],
            case=row.get("case", ""),
            by=row.get("by", ""),
            values=row.get("values"),
            details=row.get("with", {}),
            then=None if then is None else self._names(then, line),
            line=line,
        )

    def _fits(self, row: Any, known: Mapping[str, type], line: int, needed: Iterable[str]) -> None:
        if not isinstance(row, Mapping):
            raise self._wrong(line, text("A table is expected here"))
        for name in needed:
            if name not in row:
                raise self._wrong(line, text("{name} is missing", name=name))
        for name, value in row.items():
            if name not in known:
                raise self._wrong(line, text("{name} is not known here", name=name))
            if not isinstance(value, known[name]) or isinstance(value, bool):
                kind = known[name].__name__
                said = text("{name} is of another type than {kind}", name=name, kind=kind)
                raise self._wrong(line, said)

    def _names(self, said: Any, line: int) -> tuple[str, ...]:
        if not isinstance(said, list) or not all(isinstance(one, str) for one in said):
            raise self._wrong(line, text("A list of element ids is expected here"))
        return tuple(said)

    def _wrong(self, line: int, said: Text) -> ScenarioRefused:
        return _wrong(self.file, line, said)


def _wrong(file: str, line: int, said: Text) -> ScenarioRefused:
    return ScenarioRefused(
        Problem(file=file, line=line, element="", code="scenario.unreadable", message=said)
    )


def period(written: str) -> tuple[int, int, int] | None:
    """Return days, hours and minutes of ``P3DT2H``; None: it is no such period."""
    found = _PERIOD.fullmatch(written)
    if found is None or not any(found.groups()):
        return None
    days, hours, minutes = (int(part or 0) for part in found.groups())
    return days, hours, minutes
