"""Helpers for tests of what is watched: logs as lines, points listened to."""

import io
import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from engine.config import Watching
from engine.watching import logs, points


@dataclass
class Logged:
    """What was logged."""

    stream: io.StringIO = field(default_factory=io.StringIO)

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@contextmanager
def logging_as(form: str, level: str = "debug", *, debug: bool = False) -> Iterator[Logged]:
    """Log as the settings would have it, onto a page; everything is put back afterwards."""
    root, found = logging.getLogger(), Logged()
    handlers, level_before, hook = root.handlers[:], root.level, threading.excepthook
    ours = {name: logging.getLogger(name).level for name in logs.OURS}
    logs.configure(Watching(log=form, level=level, debug=debug), found.stream)
    try:
        yield found
    finally:
        logging.captureWarnings(False)
        threading.excepthook = hook
        root.handlers[:] = handlers
        root.setLevel(level_before)
        for name, before in ours.items():
            logging.getLogger(name).setLevel(before)


@contextmanager
def listening(
    meter: points.Meter | None = None, tracer: points.Tracer | None = None
) -> Iterator[None]:
    """Listen at the points until the block ends."""
    points.install(meter=meter, tracer=tracer)
    try:
        yield
    finally:
        points.install()
