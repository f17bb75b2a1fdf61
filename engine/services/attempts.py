"""How often somebody may try to sign in: counted before any password is hashed.

Each attempt is counted first and taken back if it succeeded, so that those on their way at the same
moment, in this process or in another, count too. An attempt that is refused counts nowhere: nobody
can be kept out for an hour by a minute of noise.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.store import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class Rule:
    """So many attempts in so many seconds."""

    #: What is counted, e.g. ``login:…``; goes into no table as it stands.
    what: str
    #: Attempts.
    most: int
    #: Seconds from the first one.
    seconds: int


def _keys(uow: UnitOfWork, rules: Sequence[Rule]) -> dict[str, Rule]:
    return {uow.keys.blind(f"attempt:{one.seconds}:{one.what}"): one for one in rules}


def take(uow: UnitOfWork, rules: Sequence[Rule]) -> bool:
    """Count an attempt and commit; False, and nothing is counted, if it is one too many."""
    found = _keys(uow, rules)
    counts = uow.attempts.count({key: one.seconds for key, one in found.items()})
    if any(counts[key] > one.most for key, one in found.items()):
        uow.rollback()
        return False
    if any(count == 1 for count in counts.values()):
        # Somebody new, not each time: so the table stays as small as what is tried.
        uow.attempts.forget()
    uow.commit()
    return True


def take_back(uow: UnitOfWork, rules: Sequence[Rule]) -> None:
    """Count an attempt less: it succeeded. The caller commits."""
    found = _keys(uow, rules)
    uow.attempts.take_back({key: one.seconds for key, one in found.items()})
