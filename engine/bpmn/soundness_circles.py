"""Circles in a graph: strongly connected parts, after Kosaraju and Sharir; without recursion."""

from collections.abc import Mapping, Sequence

Follows = Mapping[str, Sequence[str]]


def circles(follows: Follows) -> list[list[str]]:
    """Return the parts of a graph in which a way leads from each element to each, itself included.

    An element with an arc to itself is such a part, one without is not.
    """
    return [part for part in parts(follows) if len(part) > 1 or part[0] in follows[part[0]]]


def parts(follows: Follows) -> list[list[str]]:
    """Return the strongly connected parts, each before those that it leads to."""
    before: dict[str, list[str]] = {name: [] for name in follows}
    for name, targets in follows.items():
        for target in targets:
            before[target].append(name)
    seen: set[str] = set()
    found = (
        finished({name: before[name]}, before, seen)
        for name in reversed(finished(follows, follows))
        if name not in seen
    )
    return list(found)


def finished(firsts: Follows, follows: Follows, seen: set[str] | None = None) -> list[str]:
    """Return what can be reached from `firsts`, each after what it leads to, depth first."""
    done: list[str] = []
    known = set() if seen is None else seen
    for first in firsts:
        walk = [] if first in known else [(first, iter(follows[first]))]
        known.add(first)
        while walk:
            name, rest = walk[-1]
            following = next((other for other in rest if other not in known), None)
            if following is None:
                walk.pop()
                done.append(name)
            else:
                known.add(following)
                walk.append((following, iter(follows[following])))
    return done
