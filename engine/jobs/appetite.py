"""How much an executor takes at once, of handlers and of timers and the like."""

from collections import Counter

from engine.jobs.hands import Hands
from engine.services.claims import Claimed

#: Jobs that need no handler, claimed at once: one commit for the batch, then one each. A backlog
#: makes the batches larger, slow steps make them smaller.
BATCH, LARGEST_BATCH = 32, 256
#: Seconds that a batch is to take: so long a handler's result may wait for its turn.
BATCH_SECONDS = 0.5


class Appetite:
    """Learns from each batch how large the next one may be."""

    def __init__(self) -> None:
        """Begin with a small one."""
        #: Jobs to be claimed at once.
        self.batch = BATCH
        #: Whether the last batch was full: there is more.
        self.backlog = False

    def learn(self, claimed: int, seconds: float) -> None:
        """Take note of what was claimed, and how long it took."""
        self.backlog = claimed >= self.batch
        if seconds > BATCH_SECONDS:
            self.batch = max(BATCH, self.batch // 2)
        elif self.backlog and seconds < BATCH_SECONDS / 2:
            self.batch = min(LARGEST_BATCH, self.batch * 2)


def room(hands: Hands[Claimed]) -> tuple[int, frozenset[str]]:
    """Return how many handlers may be claimed at once, and topics with all hands they may have.

    A topic has at most half of the hands that the others leave: an outside system that hangs keeps
    nobody waiting but its own jobs, and three of them still leave some.
    """
    at_work = Counter(job.topic for job in hands.running())
    free = hands.free
    more = {topic: max(1, (free + n) // 2) - n for topic, n in at_work.items()}
    crowded = frozenset(topic for topic, left in more.items() if left <= 0)
    # All that are claimed together may be of one topic, whichever has the least left.
    least = [left for left in more.values() if left > 0]
    return min(free, max(1, free // 2), *least), crowded
