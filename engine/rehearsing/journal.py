"""What was done in a rehearsal, as it goes into a scenario: in the rehearsal's own settings.

Ids, which are others each time, are written as what they refer to: an account as one of its roles,
a file as a scan of its name, anything else as the place in the form where it was known.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from engine.errors import ValueRefused
from engine.model.people import Actor, Candidate
from engine.model.text import text
from engine.rehearsing.plays import Opening, Plays, of_process
from engine.services import tasks
from engine.services.context import Context, UnitOfWork, Witness
from engine.services.workshop.scenarios import Scenario, Step

#: Settings that hold the cases begun and the acts, in order.
CASE, ACT = "rehearsal.case.", "rehearsal.act."


class Journal(Witness):
    """Writes down what people do, in their own transactions."""

    def __init__(self) -> None:
        """Write nothing until it is told where."""
        self.context: Context | None = None
        #: Whether acts are written down; not while the stage opens a case.
        self.on = True

    def typed(
        self, uow: UnitOfWork, actor: Actor, task_id: str, values: Mapping[str, object]
    ) -> None:
        """Write down that a task is completed."""
        if not self.on or self.context is None:
            return
        view = tasks.look(uow, self.context, actor, task_id)
        candidates = uow.tasks.candidates(task_id)
        by = next((one for one in candidates if one in actor.memberships), None)
        kept = _Referring(uow, view.known).of(values)
        add(
            uow,
            {
                "do": view.element.id,
                "key": view.business_key,
                "by": str(by or next(iter(sorted(actor.memberships)), "")),
                "values": kept,
            },
        )

    def told(
        self, uow: UnitOfWork, actor: Actor, name: str, key: str, payload: Mapping[str, Any]
    ) -> None:
        """Write down that a message is sent."""
        if self.on:
            by = next(iter(sorted(actor.memberships)), "")
            add(uow, {"tell": name, "key": key, "by": str(by), "with": dict(payload)})


class _Referring:
    """Puts references in the place of ids."""

    def __init__(self, uow: UnitOfWork, known: Mapping[str, Any]) -> None:
        self._uow = uow
        self._places = dict(_leaves(known, ""))

    def of(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {str(name): self.of(inner) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.of(inner) for inner in value]
        if value is None:
            return "@null"
        if not isinstance(value, str):
            return value.isoformat() if hasattr(value, "isoformat") else value
        if _like_id(value):
            return self._reference(value)
        return f"@{value}" if value.startswith("@") else value

    def _reference(self, value: str) -> str:
        document = self._uow.documents.find(value)
        if document is not None:
            return f"@scan:{document.name}"
        if self._uow.accounts.find(value) is not None:
            held = self._uow.accounts.memberships([value])[value]
            return f"@account:{held[0]}" if held else value
        place = self._places.get(value)
        return f"@known:{place}" if place else value


def _like_id(value: str) -> bool:
    """Tell whether a text looks like an id: 32 hexadecimal digits."""
    return len(value) == 32 and all(letter in "0123456789abcdef" for letter in value)


def _leaves(known: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(known, Mapping):
        for name, inner in known.items():
            yield from _leaves(inner, f"{place}.{name}".lstrip("."))
    elif isinstance(known, list | tuple):
        for number, inner in enumerate(known):
            yield from _leaves(inner, f"{place}.{number}")
    elif isinstance(known, str) and _like_id(known):
        yield known, place


def add(uow: UnitOfWork, act: Mapping[str, Any]) -> None:
    """Write an act down."""
    count = len(_acts(uow))
    uow.settings.set(f"{ACT}{count:05d}", json.dumps(dict(act), ensure_ascii=False, default=str))


def begun(uow: UnitOfWork, key: str, opening: Opening, at: datetime) -> None:
    """Write down that a case was opened, at a local moment."""
    said = {
        "key": key,
        "process": opening.process,
        "family": opening.family,
        "office": opening.office,
        "options": dict(opening.options),
        "at": at.isoformat(),
    }
    count = sum(name.startswith(CASE) for name in uow.settings.all())
    uow.settings.set(f"{CASE}{count:03d}", json.dumps(said, ensure_ascii=False))


def openings(uow: UnitOfWork) -> dict[str, Opening]:
    """Return how each case was begun, by business key, in order."""
    return {said["key"]: _opening(said) for said in _cases(uow)}


def _opening(said: Mapping[str, Any]) -> Opening:
    return Opening(
        process=said["process"],
        family=said["family"],
        office=said["office"],
        options=said["options"],
    )


def opening_of(uow: UnitOfWork, key: str) -> Opening | None:
    """Return how the case was begun to which a business key belongs, a called one's too."""
    fits = [one for own, one in openings(uow).items() if key.startswith(own)]
    return fits[0] if fits else None


def acts(uow: UnitOfWork) -> list[dict[str, Any]]:
    """Return what was done, in order."""
    return list(_acts(uow).values())


def note_waits(uow: UnitOfWork, waits: Mapping[str, list[str]]) -> None:
    """Write down where each case waits after the last act."""
    found = _acts(uow)
    if found:
        name, last = list(found.items())[-1]
        uow.settings.set(name, json.dumps({**last, "then": waits}, ensure_ascii=False))


def _acts(uow: UnitOfWork) -> dict[str, dict[str, Any]]:
    return _written(uow, ACT)


def _cases(uow: UnitOfWork) -> list[dict[str, Any]]:
    return list(_written(uow, CASE).values())


def _written(uow: UnitOfWork, beginning: str) -> dict[str, dict[str, Any]]:
    said = uow.settings.all()
    names = sorted(name for name in said if name.startswith(beginning))
    return {name: json.loads(said[name]) for name in names}


def scenario(uow: UnitOfWork, plays: tuple[Plays, ...], key: str, name: str) -> Scenario:
    """Return what was done to a case as a scenario, without path and end; `ValueRefused`."""
    case = next((one for one in _cases(uow) if one["key"] == key), None)
    if case is None:
        raise ValueRefused(text("This case was not begun in the rehearsal"))
    opening = _opening(case)
    domain = of_process(plays, opening.process)
    mine = [one for one in acts(uow) if one.get("key", key).startswith(key)]
    return Scenario(
        name=name,
        process=opening.process,
        start=datetime.fromisoformat(case["at"]),
        family=opening.family,
        office=opening.office,
        options=opening.options,
        steps=tuple(_step(one, key, domain) for one in mine),
    )


def _step(act: Mapping[str, Any], key: str, domain: Plays | None) -> Step:
    kind = next(kind for kind in ("do", "tell", "until", "switch") if kind in act)
    what = datetime.fromisoformat(act["until"]) if kind == "until" else act[kind]
    if kind == "tell" and domain and what not in domain.acts and what not in domain.messages:
        raise ValueRefused(
            text("What was done with the message {name} cannot be kept as a scenario", name=what)
        )
    then = act.get("then", {}).get(key)
    return Step(
        kind=kind,
        what=what,
        case=act.get("key", key).removeprefix(key),
        by=act.get("by", ""),
        values=act.get("values"),
        details=act.get("with", {}),
        then=None if then is None else tuple(then),
    )


def finished(made: Scenario, path: Mapping[str, tuple[str, ...]], end: str, about: str) -> Scenario:
    """Return a scenario with the way that was gone."""
    return replace(made, path=path, end=end, about=about)


def by_whom(written: str) -> Candidate | None:
    """Return a role that an act names; None: it names none."""
    try:
        return Candidate.parse(written)
    except ValueError:
        return None
