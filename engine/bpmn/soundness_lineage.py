"""Where two tokens that meet come from, and what that says of them.

Every token was put out by a move that took others: these make a family tree. The last move from
which both of two tokens come is where they parted.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from engine.bpmn.soundness_net import Arc, Vertex

#: A move: who moved, the bits it took, and the arcs it filled.
Move = tuple[Vertex, int, tuple[Arc, ...]]


class Meeting(Enum):
    """What it means that a second token comes to where one is."""

    #: Two ways of a split lead there, whatever the conditions say.
    CERTAIN = "certain"
    #: Two ways of a parallel or inclusive split do, but conditions may keep them apart.
    GUARDED = "guarded"
    #: An event beside an activity and the activity do, and conditions keep them apart: whichever
    #: comes first goes on. There is no other way to say that.
    EVENT = "event"
    #: The same way was taken in two rounds: a branch that is left to itself while the case goes on.
    ROUNDS = "rounds"


@dataclass(frozen=True, kw_only=True, eq=False)
class _Birth:
    """A move as an ancestor."""

    #: When.
    number: int
    vertex: Vertex
    #: All moves before it from which it comes, itself included.
    line: "frozenset[_Birth]"


def meeting(
    moves: Sequence[Move], bits: Callable[[Arc], int], same: int
) -> tuple[Meeting, Arc | None]:
    """Tell what the last of some moves means, which puts a token where one is already.

    `bits` are those of an arc, `same` those that count as the place at which they meet. Returns
    also the arc on which the token that is there came.
    """
    at: dict[int, tuple[_Birth, Arc]] = {}
    for number, (vertex, took, arcs) in enumerate(moves[:-1]):
        born = _born(number, vertex, _taken(at, took))
        for arc in arcs:
            at[bits(arc)] = born, arc
    vertex, took, _ = moves[-1]
    mine = _born(len(moves), vertex, _taken(at, took))
    others = [there for bit, there in at.items() if bit & same]
    if not others:  # both by this move
        return _judged(mine, mine), None
    other, arc = others[-1]
    return _judged(mine, other), arc


def _taken(at: dict[int, tuple[_Birth, Arc]], took: int) -> list[_Birth]:
    return [at.pop(bit)[0] for bit in list(at) if bit & took]


def _born(number: int, vertex: Vertex, parents: Iterable[_Birth]) -> _Birth:
    line: set[_Birth] = set()
    for parent in parents:
        line |= parent.line | {parent}
    return _Birth(number=number, vertex=vertex, line=frozenset(line))


def _judged(one: _Birth, other: _Birth) -> Meeting:
    mine, theirs = one.line | {one}, other.line | {other}
    parted = max(mine & theirs, key=lambda born: born.number, default=None)
    if parted is None:
        return Meeting.CERTAIN
    since = mine ^ theirs
    if any(born.vertex is parted.vertex for born in since):
        return Meeting.ROUNDS
    if not any(born.vertex.guards for born in since):
        return Meeting.CERTAIN
    return Meeting.EVENT if parted.vertex.split == "mixed" else Meeting.GUARDED
