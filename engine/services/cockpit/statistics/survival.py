"""How long work lasts, learnt from work that is done and from work that is still waiting.

The product-limit estimate (Kaplan and Meier, 1958): the share of tasks still open after a working
time. A task that is open now says "at least this long", so that the slow ones, which are not done
yet, are not forgotten. Pure arithmetic on seconds.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

#: How many like tasks of everywhere weigh as much as those of the step's own office, at most.
BORROWED = 10


@dataclass(frozen=True, kw_only=True)
class Survival:
    """Shares of tasks that are still open after a time."""

    #: Working seconds at which some were completed, rising.
    times: tuple[int, ...] = ()
    #: Share that is open after each.
    shares: tuple[float, ...] = ()
    #: How long each was seen, sorted; how long those took that are done.
    seen: tuple[int, ...] = field(default=(), repr=False)
    done: tuple[int, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, done: Iterable[int], waiting: Iterable[int] = ()) -> "Survival":
        """Learn from how long tasks took, and for how long others wait already."""
        over = tuple(sorted(done))
        marks = sorted([(one, 0) for one in over] + [(one, 1) for one in waiting])
        times: list[int] = []
        shares: list[float] = []
        share, left = 1.0, len(marks)
        for lasted, still in marks:
            if not still:
                share *= 1 - 1 / left
                if times and times[-1] == lasted:
                    shares[-1] = share
                else:
                    times.append(lasted)
                    shares.append(share)
            left -= 1
        seen = tuple(lasted for lasted, _ in marks)
        return cls(times=tuple(times), shares=tuple(shares), seen=seen, done=over)

    def open_after(self, lasted: int) -> float:
        """Return the share that is open after a working time, 0 to 1."""
        place = bisect_right(self.times, lasted)
        return self.shares[place - 1] if place else 1.0

    def told(self, age: int, term: int) -> int:
        """Return how many tell whether what is open at an age is open after its term.

        Those that were done in between, and those seen beyond it. Who is not so far yet tells not.
        """
        between = bisect_right(self.done, term) - bisect_right(self.done, age)
        return between + len(self.seen) - bisect_right(self.seen, term)

    def late(self, age: int, term: int) -> float:
        """Return the chance that what is open at an age is open after its term, too."""
        return self.open_after(term) / (self.open_after(age) or 1.0)


def chance(own: Survival, everywhere: Survival, usual: float, age: int, term: int) -> float:
    """Return the chance of being late, by an office's own tasks and like ones of everywhere.

    The fewer of its own it has, the more those of everywhere count, and of both the fewer there
    are, the more what is `usual` for all work.
    """
    term = max(age, term)
    here, there = own.told(age, term), min(BORROWED, everywhere.told(age, term))
    known = own.late(age, term) * here + everywhere.late(age, term) * there
    return (known + usual) / (here + there + 1)
