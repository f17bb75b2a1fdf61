"""What people do in a rehearsal, whether a scenario says so or a page does."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.errors import ValueRefused
from engine.model.calendar import ZONE
from engine.model.people import Actor, Candidate
from engine.model.text import text
from engine.rehearsing.ground import Ground
from engine.rehearsing.plays import Opening, Plays, of_process
from engine.services import instances, tasks
from engine.store.rehearsed import Rehearsed


def begin(ground: Ground, opening: Opening) -> str:
    """Open a case; return its business key.

    `NotFound` for an unknown process, `ValueRefused` for an unknown family.
    """
    plays = of_process(ground.plays, opening.process)
    if plays is not None:
        refuse_unless_known(plays, opening)
        key = plays.open(ground.stage, opening)
    else:
        with ground.database.begin() as uow:
            count = len(Rehearsed(uow).cases())
            key = f"R-{count + 1:04}"
            who = ground.stage.load(next(iter(ground.stage.logins.values())))
            instances.start(uow, ground.context, who, opening.process, key, dict(opening.options))
            uow.commit()
    ground.run_due()
    return key


def refuse_unless_known(plays: Plays, opening: Opening) -> None:
    """Raise `ValueRefused` for a family that the domain has not invented."""
    if opening.family not in {one.number for one in plays.families(opening.process)}:
        raise ValueRefused(text("Choose a family"))


def take(ground: Ground, row: Any, by: Candidate | None, turn: int = 0) -> Actor:
    """Have the one whose task it is claim it, or whoever holds a role; return who that is."""
    who = ""
    if by is not None:
        who = ground.holder(by)
    elif row.assignee:
        who = row.assignee
    else:
        with ground.database.reading() as uow:
            (candidate, *_) = uow.tasks.candidates(row.id)
            held = sorted(uow.accounts.holders(candidate))
        who = held[turn % len(held)] if held else ground.hire(candidate)
    actor = ground.stage.load(who)
    if row.assignee != who:
        with ground.database.begin() as uow:
            tasks.claim(uow, ground.context, actor, row.id)
            uow.commit()
    return actor


def usual(ground: Ground, opening: Opening, row: Any, actor: Actor) -> Mapping[str, object]:
    """Return what is said at a task when all goes well; `ValueRefused` if the domain knows not."""
    plays = of_process(ground.plays, opening.process)
    said = plays.usual(ground.stage, opening, row, actor) if plays else None
    if said is None:
        raise ValueRefused(
            text("Nobody knows what is usual at {element}: write values", element=row.element)
        )
    return said


def waits(ground: Ground, key: str) -> tuple[str, ...]:
    """Return where people are waited for in a case and those it called, sorted."""
    with ground.database.reading() as uow:
        rows = Rehearsed(uow).open_tasks()
    return tuple(
        sorted(
            f"{row.element} {row.business_key.removeprefix(key)}".strip()
            for row in rows
            if row.business_key.startswith(key)
        )
    )


def paths(ground: Ground, key: str) -> dict[str, tuple[str, ...]]:
    """Return by process which elements a case and those it called have reached, in order."""
    with ground.database.reading() as uow:
        rows = Rehearsed(uow).reached()
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        if key and row.business_key.startswith(key):
            found.setdefault(row.process, {})[row.element] = None
    return {process: tuple(path) for process, path in sorted(found.items())}


def end_of(ground: Ground, key: str) -> str:
    """Return the element at which a case has ended; empty while it runs."""
    with ground.database.reading() as uow:
        cases = [row for row in Rehearsed(uow).cases() if row.business_key == key]
    over = [row for row in cases[:1] if row.status != "active"]
    return str(over[0].end_element or "") if over else ""


def local(moment: datetime) -> datetime:
    """Return a moment as scenarios write it: local, without zone, to the minute."""
    return moment.astimezone(ZONE).replace(tzinfo=None, second=0, microsecond=0)
