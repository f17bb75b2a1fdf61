"""Waits for the signal that ends a command."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def exiting_on(number: signal.Signals) -> Iterator[None]:
    """Leave by `SystemExit` on a signal, so that everything open is closed in order."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        sys.exit(0)

    before = signal.signal(number, leave)
    try:
        yield
    finally:
        signal.signal(number, before)


def until_stopped() -> None:
    """Sleep until a signal or the keyboard ends it."""
    try:
        with exiting_on(signal.SIGTERM):
            threading.Event().wait()
    except (KeyboardInterrupt, SystemExit):
        return
