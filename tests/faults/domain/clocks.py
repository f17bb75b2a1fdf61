"""A machine's clock that is off, and may jump while the process runs.

Every reader of the wall clock in the process is served: ours (`engine.clock`, the only one by law),
APScheduler's, and whoever asks `time.time`. What the database says is not touched: that is the
other machine's clock.
"""

import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import apscheduler.executors.base
import apscheduler.schedulers.base
import apscheduler.triggers.date
import apscheduler.triggers.interval

import engine.clock

#: Names a file with the seconds that the clock is ahead; it may be written anew at any time.
CLOCK = "ZHOLDAMA_TEST_CLOCK"
_right = time.time  # noqa: TID251  what is made wrong here


class FileClock:
    """Reads from a file how far the clock is off."""

    def __init__(self, path: str) -> None:
        """Name the file."""
        self._path = Path(path)

    def off(self) -> float:
        """Return the seconds that the clock is ahead."""
        return float(self._path.read_text())

    def install(self) -> None:
        """Make the process live by it."""
        clock = self

        class Asked(type):
            # What the others of the process made is a datetime too.
            def __instancecheck__(cls, found: object) -> bool:
                return isinstance(found, datetime)

        class Wrong(datetime, metaclass=Asked):
            @classmethod
            def now(cls, tz: Any = None) -> Any:
                right = datetime.now(tz)  # noqa: TID251  as above
                return right + timedelta(seconds=clock.off())

        for module in _readers():
            module.datetime = Wrong  # type: ignore[attr-defined]
        time.time = lambda: _right() + clock.off()  # noqa: TID251  as above


def _readers() -> Iterable[ModuleType]:
    return (
        engine.clock,
        apscheduler.executors.base,
        apscheduler.schedulers.base,
        apscheduler.triggers.date,
        apscheduler.triggers.interval,
    )
