"""What has been accepted since the sandbox started: once per idempotency key."""

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Receipts:
    """Receipts by idempotency key, and running numbers. Safe between threads."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._lock = threading.Lock()
        self._kept: dict[str, object] = {}
        self._counters: dict[str, int] = {}

    def once(self, key: str, make: Callable[[], T]) -> T:
        """Return the receipt for an idempotency key, made the first time."""
        with self._lock:
            if key not in self._kept:
                self._kept[key] = make()
            kept: T = self._kept[key]  # type: ignore[assignment]
            return kept

    def next(self, counter: str) -> int:
        """Return the next number; only while a receipt is made."""
        self._counters[counter] = self._counters.get(counter, 0) + 1
        return self._counters[counter]
