"""How often and when a failed job is tried again: ``R5/PT5M`` or ``PT1M,PT5M,PT1H``.

The notation is that of ``camunda:failedJobRetryTimeCycle``. ``Rn/interval`` allows n attempts in
all, the interval between any two; a list allows one attempt more than it has intervals.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

_DURATION = re.compile(
    r"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
#: No attempt waits longer, jitter included; a longer interval in a diagram is a slip of the pen.
LONGEST = timedelta(days=31)
#: No job is tried more often.
MOST_ATTEMPTS = 1000
#: Back-off is lengthened by up to this part of itself, so that a thousand jobs which failed
#: together do not come back together.
JITTER = 0.25


def parse_duration(text: str) -> timedelta:
    """Read ``PT5M``, ``P1DT2H``, ``P2W`` (ISO 8601 without years and months).

    Raises `ValueError` for anything else, an empty duration and one above `LONGEST`.
    """
    found = _DURATION.fullmatch(text.strip())
    parts = (
        {key: float(value) for key, value in found.groupdict().items() if value} if found else {}
    )
    if not parts:
        raise ValueError(f"not a duration: {text!r}")
    length = timedelta(**parts)
    if length > LONGEST:
        raise ValueError(f"longer than {LONGEST.days} days: {text!r}")
    return length


@dataclass(frozen=True, kw_only=True)
class Retry:
    """A plan of attempts."""

    #: Attempts in all, the first included; at least 1.
    max_attempts: int
    #: Pause after the first, second, … failure; the last one holds for all later failures.
    pauses: tuple[timedelta, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Retry":
        """Read the notation; `ValueError` says what is wrong with it."""
        head, slash, interval = text.strip().partition("/")
        if slash:
            if not re.fullmatch(r"R\d{1,4}", head) or not 1 <= int(head[1:]) <= MOST_ATTEMPTS:
                raise ValueError(f"not a number of attempts: {head!r}")
            return cls(max_attempts=int(head[1:]), pauses=(parse_duration(interval),))
        pauses = tuple(parse_duration(part) for part in text.split(","))
        return cls(max_attempts=len(pauses) + 1, pauses=pauses)

    def pause(self, failures: int, chance: float = 0.0) -> timedelta:
        """Return the time to wait after so many failures, from 1; jitter is `chance` in [0, 1)."""
        if not self.pauses:
            return timedelta()
        base = self.pauses[min(failures, len(self.pauses)) - 1]
        return min(base * (1 + JITTER * chance), LONGEST)
