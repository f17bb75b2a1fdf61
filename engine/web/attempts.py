"""Counts attempts to sign in: in the database where there may be other web processes, else here.

On PostgreSQL the count is shared, whichever process an attempt comes to; without the database
nobody can sign in anyway, and nobody is locked out when it is back. SQLite has one process, and
its one writer is not to be kept busy by whoever guesses: there it stands in memory.
"""

import threading
from collections.abc import Sequence
from time import monotonic
from typing import Any

from flask import Flask, current_app, request

from engine.services import attempts
from engine.services.attempts import Rule
from engine.web import state

MINUTE, HOUR = 60, 3600
#: Attempts from one address, and for one login, by the seconds of the window.
PER_ADDRESS = {MINUTE: 10, HOUR: 60}
PER_LOGIN = {MINUTE: 5, HOUR: 30}
#: Counts in memory at which those are dropped whose window is over.
_MANY = 10_000
_COUNTS = "zholdama.attempts"


class Memory:
    """Counts of one application. Safe to share between threads."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._lock = threading.Lock()
        #: Rule → end of its window, attempts in it.
        self._counts: dict[Rule, tuple[float, int]] = {}

    def reset(self) -> None:
        """Forget everything."""
        with self._lock:
            self._counts.clear()

    def _found(self, rule: Rule, now: float) -> tuple[float, int]:
        ends, tried = self._counts.get(rule, (0.0, 0))
        return (ends, tried) if ends > now else (now + rule.seconds, 0)

    def take(self, rules: Sequence[Rule]) -> bool:
        """Count an attempt; False, and nothing is counted, if it is one too many."""
        now = monotonic()
        with self._lock:
            found = {one: self._found(one, now) for one in rules}
            if any(tried >= one.most for one, (_, tried) in found.items()):
                return False
            if len(self._counts) > _MANY:
                self._counts = {key: one for key, one in self._counts.items() if one[0] > now}
            self._counts |= {one: (ends, tried + 1) for one, (ends, tried) in found.items()}
            return True

    def take_back(self, rules: Sequence[Rule]) -> None:
        """Count an attempt less: it succeeded."""
        now = monotonic()
        with self._lock:
            for one in rules:
                ends, tried = self._found(one, now)
                self._counts[one] = (ends, max(tried - 1, 0))


def count_in(app: Flask) -> None:
    """Give an application its counts."""
    app.extensions[_COUNTS] = Memory()


def memory_of(app: Flask) -> Memory:
    """Return the counts of an application."""
    found: Memory = app.extensions[_COUNTS]
    return found


def rules_of(login: str) -> list[Rule]:
    """Return what an attempt for a login counts against, from where it comes."""
    address, name = request.remote_addr or "?", login.strip().lower()[:80]
    return [
        *(Rule(what=f"address:{address}", most=n, seconds=s) for s, n in PER_ADDRESS.items()),
        *(Rule(what=f"login:{name}", most=n, seconds=s) for s, n in PER_LOGIN.items()),
    ]


def _shared() -> bool:
    return state.installation().database.dialect == "postgresql"


def take(rules: Sequence[Rule]) -> bool:
    """Count an attempt; False if it is one too many. `Unavailable` without the database."""
    if not _shared():
        return memory_of(current_app).take(rules)
    with state.writing() as uow:
        return attempts.take(uow, rules)


def take_back(uow: Any, rules: Sequence[Rule]) -> None:
    """Count it less, it succeeded; on PostgreSQL with what the caller commits."""
    if _shared():
        attempts.take_back(uow, rules)
    else:
        memory_of(current_app).take_back(rules)
