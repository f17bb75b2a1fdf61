"""The act that takes a case to another version of its process, and the list of who could go.

The way between two versions is worked out once (`engine.services.workshop.routes`); each case is
judged by where its tokens stand, and taken over within its own lock. Taking back is going to the
old version along the mapping turned round, where that can be.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.errors import FormRefused, ValueRefused
from engine.model.migrations import Consequence
from engine.model.people import Actor
from engine.model.text import Words, text
from engine.services import access, ending
from engine.services.cockpit import stamps
from engine.services.cockpit.operations import (
    Change,
    Done,
    Operation,
    Params,
    Preview,
    Subject,
    Wish,
    unchanged,
)
from engine.services.context import Context, UnitOfWork
from engine.services.workshop import migration
from engine.services.workshop.carrying import Why, carry
from engine.services.workshop.looking import Look
from engine.services.workshop.routes import Route, refuse, route
from engine.services.workshop.saying import EFFECTS

#: Pairs of a mapping that are read.
MOST = 500

Way = tuple[Route, tuple[Any, ...]]


def read(typed: Mapping[str, str]) -> Params:
    """Read the version and the mapping: ``old:new`` separated by blanks, commas or lines."""
    target = typed.get("target", "").strip()[:32]
    if not target:
        said = text("Choose the version")
        raise FormRefused(said, {"target": [said]})
    return {"target": target, "mapping": read_mapping(typed.get("mapping", ""))}


def read_mapping(written: str) -> Mapping[str, str]:
    """Read ``old:new`` pairs; an empty new id says that nothing stands for the old one."""
    pairs = written.replace(",", " ").split()
    found: dict[str, str] = {}
    for pair in pairs[:MOST]:
        old, colon, new = pair.partition(":")
        if not (old and colon):
            said = text("Write old:new, one pair a line; this is none: {pair}", pair=pair[:100])
            raise FormRefused(said, {"mapping": [said]})
        found[old[:255]] = new[:255]
    return found


def write_mapping(mapping: Mapping[str, str]) -> str:
    """Write what `read_mapping` reads."""
    return " ".join(f"{old}:{new}" for old, new in sorted(mapping.items()))


def _way(
    uow: UnitOfWork, ctx: Context, source: str, target: str, mapping: Mapping[str, str]
) -> Way:
    """Return the way between two versions and what is wrong with it; the same for all cases."""

    def made() -> object:
        return route(uow, ctx, source, target, mapping)

    key = (uow.database_id, source, target, tuple(sorted(mapping.items())))
    found: Any = ctx.caches.routes.get(key, made)
    return found[0], found[1]


# --- the act ------------------------------------------------------------------------------------


def _look(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
    row = uow.instances.find(wish.subject)
    if row is None:
        raise access.no_case()
    versions = migration.choices(uow, actor, row.process)
    numbers = {one.id: one.number for one in versions}
    told: dict[str, Any] = {
        "name": row.business_key or row.id,
        "stamp": str(row.revision),
        "choices": {
            "target": [
                (one.id, text("version {number}", number=one.number))
                for one in versions
                if one.id != row.definition_id
            ]
        },
    }
    if row.status not in ending.OPEN:
        return Preview(**told, refusals=(ending.ENDED,))
    if not wish.params:
        return Preview(**told)
    target = str(wish.params["target"])
    if target == row.definition_id:
        return Preview(**told, refusals=(text("The case runs on this version already"),))
    try:
        way, mistakes = _way(uow, ctx, row.definition_id, target, _mapping(wish.params))
    except ValueRefused as error:
        return Preview(**told, refusals=(error.text,))
    if mistakes:
        return Preview(**told, refusals=tuple(one.message for one in mistakes))
    said = Look(uow, way).one(wish.subject)
    moved = Change(
        what=text("Version of the process"),
        before=text("version {number}", number=numbers.get(way.source_id, way.before)),
        after=text("version {number}", number=way.after),
    )
    changes = (moved, *_changes(way, said.consequences))
    return Preview(**told, changes=changes, refusals=tuple(o.message for o in said.hindrances))


def _mapping(params: Params) -> Mapping[str, str]:
    found = params.get("mapping")
    return dict(found) if isinstance(found, Mapping) else {}


def _changes(way: Route, found: Sequence[Consequence]) -> Iterator[Change]:
    for one in found:
        names = migration.names_of(way, one.element)
        words = Words(names.get("kk", ""), names.get("ru", ""), names.get("en", ""))
        yield Change(what=words or one.element, after=EFFECTS[one.effect], element=one.element)


def _act(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    held = migration.locked(uow, wish.subject)
    target = str(wish.params["target"])
    way, mistakes = _way(uow, ctx, held.definition_id, target, _mapping(wish.params))
    refuse(mistakes)
    carry(uow, ctx, actor, held, way, Why(reason=wish.reason.strip(), batch=wish.batch))
    moved = {new: old for old, new in way.pairing.mapping.items() if new and new != old}
    undo = {"target": way.source_id, "mapping": moved, "now": target}
    return Done(undo=undo, told=migration.told(way))


def _undo(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    unchanged(migration.locked(uow, wish.subject).definition_id, wish)
    return _act(uow, ctx, actor, wish)


MIGRATE = Operation(
    name="migrate",
    subject=Subject.CASE,
    title=text("Take to another version"),
    about=text("The case goes on in another version of its process, from where it stands."),
    read=read,
    look=_look,
    act=_act,
    stamps=stamps.cases,
    undo=_undo,
)

OPERATIONS = (MIGRATE,)


# --- the list -----------------------------------------------------------------------------------


def walk(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    query: Mapping[str, str],
    after: str,
    size: int,
) -> Sequence[tuple[str, str]]:
    """Return the cases that run on a version, by id: ``from``; with ``able``: those that can go.

    ``to`` and ``map`` say where to. Only what is this administrator's.
    """
    access.admin(actor)
    source = query.get("from", "")[:32]
    found: list[tuple[str, str]] = []
    if "able" in query:
        mapping = read_mapping(query.get("map", ""))
        way, mistakes = _way(uow, ctx, source, query.get("to", ""), mapping)
        refuse(mistakes)
        rows: Iterator[Any] = (
            row for row, said in Look(uow, way).cases(after) if not said.hindrances
        )
    else:
        rows = _cases(uow, source, after, size)
    everything = access.reach(uow, actor) is None
    for row in rows:
        if everything or access.administers(uow, actor, row.id):
            found.append((row.id, row.business_key or row.id))
            if len(found) == size:
                break
    return found


def _cases(uow: UnitOfWork, source: str, after: str, size: int) -> Iterator[Any]:
    while rows := uow.casemigrations.cases(source, after, size):
        yield from rows
        after = rows[-1].id
