"""Which thing of one version is which of another.

A thing is an element of a diagram, a rule of a table or a field of a form; it brings what it says
as plain facts. Things are matched by id; those left over by what they say, where they stand and
what surrounds them, so that a renamed id is a change and not a removal. The work grows with the
number of things, not with its square: only things that share something rare are compared.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher

#: What counts for the sameness of two things with different ids, and how much.
_NAME, _FACTS, _NEAR, _PLACE = 3.0, 3.0, 2.0, 1.0
#: Least sameness, of 1.
_SAME = 0.6
#: A property shared by more pairs than this says nothing.
_RARE = 64
#: Rounds in which neighbours found in the round before help.
_ROUNDS = 4
#: Characters of a name that are looked at.
_NAME_LENGTH = 200


@dataclass(frozen=True, kw_only=True)
class Thing:
    """One element, as plain data."""

    #: Id, unique in its version.
    id: str
    #: Local name of its type.
    type: str
    #: Types that may become each other without the element being another one, by one word.
    family: str = ""
    #: What people call it.
    name: str = ""
    #: Id of what it stands in.
    within: str = ""
    #: What it says, by attribute.
    facts: Mapping[str, str] = field(default_factory=dict)
    #: Where it stands: what merely moves it.
    place: Mapping[str, str] = field(default_factory=dict)
    #: Names among `facts` and `place` whose value is the id of another thing.
    refs: frozenset[str] = frozenset()
    #: What surrounds it: ``("to", id)``, ``("from", id)``.
    near: frozenset[tuple[str, str]] = frozenset()
    #: Lists in it whose order counts, as names or ids of things.
    sequences: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Whether its rank among those of its family in the same place counts.
    ranked: bool = False


def matched(before: Mapping[str, Thing], after: Mapping[str, Thing]) -> dict[str, str]:
    """Return new ids by old ids."""
    pairs = {
        name: name
        for name, thing in before.items()
        if name in after and after[name].family == thing.family
    }
    for _ in range(_ROUNDS):
        taken = set(pairs.values())
        lost = [thing for name, thing in before.items() if name not in pairs]
        fresh = [thing for name, thing in after.items() if name not in taken]
        found = _resembling(lost, fresh, pairs)
        if not found:
            break
        pairs |= found
    return pairs


def _resembling(
    lost: Sequence[Thing], fresh: Sequence[Thing], matched: Mapping[str, str]
) -> dict[str, str]:
    """Return the best pairs among things whose ids are not in the other version."""
    moved = [_renamed(thing, matched) for thing in lost]
    pairs: list[tuple[float, int, int]] = []
    for one, other in _candidates(moved, fresh):
        score = _sameness(moved[one], fresh[other])
        if score >= _SAME:
            pairs.append((-score, one, other))
    found: dict[str, str] = {}
    used: set[int] = set()
    for _, one, other in sorted(pairs):
        if lost[one].id not in found and other not in used:
            used.add(other)
            found[lost[one].id] = fresh[other].id
    return found


def _renamed(thing: Thing, ids: Mapping[str, str]) -> Thing:
    """Return a thing with ids of the old version said as in the new one."""
    return replace(
        thing,
        within=ids.get(thing.within, thing.within),
        facts=mapped(thing, thing.facts, ids),
        place=mapped(thing, thing.place, ids),
        near=frozenset((how, ids.get(other, other)) for how, other in thing.near),
    )


def mapped(thing: Thing, said: Mapping[str, str], ids: Mapping[str, str]) -> dict[str, str]:
    """Return what a thing says with the ids of the other version where it names things."""
    return {
        key: ids.get(value, value) if key in thing.refs else value for key, value in said.items()
    }


def _signs(thing: Thing) -> Iterator[tuple[str, ...]]:
    """Walk what may show that two things are one."""
    yield from ((thing.type, "near", *pair) for pair in thing.near)
    yield from ((thing.type, "fact", key, value) for key, value in thing.facts.items())
    yield from ((thing.type, "place", key, value) for key, value in thing.place.items())
    yield (thing.type, "name", thing.name)
    yield (thing.type, "all", *(f"{key}={value}" for key, value in sorted(thing.facts.items())))


def _candidates(lost: Sequence[Thing], fresh: Sequence[Thing]) -> Iterator[tuple[int, int]]:
    """Return pairs, by position, that share something that few others have."""
    having = defaultdict[tuple[str, ...], list[int]](list)
    for place, thing in enumerate(fresh):
        for sign in _signs(thing):
            having[sign].append(place)
    common = Counter(sign for thing in lost for sign in _signs(thing))
    pairs = {
        (place, other)
        for place, thing in enumerate(lost)
        for sign in _signs(thing)
        if len(having.get(sign, ())) * common[sign] <= _RARE
        for other in having.get(sign, ())
    }
    yield from sorted(pair for pair in pairs if lost[pair[0]].family == fresh[pair[1]].family)


def _sameness(one: Thing, other: Thing) -> float:
    """Return 0 … 1; what neither of them has does not count."""
    parts = [
        (_NAME, _alike(one.name, other.name) if one.name or other.name else None),
        (_FACTS, _shared(_told(one), _told(other))),
        (_NEAR, _shared(one.near, other.near)),
        (_PLACE, _shared(set(one.place.items()), set(other.place.items()))),
    ]
    whole = sum(weight for weight, part in parts if part is not None)
    if not whole:
        return _SAME  # nothing tells them apart
    return sum(weight * part for weight, part in parts if part is not None) / whole


def _told(thing: Thing) -> set[tuple[str, str]]:
    """Return what it says besides its name and what it is joined to."""
    return {(k, v) for k, v in thing.facts.items() if k not in thing.refs and v != thing.name}


def _shared(one: Iterable[object], other: Iterable[object]) -> float | None:
    left, right = set(one), set(other)
    return len(left & right) / len(left | right) if left or right else None


def _alike(one: str, other: str) -> float:
    if one == other:
        return 1.0
    matcher = SequenceMatcher(None, one[:_NAME_LENGTH], other[:_NAME_LENGTH], autojunk=False)
    return matcher.ratio() * 0.8 if matcher.quick_ratio() > 0.6 else 0.0
