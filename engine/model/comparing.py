"""What differs between two lists of things: what each said before, and says now."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from engine.model.differences import Attribute, Change, Difference, Kind
from engine.model.matching import Thing, mapped, matched


def compare(old: Sequence[Thing], new: Sequence[Thing]) -> Difference:
    """Return what differs."""
    before, after = _by_id(old), _by_id(new)
    pairs = matched(before, after)
    ids = {one: other for one, other in pairs.items() if one != other}
    known = {other: one for one, other in pairs.items()}
    ranks = _new_ranks(before, after, pairs)
    found: list[Change] = []
    for thing in after.values():
        former = known.get(thing.id)
        change = (
            _whole(thing, Kind.ADDED)
            if former is None
            else _change(before[former], thing, ids, ranks.get(thing.id))
        )
        found += [change] if change else []
    found += [_whole(thing, Kind.REMOVED) for key, thing in before.items() if key not in pairs]
    return Difference(changes=tuple(found), renamed=ids)


def _by_id(things: Iterable[Thing]) -> dict[str, Thing]:
    """Return things by id; a second one with the same id gets a number."""
    found: dict[str, Thing] = {}
    seen = Counter[str]()
    for thing in things:
        seen[thing.id] += 1
        name = thing.id if seen[thing.id] == 1 else f"{thing.id}#{seen[thing.id]}"
        while name in found:
            seen[thing.id] += 1
            name = f"{thing.id}#{seen[thing.id]}"
        found[name] = thing if name == thing.id else replace(thing, id=name)
    return found


def _change(
    old: Thing, new: Thing, ids: Mapping[str, str], ranks: Attribute | None
) -> Change | None:
    """Return what happened to a thing that is in both versions; None if nothing did."""
    said = [
        *_heads(old, new, ids),
        *_pairs(mapped(old, old.facts, ids), new.facts, old.facts),
        *_orders(old, new, ids),
    ]
    moved = list(_pairs(mapped(old, old.place, ids), new.place, old.place))
    moved += [ranks] if ranks else []
    if not said and not moved:
        return None
    return Change(
        kind=Kind.CHANGED if said else Kind.MOVED,
        element=new.id,
        was=old.id,
        name=new.name or old.name,
        type=new.type,
        within=new.within,
        attributes=(*said, *moved),
        moved=bool(moved),
    )


def _heads(old: Thing, new: Thing, ids: Mapping[str, str]) -> Iterator[Attribute]:
    if old.id != new.id:
        yield Attribute("id", old.id, new.id)
    if old.type != new.type:
        yield Attribute("type", old.type, new.type)
    if ids.get(old.within, old.within) != new.within:
        yield Attribute("within", old.within, new.within)


def _pairs(
    old: Mapping[str, str], new: Mapping[str, str], shown: Mapping[str, str]
) -> Iterator[Attribute]:
    """Walk what differs; `shown` has the old values as they stood."""
    for key in [*new, *(key for key in old if key not in new)]:
        if old.get(key) != new.get(key):
            yield Attribute(key, shown.get(key), new.get(key))


def _orders(old: Thing, new: Thing, ids: Mapping[str, str]) -> Iterator[Attribute]:
    """Walk the lists whose members stand in another order, whatever came or went."""
    for key in old.sequences.keys() & new.sequences.keys():
        before = [ids.get(name, name) for name in old.sequences[key]]
        after = new.sequences[key]
        both = set(before) & set(after)
        was, now = [n for n in before if n in both], [n for n in after if n in both]
        if was != now:
            yield Attribute(f"{key}:order", ", ".join(was), ", ".join(now))


def _whole(thing: Thing, kind: Kind) -> Change:
    """Return a thing that came or went, with what it says."""
    pair: Callable[[str, str], Attribute] = (
        (lambda key, value: Attribute(key, None, value))
        if kind is Kind.ADDED
        else (lambda key, value: Attribute(key, value, None))
    )
    return Change(
        kind=kind,
        element=thing.id,
        was="" if kind is Kind.ADDED else thing.id,
        name=thing.name,
        type=thing.type,
        within=thing.within,
        attributes=tuple(pair(key, value) for key, value in thing.facts.items()),
    )


def _new_ranks(
    before: Mapping[str, Thing], after: Mapping[str, Thing], matched: Mapping[str, str]
) -> dict[str, Attribute]:
    """Return the ranks, from 1, of those that left the order of their neighbours, by new id."""
    places = {name: number for number, name in _ranked(before)}
    known = {other: one for one, other in matched.items() if one in places}
    groups = defaultdict[tuple[str, str], list[tuple[int, int, str]]](list)
    for number, name in _ranked(after):
        if name in known:
            old = before[known[name]]
            if matched.get(old.within, old.within) == after[name].within:
                group = (after[name].within, after[name].family)
                groups[group].append((places[old.id], number, name))
    return {
        name: Attribute("rank", str(was), str(now))
        for rows in groups.values()
        for was, now, name in _out_of_order(rows)
    }


def _ranked(things: Mapping[str, Thing]) -> Iterator[tuple[int, str]]:
    """Walk ranked things with their number among their like."""
    counted = Counter[tuple[str, str]]()
    for name, thing in things.items():
        if thing.ranked:
            counted[thing.within, thing.family] += 1
            yield counted[thing.within, thing.family], name


def _out_of_order(rows: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Return as few rows as possible without which the old places rise.

    Of two ways to choose them the one that names fewer rows whose number is the same as before.
    """
    back = [(-was, now, name) for was, now, name in reversed(rows)]
    names = {name for _, _, name in _left_over(back)}
    ways = [_left_over(rows), [row for row in rows if row[2] in names]]
    return min(ways, key=lambda way: sum(was == now for was, now, _ in way))


def _left_over(rows: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Return what is not in the longest rising sequence (patience sorting)."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for index, row in enumerate(rows):
        place = bisect_left(tails, row[0])
        before.append(ends[place - 1] if place else -1)
        tails[place : place + 1] = [row[0]]
        ends[place : place + 1] = [index]
    kept: set[int] = set()
    at = ends[-1] if ends else -1
    while at >= 0:
        kept.add(at)
        at = before[at]
    return [row for index, row in enumerate(rows) if index not in kept]
