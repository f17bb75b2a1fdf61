"""What scenarios reach, whether it exists, and how they are written; read by `scenarios`."""

import json
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from engine.model.problems import Problem
from engine.model.text import text
from engine.services.workshop.scenarios import (
    Scenario,
    ScenarioRefused,
    Step,
    is_scenarios,
    read,
)


def all_of(files: Mapping[str, bytes]) -> list[Scenario]:
    """Return the scenarios of all files, in order; `ScenarioRefused`."""
    found: list[Scenario] = []
    for name in sorted(filter(is_scenarios, files)):
        found += read(files[name], name)
    return found


def visited(files: Mapping[str, bytes]) -> dict[str, dict[str, frozenset[str]]]:
    """Return what each scenario reaches: its id → process key → element ids.

    As the files say it; that it is so, `zholdama rehearse` proves. A file that cannot be read says
    nothing.
    """
    found: dict[str, dict[str, frozenset[str]]] = {}
    for name in sorted(filter(is_scenarios, files)):
        try:
            scenarios = read(files[name], name)
        except ScenarioRefused:
            continue
        for one in scenarios:
            found[one.id] = {key: frozenset(path) for key, path in one.path.items()}
    return found


def problems(
    scenarios: Iterable[Scenario], elements: Mapping[str, Iterable[str]]
) -> Iterator[Problem]:
    """Yield what scenarios name that does not exist; `elements`: ids by process key."""
    known = {key: frozenset(ids) for key, ids in elements.items()}
    everywhere = frozenset().union(*known.values()) if known else frozenset()
    for one in scenarios:
        for line, process, element in _named(one):
            if process not in known:
                said = text("There is no process {process}", process=process)
            elif element and element not in (known[process] if line == one.line else everywhere):
                said = text(
                    "There is no element {element} in {process}", element=element, process=process
                )
            else:
                continue
            yield Problem(
                file=one.file, line=line, element=element, code="scenario.unknown", message=said
            )


def _named(one: Scenario) -> Iterator[tuple[int, str, str]]:
    """Yield line, process and element of everything that a scenario names."""
    yield one.line, one.process, one.end
    for step in one.steps:
        if step.kind in {"do", "reach"}:
            yield step.line, one.process, step.what
        for waiting in step.then or ():
            yield step.line, one.process, waiting.split(" ", 1)[0]
    for process, path in one.path.items():
        for element in path:
            yield one.line, process, element


# Writing: one form only, so that a difference shows what changed.


def write(scenarios: Sequence[Scenario]) -> bytes:
    """Return the file of scenarios."""
    return "\n".join(written(one) for one in scenarios).encode()


def written(one: Scenario) -> str:
    """Return one scenario as it stands in a file."""
    lines = ["[[scenario]]", f"name = {_toml(one.name)}"]
    said = {
        "about": one.about,
        "process": one.process,
        "start": one.start,
        "family": one.family,
        "office": one.office,
        "with": one.options,
        "end": one.end,
    }
    lines += [f"{name} = {_toml(value)}" for name, value in said.items() if value]
    for step in one.steps:
        lines += ["", "[[scenario.step]]", *_step_lines(step)]
    if one.path:
        lines += ["", "[scenario.path]"]
        lines += [line for key, path in one.path.items() for line in _path_lines(key, path)]
    return "\n".join(lines) + "\n"


def _step_lines(step: Step) -> Iterator[str]:
    yield f"{step.kind} = {_toml(step.what)}"
    for name, value in (("case", step.case), ("by", step.by), ("with", step.details)):
        if value:
            yield f"{name} = {_toml(value)}"
    if step.values is not None:
        yield f"values = {_toml(step.values)}"
    if step.then is not None:
        yield f"then = {_toml(list(step.then))}"


def _path_lines(process: str, path: Sequence[str]) -> Iterator[str]:
    yield f"{process} = ["
    items = " ".join(f"{_toml(one)}," for one in path)
    yield from textwrap.wrap(
        items, 98, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
    )
    yield "]"


def _toml(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool) or value is None:
        return '"@null"' if value is None else str(value).lower()
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(timespec="seconds")
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{_key(name)} = {_toml(inner)}" for name, inner in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return str(value)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _toml(name)
